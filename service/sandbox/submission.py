"""What an ITI-41 request holds, read and judged as a repository and a registry do.

IHE ITI TF-2 3.41 and TF-3 4.2 (metadata), 4.2.4.1 (error codes); ANS CI-SIS for the French identifiers.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from lxml import etree

from service.sandbox import grammar
from service.sandbox.soap import SoapFault, included_bytes

XDS: Final = "urn:ihe:iti:xds-b:2007"
LCM: Final = "urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0"
RIM: Final = "urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0"
HL7: Final = "urn:hl7-org:v3"

HAS_MEMBER: Final = "urn:oasis:names:tc:ebxml-regrep:AssociationType:HasMember"
REPLACES: Final = "urn:ihe:iti:2007:AssociationType:RPLC"
XML_SIGNATURE: Final = "http://www.w3.org/2000/09/xmldsig#"

_SET_NODE: Final = "urn:uuid:a54d6aa5-d40d-43f9-88c5-b4633d873bdd"
_SET_PATIENT_ID: Final = "urn:uuid:6b5aea1a-874d-4603-a4bc-96a0a7b38446"
_SET_UNIQUE_ID: Final = "urn:uuid:96fdda7c-d067-4183-912e-bf5ee74998a8"
_SET_SOURCE_ID: Final = "urn:uuid:554ac39e-e3fe-47fe-b233-965d2a147832"
_ENTRY_PATIENT_ID: Final = "urn:uuid:58a6f841-87b3-4a3e-92fd-a8ffeff98427"
_ENTRY_UNIQUE_ID: Final = "urn:uuid:2e82c1f6-a085-4c72-9da3-8640a32e42ab"
_FORMAT_CODE: Final = "urn:uuid:a09d5840-386c-46f2-b5ad-9c3699a4309d"
#: Metadata that a DocumentEntry must carry (TF-3 table 4.2.3.2-1, sending side, French rules).
_ENTRY_CLASSIFICATIONS: Final = {
    "urn:uuid:93606bcf-9494-43ec-9b4e-a7748d1a838d": "author",
    "urn:uuid:41a5887f-8865-4c09-adf7-e362475b143a": "classCode",
    "urn:uuid:f0306f51-975f-434e-a61c-c59651d33983": "typeCode",
    _FORMAT_CODE: "formatCode",
    "urn:uuid:f4f85eac-e6cb-4883-b524-f2705394840f": "confidentialityCode",
    "urn:uuid:f33fb8ac-18af-42cc-ae0e-ed0b0bdb91e1": "healthcareFacilityTypeCode",
    "urn:uuid:cccf5598-8b07-4b77-a05e-ae952c785ead": "practiceSettingCode",
}
_ENTRY_SLOTS: Final = ("creationTime", "languageCode", "sourcePatientId", "sourcePatientInfo")
#: INS OIDs: production NIR and NIA, then test and demonstration.
_INS: Final = frozenset(f"1.2.250.1.213.1.4.{last}" for last in (8, 9, 10, 11))
_CX: Final = re.compile(r"([^^]+)\^\^\^&([0-9.]+)&ISO\^NH(\^\^\d{8})?")
_OID: Final = re.compile(r"[0-2](\.(0|[1-9]\d*))+")


@dataclass(frozen=True, slots=True)
class RegistryError:
    """One ebRS RegistryError: IHE code, and a context that names elements and never values."""

    code: str
    context: str


class BadMetadata(Exception):
    """Metadata so broken that nothing in it can be identified."""

    def __init__(self, error: RegistryError) -> None:
        self.error = error
        super().__init__(error.code)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One DocumentEntry with its document."""

    id: str
    unique_id: str
    patient_id: str
    mime_type: str
    format_code: str
    #: As declared, empty when the sender left it to the repository.
    hash: str
    size: str
    #: entryUUID of the entry it replaces, empty when none.
    replaces: str
    content: bytes
    sha1: str
    sha256: str
    element: etree._Element


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """One submission set and its entries."""

    unique_id: str
    source_id: str
    patient_id: str
    entries: tuple[Entry, ...]
    metadata: etree._Element
    #: The set itself, and the name it bears in the message.
    package: etree._Element
    set_id: str
    #: Associations: kind, source, target.
    links: tuple[tuple[str, str, str], ...]
    #: Identifiers of ``Document`` elements that no entry describes.
    orphans: tuple[str, ...]


def read_submission(payload: etree._Element, attachments: Mapping[str, bytes]) -> Submission:
    """A ProvideAndRegisterDocumentSetRequest; what cannot even be identified is a ``BadMetadata``."""
    if payload.tag != f"{{{XDS}}}ProvideAndRegisterDocumentSetRequest":
        raise SoapFault("the payload is not a ProvideAndRegisterDocumentSetRequest")
    metadata = payload.find(f"{{{LCM}}}SubmitObjectsRequest")
    if metadata is None:
        raise SoapFault("no SubmitObjectsRequest")
    documents = {d.get("id", ""): included_bytes(d, attachments) for d in payload.iterfind(f"{{{XDS}}}Document")}
    objects = metadata.find(f"{{{RIM}}}RegistryObjectList")
    package = None if objects is None else objects.find(f"{{{RIM}}}RegistryPackage")
    if objects is None or package is None:
        raise BadMetadata(RegistryError("XDSRegistryMetadataError", "RegistryPackage: absent"))
    replaced = {
        a.get("sourceObject", ""): a.get("targetObject", "")
        for a in objects.iterfind(f"{{{RIM}}}Association")
        if a.get("associationType") == REPLACES
    }
    elements = objects.findall(f"{{{RIM}}}ExtrinsicObject")
    return Submission(
        unique_id=external_identifier(package, _SET_UNIQUE_ID),
        source_id=external_identifier(package, _SET_SOURCE_ID),
        patient_id=external_identifier(package, _SET_PATIENT_ID),
        entries=tuple(_entry(element, documents, replaced) for element in elements),
        metadata=metadata,
        package=package,
        set_id=package.get("id", ""),
        links=tuple(
            (a.get("associationType", ""), a.get("sourceObject", ""), a.get("targetObject", ""))
            for a in objects.iterfind(f"{{{RIM}}}Association")
        ),
        orphans=tuple(documents.keys() - {element.get("id", "") for element in elements}),
    )


def _entry(element: etree._Element, documents: Mapping[str, bytes], replaced: Mapping[str, str]) -> Entry:
    identifier = element.get("id", "")
    unique_id = external_identifier(element, _ENTRY_UNIQUE_ID)
    if not unique_id:
        raise BadMetadata(RegistryError("XDSRegistryMetadataError", "XDSDocumentEntry.uniqueId: absent"))
    if identifier not in documents:
        raise BadMetadata(RegistryError("XDSMissingDocument", "ExtrinsicObject: no Document of the same id"))
    content = documents[identifier]
    return Entry(
        id=identifier,
        unique_id=unique_id,
        patient_id=external_identifier(element, _ENTRY_PATIENT_ID),
        mime_type=element.get("mimeType", ""),
        format_code=_classification(element, _FORMAT_CODE),
        hash=slot(element, "hash"),
        size=slot(element, "size"),
        replaces=replaced.get(identifier, ""),
        content=content,
        sha1=hashlib.sha1(content, usedforsecurity=False).hexdigest(),
        sha256=hashlib.sha256(content).hexdigest(),
        element=element,
    )


def external_identifier(element: etree._Element, scheme: str) -> str:
    for identifier in element.iterfind(f"{{{RIM}}}ExternalIdentifier"):
        if identifier.get("identificationScheme") == scheme:
            return identifier.get("value", "")
    return ""


def slot(element: etree._Element, name: str) -> str:
    """First value of a Slot, empty when absent."""
    return next(iter(slot_values(element, name)), "")


def slot_values(element: etree._Element, name: str) -> list[str]:
    for candidate in element.iterfind(f"{{{RIM}}}Slot"):
        if candidate.get("name") == name:
            return [value.text or "" for value in candidate.iterfind(f"{{{RIM}}}ValueList/{{{RIM}}}Value")]
    return []


def _classification(element: etree._Element, scheme: str) -> str:
    for classification in element.iterfind(f"{{{RIM}}}Classification"):
        if classification.get("classificationScheme") == scheme:
            return classification.get("nodeRepresentation", "")
    return ""


def errors_of(submission: Submission, subject: str) -> list[RegistryError]:
    """Every fault of a submission made for ``subject`` (the patient of the assertion), the whole list at once."""
    return [
        *_schema_errors(submission),
        *_reference_errors(submission),
        *_set_errors(submission, subject),
        *(error for entry in submission.entries for error in _entry_errors(entry)),
        *(error for entry in submission.entries for error in _document_errors(entry)),
    ]


def _schema_errors(submission: Submission) -> Iterator[RegistryError]:
    departure = grammar.submit_objects().departure(submission.metadata)
    if departure:
        yield RegistryError("XDSRegistryMetadataError", f"SubmitObjectsRequest: {departure}")


def _reference_errors(submission: Submission) -> Iterator[RegistryError]:
    """Each classification and identifier points at the object that holds it (TF-3 4.2.1)."""
    for holder in submission.metadata.iter(f"{{{RIM}}}RegistryPackage", f"{{{RIM}}}ExtrinsicObject"):
        own = holder.get("id")
        for name, attribute in (("Classification", "classifiedObject"), ("ExternalIdentifier", "registryObject")):
            if any(child.get(attribute) != own for child in holder.iterfind(f"{{{RIM}}}{name}")):
                yield RegistryError("XDSRegistryMetadataError", f"{name}: {attribute} is not its own object")


def _set_errors(submission: Submission, subject: str) -> Iterator[RegistryError]:
    objects = submission.metadata.find(f"{{{RIM}}}RegistryObjectList")
    packages = [] if objects is None else objects.findall(f"{{{RIM}}}RegistryPackage")
    if objects is None or len(packages) != 1:
        yield RegistryError("XDSRegistryMetadataError", "RegistryPackage: exactly one submission set")
        return
    set_id = packages[0].get("id", "")
    nodes = {c.get("classifiedObject") for c in objects.iter(f"{{{RIM}}}Classification") if _is_set_node(c)}
    if nodes != {set_id}:
        yield RegistryError("XDSRegistryMetadataError", "Classification: the package is not marked as submission set")
    members = {
        a.get("targetObject")
        for a in objects.iterfind(f"{{{RIM}}}Association")
        if a.get("associationType") == HAS_MEMBER
        and a.get("sourceObject") == set_id
        and slot(a, "SubmissionSetStatus") == "Original"
    }
    if not submission.entries or {e.id for e in submission.entries} != members:
        yield RegistryError("XDSRegistryMetadataError", "Association: one HasMember, Original, for each entry")
    if not slot(packages[0], "submissionTime") or not submission.source_id:
        yield RegistryError("XDSRegistryMetadataError", "XDSSubmissionSet: submissionTime and sourceId are required")
    for name, value in [("XDSSubmissionSet", submission.unique_id)] + [
        ("XDSDocumentEntry", entry.unique_id) for entry in submission.entries
    ]:
        if len(value) > 64 or not _OID.fullmatch(value):
            yield RegistryError("XDSRegistryMetadataError", f"{name}.uniqueId: not an OID of at most 64 characters")
    counts = Counter([submission.unique_id, *(entry.unique_id for entry in submission.entries)])
    if max(counts.values()) > 1:
        yield RegistryError("XDSRegistryDuplicateUniqueIdInMessage", "uniqueId: used twice in the message")
    if submission.orphans:
        yield RegistryError("XDSMissingDocumentMetadata", "Document: no ExtrinsicObject of the same id")
    patients = {_ins(submission.patient_id), _ins(subject), *(_ins(entry.patient_id) for entry in submission.entries)}
    if None in patients or len(patients) != 1:
        yield RegistryError("XDSPatientIdDoesNotMatch", "patientId: one qualified INS, same in assertion, set, entries")


def _is_set_node(classification: etree._Element) -> bool:
    return classification.get("classificationNode") == _SET_NODE


def _ins(patient_id: str) -> tuple[str, str] | None:
    """(matricule, OID) of a patient identifier in CX form, None when it is not an INS."""
    match = _CX.fullmatch(patient_id)
    return (match[1], match[2]) if match and match[2] in _INS else None


def _entry_errors(entry: Entry) -> Iterator[RegistryError]:
    if entry.hash and entry.hash.lower() != entry.sha1:
        yield RegistryError("XDSRepositoryMetadataError", "hash: not the SHA-1 of the document")
    if entry.size and entry.size != str(len(entry.content)):
        yield RegistryError("XDSRepositoryMetadataError", "size: not the length of the document")
    present = {c.get("classificationScheme") for c in entry.element.iterfind(f"{{{RIM}}}Classification")}
    for scheme, name in _ENTRY_CLASSIFICATIONS.items():
        if scheme not in present:
            yield RegistryError("XDSRegistryMetadataError", f"XDSDocumentEntry.{name}: absent")
    for name in _ENTRY_SLOTS:
        if not slot(entry.element, name):
            yield RegistryError("XDSRegistryMetadataError", f"XDSDocumentEntry.{name}: absent")


def _document_errors(entry: Entry) -> Iterator[RegistryError]:
    # The detached signature of the submission set travels as a second document.
    if entry.format_code == XML_SIGNATURE:
        return
    try:
        document = grammar.parse(entry.content)
    except grammar.NotXml as error:
        yield RegistryError("XDSRepositoryMetadataError", f"CDA: {error}")
        return
    departure = grammar.cda().departure(document)
    if departure:
        yield RegistryError("XDSRepositoryMetadataError", f"CDA: {departure}")
        return
    identifier = document.find(f"{{{HL7}}}id")
    if identifier is None or identifier.get("root") != entry.unique_id or identifier.get("extension") is not None:
        yield RegistryError("XDSDocumentUniqueIdError", "CDA id: not uniqueId as an OID without extension")
    patients = {
        (i.get("extension", ""), i.get("root", ""))
        for i in document.iterfind(f"{{{HL7}}}recordTarget/{{{HL7}}}patientRole/{{{HL7}}}id")
        if i.get("root") in _INS
    }
    if patients != {_ins(entry.patient_id)}:
        yield RegistryError("XDSPatientIdDoesNotMatch", "CDA recordTarget: not the patientId of its entry")
