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
