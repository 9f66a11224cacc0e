"""What a registry answers to a stored query, as plain values: entries, submission sets, associations.

IHE ITI TF-3 4.2.3 and 4.2.2; ebXML RIM 3.0. What is not said of an entry is empty: a registry that says less is no
fault of ours, and nothing is guessed in its place.
"""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from lxml import etree

from mappings.domain.people import Code
from mappings.domain.showing import hidden_from
from mappings.issues import Issue, Refused
from mappings.xds.namespaces import RIM, text_of
from mappings.xds.response import RegistryAnswer, read_registry_response

ENTRY_UNIQUE_ID: Final = "urn:uuid:2e82c1f6-a085-4c72-9da3-8640a32e42ab"
ENTRY_PATIENT: Final = "urn:uuid:58a6f841-87b3-4a3e-92fd-a8ffeff98427"
CONFIDENTIALITY: Final = "urn:uuid:f4f85eac-e6cb-4883-b524-f2705394840f"
_AUTHOR: Final = "urn:uuid:93606bcf-9494-43ec-9b4e-a7748d1a838d"
_CLASS: Final = "urn:uuid:41a5887f-8865-4c09-adf7-e362475b143a"
_TYPE: Final = "urn:uuid:f0306f51-975f-434e-a61c-c59651d33983"
_FORMAT: Final = "urn:uuid:a09d5840-386c-46f2-b5ad-9c3699a4309d"
_FACILITY: Final = "urn:uuid:f33fb8ac-18af-42cc-ae0e-ed0b0bdb91e1"
_PRACTICE_SETTING: Final = "urn:uuid:cccf5598-8b07-4b77-a05e-ae952c785ead"
_EVENT: Final = "urn:uuid:2c6b8cb7-8b2a-4051-b291-b1ae6a575ef4"
_SET_PATIENT: Final = "urn:uuid:6b5aea1a-874d-4603-a4bc-96a0a7b38446"
_SET_UNIQUE_ID: Final = "urn:uuid:96fdda7c-d067-4183-912e-bf5ee74998a8"
_SET_SOURCE: Final = "urn:uuid:554ac39e-e3fe-47fe-b233-965d2a147832"
#: HL7 DTM in UTC, to the second at most (TF-3 table 4.2.3.1.7-2); the rest of a shorter one is its beginning.
_DTM: Final = re.compile(r"(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?")
_NO_CODE: Final = Code(code="", display="", system="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """HL7 V2 values as the registry gives them: XCN, XON, role, CE."""

    person: str
    institution: str
    role: str
    specialty: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentEntry:
    """A DocumentEntry as the registry holds it; empty or None = not said."""

    entry_uuid: str
    #: The same over all versions of the metadata; ``entry_uuid`` is not.
    logical_id: str
    #: Version of the metadata, not of the document.
    version: str
    unique_id: str
    #: Approved, Deprecated, or the French Archived and Deleted, as full URNs.
    status: str
    repository_unique_id: str
    #: CX form.
    patient: str
    mime_type: str
    title: str
    comments: str
    language: str
    #: SHA-1, hexadecimal, lower case.
    hash: str
    #: Length in bytes; None when not said.
    size: int | None
    created_at: dt.datetime | None
    service_start: dt.datetime | None
    service_stop: dt.datetime | None
    class_code: Code
    type_code: Code
    format_code: Code
    facility: Code
    practice_setting: Code
    #: N, R or V, then the codes of visibility (MASQUE_PS, INVISIBLE_PATIENT…).
    confidentiality: tuple[Code, ...]
    events: tuple[Code, ...]
    authors: tuple[Author, ...]

    @property
    def visibility(self) -> frozenset[str]:
        """Codes that hide the document from somebody."""
        return frozenset(code.code for code in self.confidentiality) - {"N", "R", "V"}

    @property
    def hidden_from(self) -> frozenset[str] | None:
        """The same in TRE_A07, as far as it is told; None when the registry says nothing of its confidentiality."""
        return hidden_from(code.code for code in self.confidentiality)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionSetEntry:
    uuid: str
    unique_id: str
    source_id: str
    patient: str
    status: str
    title: str
    submitted_at: dt.datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Association:
    """``kind`` is a full URN: HasMember, RPLC, signs…"""

    kind: str
    source: str
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """All that one answer holds."""

    documents: tuple[DocumentEntry, ...] = ()
    submission_sets: tuple[SubmissionSetEntry, ...] = ()
    associations: tuple[Association, ...] = ()
    #: entryUUIDs told without their metadata.
    references: tuple[str, ...] = ()


def read_query_response(body: etree._Element) -> tuple[RegistryAnswer, Registered]:
    """What a registry answers to a stored query, and what it holds of what was asked.

    ``Refused``: a success that holds no list of objects, or several (ebXML RS 3.0, ``AdhocQueryResponse``: exactly one,
    empty when there is nothing). What does not say that it has nothing must not be taken to have nothing.
    """
    answer = read_registry_response(body)
    lists = body.findall(f"{{{RIM}}}RegistryObjectList")
    if len(lists) != 1:
        if answer.succeeded or lists:
            text = "La réponse du registre ne tient pas une liste d’objets et une seule."
            raise Refused(Issue("structure", "", text, "ebXML RS 3.0"))
        return answer, Registered()
    (objects,) = lists
    return answer, Registered(
        documents=tuple(_document(each) for each in objects.iterfind(f"{{{RIM}}}ExtrinsicObject")),
        submission_sets=tuple(_submission_set(each) for each in objects.iterfind(f"{{{RIM}}}RegistryPackage")),
        associations=tuple(_association(each) for each in objects.iterfind(f"{{{RIM}}}Association")),
        references=tuple(each.get("id", "") for each in objects.iterfind(f"{{{RIM}}}ObjectRef")),
    )


def _document(entry: etree._Element) -> DocumentEntry:
    size = _slot(entry, "size")
    version = entry.find(f"{{{RIM}}}VersionInfo")
    return DocumentEntry(
        entry_uuid=entry.get("id", ""),
        logical_id=entry.get("lid", ""),
        version="" if version is None else version.get("versionName", ""),
        unique_id=_identifier(entry, ENTRY_UNIQUE_ID),
        status=entry.get("status", ""),
        repository_unique_id=_slot(entry, "repositoryUniqueId"),
        patient=_identifier(entry, ENTRY_PATIENT),
        mime_type=entry.get("mimeType", ""),
        title=_localized(entry, "Name"),
        comments=_localized(entry, "Description"),
        language=_slot(entry, "languageCode"),
        hash=_slot(entry, "hash").lower(),
        size=int(size) if size.isascii() and size.isdigit() and len(size) < 19 else None,
        created_at=instant_of(_slot(entry, "creationTime")),
        service_start=instant_of(_slot(entry, "serviceStartTime")),
        service_stop=instant_of(_slot(entry, "serviceStopTime")),
        class_code=next(_codes(entry, _CLASS), _NO_CODE),
        type_code=next(_codes(entry, _TYPE), _NO_CODE),
        format_code=next(_codes(entry, _FORMAT), _NO_CODE),
        facility=next(_codes(entry, _FACILITY), _NO_CODE),
        practice_setting=next(_codes(entry, _PRACTICE_SETTING), _NO_CODE),
        confidentiality=tuple(_codes(entry, CONFIDENTIALITY)),
        events=tuple(_codes(entry, _EVENT)),
        authors=tuple(_author(each) for each in _classifications(entry, _AUTHOR)),
    )


def _submission_set(package: etree._Element) -> SubmissionSetEntry:
    return SubmissionSetEntry(
        uuid=package.get("id", ""),
        unique_id=_identifier(package, _SET_UNIQUE_ID),
        source_id=_identifier(package, _SET_SOURCE),
        patient=_identifier(package, _SET_PATIENT),
        status=package.get("status", ""),
        title=_localized(package, "Name"),
        submitted_at=instant_of(_slot(package, "submissionTime")),
    )


def _association(each: etree._Element) -> Association:
    return Association(
        kind=each.get("associationType", ""), source=each.get("sourceObject", ""), target=each.get("targetObject", "")
    )


def instant_of(text: str) -> dt.datetime | None:
    """The beginning of a DTM in UTC; None when it is none."""
    match = _DTM.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(part) if part else 0 for part in match.groups())
    try:
        return dt.datetime(year, month or 1, day or 1, hour, minute, second, tzinfo=dt.UTC)
    except ValueError:
        return None


def _classifications(parent: etree._Element, scheme: str) -> Iterator[etree._Element]:
    for each in parent.iterfind(f"{{{RIM}}}Classification"):
        if each.get("classificationScheme") == scheme:
            yield each


def _codes(parent: etree._Element, scheme: str) -> Iterator[Code]:
    for each in _classifications(parent, scheme):
        code, system = each.get("nodeRepresentation", ""), _slot(each, "codingScheme")
        yield Code(code=code, display=_localized(each, "Name"), system=system)


def _author(classification: etree._Element) -> Author:
    return Author(
        person=_slot(classification, "authorPerson"),
        institution=_slot(classification, "authorInstitution"),
        role=_slot(classification, "authorRole"),
        specialty=_slot(classification, "authorSpecialty"),
    )


def _identifier(parent: etree._Element, scheme: str) -> str:
    for each in parent.iterfind(f"{{{RIM}}}ExternalIdentifier"):
        if each.get("identificationScheme") == scheme:
            return each.get("value", "")
    return ""


def _localized(parent: etree._Element, name: str) -> str:
    text = parent.find(f"{{{RIM}}}{name}/{{{RIM}}}LocalizedString")
    return "" if text is None else text.get("value", "")


def _slot(parent: etree._Element, name: str) -> str:
    for slot in parent.iterfind(f"{{{RIM}}}Slot"):
        if slot.get("name") == name:
            return text_of(slot.find(f"{{{RIM}}}ValueList/{{{RIM}}}Value"))
    return ""
