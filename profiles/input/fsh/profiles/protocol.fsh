Profile: BinomeProtocolDefinition
Parent: PlanDefinition
Id: binome-protocol
Title: "Protocole de coopération"
Description: "Une version d'un protocole : son texte légal, sa date d'effet, les professions qu'il concerne, l'arbre de ses étapes. Une version publiée ne change plus."
* insert Published
* url 1..1
* version 1..1
* identifier 1..*
* title 1..1
* type 1..1
* type = $plan-definition-type#clinical-protocol
* date 1..1
* approvalDate 1..1
* approvalDate ^short = "Date de l'arrêté"
* effectivePeriod 1..1
* effectivePeriod.start 1..1
* jurisdiction 1..1
* jurisdiction = $iso3166#FR
* useContext 1..*
* relatedArtifact 1..*
* relatedArtifact ^slicing.discriminator.type = #value
* relatedArtifact ^slicing.discriminator.path = "type"
* relatedArtifact ^slicing.rules = #open
* relatedArtifact contains legal 1..* and training 0..* and tool 0..*
* relatedArtifact[legal] ^short = "Texte qui autorise le protocole"
* relatedArtifact[legal].type = #derived-from
* relatedArtifact[legal].citation 1..1
* relatedArtifact[training] ^short = "Programme de formation, notice d'information"
* relatedArtifact[training].type = #documentation
* relatedArtifact[tool] ^short = "Questionnaire ou acte dont le protocole se sert"
* relatedArtifact[tool].type = #depends-on
* relatedArtifact[tool].resource 1..1
* action 1..*
* action.id 1..1
* action.code 1..*
* action.code from BinomeStepVS (required)
* action.title 1..1
* action.condition.expression 1..1
* action.action.id 1..1
* action.action.code 1..*
* action.action.code from BinomeStepVS (required)
* action.action.title 1..1
* action.action.condition.expression 1..1
