Profile: BinomeInclusion
Parent: CarePlan
Id: binome-inclusion
Title: "Inclusion d'un patient"
Description: "L'entrée d'un patient dans une version de protocole, après information et consentement."
* insert Published
* identifier 1..*
* instantiatesCanonical 1..1
* intent = #plan
* subject only Reference(Patient)
* subject.reference 1..1
* period 1..1
* period.start 1..1
* author 1..1
* author only Reference(PractitionerRole)
* author ^short = "Adhésion du délégué qui inclut"
* careTeam 1..1
* careTeam only Reference(BinomeTeam)
* supportingInfo 1..*
* supportingInfo ^short = "Consentement, réponses au questionnaire d'éligibilité"
* extension contains BinomeDelegator named delegator 1..1
* insert ExtensionUrl(delegator)
* obeys binome-incl-1
