Profile: BinomeDelegatedProcedure
Parent: Procedure
Id: binome-delegated-procedure
Title: "Acte délégué"
Description: "Un acte accompli par un délégué au nom d'un délégant, ou non accompli et pourquoi."
* insert Published
* insert Delegated
* code 1..1
* performer 1..1
* performer.function 1..1
* performer.function = $role-code#DELEGATEE
* insert EnrolledPractitioner(performer.actor)
* performer.onBehalfOf 1..1
* performer.onBehalfOf ^short = "Structure : R4 n'admet pas le délégant ici"
* recorder 1..1
* extension contains $workflow-episode-of-care named episode 0..1
* insert ExtensionUrl(episode)
* extension contains BinomeRecourse named recourse 0..1
* insert ExtensionUrl(recourse)
* obeys binome-proc-1
* obeys binome-proc-2
