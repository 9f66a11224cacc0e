RuleSet: Operation(id, code)
* url = "https://binome.example/fhir/OperationDefinition/{id}"
* version = "0.1.0"
* status = #active
* kind = #operation
* experimental = false
* publisher = "Binôme"
* code = #{code}
* system = false

RuleSet: Parameter(name, use, min, max, type)
* parameter[+].name = #{name}
* parameter[=].use = #{use}
* parameter[=].min = {min}
* parameter[=].max = "{max}"
* parameter[=].type = #{type}

Instance: trace
InstanceOf: OperationDefinition
Usage: #definition
* insert Operation(trace, trace)
* name = "Trace"
* title = "Tout sur un acte"
* description = "Rend l'acte et tout ce qui le prouve : inclusion, consentement, adhésions à la date de l'acte, version du protocole, réponses, prescriptions, tâches, messages, documents, preuves. Les événements tracés n'y sont qu'avec un droit d'audit."
* affectsState = false
* resource = #Procedure
* type = false
* instance = true
* insert Parameter(return, out, 1, 1, Bundle)
* parameter[=].documentation = "Bundle de type collection."

Instance: acknowledge
InstanceOf: OperationDefinition
Usage: #definition
* insert Operation(acknowledge, acknowledge)
* name = "Acknowledge"
* title = "Prendre connaissance d'un acte"
* description = "Le délégant à qui la tâche est confiée déclare avoir lu l'acte, ou le contresigne. La tâche est terminée et une preuve est écrite."
* affectsState = true
* resource = #Task
* type = false
* instance = true
* insert Parameter(comment, in, 0, 1, string)
* parameter[=].documentation = "Commentaire du délégant."
* insert Parameter(countersign, in, 0, 1, boolean)
* parameter[=].documentation = "Vrai pour contresigner ; faux par défaut."
* insert Parameter(task, out, 1, 1, Task)
* parameter[=].documentation = "La tâche terminée."
* insert Parameter(provenance, out, 1, 1, Provenance)
* parameter[=].documentation = "La preuve écrite."

Instance: verify-chain
InstanceOf: OperationDefinition
Usage: #definition
* insert Operation(verify-chain, verify-chain)
* name = "VerifyChain"
* title = "Vérifier la chaîne d'empreintes"
* description = "Recalcule les maillons de la chaîne d'une structure sur les octets conservés et dit chaque écart."
* affectsState = false
* resource = #Provenance
* type = true
* instance = false
* insert Parameter(organization, in, 1, 1, string)
* parameter[=].searchType = #reference
* parameter[=].documentation = "Structure dont la chaîne est vérifiée."
* insert Parameter(from, in, 0, 1, positiveInt)
* parameter[=].documentation = "Premier maillon ; le premier de la chaîne par défaut."
* insert Parameter(to, in, 0, 1, positiveInt)
* parameter[=].documentation = "Dernier maillon ; le dernier de la chaîne par défaut."
* insert Parameter(return, out, 1, 1, OperationOutcome)
* parameter[=].documentation = "Une information quand tout concorde ; une erreur par écart."

Instance: team-everything
InstanceOf: OperationDefinition
Usage: #definition
* insert Operation(team-everything, everything)
* name = "TeamEverything"
* title = "Tout sur une équipe"
* description = "Rend l'équipe et ce dont elle est faite (structure, adhésions quel que soit leur statut, professionnels, version du protocole), puis son activité dans l'ordre d'enregistrement : inclusions prononcées sous elle, actes, prescriptions et délivrances de ses membres, tâches qui leur sont confiées ou qu'ils ont demandées. Les patients n'y figurent que par référence : leur dossier se demande un à un (Patient/[id]/$everything) ou pour tous les patients inclus (Group/[id]/$export, où id est celui de l'équipe)."
* affectsState = false
* resource = #CareTeam
* type = false
* instance = true
* insert Parameter(start, in, 0, 1, date)
* parameter[=].documentation = "Premier jour des soins ; ce qui n'a pas de date de soins est toujours rendu."
* insert Parameter(end, in, 0, 1, date)
* parameter[=].documentation = "Dernier jour des soins."
* insert Parameter(_since, in, 0, 1, instant)
* parameter[=].documentation = "Seulement ce qui a été enregistré à partir de cet instant."
* insert Parameter(_type, in, 0, *, code)
* parameter[=].documentation = "Seulement ces types."
* insert Parameter(_count, in, 0, 1, integer)
* parameter[=].documentation = "Nombre d'entrées d'une page, 500 au plus et par défaut ; la suite est au lien next."
* insert Parameter(return, out, 1, 1, Bundle)
* parameter[=].documentation = "Bundle de type searchset."
