"""What a FHIR record answers is read as far as it is sound, and never breaks the reader."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mappings.cda import report_to_cda
from mappings.pdsm import simplified_publish
from mappings.pdsm.found import (
    active_patients,
    binary_in,
    document_in,
    found_documents,
    found_submissions,
    next_page,
    outcome_codes,
    reference_of_location,
    stored_entries,
)
from tests.mappings.reports import REPORT, SUBMISSION

CDA = report_to_cda(REPORT, b"%PDF-1.4 fictif")
READERS = (
    active_patients, binary_in, document_in, found_documents, found_submissions, next_page, outcome_codes, stored_entries
)  # fmt: skip

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


def searchset(*resources: Any, **more: Any) -> bytes:
    entry = [{"resource": one} for one in resources]
    return json.dumps({"resourceType": "Bundle", "type": "searchset", "entry": entry, **more}).encode()


def reference(**changed: Any) -> dict[str, Any]:
    return {**json.loads(simplified_publish(REPORT, SUBMISSION, CDA)), "id": "17", **changed}


def test_a_document_of_ours_reads_back() -> None:
    found = found_documents(searchset(reference(), total=1))
    assert found is not None
    assert (found.whole, found.others) == (True, 0)
    (one,) = found.documents
    assert (one.unique_id, one.entry, one.status) == (REPORT.unique_id, "DocumentReference/17", "current")
    assert (one.size, one.mime_type, one.title) == (len(CDA), "text/xml", REPORT.title)
    assert one.created_at == REPORT.created_at
    assert one.authors == ("Lucie MARTEL-FICTIF, MSP DES TILLEULS (FICTIVE)",)
    assert one.labels == {"N"}


@pytest.mark.parametrize(
    ("more", "whole"),
    [
        ({}, True),
        ({"total": 2}, False),
        ({"link": [{"relation": "self", "url": "x"}]}, True),
        ({"link": [{"relation": "next", "url": "x"}]}, False),
    ],
)
def test_a_part_of_an_answer_does_not_pass_for_the_whole(more: Any, whole: bool) -> None:
    found = found_documents(searchset(reference(), **more))
    assert found is not None
    assert found.whole is whole


def test_what_is_not_a_document_with_a_uniqueid_is_counted_apart_and_a_remark_is_not() -> None:
    remark = {"resourceType": "OperationOutcome", "issue": []}
    found = found_documents(searchset(remark, {"resourceType": "Patient"}, reference(masterIdentifier={"value": "7"})))
    assert found is not None
    assert (found.documents, found.others) == ((), 2)


@pytest.mark.parametrize(("severity", "whole"), [("error", False), ("fatal", False), ("warning", True)])
def test_an_empty_answer_that_tells_of_a_failure_is_not_the_whole(severity: str, whole: bool) -> None:
    """Else a document that could not be looked for would be told absent, and its withdrawal done."""
    remark = {"resourceType": "OperationOutcome", "issue": [{"severity": severity, "code": "exception"}]}
    found = found_documents(searchset(remark, total=0))
    assert found is not None
    assert (found.documents, found.others, found.whole) == ((), 0, whole)
    # Nor is a patient told to have no record.
    assert active_patients(searchset(remark)) == (0 if whole else None)


@pytest.mark.parametrize("element", sorted(reference().keys() - {"resourceType", "masterIdentifier"}))
@pytest.mark.parametrize("junk", [None, 7, "x", [], {}, [None], [[{}]], {"coding": 3}])
def test_an_element_that_is_not_as_it_should_be_reads_as_not_said(element: str, junk: Any) -> None:
    found = found_documents(searchset(reference(**{element: junk})))
    assert found is not None
    assert [one.unique_id for one in found.documents] == [REPORT.unique_id]


@given(JSON)
@settings(max_examples=150)
def test_nothing_that_is_json_breaks_a_reader(value: Any) -> None:
    for type_ in ("searchset", "transaction-response"):
        body = json.dumps({"resourceType": "Bundle", "type": type_, "entry": value, "link": value}).encode()
        for reader in READERS:
            reader(body)
    for type_ in ("DocumentReference", "Binary", "OperationOutcome"):
        for name in ("content", "author", "contained", "issue", "data", "type", "securityLabel"):
            body = json.dumps({"resourceType": type_, name: value}).encode()
            for reader in READERS:
                reader(body)


@pytest.mark.parametrize("body", [b"", b"<html/>", b"[]", b"{}", b'{"resourceType":"Patient"}', b"\xff"])
def test_what_is_something_else_is_none(body: bytes) -> None:
    assert [reader(body) for reader in READERS if reader is not next_page] == [None] * 7
    assert next_page(body) == ""


@pytest.mark.parametrize(
    ("location", "told"),
    [
        ("DocumentReference/1/_history/1", "DocumentReference/1"),
        ("https://record.example/fhir/DocumentReference/a-1", "DocumentReference/a-1"),
        ("DocumentReference/", ""),
        ("/../etc", ""),
        ("DocumentReference/1?x=y", ""),
    ],
)
def test_a_location_gives_a_reference(location: str, told: str) -> None:
    assert reference_of_location(location) == told


def test_the_codes_of_an_outcome_are_codes_of_errors() -> None:
    issues = [
        {"severity": "error", "code": "duplicate", "diagnostics": "TEST-BINOME"},
        {"severity": "warning", "code": "informational"},
        {"severity": "fatal", "code": "Madame TEST-BINOME"},
    ]
    assert outcome_codes(json.dumps({"resourceType": "OperationOutcome", "issue": issues}).encode()) == ("duplicate",)
