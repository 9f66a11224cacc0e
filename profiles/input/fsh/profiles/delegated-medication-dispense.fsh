Profile: BinomeDelegatedMedicationDispense
Parent: MedicationDispense
Id: binome-delegated-medication-dispense
Title: "Délivrance déléguée"
Description: "Ce qu'un délégué a remis au patient au nom d'un délégant. R4 ne donne à ce type ni basedOn ni instantiatesCanonical : l'inclusion est celle de l'acte auquel la délivrance est rattachée, ce qui la permet est dit par une extension."
* insert Published
* identifier 1..*
* partOf 1..1
* partOf ^short = "Acte dont la délivrance est issue"
* partOf.reference 1..1
* medication[x] only CodeableConcept
* medicationCodeableConcept.text 1..1
* subject 1..1
* subject only Reference(Patient)
* subject.reference 1..1
* performer 1..1
* performer.function 1..1
* performer.function = $role-code#DELEGATEE
* insert EnrolledPractitioner(performer.actor)
* authorizingPrescription ^short = "Prescription de l'acte à laquelle elle répond, s'il y en a une"
* whenHandedOver 1..1
* extension contains BinomeDelegator named delegator 1..1 and BinomeDerogatory named derogatory 1..1 and BinomeInstantiatesCanonical named instantiates 2..*
* insert ExtensionUrl(delegator)
* insert ExtensionUrl(derogatory)
* insert ExtensionUrl(instantiates)
* obeys binome-disp-1
* obeys binome-disp-2
* obeys binome-disp-3
