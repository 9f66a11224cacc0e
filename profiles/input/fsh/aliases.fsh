// One alias per system spelled in the files beside this one.
// HL7
Alias: $role-code = http://terminology.hl7.org/CodeSystem/v3-RoleCode
Alias: $participation-mode = http://terminology.hl7.org/CodeSystem/v3-ParticipationMode
Alias: $plan-definition-type = http://terminology.hl7.org/CodeSystem/plan-definition-type
Alias: $consent-scope = http://terminology.hl7.org/CodeSystem/consentscope
Alias: $loinc = http://loinc.org
Alias: $iso3166 = urn:iso:std:iso:3166

// Extensions of R4 itself
Alias: $workflow-episode-of-care = http://hl7.org/fhir/StructureDefinition/workflow-episodeOfCare
