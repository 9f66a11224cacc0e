"""OIDs that CDA and XDS documents need besides those of ``systems``. One constant per fact.

Sources: ANS, CI-SIS « Structuration minimale de documents de santé » 1.16.8 (05/05/2026); HL7 CDA R2;
IHE ITI TF-3 section 4.
"""

from typing import Final

# Identifiers (CI-SIS, « Structuration minimale », identifiants)
#: Professionals (IDNPS): ``8`` + RPPS.
PROFESSIONAL: Final = "1.2.250.1.71.4.2.1"
#: Structures (IDNST): ``1`` + FINESS.
STRUCTURE: Final = "1.2.250.1.71.4.2.2"

# Templates
HL7_FRANCE: Final = "2.16.840.1.113883.2.8.2.1"
CI_SIS: Final = "1.2.250.1.213.1.1.1.1"
#: IHE XDS-SD, the template of a document whose body is not structured.
XDS_SD: Final = "1.3.6.1.4.1.19376.1.2.20"
#: IHE PCC, medical document: what a structured document outside any model claims.
MEDICAL_DOCUMENT: Final = "1.3.6.1.4.1.19376.1.5.3.1.1.1"
#: BIO-TROD, and the version of the model.
BIO_TROD: Final = "1.2.250.1.213.1.1.1.59"
BIO_TROD_VERSION: Final = "2024.01"
#: HL7 model, root of typeId.
HL7_MODEL: Final = "2.16.840.1.113883.1.3"

# Code systems
LOINC: Final = "2.16.840.1.113883.6.1"
CCAM: Final = "1.2.250.1.213.2.5"
CONFIDENTIALITY: Final = "2.16.840.1.113883.5.25"
#: TRE_A07, visibility of a document in the shared record.
VISIBILITY: Final = "1.2.250.1.213.1.1.4.13"
GENDER: Final = "2.16.840.1.113883.5.1"
ACT_CODE: Final = "2.16.840.1.113883.5.4"
PARTICIPATION_FUNCTION: Final = "2.16.840.1.113883.5.88"
#: TRE_R85, roles of a care team.
TEAM_ROLE: Final = "1.2.250.1.213.1.6.1.107"
#: TRE_A02, profession and speciality.
AUTHOR_SPECIALTY: Final = "1.2.250.1.213.1.1.4.5"
#: TRE_R02, facility type.
FACILITY: Final = "1.2.250.1.71.4.2.4"
#: TRE_A01, practice setting.
PRACTICE_SETTING: Final = "1.2.250.1.213.1.1.4.9"
#: TRE_A03, class of a document.
DOCUMENT_CLASS: Final = "1.2.250.1.213.1.1.4.1"
#: IHE format codes.
FORMAT: Final = "1.3.6.1.4.1.19376.1.2.3"
#: TRE_A06, format codes of the CI-SIS.
CI_SIS_FORMAT: Final = "1.2.250.1.213.1.1.4.2.282"
#: CIM-10 and SNOMED CT.
CIM_10: Final = "2.16.840.1.113883.6.3"
SNOMED_CT: Final = "2.16.840.1.113883.6.96"
#: Access modes of the VIHF assertion.
PURPOSE_OF_USE: Final = "1.2.250.1.213.1.1.4.248"
