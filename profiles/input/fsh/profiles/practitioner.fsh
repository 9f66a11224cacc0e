// What FR Core asks of a professional (fr-core-practitioner), and of an MSSanté mailbox (as-mailbox-mss).

Profile: BinomePractitioner
Parent: Practitioner
Id: binome-practitioner
Title: "Professionnel"
Description: "Un professionnel tel que l'Annuaire Santé le connaît : numéro RPPS, nom d'exercice, profession, spécialité, boîte MSSanté. Redit ce que FR Core (fr-core-practitioner) demande des éléments employés ici."
* insert Published
* identifier 1..*
* identifier ^slicing.discriminator.type = #pattern
* identifier ^slicing.discriminator.path = "type"
* identifier ^slicing.rules = #open
* identifier contains idNatPs 0..1 and rpps 1..1
* insert IdentifierSlice(idNatPs, $fr-identifier-type#IDNPS, urn:oid:1.2.250.1.71.4.2.1)
* identifier[idNatPs] ^short = "Identification nationale : 8 puis le numéro RPPS"
* insert IdentifierSlice(rpps, $fr-identifier-type#RPPS, https://rpps.esante.gouv.fr)
* identifier[rpps] obeys binome-rpps-1
* name 1..*
* name.family 1..1
* name.family ^short = "Nom d'exercice"
* name.prefix 0..1
* telecom obeys binome-mss-1
* telecom obeys binome-mss-2
* qualification 1..*
* qualification ^short = "Profession (TRE_G15), spécialité (TRE_R38)"
* obeys binome-prac-1
