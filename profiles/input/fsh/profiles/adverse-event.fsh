// FR Core's AdverseEvent is of medicines only: it is no parent of this one.

Profile: BinomeAdverseEvent
Parent: AdverseEvent
Id: binome-adverse-event
Title: "Événement indésirable"
Description: "Un événement, survenu ou évité, au sujet d'un acte délégué. Grave, il donne sans délai une tâche à la structure et une au délégant."
* insert Published
* identifier 1..1
* identifier.system 1..1
* identifier.value 1..1
* category 1..*
* category from BinomeEventCategoryVS (extensible)
* event 1..1
* event.text 1..1
* subject only Reference(Patient)
* subject.reference 1..1
* detected 1..1
* seriousness 1..1
* seriousness from http://hl7.org/fhir/ValueSet/adverse-event-seriousness (required)
* recorder only Reference(PractitionerRole)
* suspectEntity 1..*
* suspectEntity.instance only Reference(Procedure)
* suspectEntity ^short = "Acte en cause"
* extension contains BinomeEventStatus named status 1..1 and BinomeProtocol named protocol 1..1 and BinomeDelegator named delegator 1..1
* insert ExtensionUrl(status)
* insert ExtensionUrl(protocol)
* insert ExtensionUrl(delegator)
