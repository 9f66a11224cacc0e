// A code, once published, keeps its meaning: add, never reuse.

CodeSystem: BinomeStep
Id: binome-step
Title: "Étapes d'un protocole"
Description: "Nature de chaque action d'un protocole (PlanDefinition.action.code)."
* insert CompleteCodeSystem
* #eligibility "Éligibilité" "Critère que le patient doit remplir."
* #exclusion "Exclusion" "Critère qui écarte le patient du protocole."
* #information-consent "Information et consentement" "Le patient est informé et décide."
* #exam "Examen" "Interrogatoire et examen clinique."
* #decision "Décision" "Choix d'une seule branche selon l'examen."
* #score "Score" "Somme de points tirés de l'examen ; un intervalle tant qu'un élément est inconnu."
* #withdrawal "Sortie" "Critère qui fait quitter le protocole."
* #delegated-act "Acte délégué" "Acte que le délégué accomplit."
* #prescription "Prescription déléguée" "Prescription que le délégué rédige."
* #dispense "Délivrance déléguée" "Produit que le délégué remet au patient."
* #recourse "Recours au délégant" "Le délégué consulte le délégant avant de poursuivre ; une condition inconnue y oblige."
* #reorientation "Réorientation vers le délégant" "Issue normale : le délégant reprend la suite."
* #emergency "Urgence" "Signe qui arrête le protocole et appelle les secours."
* #report "Compte rendu et transmission" "Le compte rendu est établi et envoyé."

CodeSystem: BinomeTruth
Id: binome-truth
Title: "Vérité d'un critère"
Description: "Ce qui est établi d'une condition d'un protocole."
* insert CompleteCodeSystem
* #true "Établie" "La condition est remplie."
* #false "Écartée" "La condition n'est pas remplie."
* #undetermined "Indéterminée" "Une réponse manque, ou n'est pas connue : jamais prise pour une absence."

CodeSystem: BinomeTaskCode
Id: binome-task-code
Title: "Tâches"
Description: "Ce qu'une tâche (Task) demande à une personne ou à une structure."
* insert CompleteCodeSystem
* #declare-team "Déclaration à l'ARS" "L'équipe est déclarée à l'agence régionale de santé."
* #acknowledge "Prise de connaissance par le délégant" "Le délégant lit l'acte accompli en son nom."
* #reorient "Réorientation vers le délégant" "Le délégant reprend la suite."
* #notify-adverse-event "Déclaration d'événement indésirable" "L'événement est déclaré à qui de droit."
* #resolve-delivery "Remise à résoudre" "Une remise a échoué : une personne doit agir."
* #withdraw-report "Compte rendu à retirer" "Un acte a été saisi par erreur : une personne fait retirer le compte rendu là où il est."
* #read-reply "Réponse à lire" "Quelqu'un a répondu à un compte rendu par messagerie : une personne lit et décide."
* #update-report "Compte rendu à modifier" "Une équipe demande que son compte rendu soit masqué, montré de nouveau ou archivé au dossier partagé."
* #resolve-subscription "Abonnement à rétablir" "Un abonnement a été arrêté, sa cible ne répondant plus : une personne doit agir."

CodeSystem: BinomeRecord
Id: binome-record
Title: "Registres"
Description: "Ce qu'une ressource Basic tient."
* insert CompleteCodeSystem
* #protocol-life "Vie d'un protocole" "Suspensions et revues d'un protocole publié."

CodeSystem: BinomeEnrolmentStatus
Id: binome-enrolment-status
Title: "Statuts d'adhésion"
Description: "États d'une adhésion à un protocole."
* insert CompleteCodeSystem
* #declared "Déclarée" "Déclarée, pas encore en vigueur."
* #active "Active" "En vigueur."
* #suspended "Suspendue" "Arrêtée pour un temps."
* #ended "Terminée" "Arrêtée pour de bon."
* #refused "Refusée" "Jamais entrée en vigueur."

CodeSystem: BinomeEvent
Id: binome-event
Title: "Événements tracés"
Description: "Ce qui est arrivé, au sens du métier (AuditEvent.subtype)."
* insert CompleteCodeSystem
* #protocol-published "Protocole publié" "Une version d'un protocole devient utilisable."
* #protocol-retired "Protocole retiré" "Une version d'un protocole n'est plus utilisable."
* #enrolment-declared "Adhésion déclarée" "Un professionnel demande à adhérer."
* #enrolment-activated "Adhésion activée" "L'adhésion entre en vigueur."
* #enrolment-suspended "Adhésion suspendue" "L'adhésion est arrêtée pour un temps."
* #enrolment-ended "Adhésion terminée" "L'adhésion est arrêtée pour de bon."
* #enrolment-refused "Adhésion refusée" "L'adhésion n'entre pas en vigueur."
* #team-declared "Équipe déclarée" "L'équipe est déclarée à l'agence régionale de santé."
* #team-changed "Équipe modifiée" "La composition ou l'état de l'équipe change."
* #consent-recorded "Consentement recueilli" "Le patient accepte les soins délégués."
* #consent-refused "Consentement refusé" "Le patient refuse les soins délégués."
* #consent-withdrawn "Consentement retiré" "Le patient revient sur son accord."
* #sharing-recorded "Choix de partage recueilli" "Le patient dit où son compte rendu peut aller."
* #patient-included "Patient inclus" "Le patient entre dans le protocole."
* #inclusion-ended "Inclusion terminée" "Le patient sort du protocole."
* #act-recorded "Acte enregistré" "Un acte délégué a été accompli."
* #act-not-done "Acte non réalisé" "Un acte délégué n'a pas été accompli, et l'on sait pourquoi."
* #act-amended "Acte corrigé" "Une nouvelle version d'un acte est enregistrée."
* #act-entered-in-error "Acte annulé" "Un acte a été saisi par erreur, avec tout ce qui s'y rattache."
* #act-acknowledged "Acte lu par le délégant" "Le délégant a pris connaissance de l'acte."
* #act-countersigned "Acte contresigné" "Le délégant a contresigné l'acte."
* #act-rejected "Acte rejeté par le délégant" "Le délégant désapprouve l'acte et dit pourquoi."
* #prescription-recorded "Prescription enregistrée" "Une prescription déléguée a été rédigée."
* #reoriented "Patient réorienté" "La suite revient au délégant."
* #adverse-event-recorded "Événement indésirable enregistré" "Un événement indésirable est signalé."
* #document-published "Document publié" "Un destinataire a reçu le compte rendu."
* #document-replaced "Document remplacé" "Une nouvelle version du compte rendu remplace la précédente."
* #document-updated "Document modifié" "Une équipe demande que son compte rendu soit masqué, montré de nouveau ou archivé au dossier partagé."
* #message-sent "Message envoyé" "Un courriel de messagerie sécurisée est parti."
* #delivery-failed "Remise en échec" "Un destinataire n'a pas reçu le compte rendu : une personne doit agir."
* #delivery-resolved "Remise résolue" "Une personne a mis fin à un échec de remise."
* #trace-read "Trace consultée" "Le dossier de preuve d'un acte a été lu."
* #chain-verified "Chaîne vérifiée" "La chaîne d'empreintes a été recalculée."

CodeSystem: BinomeReorientationReason
Id: binome-reorientation-reason
Title: "Motifs de réorientation"
Description: "Pourquoi la suite revient au délégant. Les motifs propres à un protocole sont dits dans ses propres critères."
* insert CompleteCodeSystem
* #exclusion-age "Âge hors du protocole" "Toujours distinct des autres exclusions : le financement en dépend."
* #exclusion-other "Autre exclusion" "Un critère d'inclusion est faux, ou un critère d'exclusion est vrai."
* #undetermined "Critère indéterminé" "Un critère n'a pas pu être établi : l'inconnu ne vaut jamais accord."
* #planned-by-protocol "Prévue par le protocole" "L'arbre du protocole mène au délégant."
* #new-symptoms "Nouveaux symptômes" "Des signes sont apparus depuis le début de la prise en charge."
* #worsening "Aggravation" "L'état du patient se dégrade."
* #delegue-doubt "Doute du délégué" "Le délégué préfère l'avis du délégant."
* #patient-choice "Choix du patient" "Le patient préfère voir le délégant, ou refuse le protocole."
* #no-delegant-reachable "Délégant injoignable" "Le recours au délégant était obligatoire et n'a pas pu avoir lieu."
* #data-sharing-refused "Partage des données refusé" "Le patient refuse un partage sans lequel le protocole ne s'applique pas."
* #act-rejected "Acte rejeté par le délégant" "Le délégant a désapprouvé l'acte."

CodeSystem: BinomeRecourseCS
Id: binome-recourse
Title: "Recours au délégant"
Description: "Ce que le délégant, appelé, a fait."
* insert CompleteCodeSystem
* #advice "Avis" "Le délégant donne un avis ; le délégué poursuit."
* #take-over "Reprise de la suite" "Le délégant reprend le patient. Seul ce recours compte dans le taux de reprise."

CodeSystem: BinomeConsent
Id: binome-consent
Title: "Natures de consentement"
Description: "Ce à quoi le patient consent, ou non."
* insert CompleteCodeSystem
* #delegated-care "Soins délégués" "Être pris en charge sous un protocole de coopération."
* #sharing "Partage du compte rendu" "Laisser partir le compte rendu vers chaque destination."

CodeSystem: BinomeDestination
Id: binome-destination
Title: "Destinations du compte rendu"
Description: "Où un compte rendu peut partir, du point de vue du patient."
* insert CompleteCodeSystem
* #dmp "Dossier médical partagé" "Le DMP du patient, dans Mon espace santé."
* #patient-mailbox "Messagerie du patient" "La messagerie sécurisée de Mon espace santé."
* #professional-mailbox "Messagerie des professionnels" "La boîte MSSanté du délégant ou d'un autre professionnel."

CodeSystem: BinomeAct
Id: binome-act
Title: "Actes délégués sans code CCAM"
Description: "Actes permis par un protocole que la CCAM ne code pas. Relevés dans des sources secondaires : à confronter à l'annexe de l'arrêté avant tout usage en production."
* insert CompleteCodeSystem
* ^status = #draft
* #ankle-sprain-diagnosis "Diagnostic d'entorse de la cheville"
* #paracetamol "Paracétamol"
* #rest-ice-elevation "Repos, glace et surélévation"
* #compression "Contention par compression"
* #removable-splint "Attelle amovible"
* #crutches "Cannes anglaises"
* #physiotherapy "Séances de masso-kinésithérapie"
* #x-ray "Radiographie"
* #work-stop "Arrêt de travail"
* #sore-throat-care "Prise en charge de l'odynophagie"
* #strep-rapid-test "Test rapide d'orientation diagnostique du streptocoque A"
* #symptomatic-treatment "Traitement symptomatique"
* #antibiotic "Antibiotique"
* #cystitis-care "Prise en charge de la pollakiurie et des brûlures mictionnelles"
* #urine-dipstick "Bandelette urinaire"
* #advice "Conseils"
* #low-back-care "Prise en charge de la lombalgie aiguë"
* #nsaid "Anti-inflammatoire non stéroïdien"
* #allergic-rhinitis-care "Prise en charge de la rhino-conjonctivite allergique saisonnière"
* #treatment-renewal "Renouvellement ou adaptation d'un traitement"
* #vesicular-rash-care "Prise en charge de l'éruption vésiculeuse de l'enfant"
* #antiseptic-solution "Solution antiseptique"
* #chronic-follow-up "Consultation de suivi ou de repérage"
* #hba1c-order "Dosage de l'HbA1c"
* #microalbuminuria-order "Microalbuminurie"
* #hdl-order "Dosage du cholestérol HDL"
* #creatinine-order "Créatininémie"
* #eye-fundus-order "Fond d'œil"
* #laboratory-order "Examens de biologie"
* #ecg "Électrocardiogramme"
* #monofilament-foot-exam "Examen des pieds au monofilament"
* #spirometry "Spirométrie"
* #memory-tests "Tests de mémoire"
* #education "Éducation et conseils"
* #home-visit "Visite à domicile"
* #screening "Dépistage"
* #abdominopelvic-ultrasound "Échographie abdomino-pelvienne"
* #superficial-ultrasound "Échographie superficielle"
* #vascular-ultrasound "Échographie vasculaire"
* #telemonitoring "Télésurveillance"
* #titration "Titration"
* #unscheduled-consultation "Consultation non programmée"
* #retinal-photography "Photographies du fond d'œil"
* #pupil-dilation "Dilatation de la pupille"
* #eye-pressure "Mesure de la pression intraoculaire"

CodeSystem: BinomeAnswer
Id: binome-answer
Title: "Réponses à choix"
Description: "Choix des questions d'un protocole qu'aucune nomenclature publique ne code."
* insert CompleteCodeSystem
* #present "Présent"
* #absent "Absent"
* #non-exclu "Ne peut être exclu" "Ni établi, ni écarté."
* #telephone "Téléphone"
* #teleconsultation "Téléconsultation"
* #diabete "Diabète de type 2"
* #risque-cardiovasculaire "Risque cardiovasculaire"
* #bpco "Repérage de la BPCO"
* #cognitif "Repérage des troubles cognitifs"
* #cabinet "Cabinet"
* #domicile "Domicile"
* #a-distance "Téléphone"
* #collectif "Séance collective"
* #abdomino-pelvienne "Abdomino-pelvienne, adulte ou enfant"
* #superficielle "Superficielle"
* #vasculaire "Vasculaire"
* #obstetricale "Obstétricale"
* #cardiaque "Cardiaque"
* #ecartees "Écartées"
* #non-ecartees "Ne sont pas écartées"
* #telesurveillance "Télésurveillance"
* #titration "Consultation de titration"
* #non-programmee "Consultation non programmée"
* #a-jour "À jour"
* #pas-a-jour "Pas à jour"
* #inconnue "Inconnue"
* #positif "Positif"
* #negatif "Négatif"
* #aucune "Aucune"
* #stabilisee "Stabilisée"
* #non-stabilisee "Non stabilisée"
* #exclue "Exclue"
* #connue "Connue"
* #non-exclue "N'est pas exclue"

CodeSystem: BinomeEventStatusCS
Id: binome-adverse-event-status
Title: "États d'un signalement"
Description: "Où en est le signalement d'un événement indésirable. Un signalement ne revient pas en arrière."
* insert CompleteCodeSystem
* #draft "Brouillon" "Pas encore transmis : personne n'est prévenu."
* #submitted "Transmis" "La structure et le délégant sont prévenus si l'événement est grave."
* #acknowledged "Reçu" "La structure en a pris connaissance."
* #closed "Clos" "L'analyse est finie."

CodeSystem: BinomeEventCategory
Id: binome-event-category
Title: "Natures d'événement indésirable"
Description: "Nature d'un événement indésirable, que demande l'évaluation annuelle. Liste du produit : aucun texte lu ne la fixe."
* insert CompleteCodeSystem
* #clinical "Clinique" "Lésion, aggravation ou complication."
* #diagnosis "Diagnostic" "Signe manqué, diagnostic erroné ou tardif."
* #prescription "Prescription" "Prescription inadaptée, oubliée ou mal comprise."
* #dispensing "Délivrance" "Produit ou quantité erronés, délivrance inadaptée ou mal comprise."
* #organisation "Organisation" "Délai, délégant injoignable, continuité des soins."
* #information "Information" "Identité, dossier ou compte rendu."
* #equipment "Matériel" "Défaut ou mauvais emploi d'un matériel."
* #other "Autre" "Rien de cela : le texte le dit."

CodeSystem: BinomeBusinessStatus
Id: binome-business-status
Title: "États métier d'une tâche"
Description: "Ce que l'état FHIR d'une tâche ne dit pas (Task.businessStatus)."
* insert CompleteCodeSystem
* #acknowledged "Lu" "Le délégant a pris connaissance de l'acte."
* #countersigned "Contresigné" "Le délégant a contresigné l'acte."
* #overdue "En retard" "L'échéance est passée sans réponse."
* #resent "Renvoyé" "La remise a été relancée."
* #delivered-otherwise "Remis autrement" "Le compte rendu a été remis par une autre voie."
* #called-off "Abandonné" "Une personne a renoncé à la remise et dit pourquoi."
* #rows-aside "Lignes écartées" "Des lignes de la liste déclarée n'ont pas pu être reprises, et l'on sait pourquoi."
* #dossier-aside "Dossier écarté" "Rien de la liste déclarée n'a pu être repris, et l'on sait pourquoi."

CodeSystem: BinomeDeclaration
Id: binome-declaration
Title: "Parties d'une déclaration d'équipe"
Description: "Ce que dit un élément d'entrée ou de sortie de la tâche qui consigne une déclaration d'équipe (Task.input.type, Task.output.type) ; les membres y ont pour type leur fonction."
* insert CompleteCodeSystem
* #protocol "Protocole" "Version du protocole mis en œuvre."
* #facility-type "Secteur d'activité" "Secteur d'activité de la structure (TRE_R02)."
* #referent "Référent" "Personne qui déclare pour la structure."
* #revision "Révision" "Révision de la démarche sous laquelle le dossier a été rempli."
* #digest "Empreinte" "Empreinte SHA-256 du dossier, ou du fichier, tel qu'il a été reçu."
* #receipt "Récépissé" "Numéro du dossier chez l'administration."
* #aside "Écarté" "Ligne, ou dossier, qui n'a pas pu être repris, et pourquoi."
* #doubt "À vérifier" "Ligne, ou dossier, qui a été repris avec un doute."

ValueSet: BinomeStepVS
Id: binome-step
Title: "Étapes d'un protocole"
Description: "Toutes les étapes d'un protocole."
* insert Published
* include codes from system BinomeStep

ValueSet: BinomeTruthVS
Id: binome-truth
Title: "Vérité d'un critère"
Description: "Établie, écartée ou indéterminée."
* insert Published
* include codes from system BinomeTruth

ValueSet: BinomeTaskCodeVS
Id: binome-task-code
Title: "Tâches"
Description: "Toutes les tâches."
* insert Published
* include codes from system BinomeTaskCode

ValueSet: BinomeEnrolmentStatusVS
Id: binome-enrolment-status
Title: "Statuts d'adhésion"
Description: "Tous les statuts d'adhésion."
* insert Published
* include codes from system BinomeEnrolmentStatus

ValueSet: BinomeEventVS
Id: binome-event
Title: "Événements tracés"
Description: "Tous les événements tracés."
* insert Published
* include codes from system BinomeEvent

ValueSet: BinomeReorientationReasonVS
Id: binome-reorientation-reason
Title: "Motifs de réorientation"
Description: "Tous les motifs de réorientation."
* insert Published
* include codes from system BinomeReorientationReason

ValueSet: BinomeRecourseVS
Id: binome-recourse
Title: "Recours au délégant"
Description: "Tous les recours au délégant."
* insert Published
* include codes from system BinomeRecourseCS

ValueSet: BinomeConsentVS
Id: binome-consent
Title: "Natures de consentement"
Description: "Toutes les natures de consentement."
* insert Published
* include codes from system BinomeConsent

ValueSet: BinomeDestinationVS
Id: binome-destination
Title: "Destinations du compte rendu"
Description: "Toutes les destinations d'un compte rendu."
* insert Published
* include codes from system BinomeDestination

ValueSet: BinomeActVS
Id: binome-act
Title: "Actes délégués sans code CCAM"
Description: "Tous les actes délégués que la CCAM ne code pas."
* insert Published
* ^status = #draft
* include codes from system BinomeAct

ValueSet: BinomeAnswerVS
Id: binome-answer
Title: "Réponses à choix"
Description: "Tous les choix des questions d'un protocole."
* insert Published
* include codes from system BinomeAnswer

ValueSet: BinomeEventStatusVS
Id: binome-adverse-event-status
Title: "États d'un signalement"
Description: "Tous les états d'un signalement."
* insert Published
* include codes from system BinomeEventStatusCS

ValueSet: BinomeEventCategoryVS
Id: binome-event-category
Title: "Natures d'événement indésirable"
Description: "Toutes les natures d'événement indésirable."
* insert Published
* include codes from system BinomeEventCategory

ValueSet: BinomeBusinessStatusVS
Id: binome-business-status
Title: "États métier d'une tâche"
Description: "Tous les états métier d'une tâche."
* insert Published
* include codes from system BinomeBusinessStatus

ValueSet: BinomeDeclarationVS
Id: binome-declaration
Title: "Parties d'une déclaration d'équipe"
Description: "Toutes les parties d'une déclaration d'équipe."
* insert Published
* include codes from system BinomeDeclaration

ValueSet: BinomeDelegationRoleVS
Id: binome-delegation-role
Title: "Rôles de la délégation"
Description: "Délégant et délégué, dits par les codes de HL7."
* insert Published
* $role-code#DELEGATOR "delegator"
* $role-code#DELEGATEE "delegatee"
