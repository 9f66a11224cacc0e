Profile: BinomeTask
Parent: Task
Id: binome-task
Title: "Tâche"
Description: "Ce qu'une personne ou une structure doit faire : déclarer une équipe, lire un acte, reprendre un patient, déclarer un événement, résoudre une remise, faire retirer un compte rendu."
* insert Published
* identifier 1..*
* intent = #order
* code 1..1
* code from BinomeTaskCodeVS (required)
* businessStatus from BinomeBusinessStatusVS (extensible)
* focus 1..1
* focus only Reference(Procedure or MedicationRequest or ServiceRequest or MedicationDispense or CareTeam or CarePlan or Encounter or AdverseEvent or Subscription)
* for only Reference(Patient)
* authoredOn 1..1
* lastModified 1..1
* requester 1..1
* owner 1..1
* reasonCode from BinomeReorientationReasonVS (preferred)
* restriction.period ^short = "La fin est l'échéance"
* extension contains BinomeCountersignature named countersignature 0..1 and BinomeDelegator named delegator 0..1
* insert ExtensionUrl(countersignature)
* insert ExtensionUrl(delegator)
* extension[delegator] ^short = "Délégant à la place duquel owner (un remplaçant, ou l'équipe) reçoit la tâche"
* obeys binome-task-1
* obeys binome-task-2
* obeys binome-task-3
* obeys binome-task-4
* obeys binome-task-5
* obeys binome-task-6
* obeys binome-task-7
