Profile: BinomeDelegatedServiceRequest
Parent: ServiceRequest
Id: binome-delegated-service-request
Title: "Prescription déléguée d'acte ou d'examen"
Description: "Une prescription d'acte, d'examen ou de séances rédigée par un délégué au nom d'un délégant."
* insert Published
* insert Delegated
* intent = #order
* code 1..1
* authoredOn 1..1
* requester 1..1
* insert EnrolledPractitioner(requester)
* obeys binome-req-1
