// One alias per system spelled in the files beside this one.
// HL7
Alias: $role-code = http://terminology.hl7.org/CodeSystem/v3-RoleCode
Alias: $participation-mode = http://terminology.hl7.org/CodeSystem/v3-ParticipationMode
Alias: $plan-definition-type = http://terminology.hl7.org/CodeSystem/plan-definition-type
Alias: $consent-scope = http://terminology.hl7.org/CodeSystem/consentscope
Alias: $loinc = http://loinc.org
Alias: $iso3166 = urn:iso:std:iso:3166
Alias: $identifier-type = http://terminology.hl7.org/CodeSystem/v2-0203

// FR Core and ANS
Alias: $fr-identifier-type = https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203
Alias: $fr-organization-type = https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-3307

// Extensions of R4 itself
Alias: $birth-place = http://hl7.org/fhir/StructureDefinition/patient-birthPlace
Alias: $workflow-episode-of-care = http://hl7.org/fhir/StructureDefinition/workflow-episodeOfCare
