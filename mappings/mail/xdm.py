"""An ``IHE_XDM.ZIP`` that came by mail: its documents, and whether all that is said of them agrees. Pure.

IHE ITI TF-2 3.32; ANS « Référentiel socle MSSanté #2 » ECO.2.1.2 (the patient is the one of METADATA.XML); CI-SIS
« Structuration minimale » (one recordTarget). Nothing is taken into the record: a document is checked and shown.
"""

import hashlib
import re
from dataclasses import dataclass
from typing import Final

from lxml import etree

from mappings.hardened_xml import parse
from mappings.issues import Refused
from mappings.mail.archive import members
from mappings.mail.headers import visible
from mappings.mail.message import Unreadable
from mappings.xds.composites import unescaped
from mappings.xds.namespaces import RIM

_CDA: Final = "urn:hl7-org:v3"
#: ``patientId`` of a document and of a submission set.
_PATIENT_ID: Final = frozenset({
    "urn:uuid:58a6f841-87b3-4a3e-92fd-a8ffeff98427", "urn:uuid:6b5aea1a-874d-4603-a4bc-96a0a7b38446",
})  # fmt: skip
_XINCLUDE: Final = "http://www.w3.org/2001/XInclude"
_STABLE: Final = "urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1"
_METADATA: Final = re.compile(r"(IHE_XDM/[A-Z0-9_]{1,8}/)METADATA\.XML", re.IGNORECASE)
#: What may stand beside the documents without being one.
_BESIDE: Final = re.compile(r"INDEX\.HTM|README\.TXT|.*\.(XSL|XSLT|CSS)", re.IGNORECASE)
_CX: Final = re.compile(r"([^^]*)\^\^\^&([0-9.]+)&ISO(?:\^.*)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedDocument:
    """One document of an archive, as its own header tells it."""

    unique_id: str
    type_code: str
    title: str
    size: int
    sha1: str
    #: Whether the identity it carries has the root of an INS; never the identity itself.
    patient_root: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """The documents of one archive, and what is wrong with them, in words that quote nothing."""

    documents: tuple[ReceivedDocument, ...]
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Entry:
    uri: str
    hash: str
    size: str
    #: As the sender's structure numbers it (sourcePatientId), and as everybody does (patientId); in CX form.
    patients: tuple[str, ...]
    identified: tuple[str, ...]
    mime_type: str


def archive_of(zipped: bytes) -> Archive:
    """What an archive holds; ``Unreadable`` when it cannot be opened safely."""
    files = members(zipped)
    found = [(name, place) for name in files if (place := _METADATA.fullmatch(name))]
    if not found:
        raise Unreadable("xdm-no-metadata")
    faults: list[str] = []
    documents: list[ReceivedDocument] = []
    told: set[str] = {name for name, _ in found}
    patients: set[str] = set()
    identified: set[tuple[str, ...]] = set()
    for name, place in found:
        metadata = _root(files[name])
        named = _identified(metadata)
        if not named:
            faults.append("xdm-no-patient")
        identified.update(map(_identity, named))
        for entry in _entries(metadata):
            path, document = _document(files, place[1], entry, faults)
            told.add(path)
            patients.update(entry.patients)
            if document is not None:
                documents.append(document)
    if any(name not in told and not _BESIDE.fullmatch(name.rpartition("/")[2]) for name in files):
        faults.append("xdm-extra-document")
    if len(patients) > 1 or len(identified) > 1:
        faults.append("xdm-two-patients")
    if not documents and not faults:
        faults.append("xdm-no-document")
    return Archive(documents=tuple(documents), faults=tuple(dict.fromkeys(faults)))


def _root(data: bytes) -> etree._Element:
    try:
        return parse(data)
    except Refused:
        raise Unreadable("xml-refused") from None


def _entries(root: etree._Element) -> list[_Entry]:
    objects = [one for one in root.iter(f"{{{RIM}}}ExtrinsicObject") if one.get("objectType", _STABLE) == _STABLE]
    return [
        _Entry(
            uri=next(iter(_slot(one, "URI")), ""),
            hash=next(iter(_slot(one, "hash")), "").lower(),
            size=next(iter(_slot(one, "size")), ""),
            patients=_slot(one, "sourcePatientId"),
            identified=_identified(one),
            mime_type=one.get("mimeType", ""),
        )
        for one in objects
    ]


def _identified(of: etree._Element) -> tuple[str, ...]:
    """Every patientId below an element; an empty one names nobody."""
    told = of.iter(f"{{{RIM}}}ExternalIdentifier")
    values = (one.get("value", "").strip() for one in told if one.get("identificationScheme") in _PATIENT_ID)
    return tuple(filter(None, values))


def _identity(cx: str) -> tuple[str, ...]:
    """Number and authority; what follows them may differ. What is no CX is but itself."""
    found = _CX.fullmatch(cx)
    return (unescaped(found[1]), found[2]) if found else (cx,)


def _slot(of: etree._Element, name: str) -> tuple[str, ...]:
    return tuple(
        (value.text or "").strip()
        for slot in of.iterchildren(f"{{{RIM}}}Slot")
        if slot.get("name") == name
        for value in slot.iter(f"{{{RIM}}}Value")
    )


def _document(
    files: dict[str, bytes], folder: str, entry: _Entry, faults: list[str]
) -> tuple[str, ReceivedDocument | None]:
    if not entry.uri or "/" in entry.uri or "\\" in entry.uri or entry.uri in (".", ".."):
        faults.append("xdm-uri")
        return "", None
    path = folder + entry.uri
    content = files.get(path)
    if content is None:
        faults.append("xdm-missing-document")
        return path, None
    if hashlib.sha1(content, usedforsecurity=False).hexdigest() != entry.hash:  # the hash that the profile asks for
        faults.append("xdm-hash")
    if entry.size != str(len(content)):
        faults.append("xdm-size")
    if "xml" not in entry.mime_type:
        return path, None
    document, wrong = cda_of(content, (*entry.patients, *entry.identified))
    faults.extend(wrong)
    return path, document


def cda_of(content: bytes, told: tuple[str, ...] = ()) -> tuple[ReceivedDocument | None, list[str]]:
    """A CDA and what is wrong with it; ``told`` are the patient identifiers of its metadata, in CX form."""
    try:
        root = parse(content)
    except Refused:
        raise Unreadable("xml-refused") from None
    if root.tag != f"{{{_CDA}}}ClinicalDocument":
        return None, ["cda-none"]
    faults = list(_faults(root))
    ids = [
        (one.get("extension", ""), one.get("root", "")) for one in root.iterfind(_path("recordTarget/patientRole/id"))
    ]
    if any(_identity(cx) not in ids for cx in told):
        faults.append("xdm-patient")
    unique = root.find(_path("id"))
    code = root.find(_path("code"))
    title = root.find(_path("title"))
    return (
        ReceivedDocument(
            unique_id=visible(
                "^".join(filter(None, (_attribute(unique, "root"), _attribute(unique, "extension")))), 130
            ),
            type_code=visible(_attribute(code, "code"), 40),
            title=visible((title.text or "") if title is not None else "", 200),
            size=len(content),
            sha1=hashlib.sha1(content, usedforsecurity=False).hexdigest(),
            patient_root=visible(ids[0][1] if ids else "", 64),
        ),
        faults,
    )


def _faults(root: etree._Element) -> list[str]:
    wrong = []
    targets = root.findall(_path("recordTarget"))
    if len(targets) != 1:
        wrong.append("cda-patients")
    needed = ("id", "code", "effectiveTime", "recordTarget/patientRole/id", "author", "custodian", "component")
    if any(root.find(_path(name)) is None for name in needed):
        wrong.append("cda-incomplete")
    if any(_is_null(root.find(_path(name))) for name in ("id", "code", "recordTarget/patientRole/id")):
        wrong.append("cda-null")
    for element in root.iter("*"):
        if element.tag.startswith(f"{{{_XINCLUDE}}}"):
            wrong.append("cda-inclusion")
        # Its content must be in it: what stands elsewhere may be anything by the time it is looked at.
        if element.tag == f"{{{_CDA}}}reference" and _leads_out(element):
            wrong.append("cda-elsewhere")
        if any(
            etree.QName(name).localname.lower().startswith("on") for name in element.attrib if isinstance(name, str)
        ):
            wrong.append("cda-active")
    return list(dict.fromkeys(wrong))


def _leads_out(reference: etree._Element) -> bool:
    """From nonXMLBody, and from the value of a picture but to a part of the document; elsewhere it names such a part."""
    above = [etree.QName(one).localname for one in reference.iterancestors()]
    from_picture = above[:2] == ["value", "observationMedia"] and not reference.get("value", "").startswith("#")
    return "nonXMLBody" in above or from_picture


def _is_null(element: etree._Element | None) -> bool:
    return element is not None and element.get("nullFlavor") is not None


def _attribute(element: etree._Element | None, name: str) -> str:
    return str(element.get(name, "")) if element is not None else ""


def _path(names: str) -> str:
    return "/".join(f"{{{_CDA}}}{name}" for name in names.split("/"))
