// People and structures: the constraints of FR Core that can be said without its package. The definitions of its
// extensions cannot be loaded either: they are looked for by their url.
Invariant: binome-pat-1
Description: "Identité validée au sens de FR Core 2.1.0 (VALI) : le patient porte une INS, et une seule (fr-core-1)."
Severity: #error
Expression: "extension('https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-identity-reliability').extension('identityStatus').value.where(system = 'https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0445' and code = 'VALI').exists() implies identifier.where((use = 'official' and (system = 'urn:oid:1.2.250.1.213.1.4.8' or system = 'urn:oid:1.2.250.1.213.1.4.10' or system = 'urn:oid:1.2.250.1.213.1.4.11')) or (use = 'temp' and system = 'urn:oid:1.2.250.1.213.1.4.9')).count() = 1"

Invariant: binome-pat-2
Description: "Identité validée au sens de FR Core 2.1.0 (VALI) : un seul identifiant officiel, ou un NIA (fr-core-2)."
Severity: #error
Expression: "extension('https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-identity-reliability').extension('identityStatus').value.where(system = 'https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0445' and code = 'VALI').exists() implies (identifier.where(use = 'official').count() = 1 or identifier.where(use = 'temp' and system = 'urn:oid:1.2.250.1.213.1.4.9').exists())"

Invariant: binome-pat-3
Description: "L'INS ne circule qu'avec une identité qualifiée : VALI de FR Core 2.1.0, QUAL ensuite."
Severity: #error
Expression: "identifier.where(type.coding.where(system = 'https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203' and code.startsWith('INS-NI')).exists() and (use = 'official' or use = 'temp')).exists() implies extension('https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-identity-reliability').extension('identityStatus').value.where((system = 'https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0445' and code = 'VALI') or (system = 'https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-identity-status' and code = 'QUAL')).exists()"

Invariant: binome-pat-4
Description: "Le statut de l'identité est dit, une fois, dans l'un des deux systèmes de FR Core."
Severity: #error
Expression: "extension('https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-identity-reliability').extension('identityStatus').value.where((system = 'https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0445' and code = 'VALI') or (system = 'https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-identity-status' and (code = 'PROV' or code = 'VALI' or code = 'RECUP' or code = 'QUAL'))).count() = 1"

Invariant: binome-pat-5
Description: "Les traits de l'INS sont entiers : liste des prénoms de naissance et code de la commune de naissance."
Severity: #error
Expression: "identifier.where(type.coding.where(system = 'https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203' and code.startsWith('INS-NI')).exists() and (use = 'official' or use = 'temp')).exists() implies (name.where(use = 'official').extension('https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-patient-birth-list-given-name').value.exists() and extension('http://hl7.org/fhir/StructureDefinition/patient-birthPlace').value.extension('https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-address-insee-code').value.code.exists())"

Invariant: binome-pat-6
Description: "Le sexe est celui de l'état civil, ou inconnu."
Severity: #error
Expression: "gender != 'other'"

Invariant: binome-ins-1
Description: "Un matricule INS compte quinze caractères, clé comprise."
Severity: #error
Expression: "value.matches('^[0-9]{5}([0-9]{2}|2A|2B)[0-9]{8}$')"

Invariant: binome-rpps-1
Description: "Un numéro RPPS compte onze chiffres."
Severity: #error
Expression: "value.matches('^[0-9]{11}$')"

Invariant: binome-prac-1
Description: "Une profession, et une seule, dans la nomenclature des professions de santé (TRE_G15)."
Severity: #error
Expression: "qualification.code.coding.where(system = 'https://mos.esante.gouv.fr/NOS/TRE_G15-ProfessionSante/FHIR/TRE-G15-ProfessionSante').count() = 1"

Invariant: binome-finess-1
Description: "Un numéro FINESS compte neuf caractères."
Severity: #error
Expression: "value.matches('^[0-9][0-9AB][0-9]{7}$')"

Invariant: binome-mss-1
Description: "Une boîte MSSanté est une adresse électronique."
Severity: #error
Expression: "extension('https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-contact-point-email-type').value.where(system = 'https://mos.esante.gouv.fr/NOS/TRE_R256-TypeMessagerie/FHIR/TRE-R256-TypeMessagerie' and code = 'MSSANTE').exists() implies (system = 'email' and value.exists())"

Invariant: binome-mss-2
Description: "La boîte MSSanté d'un professionnel est personnelle (PER) ou de cabinet (CAB)."
Severity: #error
Expression: "extension('https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-contact-point-email-type').value.where(system = 'https://mos.esante.gouv.fr/NOS/TRE_R256-TypeMessagerie/FHIR/TRE-R256-TypeMessagerie' and code = 'MSSANTE').exists() implies extension('https://interop.esante.gouv.fr/ig/fhir/annuaire/StructureDefinition/as-ext-mailbox-mss-metadata').extension('type').value.coding.where(system = 'https://mos.esante.gouv.fr/NOS/TRE_R257-TypeBAL/FHIR/TRE-R257-TypeBAL' and (code = 'PER' or code = 'CAB')).exists()"

Invariant: binome-mss-3
Description: "La boîte MSSanté d'une structure est organisationnelle (ORG) ou applicative (APP)."
Severity: #error
Expression: "extension('https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-contact-point-email-type').value.where(system = 'https://mos.esante.gouv.fr/NOS/TRE_R256-TypeMessagerie/FHIR/TRE-R256-TypeMessagerie' and code = 'MSSANTE').exists() implies extension('https://interop.esante.gouv.fr/ig/fhir/annuaire/StructureDefinition/as-ext-mailbox-mss-metadata').extension('type').value.coding.where(system = 'https://mos.esante.gouv.fr/NOS/TRE_R257-TypeBAL/FHIR/TRE-R257-TypeBAL' and (code = 'ORG' or code = 'APP')).exists()"

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

Invariant: binome-enr-5
Description: "Seul un délégant désigne des remplaçants."
Severity: #error
Expression: "extension('https://binome.example/fhir/StructureDefinition/substitute').exists() implies code.coding.where(code = 'DELEGATOR').exists()"

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

Invariant: binome-disp-1
Description: "La délivrance nomme une version du protocole et une version de ce qu'il permet."
Severity: #error
Expression: "extension.where(url = 'https://binome.example/fhir/StructureDefinition/instantiates-canonical').value.where($this.contains('/PlanDefinition/')).count() = 1 and extension.where(url = 'https://binome.example/fhir/StructureDefinition/instantiates-canonical').value.where($this.contains('/ActivityDefinition/')).count() = 1 and extension.where(url = 'https://binome.example/fhir/StructureDefinition/instantiates-canonical').value.all($this.contains('|'))"

Invariant: binome-disp-2
Description: "Le délégant n'est pas celui qui délivre."
Severity: #error
Expression: "extension('https://binome.example/fhir/StructureDefinition/delegator').value.reference != performer.first().actor.reference and extension('https://binome.example/fhir/StructureDefinition/delegator').value.identifier.value != performer.first().actor.identifier.value"

Invariant: binome-disp-3
Description: "Une délivrance est faite, ou elle a été saisie par erreur."
Severity: #error
Expression: "status = 'completed' or status = 'entered-in-error'"

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

Invariant: binome-cons-2
Description: "Un consentement retiré dit depuis quand : fin de provision.period."
Severity: #error
Expression: "status = 'inactive' implies provision.period.end.exists()"

Invariant: binome-cons-3
Description: "Un choix de partage est en vigueur (active), ou tout partage est refusé (rejected)."
Severity: #error
Expression: "status = 'active' or status = 'rejected'"

// Task
Invariant: binome-task-1
Description: "Rejeté : le motif est exigé ; terminé : la fin d'exécution est exigée."
Severity: #error
Expression: "(status = 'rejected' implies statusReason.exists()) and (status = 'completed' implies executionPeriod.end.exists())"

Invariant: binome-task-2
Description: "Une prise de connaissance vise un acte ou une prescription, pour un patient ; elle attend un délégant nommé par son RPPS, ou l'équipe nommée par son identifiant."
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

Invariant: binome-task-5
Description: "Un abonnement à rétablir est ce que vise sa tâche, et elle n'est liée à aucun patient."
Severity: #error
Expression: "code.coding.where(code = 'resolve-subscription').exists() implies (focus.reference.contains('Subscription/') and for.empty())"

Invariant: binome-task-6
Description: "Un compte rendu à retirer vise l'acte annulé et dit où le compte rendu se trouve."
Severity: #error
Expression: "code.coding.where(code = 'withdraw-report').exists() implies (focus.reference.contains('Procedure/') and reasonCode.text.exists())"

Invariant: binome-task-7
Description: "Une déclaration d'événement indésirable vise l'événement, pour un patient."
Severity: #error
Expression: "code.coding.where(code = 'notify-adverse-event').exists() implies (focus.reference.contains('AdverseEvent/') and for.exists())"

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
