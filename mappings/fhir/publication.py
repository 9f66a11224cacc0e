"""What was published where: DocumentReference for the shared record, Communication for mail (R4 4.0.1).

https://hl7.org/fhir/R4/documentreference.html, https://hl7.org/fhir/R4/communication.html. Both are *records* of a
delivery that a destination has accepted; the documents themselves travel as CDA.
"""

import base64
import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from mappings.codes import oids, systems
from mappings.fhir.act.elements import delegator_of
from mappings.fhir.datatypes import meta, print_instant

DOCUMENT_PROFILE = f"{systems.PROFILE}binome-document"
MESSAGE_ID = f"{systems.IDENTIFIER}mssante-message-id"
MESSAGE_PROFILE = f"{systems.PROFILE}binome-message"
_NOS = "https://mos.esante.gouv.fr/NOS/"
_CLASS = f"{_NOS}TRE_A03-ClasseDocument/FHIR/TRE-A03-ClasseDocument"
_SETTING = f"{_NOS}TRE_A01-CadreExercice/FHIR/TRE-A01-CadreExercice"
#: Coding systems of formats: OID → URL.
_FORMATS = {
    oids.FORMAT: "http://ihe.net/fhir/ValueSet/IHE.FormatCode.codesystem",
    oids.CI_SIS_FORMAT: f"{_NOS}TRE_A06-FormatCodeComplementaire/FHIR/TRE-A06-FormatCodeComplementaire",
}
_VISIBILITY = f"{_NOS}TRE_A07-StatutVisibiliteDocument/FHIR/TRE-A07-StatutVisibiliteDocument"
_CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"

Resource = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """One accepted delivery of one document of one act version."""

    id: str
    #: The Procedure as stored.
    procedure: Resource
    version: int
    #: Document uniqueId (OID), its SHA-1 and its size.
    unique_id: str
    sha1: bytes
    size: int
    #: LOINC type code of the document, its class (TRE_A03), and its title.
    type_code: str
    class_code: str
    title: str
    #: Format of its body, and the OID of the system of that code.
    format_code: str
    format_system: str
    #: TRE_A01.
    practice_setting: str
    #: TRE_R02 code of the structure.
    facility_type: str
    at: dt.datetime
    fictitious: bool
    #: Codes of visibility that it was sealed with (TRE_A07).
    visibility: frozenset[str] = frozenset()


def document_reference(publication: Publication, *, entry_uuid: str) -> Resource:
    """The document is in the shared record. ``hash`` is the base64 of the SHA-1 bytes, as IHE MHD demands."""
    procedure = publication.procedure
    performer = procedure["performer"][0]
    return {
        "resourceType": "DocumentReference",
        "id": publication.id,
        "meta": meta(DOCUMENT_PROFILE, fictitious=publication.fictitious),
        "masterIdentifier": {"system": "urn:ietf:rfc:3986", "value": f"urn:oid:{publication.unique_id}"},
        "identifier": [{"system": "urn:ietf:rfc:3986", "value": entry_uuid}],
        "status": "current",
        "docStatus": "final",
        "type": {"coding": [{"system": systems.LOINC, "code": publication.type_code}]},
        "category": [{"coding": [{"system": _CLASS, "code": publication.class_code}]}],
        "subject": procedure["subject"],
        "date": print_instant(publication.at),
        "author": [performer["actor"]],
        "authenticator": performer["actor"],
        "custodian": {"reference": performer["onBehalfOf"]["reference"]},
        "securityLabel": _labels(publication.visibility),
        "content": [
            {
                "attachment": {
                    "contentType": "text/xml",
                    "language": "fr-FR",
                    "size": publication.size,
                    "hash": base64.b64encode(publication.sha1).decode(),
                    "title": publication.title,
                    "creation": print_instant(publication.at),
                },
                "format": {"system": _FORMATS[publication.format_system], "code": publication.format_code},
            }
        ],
        "context": {
            "period": procedure.get("performedPeriod", {"start": procedure.get("performedDateTime")}),
            "facilityType": {"coding": [{"system": systems.FACILITY, "code": publication.facility_type}]},
            "practiceSetting": {"coding": [{"system": _SETTING, "code": publication.practice_setting}]},
            "related": [{"reference": _version(publication)}],
        },
    }


def document_showing(reference: Resource, visibility: Iterable[str]) -> Resource:
    """The same, hidden from whom these codes say; what was said of its confidentiality stays."""
    return {**reference, "securityLabel": _labels(visibility)}


def visibility_of(reference: Resource) -> frozenset[str]:
    """Codes of visibility that it bears."""
    codings = (one for label in reference.get("securityLabel", ()) for one in label["coding"])
    return frozenset(one["code"] for one in codings if one["system"] == _VISIBILITY)


def _labels(visibility: Iterable[str]) -> list[Resource]:
    """A normal confidentiality, then who does not see it."""
    hidden = [{"coding": [{"system": _VISIBILITY, "code": one}]} for one in sorted(visibility)]
    return [{"coding": [{"system": _CONFIDENTIALITY, "code": "N"}]}, *hidden]


def document_in_error(reference: Resource) -> Resource:
    """The same once the act was entered in error: nobody may rely on the document, wherever it still lies."""
    return {**reference, "status": "entered-in-error", "docStatus": "entered-in-error"}


def document_replacing(reference: Resource, replaced: Sequence[str]) -> Resource:
    """A version that came after others: ``replaced`` are ids of the DocumentReferences that it takes the place of."""
    if not replaced:
        return reference
    links = [{"code": "replaces", "target": {"reference": f"DocumentReference/{id_}"}} for id_ in replaced]
    made: Resource = {}
    for key, value in reference.items():
        made[key] = "amended" if key == "docStatus" else value
        if key == "custodian":
            made["relatesTo"] = links
    return made


def document_superseded(reference: Resource) -> Resource:
    """The version before, which another has replaced; what it said stays said."""
    return {**reference, "status": "superseded"}


def communication(publication: Publication, *, message_id: str, to: Literal["delegator", "patient"]) -> Resource:
    """The mail was taken by the operator of the recipient; that proves no reading."""
    procedure = publication.procedure
    delegator = delegator_of(procedure)
    return {
        "resourceType": "Communication",
        "id": publication.id,
        "meta": meta(MESSAGE_PROFILE, fictitious=publication.fictitious),
        "identifier": [{"system": MESSAGE_ID, "value": message_id}],
        "status": "completed",
        "category": [
            {
                "coding": [
                    {
                        "system": "http://terminology.hl7.org/CodeSystem/communication-category",
                        "code": "notification",
                    }
                ]
            }
        ],
        "medium": [
            {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ParticipationMode", "code": "EMAILWRIT"}]}
        ],
        "subject": procedure["subject"],
        "about": [{"reference": _version(publication)}],
        "sent": print_instant(publication.at),
        "recipient": [procedure["subject"] if to == "patient" else delegator],
        "sender": {"reference": procedure["performer"][0]["onBehalfOf"]["reference"]},
        "payload": [{"contentString": f"urn:oid:{publication.unique_id}"}],
    }


def received(communication: Resource, at: dt.datetime) -> Resource:
    """The same once a receipt has come: it arrived, which proves no reading. The first receipt tells when."""
    told: Resource = {}
    for key, value in communication.items():
        told[key] = value
        if key == "sent":
            told["received"] = print_instant(at)
    return told


def _version(publication: Publication) -> str:
    return f"Procedure/{publication.procedure['id']}/_history/{publication.version}"
