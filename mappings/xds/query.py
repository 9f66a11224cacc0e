"""ITI-18 Registry Stored Query: the five questions that the shared record takes, as requests.

IHE ITI TF-2 3.18.4.1.2.3.7; DMP, TD3.1. A text is quoted, a quote in it doubled; what may have several values stands
in parentheses, and the patient, who is one, does not.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Final, Literal

from lxml import etree

from mappings.xds.composites import utc
from mappings.xds.namespaces import APPROVED, QUERY, RIM, add

ReturnType = Literal["LeafClass", "ObjectRef"]

FIND_DOCUMENTS: Final = "urn:uuid:14d4debf-8f97-4251-9a74-a90016b0af0d"
FIND_SUBMISSION_SETS: Final = "urn:uuid:f26abbcb-ac74-4422-8a30-edb644bbc1a9"
GET_DOCUMENTS: Final = "urn:uuid:5c4f972b-d56b-40ac-a5fc-c8ca9b40b9d4"
GET_ASSOCIATIONS: Final = "urn:uuid:a7ae438b-4bc2-4642-93e9-be891f7bb155"
GET_DOCUMENTS_AND_ASSOCIATIONS: Final = "urn:uuid:bab9529a-4a10-40b3-a01f-f68a615d247a"
#: Most documents asked for by name at a time (DMP, TD3.1).
BATCH: Final = 20


def find_documents_request(
    patient: str,
    *,
    statuses: Sequence[str] = (APPROVED,),
    created_from: dt.datetime | None = None,
    created_to: dt.datetime | None = None,
    classes: Sequence[tuple[str, str]] = (),
    types: Sequence[tuple[str, str]] = (),
    return_type: ReturnType = "LeafClass",
) -> etree._Element:
    """What a patient (INS in CX form) has; ``classes`` and ``types`` are codes with their systems."""
    query, request = _query(FIND_DOCUMENTS, return_type)
    _one(query, "$XDSDocumentEntryPatientId", _quoted(patient))
    _several(query, "$XDSDocumentEntryStatus", statuses)
    for name, instant in (("From", created_from), ("To", created_to)):
        if instant is not None:
            _one(query, f"$XDSDocumentEntryCreationTime{name}", utc(instant))
    for name, codes in (("$XDSDocumentEntryClassCode", classes), ("$XDSDocumentEntryTypeCode", types)):
        if codes:
            _several(query, name, [f"{code}^^{system}" for code, system in codes])
    return request


def find_submission_sets_request(
    patient: str,
    *,
    statuses: Sequence[str] = (APPROVED,),
    submitted_from: dt.datetime | None = None,
    submitted_to: dt.datetime | None = None,
    return_type: ReturnType = "LeafClass",
) -> etree._Element:
    query, request = _query(FIND_SUBMISSION_SETS, return_type)
    _one(query, "$XDSSubmissionSetPatientId", _quoted(patient))
    for name, instant in (("From", submitted_from), ("To", submitted_to)):
        if instant is not None:
            _one(query, f"$XDSSubmissionSetSubmissionTime{name}", utc(instant))
    _several(query, "$XDSSubmissionSetStatus", statuses)
    return request


def get_documents_request(*unique_ids: str, return_type: ReturnType = "LeafClass") -> etree._Element:
    query, request = _query(GET_DOCUMENTS, return_type)
    _several(query, "$XDSDocumentEntryUniqueId", _batch(unique_ids))
    return request


def get_associations_request(*uuids: str) -> etree._Element:
    """Associations that any of these entries or submission sets is an end of."""
    query, request = _query(GET_ASSOCIATIONS, "LeafClass")
    _several(query, "$uuid", _batch(uuids))
    return request


def get_documents_and_associations_request(*unique_ids: str) -> etree._Element:
    query, request = _query(GET_DOCUMENTS_AND_ASSOCIATIONS, "LeafClass")
    _several(query, "$XDSDocumentEntryUniqueId", _batch(unique_ids))
    return request


def _query(query_id: str, return_type: ReturnType) -> tuple[etree._Element, etree._Element]:
    request = etree.Element(f"{{{QUERY}}}AdhocQueryRequest", nsmap={"query": QUERY, "rim": RIM})
    add(request, QUERY, "ResponseOption", returnComposedObjects="true", returnType=return_type)
    return add(request, RIM, "AdhocQuery", id=query_id), request


def _one(query: etree._Element, name: str, value: str) -> None:
    add(add(add(query, RIM, "Slot", name=name), RIM, "ValueList"), RIM, "Value", value)


def _several(query: etree._Element, name: str, values: Sequence[str]) -> None:
    _one(query, name, f"({','.join(_quoted(value) for value in values)})")


def _batch(values: Sequence[str]) -> Sequence[str]:
    assert 0 < len(values) <= BATCH, "a batch asks for one to twenty"
    return values


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
