"""Canonical base, code system URIs and OIDs. One constant per fact; nobody else spells them.

Sources: HL7 FHIR R4 4.0.1; HL7 Terminology; FR Core 2.1.0/2.2.0; ANS NOS; CI-SIS.
"""

from typing import Final

#: Base of everything Binôme publishes. It never resolves.
CANONICAL: Final = "https://binome.example/fhir"

PLAN_DEFINITION: Final = f"{CANONICAL}/PlanDefinition/"
ACTIVITY_DEFINITION: Final = f"{CANONICAL}/ActivityDefinition/"
QUESTIONNAIRE: Final = f"{CANONICAL}/Questionnaire/"
PROFILE: Final = f"{CANONICAL}/StructureDefinition/"
IDENTIFIER: Final = f"{CANONICAL}/identifier/"
CODE_SYSTEM: Final = f"{CANONICAL}/CodeSystem/"

# Binôme extensions (profiles/)
EXT_DELEGATOR: Final = f"{PROFILE}delegator"
EXT_PROTOCOL: Final = f"{PROFILE}protocol"
EXT_INSTANTIATES: Final = f"{PROFILE}instantiates-canonical"
EXT_DEROGATORY: Final = f"{PROFILE}derogatory"
EXT_ENROLMENT_STATUS: Final = f"{PROFILE}enrolment-status"
EXT_TRAINING: Final = f"{PROFILE}training"
EXT_SUBSTITUTE: Final = f"{PROFILE}substitute"
EXT_ENGAGEMENT: Final = f"{PROFILE}engagement"
EXT_REACHABILITY: Final = f"{PROFILE}reachability"
EXT_ON_HOLIDAYS: Final = f"{PROFILE}on-holidays"
EXT_EVENT_STATUS: Final = f"{PROFILE}ae-status"
EXT_RECOURSE: Final = f"{PROFILE}recourse"
EXT_INFORMATION: Final = f"{PROFILE}information"
EXT_CHAIN: Final = f"{PROFILE}chain"
EXT_EXECUTION: Final = f"{PROFILE}execution"
EXT_SUSPENSION: Final = f"{PROFILE}protocol-suspension"
EXT_REVIEW: Final = f"{PROFILE}protocol-review"

# HL7
ROLE_CODE: Final = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"
PARTICIPATION_TYPE: Final = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
PROVENANCE_PARTICIPANT: Final = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"
DATA_OPERATION: Final = "http://terminology.hl7.org/CodeSystem/v3-DataOperation"
LIFECYCLE: Final = "http://terminology.hl7.org/CodeSystem/iso-21089-lifecycle"
ACT_REASON: Final = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
ACT_CODE: Final = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
CONSENT_SCOPE: Final = "http://terminology.hl7.org/CodeSystem/consentscope"
LOINC: Final = "http://loinc.org"
UCUM: Final = "http://unitsofmeasure.org"

# FR Core and ANS
FR_CORE: Final = "https://hl7.fr/ig/fhir/core/StructureDefinition/"
FR_IDENTIFIER_TYPE: Final = "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203"
RPPS: Final = "https://rpps.esante.gouv.fr"
FINESS: Final = "https://finess.esante.gouv.fr"
IDNPS: Final = "urn:oid:1.2.250.1.71.4.2.1"
PROFESSION: Final = "https://mos.esante.gouv.fr/NOS/TRE_G15-ProfessionSante/FHIR/TRE-G15-ProfessionSante"
SPECIALTY: Final = "https://mos.esante.gouv.fr/NOS/TRE_R38-SpecialiteOrdinale/FHIR/TRE-R38-SpecialiteOrdinale"
FACILITY: Final = "https://mos.esante.gouv.fr/NOS/TRE_R02-SecteurActivite/FHIR/TRE-R02-SecteurActivite"
COMMUNE: Final = "https://mos.esante.gouv.fr/NOS/TRE_R13-CommuneOM/FHIR/TRE-R13-CommuneOM"
MAILBOX_TYPE: Final = "https://mos.esante.gouv.fr/NOS/TRE_R256-TypeMessagerie/FHIR/TRE-R256-TypeMessagerie"
CCAM: Final = "https://smt.esante.gouv.fr/terminologie-ccam"

#: INS OIDs: production NIR and NIA, then test and demonstration (FR Core, fr-core-patient-ins).
INS_NIR_OID: Final = "1.2.250.1.213.1.4.8"
INS_NIA_OID: Final = "1.2.250.1.213.1.4.9"
INS_TEST_OID: Final = "1.2.250.1.213.1.4.10"
INS_DEMO_OID: Final = "1.2.250.1.213.1.4.11"
#: Identities that belong to nobody; the only ones a draft protocol may be played with.
FICTITIOUS_INS_OIDS: Final = frozenset({INS_TEST_OID, INS_DEMO_OID})
