// None is a modifier: ``status`` and ``active`` already carry what is dangerous to ignore.

Extension: BinomeDelegator
Id: delegator
Title: "Délégant"
Description: "Adhésion (PractitionerRole) du délégant au nom duquel l'acte est accompli. FHIR R4 n'admet qu'une structure dans performer.onBehalfOf : le délégant ne peut y figurer."
Context: Procedure, MedicationRequest, ServiceRequest, MedicationDispense, CarePlan, AdverseEvent, PractitionerRole, Task
* insert Published
* value[x] 1..1
* value[x] only Reference(PractitionerRole)
* valueReference.reference 1..1
* valueReference.identifier 1..1
* valueReference.identifier.system 1..1
* valueReference.identifier.value 1..1

Extension: BinomeProtocol
Id: protocol
Title: "Protocole de coopération"
Description: "Version du protocole sous laquelle la ressource existe : url de la PlanDefinition, barre verticale, version."
Context: CareTeam, PractitionerRole, AdverseEvent, MeasureReport
* insert Published
* value[x] 1..1
* value[x] only canonical
* obeys binome-versioned-1

Extension: BinomeInstantiatesCanonical
Id: instantiates-canonical
Title: "Ce que la délivrance applique"
Description: "Version du protocole (PlanDefinition|version), puis ce qu'elle permet (ActivityDefinition|version). R4 n'a pas d'élément instantiatesCanonical pour une délivrance, et son extension workflow-instantiatesCanonical ne s'y pose pas."
Context: MedicationDispense
* insert Published
* value[x] 1..1
* value[x] only canonical

Extension: BinomeDerogatory
Id: derogatory
Title: "Acte dérogatoire"
Description: "Vrai quand l'acte sort de la compétence ordinaire du délégué et n'est permis que par le protocole."
Context: ActivityDefinition, Procedure, MedicationRequest, ServiceRequest, MedicationDispense
* insert Published
* value[x] 1..1
* value[x] only boolean

Extension: BinomeEnrolmentStatusExtension
Id: enrolment-status
Title: "Statut de l'adhésion"
Description: "État de l'adhésion au protocole ; PractitionerRole n'a pas d'élément status."
Context: PractitionerRole
* insert Published
* value[x] 1..1
* value[x] only code
* valueCode from BinomeEnrolmentStatusVS (required)

Extension: BinomePracticeSituation
Id: practice-situation
Title: "Situation d'exercice"
Description: "Situation d'exercice de l'Annuaire Santé à laquelle l'adhésion se rattache."
Context: PractitionerRole
* insert Published
* value[x] 1..1
* value[x] only Reference(PractitionerRole)

Extension: BinomeMemberSince
Id: member-since
Title: "Entrée dans l'équipe"
Description: "Jour depuis lequel un professionnel d'une liste déclarée est dans l'équipe, quand la liste le dit."
Context: Task.input
* insert Published
* value[x] 1..1
* value[x] only date

Extension: BinomeTraining
Id: training
Title: "Formation exigée par le protocole"
Description: "Formation suivie : module, date de fin, validité, heures, délégant qui a formé, jour de chaque signature, attestation."
Context: PractitionerRole
* insert Published
* extension contains module 1..1 and completed 1..1 and validUntil 0..1 and hours 0..1 and trainer 0..1 and traineeSigned 0..1 and trainerSigned 0..1 and evidence 0..1
* extension[module] ^short = "Module, canonique ou en toutes lettres"
* extension[module].value[x] 1..1
* extension[module].value[x] only canonical or string
* extension[completed] ^short = "Fin de la formation"
* extension[completed].value[x] 1..1
* extension[completed].value[x] only date
* extension[validUntil] ^short = "Dernier jour de validité"
* extension[validUntil].value[x] 1..1
* extension[validUntil].value[x] only date
* extension[hours] ^short = "Heures suivies"
* extension[hours].value[x] 1..1
* extension[hours].value[x] only decimal
* extension[trainer] ^short = "Délégant qui a formé : son adhésion et son numéro RPPS"
* extension[trainer].value[x] 1..1
* extension[trainer].value[x] only Reference(PractitionerRole)
* extension[traineeSigned] ^short = "Jour où la personne formée a signé"
* extension[traineeSigned].value[x] 1..1
* extension[traineeSigned].value[x] only date
* extension[trainerSigned] ^short = "Jour où le formateur a signé"
* extension[trainerSigned].value[x] 1..1
* extension[trainerSigned].value[x] only date
* extension[evidence] ^short = "Attestation"
* extension[evidence].value[x] 1..1
* extension[evidence].value[x] only Reference(DocumentReference)

Extension: BinomeEngagement
Id: engagement
Title: "Engagement signé"
Description: "Jour où le professionnel a signé son engagement, individuel et nominatif. Absent : on ne sait pas s'il l'a signé."
Context: PractitionerRole
* insert Published
* value[x] 1..1
* value[x] only date

Extension: BinomeSubstitute
Id: substitute
Title: "Remplaçant d'un délégant"
Description: "Adhésion (PractitionerRole) d'un délégant de la même équipe, qui remplace celui-ci pendant ses absences (notAvailable). Plusieurs : dans l'ordre où on s'adresse à eux. Remplacer, ici, c'est recevoir les tâches et répondre aux appels ; le délégant au nom duquel un acte est accompli ne change pas."
Context: PractitionerRole
* insert Published
* value[x] 1..1
* value[x] only Reference(PractitionerRole)
* valueReference.reference 1..1
* valueReference.identifier 1..1
* valueReference.identifier.system 1..1
* valueReference.identifier.value 1..1

Extension: BinomeOnHolidays
Id: on-holidays
Title: "Joignable les jours fériés"
Description: "Les plages d'heures valent (vrai) ou ne valent pas (faux) les jours fériés légaux. Absent : on ne sait pas, et rien ne permet de compter sur la personne ces jours-là."
Context: PractitionerRole
* insert Published
* value[x] 1..1
* value[x] only boolean

Extension: BinomeReachability
Id: reachability
Title: "Modalités pour joindre les délégants de l'équipe"
Description: "Ce que l'équipe a convenu : délai maximal de réponse, plages d'heures (heure de France). Ses canaux sont dans telecom. Ce qui n'y est pas n'est pas connu."
Context: CareTeam
* insert Published
* extension contains response 0..1 and hours 0..* and onHolidays 0..1
* extension[response] ^short = "Délai maximal de réponse, en minutes"
* extension[response].value[x] 1..1
* extension[response].value[x] only Duration
* extension[hours] ^short = "Une plage d'heures"
* extension[hours].extension contains day 0..* and allDay 0..1 and start 0..1 and end 0..1
* extension[hours].extension[day] ^short = "Jour (days-of-week)"
* extension[hours].extension[day].value[x] 1..1
* extension[hours].extension[day].value[x] only code
* extension[hours].extension[allDay] ^short = "Toute la journée"
* extension[hours].extension[allDay].value[x] 1..1
* extension[hours].extension[allDay].value[x] only boolean
* extension[hours].extension[start] ^short = "Début de la plage"
* extension[hours].extension[start].value[x] 1..1
* extension[hours].extension[start].value[x] only time
* extension[onHolidays] ^short = "Les plages d'heures valent (vrai) ou non (faux) les jours fériés ; absent : on ne sait pas"
* extension[onHolidays].value[x] 1..1
* extension[onHolidays].value[x] only boolean
* extension[hours].extension[end] ^short = "Fin de la plage"
* extension[hours].extension[end].value[x] 1..1
* extension[hours].extension[end].value[x] only time

Extension: BinomeExecution
Id: execution
Title: "Ce que le protocole a jugé"
Description: "Le chemin suivi dans le protocole pour un acte, jugé à la date de l'acte sur les réponses de l'examen : critères avec leur vérité, scores avec leur valeur, recours obligatoires, branches suivies, arrêt de l'examen. Chaque texte est une liste d'identifiants d'actions de la PlanDefinition, séparés par une espace ; les textes des critères se lisent dans la version du protocole que nomme Provenance.policy."
Context: Provenance
* insert Published
* extension contains true 0..1 and false 0..1 and undetermined 0..1 and score 0..1 and taken 0..1 and untaken 0..1 and way 0..1 and halt 0..1 and stop 0..1
* extension[true] ^short = "Critères établis"
* extension[true].value[x] 1..1
* extension[true].value[x] only string
* extension[false] ^short = "Critères écartés"
* extension[false].value[x] 1..1
* extension[false].value[x] only string
* extension[undetermined] ^short = "Critères indéterminés"
* extension[undetermined].value[x] 1..1
* extension[undetermined].value[x] only string
* extension[score] ^short = "Scores : « id=valeur », ou « id=minimum..maximum » quand un élément est inconnu"
* extension[score].value[x] 1..1
* extension[score].value[x] only string
* extension[taken] ^short = "Recours au délégant obligatoires, et tracés dans l'examen"
* extension[taken].value[x] 1..1
* extension[taken].value[x] only string
* extension[untaken] ^short = "Recours au délégant obligatoires, et non tracés"
* extension[untaken].value[x] 1..1
* extension[untaken].value[x] only string
* extension[way] ^short = "Branches suivies, dans l'ordre"
* extension[way].value[x] 1..1
* extension[way].value[x] only string
* extension[halt] ^short = "Étape où l'on s'est arrêté sans issue, puis undetermined, no-branch ou conflict"
* extension[halt].value[x] 1..1
* extension[halt].value[x] only string
* extension[stop] ^short = "Étape de l'examen après laquelle il s'est arrêté"
* extension[stop].value[x] 1..1
* extension[stop].value[x] only string

Extension: BinomeRecourse
Id: recourse
Title: "Recours au délégant"
Description: "Ce que le délégant a fait quand le délégué l'a appelé au cours de l'acte."
Context: Procedure
* insert Published
* value[x] 1..1
* value[x] only code
* valueCode from BinomeRecourseVS (required)

Extension: BinomeEventStatus
Id: ae-status
Title: "État d'un signalement"
Description: "Où en est le signalement d'un événement indésirable ; AdverseEvent n'a pas d'élément status."
Context: AdverseEvent
* insert Published
* value[x] 1..1
* value[x] only code
* valueCode from BinomeEventStatusVS (required)

Extension: BinomeInformation
Id: information
Title: "Information du patient"
Description: "Notice remise au patient avant qu'il décide, avec sa version, et professionnel qui l'a informé. Quand : verification.verificationDate."
Context: Consent
* insert Published
* extension contains notice 0..1 and informant 0..1
* extension[notice] ^short = "Notice et version : canonique (url|version) ou en toutes lettres"
* extension[notice].value[x] 1..1
* extension[notice].value[x] only canonical or string
* extension[informant] ^short = "Qui a informé le patient, par son numéro RPPS"
* extension[informant].value[x] 1..1
* extension[informant].value[x] only Reference(Practitioner or PractitionerRole)

Extension: BinomeChain
Id: chain
Title: "Maillon de la chaîne d'empreintes"
Description: "Maillon qui scelle la première cible de la preuve : la version que la même écriture a conservée. digest = SHA-256 de six lignes jointes par LF, sans LF final : « binome-chain-v1 », sequence, previous (base64), référence versionnée de la cible, content (base64), recorded (ISO 8601, microsecondes, décalage). Une chaîne par structure, numérotée sans trou à partir de 1."
Context: Provenance
* insert Published
* extension contains sequence 1..1 and previous 1..1 and content 1..1 and digest 1..1
* extension[sequence] ^short = "Rang dans la chaîne, à partir de 1"
* extension[sequence].value[x] 1..1
* extension[sequence].value[x] only positiveInt
* extension[previous] ^short = "digest du maillon précédent ; trente-deux octets nuls pour le premier"
* extension[previous].value[x] 1..1
* extension[previous].value[x] only base64Binary
* extension[content] ^short = "SHA-256 des octets de la version visée"
* extension[content].value[x] 1..1
* extension[content].value[x] only base64Binary
* extension[digest] ^short = "Empreinte du maillon"
* extension[digest].value[x] 1..1
* extension[digest].value[x] only base64Binary

Extension: BinomeCountersignature
Id: countersignature
Title: "Contresignature"
Description: "Vrai quand le délégant contresigne l'acte ; absent ou faux quand il se borne à en prendre connaissance."
Context: Task
* insert Published
* value[x] 1..1
* value[x] only boolean

Extension: BinomeProtocolSuspension
Id: protocol-suspension
Title: "Suspension d'un protocole"
Description: "Une décision qui suspend un protocole, ou sa mise en œuvre par une structure : aucun acte ne se fait sous lui un jour de la période. Ce qui a été fait avant reste couvert."
Context: Basic
* insert Published
* extension contains organization 0..1 and period 1..1 and authority 1..1 and reason 1..1 and source 1..1
* extension[organization] ^short = "Structure dont la mise en œuvre est suspendue ; absente, le protocole l'est partout"
* extension[organization].value[x] 1..1
* extension[organization].value[x] only Reference(Organization)
* extension[period] ^short = "Jours suspendus, bornes comprises ; sans fin tant que la suspension n'est pas levée"
* extension[period].value[x] 1..1
* extension[period].value[x] only Period
* extension[authority] ^short = "Qui a décidé"
* extension[authority].value[x] 1..1
* extension[authority].value[x] only string
* extension[reason] ^short = "Motif"
* extension[reason].value[x] 1..1
* extension[reason].value[x] only string
* extension[source] ^short = "Où la décision se lit"
* extension[source].value[x] 1..1
* extension[source].value[x] only string

Extension: BinomeProtocolReview
Id: protocol-review
Title: "Revue d'un protocole"
Description: "La définition a été revue, sans changement ou avec une nouvelle version."
Context: Basic
* insert Published
* extension contains date 1..1 and reviewer 1..1 and version 1..1 and changed 1..1
* extension[date].value[x] 1..1
* extension[date].value[x] only date
* extension[reviewer] ^short = "Qui a revu, par son nom et son numéro RPPS"
* extension[reviewer].value[x] 1..1
* extension[reviewer].value[x] only Reference(Practitioner)
* extension[version] ^short = "Version qui vaut après la revue"
* extension[version].value[x] 1..1
* extension[version].value[x] only string
* extension[changed] ^short = "Vrai quand une nouvelle version en est sortie"
* extension[changed].value[x] 1..1
* extension[changed].value[x] only boolean
