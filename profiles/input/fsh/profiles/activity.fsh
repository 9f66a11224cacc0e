Profile: BinomeActivity
Parent: ActivityDefinition
Id: binome-activity
Title: "Acte permis par un protocole"
Description: "Un acte, une prescription ou une délivrance que le protocole permet au délégué. R4 ne connaît ni le kind « Procedure » ni le kind « MedicationDispense » : l'acte est défini comme une ServiceRequest et se réalise en Procedure, la délivrance est définie comme une Task et se réalise en MedicationDispense."
* insert Published
* url 1..1
* version 1..1
* title 1..1
* kind 1..1
* code 1..1
* participant 1..*
* participant.type = #practitioner
* participant.role 1..1
* participant.role = $role-code#DELEGATEE
* relatedArtifact 1..*
* relatedArtifact ^slicing.discriminator.type = #value
* relatedArtifact ^slicing.discriminator.path = "type"
* relatedArtifact ^slicing.rules = #open
* relatedArtifact contains protocol 1..1
* relatedArtifact[protocol] ^short = "Protocole qui permet l'acte"
* relatedArtifact[protocol].type = #derived-from
* relatedArtifact[protocol].resource 1..1
* extension contains BinomeDerogatory named derogatory 1..1
* insert ExtensionUrl(derogatory)
