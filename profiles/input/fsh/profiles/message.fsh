Profile: BinomeMessage
Parent: Communication
Id: binome-message
Title: "Message de messagerie sécurisée"
Description: "Le courriel MSSanté qui porte un compte rendu. Le contenu est dans le document, jamais dans le message."
* insert Published
* identifier 1..*
* identifier ^short = "Message-ID"
* identifier.system 1..1
* identifier.value 1..1
* category 1..*
* medium 1..1
* medium = $participation-mode#EMAILWRIT
* subject 1..1
* subject only Reference(Patient)
* about 1..*
* about ^short = "Acte dont le message rend compte"
* sender 1..1
* recipient 1..*
* payload 1..*
* payload.content[x] only string or Reference(DocumentReference)
* payload.content[x] ^short = "Document porté : sa fiche, ou son identifiant unique (urn:oid:…) quand il n'a pas de fiche"
* obeys binome-msg-1
* obeys binome-msg-2
