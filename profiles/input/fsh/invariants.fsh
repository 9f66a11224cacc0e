// Enrolment
Invariant: binome-enr-1
Description: "« active » est vrai si et seulement si le statut de l'adhésion est « active »."
Severity: #error
Expression: "active = (extension('https://binome.example/fhir/StructureDefinition/enrolment-status').value = 'active')"

Invariant: binome-enr-2
Description: "Un délégué actif a au moins une formation tracée."
Severity: #error
Expression: "(active = true and code.coding.where(code = 'DELEGATEE').exists()) implies extension('https://binome.example/fhir/StructureDefinition/training').exists()"

Invariant: binome-enr-3
Description: "Une adhésion terminée ou refusée a une fin de période."
Severity: #error
Expression: "(extension('https://binome.example/fhir/StructureDefinition/enrolment-status').value = 'ended' or extension('https://binome.example/fhir/StructureDefinition/enrolment-status').value = 'refused') implies period.end.exists()"

Invariant: binome-enr-4
Description: "Seul un délégué désigne les délégants pour lesquels il peut agir."
Severity: #error
Expression: "extension('https://binome.example/fhir/StructureDefinition/delegator').exists() implies code.coding.where(code = 'DELEGATEE').exists()"

// Team
Invariant: binome-team-1
Description: "Une équipe active a au moins un délégant et un délégué."
Severity: #error
Expression: "status = 'active' implies (participant.where(role.coding.where(code = 'DELEGATOR').exists()).exists() and participant.where(role.coding.where(code = 'DELEGATEE').exists()).exists())"

// Acts and prescriptions
Invariant: binome-canon-1
Description: "L'acte nomme une version du protocole et une version de l'acte permis."
Severity: #error
Expression: "instantiatesCanonical.where($this.contains('/PlanDefinition/')).count() = 1 and instantiatesCanonical.where($this.contains('/ActivityDefinition/')).count() = 1 and instantiatesCanonical.all($this.contains('|'))"

Invariant: binome-based-1
Description: "L'acte repose sur une inclusion (CarePlan)."
Severity: #error
Expression: "basedOn.where(reference.contains('CarePlan/') or reference.startsWith('urn:uuid:')).exists()"

Invariant: binome-proc-1
Description: "Le délégant n'est pas l'exécutant."
Severity: #error
Expression: "extension('https://binome.example/fhir/StructureDefinition/delegator').value.reference != performer.first().actor.reference and extension('https://binome.example/fhir/StructureDefinition/delegator').value.identifier.value != performer.first().actor.identifier.value"

Invariant: binome-proc-2
Description: "Réalisé : la date est exigée ; non réalisé : le motif est exigé."
Severity: #error
Expression: "(status = 'completed' implies performed.exists()) and (status = 'not-done' implies statusReason.exists())"

Invariant: binome-req-1
Description: "Le délégant n'est pas le prescripteur."
Severity: #error
Expression: "extension('https://binome.example/fhir/StructureDefinition/delegator').value.reference != requester.reference and extension('https://binome.example/fhir/StructureDefinition/delegator').value.identifier.value != requester.identifier.value"

// Protocol and permitted acts
Invariant: binome-versioned-1
Description: "Le protocole est nommé avec sa version (url|version)."
Severity: #error
Expression: "value.contains('|')"

Invariant: binome-incl-1
Description: "L'inclusion nomme la version du protocole (PlanDefinition|version)."
Severity: #error
Expression: "instantiatesCanonical.all($this.contains('/PlanDefinition/') and $this.contains('|'))"

// Proof
Invariant: binome-prov-1
Description: "Tout agent délégué agit pour le compte d'un délégant."
Severity: #error
Expression: "agent.where(role.coding.where(code = 'DELEGATEE').exists()).all(onBehalfOf.exists())"

Invariant: binome-prov-2
Description: "La preuve vise des versions, jamais une ressource qui peut changer."
Severity: #error
Expression: "target.all(reference.contains('/_history/'))"

// Consent
Invariant: binome-cons-1
Description: "Consentement actif : permit ; consentement refusé : deny."
Severity: #error
Expression: "(status = 'active' implies provision.type = 'permit') and (status = 'rejected' implies provision.type = 'deny')"

// Task
Invariant: binome-task-1
Description: "Rejeté : le motif est exigé ; terminé : la fin d'exécution est exigée."
Severity: #error
Expression: "(status = 'rejected' implies statusReason.exists()) and (status = 'completed' implies executionPeriod.end.exists())"

Invariant: binome-task-2
Description: "Une prise de connaissance vise un acte ou une prescription, pour un patient ; elle attend un délégant nommé par son RPPS."
Severity: #error
Expression: "code.coding.where(code = 'acknowledge').exists() implies ((focus.reference.contains('Procedure/') or focus.reference.contains('MedicationRequest/') or focus.reference.contains('ServiceRequest/')) and for.exists() and owner.identifier.exists())"

Invariant: binome-task-3
Description: "Une remise à résoudre vise l'acte dont le compte rendu n'est pas arrivé."
Severity: #error
Expression: "code.coding.where(code = 'resolve-delivery').exists() implies focus.reference.contains('Procedure/')"

Invariant: binome-task-4
Description: "Une réorientation dit son motif."
Severity: #error
Expression: "code.coding.where(code = 'reorient').exists() implies reasonCode.exists()"

// Message and document
Invariant: binome-msg-1
Description: "Message envoyé : l'heure d'envoi est exigée ; non envoyé ou arrêté : le motif est exigé."
Severity: #error
Expression: "(status = 'completed' implies sent.exists()) and ((status = 'not-done' or status = 'stopped') implies statusReason.exists())"

Invariant: binome-msg-2
Description: "Le message ne recopie rien du compte rendu : il en donne l'identifiant unique."
Severity: #error
Expression: "payload.content.where($this is string).all($this.startsWith('urn:oid:') or $this.startsWith('urn:uuid:'))"

Invariant: binome-doc-1
Description: "Un document final ou modifié donne la taille et l'empreinte SHA-1 de ses octets."
Severity: #error
Expression: "(docStatus = 'final' or docStatus = 'amended') implies content.attachment.all(size.exists() and hash.exists())"

Invariant: binome-doc-2
Description: "L'identifiant unique du document est un OID ou un UUID écrit comme une URI."
Severity: #error
Expression: "masterIdentifier.value.startsWith('urn:oid:') or masterIdentifier.value.startsWith('urn:uuid:')"
