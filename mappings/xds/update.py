"""ITI-57 Update Document Set: what we change of a document of ours in a shared record, as requests.

IHE ITI TF-2 3.57; DMP, TD3.3: mask and visibility are a new version of the entry under the same ``lid``; archiving and
deletion, which is logical only, are a change of its status. A request is one submission set of our own and one change.
"""

import copy
from collections.abc import Iterable
from typing import Final

from lxml import etree

from mappings import hardened_xml
from mappings.codes import oids
from mappings.codes.document import VISIBILITIES
from mappings.xds.found import CONFIDENTIALITY
from mappings.xds.namespaces import LCM, RIM, add

HAS_MEMBER: Final = "urn:oasis:names:tc:ebxml-regrep:AssociationType:HasMember"
_UPDATE_STATUS: Final = "urn:ihe:iti:2010:AssociationType:UpdateAvailabilityStatus"
_REPLACES: Final = "urn:ihe:iti:2007:AssociationType:RPLC"
_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"
_ENTRY: Final = "binome-entry"


def status_request(submission: bytes, *, entry_uuid: str, before: str, after: str) -> etree._Element:
    """The entry passes from one status to another; ``submission`` is a sealed request, of which the set is taken."""
    request, objects, set_id = _around_the_set(submission)
    change = _association(objects, "binome-change", _UPDATE_STATUS, set_id, entry_uuid)
    _slot(change, "OriginalStatus", before)
    _slot(change, "NewStatus", after)
    return request


def visibility_request(submission: bytes, entry: etree._Element, visibility: Iterable[str]) -> etree._Element:
    """The entry as the registry gave it, its visibility replaced: a new version under the same ``lid``.

    ``entry`` is an ExtrinsicObject of an answer, with its ``lid`` and its VersionInfo; ``ValueError`` without them.
    """
    version = entry.find(f"{{{RIM}}}VersionInfo")
    previous = "" if version is None else version.get("versionName", "")
    if not entry.get("lid") or not previous:
        raise ValueError("an entry without lid or version cannot be updated")
    request, objects, set_id = _around_the_set(submission)
    objects.append(_as_version(entry, visibility))
    member = _association(objects, "binome-member", HAS_MEMBER, set_id, _ENTRY)
    _slot(member, "SubmissionSetStatus", "Original")
    _slot(member, "PreviousVersion", previous)
    return request


def replacing(metadata: bytes, *, entry_uuid: str, replaced_uuid: str) -> bytes:
    """Sealed metadata, with the one fact that only the registry knows: under which name it holds what is replaced."""
    request = hardened_xml.parse(metadata)
    objects = _objects(request)
    if any(each.get("associationType") == _REPLACES for each in objects.iterfind(f"{{{RIM}}}Association")):
        return metadata
    _association(objects, "binome-replaces", _REPLACES, entry_uuid, replaced_uuid)
    return etree.tostring(request, xml_declaration=True, encoding="UTF-8")


def hiding(metadata: bytes, *, entry_uuid: str, codes: Iterable[str]) -> bytes:
    """Sealed metadata, its entry hidden from whom the version that it comes after is hidden from in the record, besides."""
    request = hardened_xml.parse(metadata)
    for entry in _objects(request).iterfind(f"{{{RIM}}}ExtrinsicObject"):
        if entry.get("id") == entry_uuid:
            known = {one.get("nodeRepresentation") for one in entry.iterfind(f"{{{RIM}}}Classification")}
            _hide(entry, sorted(frozenset(codes) - known), entry_uuid)
    return etree.tostring(request, xml_declaration=True, encoding="UTF-8")


def _around_the_set(submission: bytes) -> tuple[etree._Element, etree._Element, str]:
    """A new request that holds the submission set of a sealed one and its mark, and nothing else of it."""
    sealed = _objects(hardened_xml.parse(submission))
    package = sealed.find(f"{{{RIM}}}RegistryPackage")
    if package is None:
        raise ValueError("sealed metadata without a submission set")
    set_id = package.get("id", "")
    nsmap = {"lcm": LCM, None: RIM}
    request = etree.Element(f"{{{LCM}}}SubmitObjectsRequest", nsmap=nsmap)  # type: ignore[arg-type]  # the stubs want no default
    objects = add(request, RIM, "RegistryObjectList")
    for each in sealed:
        if each is package or (each.tag == f"{{{RIM}}}Classification" and each.get("classifiedObject") == set_id):
            objects.append(copy.deepcopy(each))
    return request, objects, set_id


def _as_version(entry: etree._Element, visibility: Iterable[str]) -> etree._Element:
    made = copy.deepcopy(entry)
    made.tail = None
    made.set("id", _ENTRY)
    for position, child in enumerate(made):
        for attribute in ("classifiedObject", "registryObject"):
            if child.get(attribute) is not None:
                child.set(attribute, _ENTRY)
        if child.get("id") is not None:
            child.set("id", f"binome-{position}")
    hidden = [each for each in made.iterfind(f"{{{RIM}}}Classification") if _is_visibility(each)]
    for each in hidden:
        made.remove(each)
    _hide(made, sorted(visibility), _ENTRY)
    return made


def _hide(entry: etree._Element, codes: Iterable[str], name: str) -> None:
    """Where the confidentiality stands, for a schema fixes the order of what an object holds."""
    position = max(
        index
        for index, child in enumerate(entry)
        if child.tag == f"{{{RIM}}}Classification" and child.get("classificationScheme") == CONFIDENTIALITY
    )
    for number, code in enumerate(codes, start=1):
        entry.insert(position + number, _visibility(code, number, name))


def _is_visibility(classification: etree._Element) -> bool:
    return (
        classification.get("classificationScheme") == CONFIDENTIALITY
        and classification.get("nodeRepresentation") in VISIBILITIES
    )


def _visibility(code: str, number: int, name_of_entry: str) -> etree._Element:
    made = etree.Element(
        f"{{{RIM}}}Classification",
        {
            "id": f"binome-visibility-{number}",
            "classificationScheme": CONFIDENTIALITY,
            "classifiedObject": name_of_entry,
            "nodeRepresentation": code,
        },
    )
    _slot(made, "codingScheme", oids.VISIBILITY)
    name = add(add(made, RIM, "Name"), RIM, "LocalizedString", charset="UTF8", value=VISIBILITIES[code])
    name.set(_LANG, "FR")
    return made


def _objects(request: etree._Element) -> etree._Element:
    objects = request.find(f"{{{RIM}}}RegistryObjectList")
    if objects is None:
        raise ValueError("metadata without a list of objects")
    return objects


def _association(objects: etree._Element, id: str, kind: str, source: str, target: str) -> etree._Element:
    ends = {"associationType": kind, "sourceObject": source, "targetObject": target}
    return add(objects, RIM, "Association", id=id, **ends)


def _slot(parent: etree._Element, name: str, value: str) -> None:
    add(add(add(parent, RIM, "Slot", name=name), RIM, "ValueList"), RIM, "Value", value)
