"""Canonicals and code systems of PDSm 3.1.1 and of IHE MHD, and how an OID is said in FHIR. One constant per fact."""

from typing import Final

from mappings.codes import oids, systems
from mappings.fhir.datatypes import identifier

Identifier = dict[str, object]

_PDSM: Final = "https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition/"
PROVIDE_BUNDLE: Final = f"{_PDSM}pdsm-comprehensive-provide-document-bundle"
SUBMISSION_SET: Final = f"{_PDSM}pdsm-submissionset-comprehensive"
DOCUMENT: Final = f"{_PDSM}pdsm-comprehensive-document-reference"
SIMPLIFIED: Final = f"{_PDSM}pdsm-simplified-publish"
IS_ARCHIVED: Final = f"{_PDSM}pdsm-ext-is-archived"
#: Of the working version of the volet: 3.1.1 as published knows no deletion.
IS_DELETED: Final = f"{_PDSM}pdsm-ext-is-deleted"

_MHD: Final = "https://profiles.ihe.net/ITI/MHD/"
LIST_TYPES: Final = f"{_MHD}CodeSystem/MHDlistTypes"
DESIGNATION_TYPE: Final = f"{_MHD}StructureDefinition/ihe-designationType"
SOURCE_ID: Final = f"{_MHD}StructureDefinition/ihe-sourceId"

_NOS: Final = "https://mos.esante.gouv.fr/NOS/"
DOCUMENT_CLASS: Final = f"{_NOS}TRE_A03-ClasseDocument/FHIR/TRE-A03-ClasseDocument"
PRACTICE_SETTING: Final = f"{_NOS}TRE_A01-CadreExercice/FHIR/TRE-A01-CadreExercice"
FORMAT: Final = f"{_NOS}TRE_A11-IheFormatCode/FHIR/TRE-A11-IheFormatCode"
VISIBILITY: Final = f"{_NOS}TRE_A07-StatutVisibiliteDocument/FHIR/TRE-A07-StatutVisibiliteDocument"
CONFIDENTIALITY: Final = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
FACILITY: Final = systems.FACILITY

#: System of an identifier that is a URN: ``urn:oid:…`` or ``urn:uuid:…``.
URI: Final = "urn:ietf:rfc:3986"
#: FHIR's name of a code system that the domain knows by its OID.
_SYSTEMS: Final = {
    oids.LOINC: systems.LOINC,
    oids.CCAM: systems.CCAM,
    oids.DOCUMENT_CLASS: DOCUMENT_CLASS,
    oids.FORMAT: FORMAT,
}


def system_of(oid: str) -> str:
    return _SYSTEMS.get(oid, f"urn:oid:{oid}")


def unique_id(oid: str) -> Identifier:
    """uniqueId of a document or of a SubmissionSet."""
    return identifier(URI, f"urn:oid:{oid}", use="usual")


def entry_uuid(uuid: str) -> Identifier:
    return identifier(URI, uuid, use="official")
