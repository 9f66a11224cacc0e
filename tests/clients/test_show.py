"""One change of how a document of ours shows, over both roads: done once, of one thing, looked up after a doubt."""

import dataclasses
import json

import pytest
from lxml import etree

from mappings.cda import report_to_cda
from mappings.pdsm.changes import Change, json_patch
from mappings.xds.namespaces import APPROVED, ARCHIVED, DELETED, DEPRECATED
from mappings.xds.update import visibility_request
from service.clients import visibility_sealed
from service.clients.dmp.client import DmpClient
from service.clients.dmp.publish import publish
from service.clients.dmp.read import read
from service.clients.dmp.send import Call, SharedRecord
from service.clients.dmp.withdraw import access_of, element_of, found_of, withdraw
from service.clients.exchange import Answer
from service.clients.look_up import Presence
from service.clients.pdsm.client import PdsmClient
from service.clients.pdsm.send import PdsmRecord
from service.clients.pdsm.send import patch as change_by_fhir
from service.clients.seal import SigningKey
from service.clients.sealed import payload_of
from service.outbox.envelope import Document, Envelope, Former
from service.outbox.receipt import Outcome, Receipt
from service.sandbox.faults import Fault
from service.sandbox.pdsm_updates import ARCHIVED as IS_ARCHIVED
from service.sandbox.pdsm_updates import flag
from service.sandbox.server import Sandbox
from tests.clients import test_pdsm as fhir
from tests.clients.record import DOCUMENT, change, reached, sealed, second
from tests.clients.sealed_things import UNIQUE_ID
from tests.clients.test_pdsm import record, sandbox, started
from tests.mappings.reports import REPORT

__all__ = ["record", "sandbox", "started"]

LEGAL = "INVISIBLE_REPRESENTANTS_LEGAUX"


def last(sandbox: Sandbox) -> tuple[str, set[str]]:
    (entry,) = sandbox.state.registry.by_unique_id(UNIQUE_ID)
    codes = {code for code in ("MASQUE_PS", "INVISIBLE_PATIENT", LEGAL) if code.encode() in entry.metadata}
    return entry.status, codes


def told_by_another(
    record: SharedRecord, envelope: Envelope, codes: set[str], spoilt: tuple[str, str] = ("", "")
) -> Call:
    """A new version of the metadata, hidden by ``codes`` alone, whatever was said before."""
    access = access_of(record, envelope)
    call, found = found_of(access, DOCUMENT)
    assert not isinstance(found, Receipt)
    assert found is not None
    element = element_of(call, found.entry_uuid)
    assert element is not None
    request = etree.tostring(visibility_request(payload_of(envelope), element, codes))
    told, instead = (word.encode() for word in spoilt)
    return access.update(etree.fromstring(request.replace(told, instead) if told else request))


def test_each_change_is_of_one_thing_and_leaves_the_rest(fed: Sandbox, signing_key: SigningKey) -> None:
    """What the patient, or somebody else, has hidden in the record is not shown by what we show."""
    reached_ = reached(fed, signing_key)
    client = DmpClient(reached_)
    done = told_by_another(reached_, change("mask", 9), {LEGAL})
    assert read(done.answer, done.message_id).outcome is Outcome.ACCEPTED
    expected = [
        ("mask", {LEGAL, "MASQUE_PS"}),
        ("hide", {LEGAL, "MASQUE_PS", "INVISIBLE_PATIENT"}),
        ("unmask", {LEGAL, "INVISIBLE_PATIENT"}),
        ("reveal", {LEGAL}),
    ]
    for number, (purpose, codes) in enumerate(expected, 10):
        envelope = change(purpose, number)
        absent = client.look_up(envelope, DOCUMENT)
        assert absent is not None
        assert absent.presence is Presence.ABSENT
        assert client.send(envelope, DOCUMENT).outcome is Outcome.ACCEPTED
        assert last(fed) == (APPROVED, codes)
        assert client.send(change(purpose, number + 20), DOCUMENT).code == "already"
        there = client.look_up(envelope, DOCUMENT)
        assert there is not None
        assert there.presence is Presence.THERE
    assert client.send(change("archive", 50), DOCUMENT).outcome is Outcome.ACCEPTED
    assert last(fed) == (ARCHIVED, {LEGAL})
    assert client.send(change("archive", 51), DOCUMENT).code == "already"


@pytest.mark.parametrize("purpose", ["mask", "archive"])
@pytest.mark.parametrize("kind", ["cut", "cut-before", "5xx", "store-then-fault"])
def test_a_change_without_a_clear_answer_is_looked_up(
    fed: Sandbox, signing_key: SigningKey, purpose: str, kind: str
) -> None:
    client = DmpClient(reached(fed, signing_key))
    fed.state.faults.order(Fault(destination="xds", kind=kind, at="ITI-57", times=1, code=503))
    assert client.send(change(purpose), DOCUMENT).outcome is Outcome.IN_DOUBT
    found = client.look_up(change(purpose), DOCUMENT)
    assert found is not None
    done = kind in ("cut", "store-then-fault")
    assert found.presence is (Presence.THERE if done else Presence.ABSENT)
    # The same bytes again: done once, whatever had come of the first.
    assert client.send(change(purpose), DOCUMENT).outcome is Outcome.ACCEPTED
    assert last(fed) == ((ARCHIVED, set()) if purpose == "archive" else (APPROVED, {"MASQUE_PS"}))


def test_what_is_not_there_other_bytes_and_a_structure_alone(listening: Sandbox, signing_key: SigningKey) -> None:
    reached_ = reached(listening, signing_key)
    assert DmpClient(reached_).send(change("mask"), DOCUMENT).code == "not-shown"
    assert publish(reached_, sealed(), DOCUMENT).outcome is Outcome.ACCEPTED
    other = dataclasses.replace(DOCUMENT, cda=report_to_cda(REPORT, b"%PDF-1.4 autre"))
    assert DmpClient(reached_).send(change("mask"), other).code == "not-ours"
    alone = DmpClient(reached(listening, signing_key, mode="INDIRECTE"))
    assert alone.send(change("mask"), DOCUMENT).code == "professional-required"
    assert last(listening) == (APPROVED, set())
    assert withdraw(reached_, change("mask", 7), DOCUMENT).outcome is Outcome.ACCEPTED
    gone = DmpClient(reached_).send(change("mask", 8), DOCUMENT)
    assert (gone.outcome, gone.code) == (Outcome.REFUSED, "not-shown")
    assert last(listening)[0] == DELETED


def test_what_is_archived_is_not_replaced_and_the_new_version_comes_beside(
    fed: Sandbox, signing_key: SigningKey
) -> None:
    reached_ = reached(fed, signing_key)
    assert DmpClient(reached_).send(change("archive"), DOCUMENT).outcome is Outcome.ACCEPTED
    envelope, document = second()
    envelope = dataclasses.replace(envelope, formers=(Former(UNIQUE_ID, "", certain=True),))
    assert publish(reached_, envelope, document).outcome is Outcome.ACCEPTED
    statuses = [one.status for name in (UNIQUE_ID, document.unique_id) for one in fed.state.registry.by_unique_id(name)]
    assert statuses == [ARCHIVED, APPROVED]


def test_a_version_that_was_replaced_is_not_archived(fed: Sandbox, signing_key: SigningKey) -> None:
    reached_ = reached(fed, signing_key)
    envelope, document = second()
    envelope = dataclasses.replace(envelope, formers=(Former(UNIQUE_ID, "", certain=True),))
    assert publish(reached_, envelope, document).outcome is Outcome.ACCEPTED
    assert DmpClient(reached_).send(change("archive"), DOCUMENT).code == "not-in-force"
    assert last(fed)[0] == DEPRECATED


def test_sealed_bytes_say_from_whom_they_hide(fed: Sandbox) -> None:
    hidden = dataclasses.replace(REPORT, visibility=frozenset({"MASQUE_PS", "INVISIBLE_PATIENT"}))
    assert visibility_sealed(sealed(hidden)) == {"MASQUE_PS", "INVISIBLE_PATIENT"}
    assert visibility_sealed(sealed()) == frozenset()


@pytest.mark.parametrize("patch", ["json", "fhirpath"])
def test_the_same_by_fhir(sandbox: Sandbox, record: PdsmRecord, patch: str) -> None:
    client = PdsmClient(dataclasses.replace(record, patch=patch))  # type: ignore[arg-type]  # one of the two
    document: Document = fhir.DOCUMENT
    published = fhir.sealed()
    assert client.send(dataclasses.replace(published, purpose="mask"), document).code == "not-shown"
    assert client.send(published, document).outcome is Outcome.ACCEPTED
    (held,) = sandbox.state.fhir_record.by_unique_id(UNIQUE_ID)
    by_another = json_patch(sandbox.state.fhir_record.shown(held), Change(visibility=frozenset({LEGAL})))
    answer = change_by_fhir(record, UNIQUE_ID, json.dumps(by_another).encode(), "")
    assert isinstance(answer, Answer)
    assert answer.status == 200
    said = {LEGAL}
    for purpose, says in (("mask", "MASQUE_PS"), ("hide", "INVISIBLE_PATIENT"), ("unmask", ""), ("archive", "")):
        envelope = dataclasses.replace(published, purpose=purpose)  # type: ignore[arg-type]  # a purpose
        # Done, and the answer lost.
        sandbox.state.faults.order(Fault(destination="pdsm", kind="cut", at="PATCH", times=1, code=503))
        before = client.look_up(envelope, document)
        assert client.send(envelope, document).outcome is Outcome.IN_DOUBT
        after = client.look_up(envelope, document)
        assert before is not None
        assert after is not None
        assert (before.presence, after.presence) == (Presence.ABSENT, Presence.THERE)
        assert client.send(envelope, document).code == "already"
        said = (said | {says}) - {"", "MASQUE_PS" if purpose == "unmask" else ""}
        (held,) = sandbox.state.fhir_record.by_unique_id(UNIQUE_ID)
        shown = sandbox.state.fhir_record.shown(held)
        assert {label["coding"][0]["code"] for label in shown["securityLabel"]} == said | {"N"}
        assert flag(shown, IS_ARCHIVED) is (purpose == "archive")


@pytest.mark.parametrize(("told", "instead"), [("MASQUE_PS", "CACHE"), ('"N"', '"R"')])
def test_the_record_takes_no_other_code_and_no_other_confidentiality(
    fed: Sandbox, signing_key: SigningKey, told: str, instead: str
) -> None:
    """The sandbox judges a new version of the metadata by what it says, whoever wrote it."""
    reached_ = reached(fed, signing_key)
    envelope = change("mask")
    done = told_by_another(reached_, envelope, {"MASQUE_PS"}, spoilt=(told, instead))
    assert read(done.answer, done.message_id).code == "XDSMetadataUpdateError"
    assert last(fed) == (APPROVED, set())
