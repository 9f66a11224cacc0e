Profile: BinomeDocument
Parent: DocumentReference
Id: binome-document
Title: "Compte rendu publié"
Description: "La fiche d'un compte rendu, dans la forme du partage de documents (PDSm) : une fiche par version, reliée à l'acte."
* insert Published
* masterIdentifier 1..1
* masterIdentifier.system 1..1
* masterIdentifier.system = "urn:ietf:rfc:3986"
* masterIdentifier.value 1..1
* docStatus 1..1
* type 1..1
* category 1..*
* subject 1..1
* subject only Reference(Patient)
* date 1..1
* author 1..*
* custodian 1..1
* securityLabel 1..*
* content 1..1
* content.attachment.contentType 1..1
* content.attachment.language 1..1
* content.attachment.language = #fr-FR
* content.attachment.title 1..1
* content.attachment.creation 1..1
* content.attachment.hash ^short = "SHA-1 des octets du document"
* content.format 1..1
* context 1..1
* context.period 1..1
* context.period.start 1..1
* context.facilityType 1..1
* context.practiceSetting 1..1
* context.related 1..*
* context.related ^short = "Acte dont le document rend compte"
* obeys binome-doc-1
* obeys binome-doc-2
