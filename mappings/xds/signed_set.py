"""The signature of a submission set as the second document of that set: its entry, and that it signs the set.

DMP, TD2.1 (its published example), CI-SIS « Partage de documents de santé ». The entry repeats what the first document's
says of patient, author and place, and is hidden from professionals and from the patient.
"""

import copy
import datetime as dt
import hashlib
from dataclasses import dataclass
from functools import cache
from typing import Final

from lxml import etree

from mappings import hardened_xml
from mappings.codes import oids
from mappings.codes.document import VISIBILITIES
from mappings.xds.found import instant_of
from mappings.xds.namespaces import RIM, add
from mappings.xds.signature import DSIG, PURPOSE

_SIGNS: Final = "urn:ihe:iti:2007:AssociationType:signs"
_HAS_MEMBER: Final = "urn:oasis:names:tc:ebxml-regrep:AssociationType:HasMember"
_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"
_SET_UNIQUE_ID: Final = "urn:uuid:96fdda7c-d067-4183-912e-bf5ee74998a8"
_ENTRY_UNIQUE_ID: Final = "urn:uuid:2e82c1f6-a085-4c72-9da3-8640a32e42ab"
_CLASS: Final = "urn:uuid:41a5887f-8865-4c09-adf7-e362475b143a"
_TYPE: Final = "urn:uuid:f0306f51-975f-434e-a61c-c59651d33983"
_FORMAT: Final = "urn:uuid:a09d5840-386c-46f2-b5ad-9c3699a4309d"
_CONFIDENTIALITY: Final = "urn:uuid:f4f85eac-e6cb-4883-b524-f2705394840f"
_EVENT: Final = "urn:uuid:2c6b8cb7-8b2a-4051-b291-b1ae6a575ef4"
#: Scheme, code, its words, its system: what the entry says of itself, in the place of what the document's said.
_CODES: Final = (
    (_CLASS, "urn:oid:1.3.6.1.4.1.19376.1.2.1.1.1", "Digital Signature", "URN"),
    (_CONFIDENTIALITY, "N", "Normal", oids.CONFIDENTIALITY),
    (_CONFIDENTIALITY, "INVISIBLE_PATIENT", VISIBILITIES["INVISIBLE_PATIENT"], oids.VISIBILITY),
    (_CONFIDENTIALITY, "MASQUE_PS", VISIBILITIES["MASQUE_PS"], oids.VISIBILITY),
    (_EVENT, PURPOSE, "Source", "1.2.840.10065.1.12"),
    (_FORMAT, DSIG, "Default Signature Style", "URN"),
    (_TYPE, "E1762", "Full Document", "ASTM"),
)
_REPLACED: Final = frozenset(scheme for scheme, *_ in _CODES)
#: The symbolic name of the entry in its request; the registry gives it another.
SIGNATURE: Final = "binome-signature"
#: Longest uniqueId.
_OID_LENGTH: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedSet:
    """What a signature needs to know of sealed metadata."""

    #: uniqueIds of the set, of its document, and of the signature, which follows from the set's.
    set_id: str
    document_id: str
    signature_id: str
    submitted_at: dt.datetime


def sealed_set(request: etree._Element) -> SealedSet:
    """Of sealed metadata as they were read."""
    objects = _objects(request)
    package, entry = _the(objects, "RegistryPackage"), _the(objects, "ExtrinsicObject")
    set_id = _identifier(package, _SET_UNIQUE_ID)
    submitted_at = instant_of(_value(package, "submissionTime"))
    signature_id = f"{set_id}.1"
    if submitted_at is None or len(signature_id) > _OID_LENGTH:
        raise ValueError("a set without its time, or named too long for its signature to be named after it")
    return SealedSet(
        set_id=set_id,
        document_id=_identifier(entry, _ENTRY_UNIQUE_ID),
        signature_id=signature_id,
        submitted_at=submitted_at,
    )


def with_signature(metadata: bytes, signature: bytes) -> bytes:
    """Sealed metadata, with the entry of the signature of its set."""
    request = hardened_xml.parse(metadata)
    add_signature(request, signature)
    return etree.tostring(request, xml_declaration=True, encoding="UTF-8")


def add_signature(request: etree._Element, signature: bytes) -> None:
    """The same, in the request as it was read."""
    objects = _objects(request)
    package, entry = _the(objects, "RegistryPackage"), _the(objects, "ExtrinsicObject")
    entry.addnext(_signature_entry(entry, package, signature))
    set_id = package.get("id", "")
    member = _association(objects, "binome-signature-member", _HAS_MEMBER, set_id, SIGNATURE)
    _slot(member, "SubmissionSetStatus", "Original")
    _association(objects, "binome-signature-signs", _SIGNS, SIGNATURE, set_id)


def _signature_entry(document: etree._Element, package: etree._Element, signature: bytes) -> etree._Element:
    made = etree.Element(
        f"{{{RIM}}}ExtrinsicObject", {str(name): str(value) for name, value in document.attrib.items()}
    )
    made.set("id", SIGNATURE)
    submitted = _value(package, "submissionTime")
    # Not a signature: XDS identifies content by SHA-1.
    _slot(made, "hash", hashlib.sha1(signature, usedforsecurity=False).hexdigest().upper())
    _slot(made, "size", str(len(signature)))
    _slot(made, "creationTime", submitted)
    _slot(made, "languageCode", "art")
    # Copied at once: one by one, each would be given a document of its own first.
    copied = copy.deepcopy(document)
    for name in ("legalAuthenticator", "sourcePatientId", "sourcePatientInfo"):
        made.extend([each for each in copied.iterfind(f"{{{RIM}}}Slot") if each.get("name") == name])
    _slot(made, "serviceStartTime", submitted)
    _slot(made, "serviceStopTime", submitted)
    _name(made, "Source")
    classified = copied.findall(f"{{{RIM}}}Classification")
    made.extend([each for each in classified if each.get("classificationScheme") not in _REPLACED])
    made.extend(list(copy.deepcopy(_codes())))
    made.extend(copied.findall(f"{{{RIM}}}ExternalIdentifier"))
    _own(made, f"{_identifier(package, _SET_UNIQUE_ID)}.1")
    return made


@cache
def _codes() -> etree._Element:
    """What every signature is classified by; to be copied."""
    holder = etree.Element(f"{{{RIM}}}ExtrinsicObject", nsmap={"rim": RIM})
    for scheme, code, display, system in _CODES:
        names = {"classificationScheme": scheme, "classifiedObject": SIGNATURE, "nodeRepresentation": code, "id": ""}
        classification = add(holder, RIM, "Classification", **names)
        _slot(classification, "codingScheme", system)
        _name(classification, display)
    return holder


def _own(entry: etree._Element, unique_id: str) -> None:
    """What was copied belongs to this entry, under identifiers of its own."""
    for number, child in enumerate(entry):
        for attribute in ("classifiedObject", "registryObject"):
            if child.get(attribute) is not None:
                child.set(attribute, SIGNATURE)
        if child.get("id") is not None:
            child.set("id", f"{SIGNATURE}-{number}")
        if child.get("identificationScheme") == _ENTRY_UNIQUE_ID:
            child.set("value", unique_id)


def _objects(request: etree._Element) -> etree._Element:
    return _the(request, "RegistryObjectList")


def _the(parent: etree._Element, name: str) -> etree._Element:
    found = parent.find(f"{{{RIM}}}{name}")
    if found is None:
        raise ValueError(f"sealed metadata without {name}")
    return found


def _identifier(parent: etree._Element, scheme: str) -> str:
    return next(
        (
            each.get("value", "")
            for each in parent.iterfind(f"{{{RIM}}}ExternalIdentifier")
            if each.get("identificationScheme") == scheme
        ),
        "",
    )


def _value(parent: etree._Element, name: str) -> str:
    for each in parent.iterfind(f"{{{RIM}}}Slot"):
        if each.get("name") == name:
            return each.findtext(f"{{{RIM}}}ValueList/{{{RIM}}}Value") or ""
    return ""


def _association(objects: etree._Element, id: str, kind: str, source: str, target: str) -> etree._Element:
    ends = {"associationType": kind, "sourceObject": source, "targetObject": target}
    return add(objects, RIM, "Association", id=id, **ends)


def _slot(parent: etree._Element, name: str, value: str) -> None:
    add(add(add(parent, RIM, "Slot", name=name), RIM, "ValueList"), RIM, "Value", value)


def _name(parent: etree._Element, text: str) -> None:
    localized = add(add(parent, RIM, "Name"), RIM, "LocalizedString", charset="UTF8", value=text)
    localized.set(_LANG, "FR")
