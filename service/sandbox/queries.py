"""ITI-18 as the sandbox's registry answers it: the five stored queries that the shared record takes.

IHE ITI TF-2 3.18.4.1.2.3.7; DMP, TD3.1 (batches of twenty; to a structure that comes alone, references only).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from lxml import etree

from service.sandbox import grammar
from service.sandbox.registry import APPROVED, Link, Lot, Registered, Registry
from service.sandbox.submission import RIM, RegistryError, slot, slot_values
from service.sandbox.updates import DELETED

FIND_DOCUMENTS: Final = "urn:uuid:14d4debf-8f97-4251-9a74-a90016b0af0d"
FIND_SUBMISSION_SETS: Final = "urn:uuid:f26abbcb-ac74-4422-8a30-edb644bbc1a9"
GET_DOCUMENTS: Final = "urn:uuid:5c4f972b-d56b-40ac-a5fc-c8ca9b40b9d4"
GET_ASSOCIATIONS: Final = "urn:uuid:a7ae438b-4bc2-4642-93e9-be891f7bb155"
GET_DOCUMENTS_AND_ASSOCIATIONS: Final = "urn:uuid:bab9529a-4a10-40b3-a01f-f68a615d247a"
_BATCH: Final = 20
_QUOTED: Final = re.compile(r"'((?:[^']|'')*)'")
#: Single-valued: parentheses are not their form.
_PATIENTS: Final = frozenset({"$XDSDocumentEntryPatientId", "$XDSSubmissionSetPatientId"})
_TIMES: Final = ("$XDSDocumentEntryCreationTimeFrom", "$XDSDocumentEntryCreationTimeTo")

Asked = Mapping[str, list[str]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a query finds, or why it is none."""

    entries: list[Registered] = field(default_factory=list)
    lots: list[Lot] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    errors: list[RegistryError] = field(default_factory=list)

    def patients(self) -> set[str]:
        return {entry.patient_id for entry in self.entries} | {lot.patient_id for lot in self.lots}


def asked(query: etree._Element) -> Asked:
    """Parameters of a stored query: quoted, in parentheses when there may be several (TF-2 3.18.4.1.2.3.5)."""
    return {each.get("name", ""): _values(query, each.get("name", "")) for each in query.iterfind(f"{{{RIM}}}Slot")}


def _values(query: etree._Element, name: str) -> list[str]:
    values: list[str] = []
    for text in slot_values(query, name):
        if text.strip().startswith("(") and name in _PATIENTS:
            continue
        quoted = [value.replace("''", "'") for value in _QUOTED.findall(text)]
        values += quoted if quoted or name not in _TIMES else [text.strip()]
    return values


def answer(registry: Registry, query: str, parameters: Asked) -> Answer:
    """What is deleted does not show."""
    play = _QUERIES.get(query)
    if play is None:
        return _refused("XDSUnknownStoredQuery", "AdhocQuery: id")
    found = play(registry, parameters)
    return Answer([e for e in found.entries if e.status != DELETED], found.lots, found.links, found.errors)


def _get_documents(registry: Registry, parameters: Asked) -> Answer:
    unique_ids = parameters.get("$XDSDocumentEntryUniqueId", [])
    uuids = parameters.get("$XDSDocumentEntryEntryUUID", [])
    if bool(unique_ids) == bool(uuids):
        return _refused("XDSStoredQueryMissingParam", "uniqueId or entryUUID")
    if len(unique_ids) + len(uuids) > _BATCH:
        return _refused("XDSStoredQueryParamNumber", "twenty documents at most")
    named = [entry for value in unique_ids for entry in registry.by_unique_id(value)]
    return Answer(named + [entry for value in uuids for entry in registry.by_entry_uuid(value)])


def _get_associations(registry: Registry, parameters: Asked) -> Answer:
    uuids = parameters.get("$uuid", [])
    if not 0 < len(uuids) <= _BATCH:
        return _refused("XDSStoredQueryMissingParam", "$uuid, twenty at most")
    return Answer(links=registry.links_of(uuids))


def _get_documents_and_associations(registry: Registry, parameters: Asked) -> Answer:
    found = _get_documents(registry, parameters)
    return found if found.errors else Answer(found.entries, [], registry.links_of([e.lid for e in found.entries]))


def _find_documents(registry: Registry, parameters: Asked) -> Answer:
    patients = parameters.get("$XDSDocumentEntryPatientId", [])
    statuses = parameters.get("$XDSDocumentEntryStatus", [])
    if len(patients) != 1 or not statuses:
        return _refused("XDSStoredQueryMissingParam", "FindDocuments: patientId and status")
    since, until = (next(iter(parameters.get(name, [])), "") for name in _TIMES)
    return Answer(
        [
            entry
            for entry in registry.by_patient_id(patients[0])
            if entry.status in statuses and _within(entry, since, until) and _coded(entry, parameters)
        ]
    )


def _find_submission_sets(registry: Registry, parameters: Asked) -> Answer:
    patients = parameters.get("$XDSSubmissionSetPatientId", [])
    statuses = parameters.get("$XDSSubmissionSetStatus", [])
    if len(patients) != 1 or not statuses:
        return _refused("XDSStoredQueryMissingParam", "FindSubmissionSets: patientId and status")
    return Answer(lots=registry.submission_sets(patients[0]) if APPROVED in statuses else [])


def _within(entry: Registered, since: str, until: str) -> bool:
    created = slot(grammar.parse(entry.metadata), "creationTime")
    return since <= created and (not until or created < until)


def _coded(entry: Registered, parameters: Asked) -> bool:
    wanted = {
        "urn:uuid:41a5887f-8865-4c09-adf7-e362475b143a": parameters.get("$XDSDocumentEntryClassCode", []),
        "urn:uuid:f0306f51-975f-434e-a61c-c59651d33983": parameters.get("$XDSDocumentEntryTypeCode", []),
    }
    said = {
        c.get("classificationScheme"): f"{c.get('nodeRepresentation')}^^{slot(c, 'codingScheme')}"
        for c in grammar.parse(entry.metadata).iterfind(f"{{{RIM}}}Classification")
    }
    return all(not codes or said.get(scheme) in codes for scheme, codes in wanted.items())


def _refused(code: str, context: str) -> Answer:
    return Answer(errors=[RegistryError(code, context)])


_QUERIES: Final = {
    FIND_DOCUMENTS: _find_documents,
    FIND_SUBMISSION_SETS: _find_submission_sets,
    GET_DOCUMENTS: _get_documents,
    GET_ASSOCIATIONS: _get_associations,
    GET_DOCUMENTS_AND_ASSOCIATIONS: _get_documents_and_associations,
}


def objects_of(found: Answer, return_type: str) -> etree._Element:
    """The RegistryObjectList of an answer."""
    objects = etree.Element(f"{{{RIM}}}RegistryObjectList", nsmap={"rim": RIM})
    for uuid in [entry.entry_uuid for entry in found.entries] + [lot.uuid for lot in found.lots]:
        if return_type == "ObjectRef":
            etree.SubElement(objects, f"{{{RIM}}}ObjectRef", id=uuid)
    if return_type == "ObjectRef":
        return objects
    for entry in found.entries:
        extrinsic = grammar.parse(entry.metadata)
        extrinsic.set("status", entry.status)
        objects.append(extrinsic)
    for lot in found.lots:
        package = grammar.parse(lot.metadata)
        package.set("status", APPROVED)
        objects.append(package)
    for number, link in enumerate(found.links):
        ends = {"associationType": link.kind, "sourceObject": link.source, "targetObject": link.target}
        etree.SubElement(objects, f"{{{RIM}}}Association", ends, id=f"urn:uuid:00000000-0000-4000-9000-{number:012}")
    return objects
