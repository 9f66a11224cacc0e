// What FR Core asks of a structure (fr-core-organization), and of an MSSanté mailbox (as-mailbox-mss).

Profile: BinomeOrganization
Parent: Organization
Id: binome-organization
Title: "Structure"
Description: "Une structure comme entité géographique : numéro FINESS, secteur d'activité, boîte MSSanté. Redit ce que FR Core (fr-core-organization) demande des éléments employés ici."
* insert Published
* identifier 1..*
* identifier.system 1..1
* identifier.value 1..1
* identifier ^slicing.discriminator.type = #pattern
* identifier ^slicing.discriminator.path = "type"
* identifier ^slicing.rules = #open
* identifier contains idNatSt 0..1 and finessEg 1..1
* insert IdentifierSlice(idNatSt, $fr-identifier-type#IDNST, urn:oid:1.2.250.1.71.4.2.2)
* identifier[idNatSt] ^short = "Identification nationale : 1 puis le numéro FINESS"
* identifier[idNatSt].use 1..1
* identifier[idNatSt].use = #official
* insert IdentifierSlice(finessEg, $fr-identifier-type#FINEG, https://finess.esante.gouv.fr)
* identifier[finessEg] ^short = "FINESS de l'entité géographique ; celui de l'entité juridique a le même système"
* identifier[finessEg] obeys binome-finess-1
* type 1..*
* type ^slicing.discriminator.type = #value
* type ^slicing.discriminator.path = "coding.system"
* type ^slicing.rules = #open
* type contains kind 1..1 and facility 1..1
* type[kind] ^short = "Entité géographique"
* type[kind].coding 1..1
* type[kind].coding = $fr-organization-type#GEOGRAPHICAL-ENTITY
* type[kind].coding.system 1..1
* type[kind].coding.system = "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-3307"
* type[facility] ^short = "Secteur d'activité (TRE_R02)"
* type[facility].coding 1..1
* type[facility].coding.system 1..1
* type[facility].coding.system = "https://mos.esante.gouv.fr/NOS/TRE_R02-SecteurActivite/FHIR/TRE-R02-SecteurActivite"
* type[facility].coding.code 1..1
* name 1..1
* telecom obeys binome-mss-1
* telecom obeys binome-mss-3
