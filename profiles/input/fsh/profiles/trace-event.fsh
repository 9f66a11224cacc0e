Profile: BinomeTraceEvent
Parent: AuditEvent
Id: binome-trace-event
Title: "Événement tracé"
Description: "Un fait du métier : le délégué a fait telle chose au nom du délégant. Deux agents au plus, comme l'exige la trace d'événements de l'ANS ; les accès techniques font l'objet d'une autre trace."
* insert Published
* subtype 1..1
* subtype from BinomeEventVS (required)
* action 1..1
* period 1..1
* period.start 1..1
* outcome 1..1
* agent 1..2
* agent.who 1..1
* source.observer only Reference(Device or Organization)
* entity 1..*
* entity.what 1..1
* entity.type 1..1
