"""What an ITI-57 request asks to change, read as a registry does.

IHE ITI TF-2 3.57 (Update Document Set); DMP, TD3.3 for the statuses. One change a request: a new version of the metadata
of an entry, or another status of it.
"""

from dataclasses import dataclass
from typing import Final

from lxml import etree

from service.sandbox import grammar
from service.sandbox.soap import SoapFault
from service.sandbox.submission import (
    HAS_MEMBER,
    LCM,
    RIM,
    BadMetadata,
    RegistryError,
    external_identifier,
    slot,
)

ARCHIVED: Final = "urn:asip:ci-sis:2010:StatusType:Archived"
DELETED: Final = "urn:asip:ci-sis:2010:StatusType:Deleted"
_UPDATE_STATUS: Final = "urn:ihe:iti:2010:AssociationType:UpdateAvailabilityStatus"
_SET_UNIQUE_ID: Final = "urn:uuid:96fdda7c-d067-4183-912e-bf5ee74998a8"
_SET_PATIENT_ID: Final = "urn:uuid:6b5aea1a-874d-4603-a4bc-96a0a7b38446"
_SET_NODE: Final = "urn:uuid:a54d6aa5-d40d-43f9-88c5-b4633d873bdd"
_CONFIDENTIALITY: Final = "urn:uuid:f4f85eac-e6cb-4883-b524-f2705394840f"
_LEVELS: Final = frozenset({"N", "R", "V"})
#: Who does not see a document: TRE_A07, and the code that a later set has for the patient.
_HIDDEN_FROM: Final = frozenset({"MASQUE_PS", "INVISIBLE_PATIENT", "INVISIBLE_REPRESENTANTS_LEGAUX", "NOPAT"})
_ENTRY_UNIQUE_ID: Final = "urn:uuid:2e82c1f6-a085-4c72-9da3-8640a32e42ab"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusChange:
    """An entry passes from a status to another."""

    entry_uuid: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """The next version of an entry."""

    lid: str
    previous: str
    unique_id: str
    hash: str
    element: etree._Element


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """One change, in a submission set of its own."""

    set_id: str
    unique_id: str
    patient_id: str
    package: bytes
    change: StatusChange | Version


def read_update(payload: etree._Element, *, validate: bool = True) -> Update:
    """A ``lcm:SubmitObjectsRequest``; what does not hold together is a ``BadMetadata``."""
    if payload.tag != f"{{{LCM}}}SubmitObjectsRequest":
        raise SoapFault("the payload is not a SubmitObjectsRequest")
    departure = grammar.submit_objects().departure(payload) if validate else ""
    if departure:
        raise _bad(f"schema: {departure}")
    objects = payload.find(f"{{{RIM}}}RegistryObjectList")
    package = None if objects is None else objects.find(f"{{{RIM}}}RegistryPackage")
    if objects is None or package is None:
        raise _bad("RegistryPackage: absent")
    marked = [c.get("classifiedObject") for c in objects.iter(f"{{{RIM}}}Classification") if _marks(c)]
    if marked != [package.get("id")]:
        raise _bad("Classification: the package is not marked as submission set")
    links = objects.findall(f"{{{RIM}}}Association")
    if len(links) != 1 or links[0].get("sourceObject") != package.get("id"):
        raise _bad("Association: exactly one, from the submission set")
    return Update(
        set_id=package.get("id", ""),
        unique_id=external_identifier(package, _SET_UNIQUE_ID),
        patient_id=external_identifier(package, _SET_PATIENT_ID),
        package=etree.tostring(package),
        change=_change(links[0], objects),
    )


def visibility_of(entry: etree._Element) -> list[str]:
    """Who does not see it, by the codes of its metadata."""
    return sorted(_codes(entry) - _LEVELS)


def visibility_error(before: etree._Element, after: etree._Element) -> str:
    """What a new version says of its confidentiality that it may not; empty when it may. How confidential it is stays."""
    if _codes(after) - _LEVELS - _HIDDEN_FROM:
        return "confidentialityCode: not one of TRE_A07"
    if _codes(after) & _LEVELS != _codes(before) & _LEVELS:
        return "confidentialityCode: how confidential a document is does not change"
    return ""


def _codes(entry: etree._Element) -> frozenset[str]:
    return frozenset(
        one.get("nodeRepresentation", "")
        for one in entry.iterfind(f"{{{RIM}}}Classification")
        if one.get("classificationScheme") == _CONFIDENTIALITY
    )


def _change(link: etree._Element, objects: etree._Element) -> StatusChange | Version:
    kind, entries = link.get("associationType"), objects.findall(f"{{{RIM}}}ExtrinsicObject")
    if kind == _UPDATE_STATUS and not entries:
        before, after = slot(link, "OriginalStatus"), slot(link, "NewStatus")
        return StatusChange(entry_uuid=link.get("targetObject", ""), before=before, after=after)
    if kind != HAS_MEMBER or len(entries) != 1 or entries[0].get("id") != link.get("targetObject"):
        raise _bad("Association: neither a change of status nor a new version")
    entry = entries[0]
    if not slot(link, "PreviousVersion") or slot(link, "SubmissionSetStatus") != "Original":
        raise _bad("Association HasMember: Original and PreviousVersion are required")
    return Version(
        lid=entry.get("lid", ""),
        previous=slot(link, "PreviousVersion"),
        unique_id=external_identifier(entry, _ENTRY_UNIQUE_ID),
        hash=slot(entry, "hash"),
        element=entry,
    )


def _marks(classification: etree._Element) -> bool:
    return classification.get("classificationNode") == _SET_NODE


def _bad(context: str) -> BadMetadata:
    return BadMetadata(RegistryError("XDSMetadataUpdateError", context))
