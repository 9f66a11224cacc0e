"""What is changed of a document in a FHIR record: withdrawn, archived, hidden, shown again; both ways of writing it."""

import dataclasses
import json
from typing import Any

import pytest
import requests

from mappings.cda import report_to_cda
from mappings.pdsm.changes import Change
from service.clients.exchange import Answer, NoAnswer
from service.clients.look_up import Presence
from service.clients.pdsm.client import PdsmClient
from service.clients.pdsm.codes import OURS, UPDATES
from service.clients.pdsm.send import PdsmRecord
from service.clients.pdsm.update import read_update, show, withdraw
from service.outbox.envelope import Envelope, Purpose
from service.outbox.receipt import Outcome
from service.sandbox.faults import KINDS
from service.sandbox.pdsm_updates import ARCHIVED, DELETED, flag
from service.sandbox.server import Sandbox
from tests.clients.sealed_things import UNIQUE_ID
from tests.clients.test_pdsm import DOCUMENT, PDF, ordered, record, sandbox, sealed, started
from tests.mappings.reports import REPORT, second_version
from tests.waiting import PATIENCE

__all__ = ["record", "sandbox", "started"]

WITHDRAWAL = dataclasses.replace(sealed(), purpose="withdraw")


def asked(purpose: Purpose) -> Envelope:
    return dataclasses.replace(sealed(), purpose=purpose)


@pytest.fixture(params=["json", "fhirpath"])
def fed(request: pytest.FixtureRequest, record: PdsmRecord) -> PdsmRecord:
    """The document is there; what deletes is the extension."""
    assert PdsmClient(record).send(sealed(), DOCUMENT).outcome is Outcome.ACCEPTED
    return dataclasses.replace(record, patch=request.param, deletion="is-deleted")


def shown(sandbox: Sandbox) -> dict[str, Any]:
    (held,) = sandbox.state.fhir_record.by_unique_id(UNIQUE_ID)
    return sandbox.state.fhir_record.shown(held)


def labels(sandbox: Sandbox) -> list[str]:
    return [label["coding"][0]["code"] for label in shown(sandbox)["securityLabel"]]


def patches(sandbox: Sandbox) -> int:
    return sandbox.state.fhir_record.requests["PATCH"]


def test_a_document_withdrawn_no_longer_shows(sandbox: Sandbox, fed: PdsmRecord) -> None:
    assert withdraw(fed, WITHDRAWAL, DOCUMENT).outcome is Outcome.ACCEPTED
    assert (shown(sandbox)["status"], flag(shown(sandbox), DELETED)) == ("superseded", True)
    query = {"patient.identifier": "urn:oid:1.2.250.1.213.1.4.10|258066799900794", "status": "current,superseded"}
    found = requests.post(f"{sandbox.pdsm_url}/DocumentReference/_search", data=query, timeout=PATIENCE).json()
    assert found["total"] == 0
    (held,) = sandbox.state.fhir_record.by_unique_id(UNIQUE_ID)
    assert requests.get(f"{sandbox.pdsm_url}/Binary/{held.id}", timeout=PATIENCE).status_code == 404
    # Twice is once.
    assert [withdraw(fed, WITHDRAWAL, DOCUMENT).code, patches(sandbox)] == ["already", 1]


def test_hidden_shown_again_archived_and_then_withdrawn(sandbox: Sandbox, fed: PdsmRecord) -> None:
    changes: list[tuple[Purpose, set[str]]] = [
        ("mask", {"MASQUE_PS"}), ("hide", {"MASQUE_PS", "INVISIBLE_PATIENT"}), ("unmask", {"INVISIBLE_PATIENT"}), ("reveal", set()),
    ]  # fmt: skip
    for number, (purpose, codes) in enumerate(changes, 1):
        receipt = show(fed, asked(purpose), DOCUMENT)
        assert (receipt.outcome, receipt.code, receipt.told) == (Outcome.ACCEPTED, "changed", "")
        # How confidential it is stays.
        assert (sorted(labels(sandbox)), patches(sandbox)) == (sorted({"N"} | codes), number)
        assert show(fed, asked(purpose), DOCUMENT).code == "already"
    assert show(fed, asked("archive"), DOCUMENT).outcome is Outcome.ACCEPTED
    assert flag(shown(sandbox), ARCHIVED)
    assert show(fed, asked("archive"), DOCUMENT).code == "already"
    assert withdraw(fed, WITHDRAWAL, DOCUMENT).outcome is Outcome.ACCEPTED
    assert (flag(shown(sandbox), ARCHIVED), flag(shown(sandbox), DELETED)) == (False, True)
    gone = show(fed, asked("mask"), DOCUMENT)
    assert (gone.outcome, gone.code) == (Outcome.REFUSED, "not-shown")


def test_without_a_setting_nothing_is_deleted_and_the_sentence_says_so(sandbox: Sandbox, fed: PdsmRecord) -> None:
    receipt = withdraw(dataclasses.replace(fed, deletion=""), WITHDRAWAL, DOCUMENT)
    assert (receipt.outcome, receipt.code) == (Outcome.REFUSED, "no-deletion")
    assert "BINOME_PDSM_DELETION" in receipt.told
    assert (shown(sandbox)["status"], patches(sandbox)) == ("current", 0)


def test_the_draft_for_the_dmp_deletes_by_another_status(sandbox: Sandbox, fed: PdsmRecord) -> None:
    drafted = dataclasses.replace(fed, deletion="entered-in-error")
    refused = withdraw(drafted, WITHDRAWAL, DOCUMENT)
    assert (refused.outcome, refused.code) == (Outcome.REFUSED, "http-422"), "MHD knows no such status"
    sandbox.state.fhir_record.draft = True
    assert withdraw(drafted, WITHDRAWAL, DOCUMENT).outcome is Outcome.ACCEPTED
    assert shown(sandbox)["status"] == "entered-in-error"
    assert withdraw(drafted, WITHDRAWAL, DOCUMENT).code == "already"
    found = PdsmClient(drafted).look_up(WITHDRAWAL, DOCUMENT)
    assert found is not None
    assert found.presence is Presence.THERE


def test_other_bytes_under_our_name_and_what_was_replaced_are_left_alone(sandbox: Sandbox, fed: PdsmRecord) -> None:
    other = dataclasses.replace(DOCUMENT, cda=report_to_cda(REPORT, PDF + b"x"))
    assert withdraw(fed, WITHDRAWAL, other).code == "not-ours"
    report = second_version()
    second = dataclasses.replace(DOCUMENT, unique_id=report.unique_id, cda=report_to_cda(report, PDF))
    replaced = f"DocumentReference/{shown(sandbox)['id']}"
    fed_again = PdsmClient(fed).send(sealed(second, replaced=replaced, report=report), second)
    assert fed_again.outcome is Outcome.ACCEPTED
    assert withdraw(fed, WITHDRAWAL, DOCUMENT).code == "not-in-force"
    assert patches(sandbox) == 0
    # With the version in force goes what it replaced.
    assert withdraw(fed, WITHDRAWAL, second).outcome is Outcome.ACCEPTED
    assert withdraw(fed, WITHDRAWAL, DOCUMENT).code == "already"


#: Kind → outcome of a withdrawal that it strikes, and whether that was done.
STRUCK = {
    "busy": (Outcome.UNREACHABLE, False),
    "unknown-patient": (Outcome.REFUSED, False),
    "fault": (Outcome.IN_DOUBT, False),
    "store-then-fault": (Outcome.IN_DOUBT, True),
    "cut-before": (Outcome.IN_DOUBT, False),
    "cut": (Outcome.IN_DOUBT, True),
    "4xx": (Outcome.REFUSED, False),
    "5xx": (Outcome.IN_DOUBT, False),
    "html": (Outcome.IN_DOUBT, False),
    "empty": (Outcome.IN_DOUBT, False),
    "truncated": (Outcome.IN_DOUBT, True),
}


def test_each_fault_of_a_change_is_tried() -> None:
    assert STRUCK.keys() | {"drip", "slow"} == {kind for kind, places in KINDS["pdsm"].items() if "PATCH" in places}


@pytest.mark.parametrize("kind", STRUCK)
def test_each_fault_of_a_change(sandbox: Sandbox, fed: PdsmRecord, kind: str) -> None:
    outcome, done = STRUCK[kind]
    client, fault = PdsmClient(fed), ordered(sandbox, kind, "PATCH")
    assert client.send(WITHDRAWAL, DOCUMENT).outcome is outcome
    assert fault.struck == 1
    found = client.look_up(WITHDRAWAL, DOCUMENT)
    assert found is not None
    assert found.presence is (Presence.THERE if done else Presence.ABSENT)
    assert client.send(WITHDRAWAL, DOCUMENT).outcome is Outcome.ACCEPTED
    assert patches(sandbox) == 2 - done


@pytest.mark.parametrize("kind", ["busy", "cut", "html", "truncated", "other-answer"])
def test_a_document_that_is_not_found_for_sure_is_not_changed(sandbox: Sandbox, fed: PdsmRecord, kind: str) -> None:
    ordered(sandbox, kind, "ITI-67")
    receipt = PdsmClient(fed).send(WITHDRAWAL, DOCUMENT)
    if kind == "other-answer":
        # Nothing else of this patient: an empty answer, as if it were gone.
        assert receipt.code == "already"
        return
    assert (receipt.outcome, receipt.code) == (Outcome.UNREACHABLE, "withdrawal-unknown")
    assert patches(sandbox) == 0


def test_a_document_changed_meanwhile_is_read_anew(sandbox: Sandbox, fed: PdsmRecord) -> None:
    archived = [{"op": "add", "path": "/extension", "value": [{"url": ARCHIVED, "valueBoolean": True}]}]
    body, kind = json.dumps(archived).encode(), "application/json-patch+json"
    sandbox.state.fhir_record.change(UNIQUE_ID, body, kind, "1")
    url = f"{sandbox.pdsm_url}/DocumentReference?identifier=urn:ietf:rfc:3986|urn:oid:{UNIQUE_ID}"
    late = requests.patch(url, data=body, headers={"Content-Type": kind, "If-Match": 'W/"1"'}, timeout=PATIENCE)
    assert late.status_code == 412
    assert read_update(Answer(412, "", late.content), Change()).outcome is Outcome.IN_DOUBT
    assert withdraw(fed, WITHDRAWAL, DOCUMENT).outcome is Outcome.ACCEPTED


@pytest.mark.parametrize(
    ("operations", "status"),
    [
        ([{"op": "replace", "path": "/description", "value": "x"}], 400),
        ([{"op": "add", "path": "/description", "value": "x"}], 405),
        ([{"op": "replace", "path": "/masterIdentifier", "value": {"value": "x"}}], 405),
        ([{"op": "test", "path": "/status", "value": "superseded"}], 422),
        ([{"op": "add", "path": "/extension", "value": [{"url": DELETED, "valueBoolean": True}]}], 422),
        ([{"op": "add", "path": "/extension", "value": [{"url": "urn:x", "valueBoolean": True}]}], 405),
        ([{"op": "replace", "path": "/securityLabel/0/coding/0/code", "value": "SECRET"}], 422),
    ],
)
def test_the_record_changes_nothing_else(
    sandbox: Sandbox, record: PdsmRecord, operations: list[Any], status: int
) -> None:
    PdsmClient(record).send(sealed(), DOCUMENT)
    before = shown(sandbox)
    url = f"{sandbox.pdsm_url}/DocumentReference?identifier=urn:ietf:rfc:3986|urn:oid:{UNIQUE_ID}"
    headers = {"Content-Type": "application/json-patch+json"}
    assert requests.patch(url, data=json.dumps(operations), headers=headers, timeout=PATIENCE).status_code == status
    assert requests.patch(url, data="<x/>", headers={"Content-Type": "text/xml"}, timeout=PATIENCE).status_code == 415
    assert shown(sandbox) == before


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        *((status, meaning.outcome) for status, meaning in UPDATES.items()),
        *((200, Outcome.IN_DOUBT), (204, Outcome.IN_DOUBT), (302, Outcome.REFUSED), (400, Outcome.REFUSED)),
        *((429, Outcome.UNREACHABLE), (500, Outcome.IN_DOUBT)),
    ],
)
def test_what_each_answer_to_a_change_means(status: int, outcome: Outcome) -> None:
    receipt = read_update(Answer(status, "application/fhir+json", b"{}"), Change(status="superseded"))
    assert (receipt.outcome, receipt.code) == (outcome, f"http-{status}")
    assert receipt.told == (UPDATES[status].told if status in UPDATES else "")
    # Only the document as it was asked to be is a yes.
    other = json.dumps({"resourceType": "DocumentReference", "status": "current"}).encode()
    assert read_update(Answer(200, "", other), Change(status="superseded")).outcome is Outcome.IN_DOUBT


def test_no_answer_to_a_change_is_a_yes_and_silence_is_as_it_is_elsewhere() -> None:
    assert not any(one.outcome is Outcome.ACCEPTED for one in (*UPDATES.values(), *OURS.values()))
    assert read_update(NoAnswer("cut", sent=True), Change()).outcome is Outcome.IN_DOUBT
    assert read_update(NoAnswer("connect", sent=False), Change()).outcome is Outcome.UNREACHABLE


def test_an_envelope_to_withdraw_is_never_fed(sandbox: Sandbox, fed: PdsmRecord) -> None:
    PdsmClient(fed).send(WITHDRAWAL, DOCUMENT)
    assert sandbox.state.fhir_record.received[UNIQUE_ID] == 1
