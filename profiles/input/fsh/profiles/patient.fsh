// What FR Core asks of a patient (fr-core-patient, fr-core-patient-ins), in both dialects: 2.1.0 and 2.2.0.
// The INS is sliced by type and use, as there: the billing number shares its system.

RuleSet: InsSlice(name, code, use, oid)
* insert IdentifierSlice({name}, $fr-identifier-type#{code}, urn:oid:{oid})
* identifier[{name}].use 1..1
* identifier[{name}].use = #{use}
* identifier[{name}] obeys binome-ins-1

Profile: BinomePatient
Parent: Patient
Id: binome-patient
Title: "Patient"
Description: "Un patient et la fiabilité de son identité. L'INS et ses traits sont entiers, et ne figurent que si l'identité est qualifiée. Redit ce que FR Core (fr-core-patient, fr-core-patient-ins) demande des éléments employés ici."
* insert Published
* extension contains $birth-place named birthPlace 0..1
* insert ExtensionUrl(birthPlace)
* extension[birthPlace] ^short = "Lieu de naissance ; code de la commune ou du pays (COG) dans fr-core-address-insee-code"
* identifier ^slicing.discriminator[0].type = #pattern
* identifier ^slicing.discriminator[0].path = "type"
* identifier ^slicing.discriminator[1].type = #value
* identifier ^slicing.discriminator[1].path = "use"
* identifier ^slicing.rules = #open
* identifier contains insNir 0..1 and insNia 0..1 and insNirTest 0..1 and insNirDemo 0..1 and local 0..*
* insert InsSlice(insNir, INS-NIR, official, 1.2.250.1.213.1.4.8)
* insert InsSlice(insNia, INS-NIA, temp, 1.2.250.1.213.1.4.9)
* insert InsSlice(insNirTest, INS-NIR-TEST, official, 1.2.250.1.213.1.4.10)
* insert InsSlice(insNirDemo, INS-NIR-DEMO, official, 1.2.250.1.213.1.4.11)
* identifier[local] ^short = "Numéro propre à une structure (IPP)"
* identifier[local].type 1..1
* identifier[local].type = $identifier-type#PI
* identifier[local].use 1..1
* identifier[local].use = #usual
* identifier[local].system 1..1
* identifier[local].value 1..1
* name 1..*
* name ^slicing.discriminator.type = #value
* name ^slicing.discriminator.path = "use"
* name ^slicing.rules = #open
* name contains official 1..1 and usual 0..1
* name[official] ^short = "Nom de naissance et premier prénom ; la liste des prénoms dans fr-core-patient-birth-list-given-name"
* name[official].use 1..1
* name[official].use = #official
* name[official].family 1..1
* name[official].given 1..1
* name[usual] ^short = "Nom et prénom utilisés"
* name[usual].use 1..1
* name[usual].use = #usual
* gender 1..1
* birthDate 1..1
* obeys binome-pat-1
* obeys binome-pat-2
* obeys binome-pat-3
* obeys binome-pat-4
* obeys binome-pat-5
* obeys binome-pat-6
