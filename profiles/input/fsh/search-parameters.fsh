// What R4 cannot search: the délégant, the protocol, the links of the proof, and what leads from an act to what came of it.

RuleSet: Search(code, type, name)
* name = "{name}"
* url = "https://binome.example/fhir/SearchParameter/{code}"
* version = "0.1.0"
* status = #active
* experimental = false
* publisher = "Binôme"
* code = #{code}
* type = #{type}
* xpathUsage = #normal

Instance: delegator
InstanceOf: SearchParameter
Usage: #definition
* insert Search(delegator, reference, Delegator)
* description = "Délégant au nom duquel l'acte est accompli. Avec :identifier, se cherche par RPPS."
* base[0] = #Procedure
* base[+] = #MedicationRequest
* base[+] = #ServiceRequest
* base[+] = #MedicationDispense
* base[+] = #CarePlan
* base[+] = #AdverseEvent
* base[+] = #PractitionerRole
* base[+] = #Task
* target = #PractitionerRole
* modifier = #identifier
* expression = "Procedure.extension.where(url = 'https://binome.example/fhir/StructureDefinition/delegator').value | MedicationRequest.extension.where(url = 'https://binome.example/fhir/StructureDefinition/delegator').value | ServiceRequest.extension.where(url = 'https://binome.example/fhir/StructureDefinition/delegator').value | MedicationDispense.extension.where(url = 'https://binome.example/fhir/StructureDefinition/delegator').value | CarePlan.extension.where(url = 'https://binome.example/fhir/StructureDefinition/delegator').value | AdverseEvent.extension.where(url = 'https://binome.example/fhir/StructureDefinition/delegator').value | PractitionerRole.extension.where(url = 'https://binome.example/fhir/StructureDefinition/delegator').value | Task.extension.where(url = 'https://binome.example/fhir/StructureDefinition/delegator').value"

Instance: protocol
InstanceOf: SearchParameter
Usage: #definition
* insert Search(protocol, uri, Protocol)
* description = "Protocole, toutes versions confondues : la version est ôtée des deux côtés de la comparaison."
* base[0] = #Procedure
* base[+] = #MedicationRequest
* base[+] = #ServiceRequest
* base[+] = #MedicationDispense
* base[+] = #CarePlan
* base[+] = #CareTeam
* base[+] = #PractitionerRole
* base[+] = #AdverseEvent
* base[+] = #MeasureReport
* expression = "Procedure.instantiatesCanonical.where($this.contains('/PlanDefinition/')) | MedicationRequest.instantiatesCanonical.where($this.contains('/PlanDefinition/')) | ServiceRequest.instantiatesCanonical.where($this.contains('/PlanDefinition/')) | MedicationDispense.extension.where(url = 'https://binome.example/fhir/StructureDefinition/instantiates-canonical').value.where($this.contains('/PlanDefinition/')) | CarePlan.instantiatesCanonical | CareTeam.extension.where(url = 'https://binome.example/fhir/StructureDefinition/protocol').value | PractitionerRole.extension.where(url = 'https://binome.example/fhir/StructureDefinition/protocol').value | AdverseEvent.extension.where(url = 'https://binome.example/fhir/StructureDefinition/protocol').value | MeasureReport.extension.where(url = 'https://binome.example/fhir/StructureDefinition/protocol').value"

Instance: enrolment-status
InstanceOf: SearchParameter
Usage: #definition
* insert Search(enrolment-status, token, EnrolmentStatus)
* description = "Statut de l'adhésion."
* base = #PractitionerRole
* expression = "PractitionerRole.extension.where(url = 'https://binome.example/fhir/StructureDefinition/enrolment-status').value"

Instance: on-behalf-of
InstanceOf: SearchParameter
Usage: #definition
* insert Search(on-behalf-of, reference, OnBehalfOf)
* description = "Délégant au nom duquel un agent de la preuve a agi."
* base = #Provenance
* target[0] = #PractitionerRole
* target[+] = #Practitioner
* target[+] = #Organization
* expression = "Provenance.agent.onBehalfOf"

Instance: policy
InstanceOf: SearchParameter
Usage: #definition
* insert Search(policy, uri, Policy)
* description = "Protocole ou texte légal sur lequel la preuve s'appuie."
* base = #Provenance
* expression = "Provenance.policy"

Instance: chain-sequence
InstanceOf: SearchParameter
Usage: #definition
* insert Search(chain-sequence, number, ChainSequence)
* description = "Rang du maillon dans la chaîne de la structure."
* base = #Provenance
* expression = "Provenance.extension.where(url = 'https://binome.example/fhir/StructureDefinition/chain').extension.where(url = 'sequence').value"

Instance: managing-organization
InstanceOf: SearchParameter
Usage: #definition
* insert Search(managing-organization, reference, ManagingOrganization)
* description = "Structure de l'équipe."
* base = #CareTeam
* target = #Organization
* expression = "CareTeam.managingOrganization"

Instance: derogatory
InstanceOf: SearchParameter
Usage: #definition
* insert Search(derogatory, token, Derogatory)
* description = "Acte dérogatoire, ou non."
* base[0] = #Procedure
* base[+] = #MedicationRequest
* base[+] = #ServiceRequest
* base[+] = #MedicationDispense
* expression = "Procedure.extension.where(url = 'https://binome.example/fhir/StructureDefinition/derogatory').value | MedicationRequest.extension.where(url = 'https://binome.example/fhir/StructureDefinition/derogatory').value | ServiceRequest.extension.where(url = 'https://binome.example/fhir/StructureDefinition/derogatory').value | MedicationDispense.extension.where(url = 'https://binome.example/fhir/StructureDefinition/derogatory').value"

Instance: ack-deadline
InstanceOf: SearchParameter
Usage: #definition
* insert Search(ack-deadline, date, AckDeadline)
* description = "Échéance d'une tâche : fin de restriction.period."
* base = #Task
* expression = "Task.restriction.period"

Instance: supporting-info
InstanceOf: SearchParameter
Usage: #definition
* insert Search(supporting-info, reference, SupportingInfo)
* description = "Ce sur quoi la prescription s'appuie : l'acte dont elle est issue."
* base[0] = #MedicationRequest
* base[+] = #ServiceRequest
* target = #Procedure
* expression = "MedicationRequest.supportingInformation | ServiceRequest.supportingInfo"

Instance: about
InstanceOf: SearchParameter
Usage: #definition
* insert Search(about, reference, About)
* description = "Ce dont le message parle : l'acte dont il porte le compte rendu."
* base = #Communication
* target[0] = #Procedure
* target[+] = #DocumentReference
* target[+] = #Task
* expression = "Communication.about"

Instance: policy-uri
InstanceOf: SearchParameter
Usage: #definition
* insert Search(policy-uri, uri, PolicyUri)
* description = "Protocole auquel le patient consent, ou règle de partage qu'il accepte ou refuse."
* base = #Consent
* expression = "Consent.policy.uri"

Instance: based-on
InstanceOf: SearchParameter
Usage: #definition
* insert Search(based-on, reference, BasedOn)
* description = "Inclusion au titre de laquelle le médicament est prescrit."
* base = #MedicationRequest
* target[0] = #CarePlan
* target[+] = #MedicationRequest
* target[+] = #ServiceRequest
* expression = "MedicationRequest.basedOn"

Instance: instantiates-canonical
InstanceOf: SearchParameter
Usage: #definition
* insert Search(instantiates-canonical, reference, InstantiatesCanonical)
* description = "Protocole et définition d'acte que la prescription de médicament, ou la délivrance, applique."
* base[0] = #MedicationRequest
* base[+] = #MedicationDispense
* target[0] = #PlanDefinition
* target[+] = #ActivityDefinition
* expression = "MedicationRequest.instantiatesCanonical | MedicationDispense.extension.where(url = 'https://binome.example/fhir/StructureDefinition/instantiates-canonical').value"

Instance: part-of
InstanceOf: SearchParameter
Usage: #definition
* insert Search(part-of, reference, PartOf)
* description = "Acte dont la délivrance est issue."
* base = #MedicationDispense
* target = #Procedure
* expression = "MedicationDispense.partOf"

Instance: identifier
InstanceOf: SearchParameter
Usage: #definition
* insert Search(identifier, token, Identifier)
* description = "Identifiant métier de l'événement indésirable."
* base = #AdverseEvent
* expression = "AdverseEvent.identifier"

Instance: ae-status
InstanceOf: SearchParameter
Usage: #definition
* insert Search(ae-status, token, EventStatus)
* description = "Où en est le signalement de l'événement indésirable."
* base = #AdverseEvent
* expression = "AdverseEvent.extension.where(url = 'https://binome.example/fhir/StructureDefinition/ae-status').value"

Instance: recourse
InstanceOf: SearchParameter
Usage: #definition
* insert Search(recourse, token, Recourse)
* description = "Ce que le délégant, appelé au cours de l'acte, a fait."
* base = #Procedure
* expression = "Procedure.extension.where(url = 'https://binome.example/fhir/StructureDefinition/recourse').value"
