Profile: BinomeDelegatedMedicationRequest
Parent: MedicationRequest
Id: binome-delegated-medication-request
Title: "Prescription déléguée de produit de santé"
Description: "Une prescription de médicament ou de produit rédigée par un délégué au nom d'un délégant."
* insert Published
* insert Delegated
* intent = #order
* authoredOn 1..1
* requester 1..1
* insert EnrolledPractitioner(requester)
* obeys binome-req-1
