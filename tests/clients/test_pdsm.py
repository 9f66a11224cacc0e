"""The FHIR record against the sandbox's real sockets: two readings of the same specifications must agree."""

import dataclasses
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
import responses

from mappings.cda import report_to_cda
from mappings.pdsm.changes import Change
from mappings.pdsm.found import found_submissions
from service.clients import Client, package
from service.clients.consulting import Asking, Listing, Retrieved, Unread
from service.clients.exchange import Answer, NoAnswer
from service.clients.look_up import Presence
from service.clients.pdsm.client import PdsmClient
from service.clients.pdsm.holder import read_holder
from service.clients.pdsm.read import read, read_former, read_look_up
from service.clients.pdsm.reader import PdsmReader
from service.clients.pdsm.send import PdsmRecord, find_submissions
from service.clients.pdsm.update import read_update, read_withdrawal_look_up
from service.outbox.envelope import Destination, Document, Envelope, Former
from service.outbox.receipt import Outcome, Receipt
from service.sandbox.faults import KINDS, Fault
from service.sandbox.pdsm_rules import provided
from service.sandbox.server import Sandbox
from tests.clients.sealed_things import NOW, UNIQUE_ID, document, envelope
from tests.mappings.reports import DELEGATEE, ORGANIZATION, REPORT, SUBMISSION, second_version
from tests.waiting import PATIENCE

PDF = b"%PDF-1.4\n%fictif\n"
DOCUMENT = dataclasses.replace(document(report_to_cda(REPORT, PDF)), pdf=PDF)
PATIENT = "258066799900794^^^&1.2.250.1.213.1.4.10&ISO^NH"
ASKING = Asking(practitioner=DELEGATEE, organization=ORGANIZATION, patient=PATIENT)


@pytest.fixture(scope="module")
def started() -> Iterator[Sandbox]:
    with Sandbox(clock=lambda: NOW, validate=False) as one:
        yield one


@pytest.fixture
def sandbox(started: Sandbox) -> Sandbox:
    started.state.faults.clear()
    started.state.fhir_record.forget()
    return started


@pytest.fixture
def record(sandbox: Sandbox) -> PdsmRecord:
    return PdsmRecord(base=sandbox.pdsm_url, seconds=PATIENCE)


@pytest.fixture
def client(record: PdsmRecord) -> Client:
    return PdsmClient(record)


def sealed(
    of: Document = DOCUMENT, *, simplified: bool = False, replaced: str = "", report: object = REPORT
) -> Envelope:
    addressed = envelope(Destination.PDSM, b"", PATIENT)
    payload = package(
        report,  # type: ignore[arg-type]
        SUBMISSION,
        of,
        addressed,
        nil="",
        simplified=simplified,
        replaced_uuid=replaced,
    )
    return envelope(Destination.PDSM, payload, PATIENT)


def presence(client: Client, of: Document = DOCUMENT) -> Presence:
    found = client.look_up(sealed(), of)
    assert found is not None
    return found.presence


@pytest.mark.parametrize("simplified", [False, True])
def test_the_record_takes_the_document_and_says_so_when_asked(
    sandbox: Sandbox, client: Client, simplified: bool
) -> None:
    assert presence(client) is Presence.ABSENT
    receipt = client.send(sealed(simplified=simplified), DOCUMENT)
    assert (receipt.outcome, receipt.code) == (Outcome.ACCEPTED, "stored")
    (stored,) = sandbox.state.fhir_record.by_unique_id(UNIQUE_ID)
    assert stored.content == DOCUMENT.cda
    assert receipt.receiver_id == f"DocumentReference/{stored.id}"
    found = client.look_up(sealed(), DOCUMENT)
    assert found is not None
    assert (found.presence, found.receipt.receiver_id) == (Presence.THERE, receipt.receiver_id)
    assert sandbox.state.fhir_record.requests["ITI-105" if simplified else "ITI-65"] == 1


@pytest.mark.parametrize("search", ["post", "get"])
def test_a_search_names_the_patient_in_the_address_only_when_told_to(
    sandbox: Sandbox, record: PdsmRecord, search: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    call = requests.Session.request

    def watched(self: requests.Session, method: str, url: str, **more: object) -> requests.Response:
        asked.append(url)
        return call(self, method, url, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(requests.Session, "request", watched)
    reader = PdsmReader(dataclasses.replace(record, search=search))  # type: ignore[arg-type]
    assert isinstance(reader.find(ASKING), Listing)
    assert ("258066799900794" in asked[0]) is (search == "get")


def test_a_search_is_not_answered_from_a_cache(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    call = requests.Session.request

    def watched(self: requests.Session, method: str, url: str, **more: Any) -> requests.Response:
        said.append(more["headers"]["Cache-Control"])
        return call(self, method, url, **more)

    monkeypatch.setattr(requests.Session, "request", watched)
    presence(client)
    assert said == ["no-cache"]


def test_our_own_duplicate_is_a_doubt_that_a_look_up_settles(sandbox: Sandbox, client: Client) -> None:
    client.send(sealed(), DOCUMENT)
    again = client.send(sealed(), DOCUMENT)
    assert (again.outcome, again.code) == (Outcome.IN_DOUBT, "duplicate")
    assert presence(client) is Presence.THERE
    assert len(sandbox.state.fhir_record.by_unique_id(UNIQUE_ID)) == 1


def test_other_bytes_under_our_identifier_are_an_alarm(client: Client) -> None:
    client.send(sealed(), DOCUMENT)
    other = dataclasses.replace(DOCUMENT, cda=report_to_cda(REPORT, PDF + b"x"), pdf=PDF + b"x")
    assert client.send(sealed(other), other).outcome is Outcome.IN_DOUBT
    found = client.look_up(sealed(other), other)
    assert found is not None
    assert (found.presence, found.receipt.outcome) == (Presence.OTHER_BYTES, Outcome.REFUSED)


def test_a_new_version_replaces_what_the_record_calls_the_first(sandbox: Sandbox, client: Client) -> None:
    first = client.send(sealed(), DOCUMENT)
    report = second_version()
    second = dataclasses.replace(DOCUMENT, unique_id=report.unique_id, cda=report_to_cda(report, PDF))
    assert client.send(sealed(second, replaced=first.receiver_id, report=report), second).outcome is Outcome.ACCEPTED
    held = sandbox.state.fhir_record
    assert [held.status(one) for name in (UNIQUE_ID, report.unique_id) for one in held.by_unique_id(name)] == [
        "superseded", "current"
    ]  # fmt: skip
    # What was replaced is there all the same: it is not sent again.
    assert presence(client) is Presence.THERE
    third = dataclasses.replace(second, unique_id="1.2.250.1.999.1.1.20260.1.7.3")
    again = dataclasses.replace(report, unique_id=third.unique_id)
    refused = client.send(sealed(third, replaced=first.receiver_id, report=again), third)
    assert refused.outcome is Outcome.REFUSED


@pytest.mark.parametrize("simplified", [False, True])
@pytest.mark.parametrize("certain", [False, True])
def test_what_is_replaced_is_found_at_the_record_itself(
    sandbox: Sandbox, client: Client, simplified: bool, certain: bool
) -> None:
    report = second_version()
    second = dataclasses.replace(DOCUMENT, unique_id=report.unique_id, cda=report_to_cda(report, PDF))
    formers = (Former("1.2.250.1.999.1.1.20260.1.7.9", "", False), Former(UNIQUE_ID, "", certain))
    replacing = dataclasses.replace(sealed(second, report=report, simplified=simplified), formers=formers)
    held = sandbox.state.fhir_record
    if certain:
        # A former that is surely there, and is not shown: nothing is sent.
        assert client.send(replacing, second).code == "predecessor-not-shown"
        assert held.by_unique_id(report.unique_id) == []
    client.send(sealed(), DOCUMENT)
    assert client.send(replacing, second).outcome is Outcome.ACCEPTED
    assert [held.status(one) for name in (UNIQUE_ID, report.unique_id) for one in held.by_unique_id(name)] == [
        "superseded", "current"
    ]  # fmt: skip
    third = dataclasses.replace(second, unique_id="1.2.250.1.999.1.1.20260.1.7.3")
    again = dataclasses.replace(
        sealed(third, report=dataclasses.replace(report, unique_id=third.unique_id), simplified=simplified),
        formers=(Former(UNIQUE_ID, "", certain),),
    )
    assert client.send(again, third).code == "predecessor-not-in-force"


def test_what_perhaps_never_came_is_not_replaced(sandbox: Sandbox, client: Client) -> None:
    report = second_version()
    second = dataclasses.replace(DOCUMENT, unique_id=report.unique_id, cda=report_to_cda(report, PDF))
    replacing = dataclasses.replace(sealed(second, report=report), formers=(Former(UNIQUE_ID, "", False),))
    assert client.send(replacing, second).outcome is Outcome.ACCEPTED
    (held,) = sandbox.state.fhir_record.by_unique_id(report.unique_id)
    assert "relatesTo" not in held.document


FED = [
    ("busy", Outcome.UNREACHABLE, Presence.ABSENT),
    ("unknown-patient", Outcome.REFUSED, Presence.ABSENT),
    ("fault", Outcome.IN_DOUBT, Presence.ABSENT),
    ("store-then-fault", Outcome.IN_DOUBT, Presence.THERE),
    ("cut-before", Outcome.IN_DOUBT, Presence.ABSENT),
    ("cut", Outcome.IN_DOUBT, Presence.THERE),
    ("accept-twice", Outcome.ACCEPTED, Presence.THERE),
    ("partial", Outcome.IN_DOUBT, Presence.THERE),
    ("4xx", Outcome.REFUSED, Presence.ABSENT),
    ("5xx", Outcome.IN_DOUBT, Presence.ABSENT),
    ("html", Outcome.IN_DOUBT, Presence.ABSENT),
    ("empty", Outcome.IN_DOUBT, Presence.ABSENT),
    ("truncated", Outcome.IN_DOUBT, Presence.THERE),
    ("drip", Outcome.IN_DOUBT, Presence.THERE),
]


def ordered(sandbox: Sandbox, kind: str, at: str, seconds: float = 0.1) -> Fault:
    code = {"4": 403, "5": 503}.get(kind[0], 0)
    fault = Fault(destination="pdsm", kind=kind, at=at, times=1, seconds=seconds, code=code)
    sandbox.state.faults.order(fault)
    return fault


def test_each_fault_of_a_feed_is_tried() -> None:
    assert {kind for kind, *_ in FED} | {"slow"} == {
        kind for kind, places in KINDS["pdsm"].items() if "ITI-65" in places
    }


@pytest.mark.parametrize(("kind", "outcome", "then"), FED)
def test_each_fault_of_a_feed(
    sandbox: Sandbox, client: Client, slowness: None, kind: str, outcome: Outcome, then: Presence
) -> None:
    fault = ordered(sandbox, kind, "ITI-65")
    assert client.send(sealed(), DOCUMENT).outcome is outcome
    assert fault.struck == 1
    assert presence(client) is then


def test_a_record_slower_than_an_attempt_is_a_doubt(slowness: None) -> None:
    # One of its own: it stores when nobody waits any more.
    with Sandbox(clock=lambda: NOW, validate=False) as slow:
        ordered(slow, "slow", "ITI-65")
        hasty = PdsmClient(PdsmRecord(base=slow.pdsm_url, seconds=PATIENCE))
        assert hasty.send(sealed(), DOCUMENT).outcome is Outcome.IN_DOUBT


@pytest.mark.parametrize(("kind", "outcome"), [("cut", Outcome.IN_DOUBT), ("truncated", Outcome.ACCEPTED)])
def test_a_simplified_publish_that_is_spoiled(sandbox: Sandbox, client: Client, kind: str, outcome: Outcome) -> None:
    ordered(sandbox, kind, "ITI-105")
    # A 201 is a yes by itself, with or without a body.
    assert client.send(sealed(simplified=True), DOCUMENT).outcome is outcome
    assert presence(client) is Presence.THERE


@pytest.mark.parametrize(
    "kind", ["busy", "fault", "unknown-patient", "cut-before", "cut", "4xx", "5xx", "html", "empty", "truncated"]
)
def test_a_look_up_that_fails_leaves_the_doubt(sandbox: Sandbox, client: Client, kind: str) -> None:
    client.send(sealed(), DOCUMENT)
    ordered(sandbox, kind, "ITI-67")
    assert presence(client) is Presence.NO_ANSWER
    assert presence(client) is Presence.THERE


def test_a_look_up_that_gives_another_document_says_nothing_of_ours(sandbox: Sandbox, client: Client) -> None:
    client.send(sealed(), DOCUMENT)
    ordered(sandbox, "other-answer", "ITI-67")
    other = dataclasses.replace(DOCUMENT, unique_id="1.2.250.1.999.1.1.20260.1.8.1")
    assert presence(client, other) is Presence.NO_ANSWER
    assert presence(client, other) is Presence.ABSENT


def test_a_document_without_a_hash_is_not_held_to_be_ours() -> None:
    body = json.dumps(
        {
            "resourceType": "Bundle",
            "type": "searchset",
            "entry": [
                {
                    "resource": {
                        "resourceType": "DocumentReference",
                        "masterIdentifier": {"system": "urn:ietf:rfc:3986", "value": f"urn:oid:{UNIQUE_ID}"},
                    }
                }
            ],
        }
    ).encode()
    found = read_look_up(Answer(200, "application/fhir+json", body), UNIQUE_ID, b"x")
    assert (found.presence, found.receipt.code) == (Presence.NO_ANSWER, "no-hash")


@pytest.mark.parametrize("more", [{"total": 3}, {"link": [{"relation": "next", "url": "x"}]}])
def test_a_part_of_an_answer_does_not_say_absent(more: Any) -> None:
    empty = {"resourceType": "Bundle", "type": "searchset"}
    whole = Answer(200, "application/fhir+json", json.dumps(empty).encode())
    part = Answer(200, "application/fhir+json", json.dumps(empty | more).encode())
    assert read_look_up(whole, UNIQUE_ID, b"x").presence is Presence.ABSENT
    assert read_look_up(part, UNIQUE_ID, b"x").presence is Presence.NO_ANSWER


@pytest.mark.parametrize(
    ("status", "issue", "outcome", "code"),
    [
        (409, "duplicate", Outcome.IN_DOUBT, "duplicate"),
        (422, "duplicate", Outcome.IN_DOUBT, "duplicate"),
        (422, "invariant", Outcome.REFUSED, "http-422"),
        (503, "throttled", Outcome.UNREACHABLE, "throttled"),
        (503, "", Outcome.IN_DOUBT, "http-503"),
        (500, "transient", Outcome.IN_DOUBT, "http-500"),
        (408, "", Outcome.UNREACHABLE, "http-408"),
        (409, "", Outcome.IN_DOUBT, "http-409"),
        (412, "", Outcome.IN_DOUBT, "http-412"),
        (302, "", Outcome.REFUSED, "http-302"),
        (202, "", Outcome.IN_DOUBT, "http-202"),
        (200, "", Outcome.IN_DOUBT, "http-200"),
    ],
)
def test_what_each_answer_means(status: int, issue: str, outcome: Outcome, code: str) -> None:
    issues = [{"severity": "error", "code": issue}] if issue else []
    body = json.dumps({"resourceType": "OperationOutcome", "issue": issues}).encode()
    receipt = read(Answer(status, "application/fhir+json", body), 3)
    assert (receipt.outcome, receipt.code) == (outcome, code)


def test_silence_after_our_bytes_is_a_doubt_and_before_them_is_not() -> None:
    assert read(NoAnswer("timeout", sent=True), 3).outcome is Outcome.IN_DOUBT
    assert read(NoAnswer("connect", sent=False), 3).outcome is Outcome.UNREACHABLE


def test_the_draft_for_the_dmp_asks_first_and_feeds_nothing_without_an_open_record(
    sandbox: Sandbox, record: PdsmRecord, client: Client
) -> None:
    client.send(sealed(), DOCUMENT)
    assert sandbox.state.fhir_record.requests["TD0.2"] == 0
    sandbox.state.fhir_record.forget()
    drafted = PdsmClient(dataclasses.replace(record, asks_for_patient=True))
    ordered(sandbox, "unknown-patient", "TD0.2")
    refused = drafted.send(sealed(), DOCUMENT)
    assert (refused.outcome, refused.code) == (Outcome.REFUSED, "no-open-record")
    assert sandbox.state.fhir_record.requests["ITI-65"] == 0
    assert drafted.send(sealed(), DOCUMENT).outcome is Outcome.ACCEPTED


def test_submissions_are_found(sandbox: Sandbox, record: PdsmRecord, client: Client) -> None:
    client.send(sealed(), DOCUMENT)
    answer = find_submissions(record, PATIENT)
    assert isinstance(answer, Answer)
    (found,) = found_submissions(answer.body) or ()
    assert found.unique_id == SUBMISSION.unique_id


def test_a_document_is_found_and_its_bytes_come_back(sandbox: Sandbox, record: PdsmRecord, client: Client) -> None:
    client.send(sealed(), DOCUMENT)
    reader = PdsmReader(record)
    listing = reader.find(ASKING)
    assert isinstance(listing, Listing)
    (one,) = listing.documents
    assert (one.unique_id, one.title, listing.whole) == (UNIQUE_ID, REPORT.title, True)
    assert reader.retrieve(ASKING, one) == Retrieved("text/xml", DOCUMENT.cda or b"")
    assert reader.find(dataclasses.replace(ASKING, patient=PATIENT.replace("794", "795"))) == Listing((), whole=True)


def test_a_long_list_is_read_page_after_page_in_the_time_of_one_call(sandbox: Sandbox, record: PdsmRecord) -> None:
    one = provided(json.loads(sealed().payload or b""))
    for number in range(120):
        master = {"system": "urn:ietf:rfc:3986", "value": f"urn:oid:1.2.250.1.999.9.{number}"}
        sandbox.state.fhir_record.keep(
            dataclasses.replace(one, document={**one.document, "masterIdentifier": master}, submission=None)
        )
    listing = PdsmReader(record).find(ASKING)
    assert isinstance(listing, Listing)
    assert (len({each.unique_id for each in listing.documents}), listing.whole) == (120, True)
    sandbox.state.faults.order(Fault(destination="pdsm", kind="slow", at="ITI-67", times=3, seconds=0.5))
    assert PdsmReader(dataclasses.replace(record, seconds=0.9)).find(ASKING) == Unread("timeout")


_FAILED = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "timeout"}]}
_UNNAMED = {"resourceType": "DocumentReference", "masterIdentifier": {"value": "urn:uuid:1"}, "status": "current"}


@pytest.mark.parametrize(
    ("resources", "total", "whole"), [([], 0, True), ([], 3, False), ([_FAILED], 0, False), ([_UNNAMED], 1, False)]
)
@responses.activate
def test_what_is_not_shown_is_told(resources: list[dict[str, Any]], total: int, whole: bool) -> None:
    bundle = {"resourceType": "Bundle", "type": "searchset", "total": total}
    responses.post(
        "https://record.example/fhir/DocumentReference/_search",
        json={**bundle, "entry": [{"resource": one} for one in resources]},
    )
    far = PdsmRecord(base="https://record.example/fhir", seconds=PATIENCE)
    assert PdsmReader(far).find(ASKING) == Listing((), whole=whole)


@pytest.mark.parametrize(
    ("where", "code"),
    [
        ("http://127.0.0.1:9/elsewhere", "foreign-address"),
        ("//evil.example/x", "foreign-address"),
        ("file:///etc/passwd", "foreign-address"),
        # For one reader of addresses the host is after the @, for the one that calls it is before the backslash.
        (r"http://evil.example\@127.0.0.1:{port}/fhir/Binary/1", "foreign-address"),
        ("http://127.0.0.1:99999/x", "foreign-address"),
        ("", "no-address"),
        ("Binary/nobody", "http-404"),
    ],
)
def test_bytes_are_fetched_from_the_record_and_from_nobody_it_names(
    sandbox: Sandbox, record: PdsmRecord, client: Client, where: str, code: str
) -> None:
    client.send(sealed(), DOCUMENT)
    listing = PdsmReader(record).find(ASKING)
    assert isinstance(listing, Listing)
    port = str(urlsplit(record.base).port)
    moved = dataclasses.replace(listing.documents[0], where=where.replace("{port}", port))
    assert PdsmReader(record).retrieve(ASKING, moved) == Unread(code)


def test_plain_http_leaves_this_machine_for_nobody() -> None:
    with pytest.raises(ValueError, match="en https"):
        PdsmRecord(base="http://record.example/fhir", seconds=1)
    assert "Bearer" not in repr(PdsmRecord(base="https://record.example/fhir", seconds=1, authorization="Bearer x"))


@pytest.mark.parametrize("status", [429, 503])
def test_when_the_record_asks_to_be_called_again(status: int) -> None:
    asked = Answer(status, "text/html", b"", retry_after="120")
    change = Change(status="entered-in-error")
    receipts = [
        read(asked, 3),
        read_holder(asked),
        read_former(asked, UNIQUE_ID, certain=True),
        read_update(asked, change),
        read_look_up(asked, UNIQUE_ID, b"x").receipt,
        read_withdrawal_look_up(asked, UNIQUE_ID).receipt,
    ]
    assert [one.retry_after for one in receipts if isinstance(one, Receipt)] == ["120"] * 6
