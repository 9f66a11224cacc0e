"""What is changed of a document of ours once it is in the record: replaced, withdrawn, archived, hidden, shown again."""

import dataclasses

import pytest

from mappings.cda import report_to_cda
from mappings.xds.namespaces import APPROVED, ARCHIVED, DELETED
from service.clients.dmp.client import DmpClient
from service.clients.dmp.consult import find
from service.clients.dmp.publish import publish
from service.clients.dmp.show import show
from service.clients.dmp.withdraw import withdraw
from service.clients.look_up import Presence
from service.clients.seal import SigningKey
from service.outbox.envelope import Envelope, Former, Purpose
from service.outbox.receipt import Outcome
from service.sandbox.faults import Fault
from service.sandbox.server import Sandbox
from tests.clients.record import DOCUMENT, access, numbered, reached, sealed, second
from tests.clients.sealed_things import UNIQUE_ID
from tests.mappings.reports import REPORT

TYPES = [("11506-3", "2.16.840.1.113883.6.1")]


def change(number: int = 5, purpose: Purpose = "withdraw") -> Envelope:
    """An envelope with a submission set of its own."""
    return dataclasses.replace(sealed(submission=numbered(number)), purpose=purpose)


def status(sandbox: Sandbox) -> list[str]:
    return [entry.status for entry in sandbox.state.registry.by_unique_id(UNIQUE_ID)]


def test_a_document_withdrawn_no_longer_shows_and_keeps_its_bytes(fed: Sandbox, signing_key: SigningKey) -> None:
    record = reached(fed, signing_key)
    assert withdraw(record, change(), DOCUMENT).outcome is Outcome.ACCEPTED
    assert find(access(record), types=TYPES).documents == ()
    (entry,) = fed.state.registry.by_unique_id(UNIQUE_ID)
    assert (entry.status, entry.content) == (DELETED, DOCUMENT.cda)


def test_withdrawn_twice_is_withdrawn_once(fed: Sandbox, signing_key: SigningKey) -> None:
    record = reached(fed, signing_key)
    assert [withdraw(record, change(), DOCUMENT).code for _ in range(2)] == ["Success", "already"]
    assert fed.state.registry.counts()["ITI-57"] == 1


def test_what_is_not_there_is_withdrawn(listening: Sandbox, signing_key: SigningKey) -> None:
    receipt = withdraw(reached(listening, signing_key), change(), DOCUMENT)
    assert (receipt.outcome, receipt.code) == (Outcome.ACCEPTED, "already")


def test_a_document_archived_can_still_be_withdrawn(fed: Sandbox, signing_key: SigningKey) -> None:
    record = reached(fed, signing_key)
    assert show(record, change(5, "archive"), DOCUMENT).outcome is Outcome.ACCEPTED
    assert status(fed) == [ARCHIVED]
    assert show(record, change(6, "archive"), DOCUMENT).code == "already"
    assert withdraw(record, change(7), DOCUMENT).outcome is Outcome.ACCEPTED
    assert status(fed) == [DELETED]


def test_other_bytes_under_our_name_are_left_alone(fed: Sandbox, signing_key: SigningKey) -> None:
    other = dataclasses.replace(DOCUMENT, cda=report_to_cda(REPORT, b"%PDF-1.4 autre"))
    receipt = withdraw(reached(fed, signing_key), change(), other)
    assert (receipt.outcome, receipt.code) == (Outcome.REFUSED, "not-ours")
    assert status(fed) == [APPROVED]


def test_only_the_structure_that_sent_it_withdraws_it(fed: Sandbox, signing_key: SigningKey) -> None:
    elsewhere = dataclasses.replace(
        REPORT, organization=dataclasses.replace(REPORT.organization, finess="670999982", name="AUTRE (FICTIVE)")
    )
    receipt = withdraw(reached(fed, signing_key), sealed(elsewhere, numbered(5)), DOCUMENT)
    assert (receipt.outcome, receipt.code) == (Outcome.REFUSED, "XDSMetadataUpdateOperationError")
    assert status(fed) == [APPROVED]


def test_a_structure_alone_withdraws_nothing_and_says_who_must(fed: Sandbox, signing_key: SigningKey) -> None:
    receipt = withdraw(reached(fed, signing_key, mode="INDIRECTE"), change(), DOCUMENT)
    assert (receipt.outcome, receipt.code) == (Outcome.REFUSED, "professional-required")
    assert "professionnel identifié" in receipt.told
    assert status(fed) == [APPROVED]


@pytest.mark.parametrize("kind", ["fault", "5xx", "cut", "html", "truncated", "other-answer"])
@pytest.mark.parametrize("at", ["ITI-18", "ITI-57"])
def test_a_withdrawal_without_a_clear_answer_is_looked_up(
    fed: Sandbox, signing_key: SigningKey, kind: str, at: str
) -> None:
    client = DmpClient(reached(fed, signing_key))
    to_withdraw = change()
    fed.state.faults.order(Fault(destination="xds", kind=kind, at=at, times=1, code=503))
    receipt = client.send(to_withdraw, DOCUMENT)
    # The question changes nothing: without its answer, nothing was.
    assert receipt.outcome is (Outcome.UNREACHABLE if at == "ITI-18" else Outcome.IN_DOUBT)
    done = at == "ITI-57" and kind in ("cut", "truncated", "other-answer")
    found = client.look_up(to_withdraw, DOCUMENT)
    assert found is not None
    assert (found.presence, found.receipt.outcome) == (
        (Presence.THERE, Outcome.ACCEPTED) if done else (Presence.ABSENT, Outcome.UNREACHABLE)
    )
    assert client.send(to_withdraw, DOCUMENT).outcome is Outcome.ACCEPTED
    assert status(fed) == [DELETED]


def test_a_document_is_hidden_and_shown_again(fed: Sandbox, signing_key: SigningKey) -> None:
    record = reached(fed, signing_key)
    changes: list[tuple[Purpose, set[str]]] = [
        ("mask", {"MASQUE_PS"}), ("hide", {"MASQUE_PS", "INVISIBLE_PATIENT"}), ("unmask", {"INVISIBLE_PATIENT"}), ("reveal", set()),
    ]  # fmt: skip
    for number, (purpose, hidden) in enumerate(changes, start=5):
        assert show(record, change(number, purpose), DOCUMENT).outcome is Outcome.ACCEPTED
        (entry,) = find(access(record), types=TYPES).documents
        assert (entry.visibility, entry.version, entry.unique_id) == (hidden, str(number - 3), UNIQUE_ID)
        assert entry.entry_uuid != entry.logical_id
        assert [code.code for code in entry.confidentiality][0] == "N"
    assert show(record, change(9, "reveal"), DOCUMENT).code == "already"


def test_a_hidden_document_can_be_withdrawn(fed: Sandbox, signing_key: SigningKey) -> None:
    record = reached(fed, signing_key)
    assert show(record, change(5, "hide"), DOCUMENT).outcome is Outcome.ACCEPTED
    assert withdraw(record, change(6), DOCUMENT).outcome is Outcome.ACCEPTED
    assert status(fed) == [DELETED]


def test_what_hides_is_for_a_professional(fed: Sandbox, signing_key: SigningKey) -> None:
    alone = reached(fed, signing_key, mode="INDIRECTE")
    assert show(alone, change(purpose="mask"), DOCUMENT).code == "professional-required"
    assert fed.state.registry.counts().get("ITI-57", 0) == 0


# ── replacement ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("mode", ["INDIRECTE", "INDIRECTE_RENFORCEE"])
def test_a_replacement_names_its_predecessor_as_the_record_does(
    fed: Sandbox, signing_key: SigningKey, mode: str
) -> None:
    assert publish(reached(fed, signing_key, mode=mode), *second()).outcome is Outcome.ACCEPTED
    assert [one.rpartition(":")[2] for one in status(fed)] == ["Deprecated"]


def test_a_replacement_never_comes_before_what_it_replaces(listening: Sandbox, signing_key: SigningKey) -> None:
    """INV-8: it waits, unsent."""
    record = reached(listening, signing_key)
    receipt = publish(record, *second())
    assert (receipt.outcome, receipt.code) == (Outcome.UNREACHABLE, "predecessor-not-shown")
    assert listening.state.registry.counts().get("ITI-41", 0) == 0
    publish(record, sealed(), DOCUMENT)
    assert publish(record, *second()).outcome is Outcome.ACCEPTED


def test_what_perhaps_never_came_is_asked_about_and_then_not_waited_for(
    listening: Sandbox, signing_key: SigningKey
) -> None:
    """The registry is the one that knows: it replaces what is there, and nothing where nothing is."""
    record = reached(listening, signing_key)
    publish(record, *second(certain=False))
    (alone,) = listening.state.registry.by_unique_id(second()[1].unique_id)
    assert alone.status == APPROVED
    assert listening.state.registry.links_of({alone.entry_uuid}) == [
        one for one in listening.state.registry.links_of({alone.entry_uuid}) if not one.kind.endswith("RPLC")
    ]


def test_what_perhaps_came_and_did_is_replaced(fed: Sandbox, signing_key: SigningKey) -> None:
    assert publish(reached(fed, signing_key), *second(certain=False)).outcome is Outcome.ACCEPTED
    assert [one.rpartition(":")[2] for one in status(fed)] == ["Deprecated"]


def test_the_latest_that_is_there_is_replaced(fed: Sandbox, signing_key: SigningKey) -> None:
    """The version between was perhaps sent, and is not there."""
    envelope, document = second()
    between = Former("1.2.250.1.999.1.1.20260.1.7.9", "", False)
    record = reached(fed, signing_key)
    assert publish(record, dataclasses.replace(envelope, formers=(between, *envelope.formers)), document).outcome is (
        Outcome.ACCEPTED
    )
    assert [one.rpartition(":")[2] for one in status(fed)] == ["Deprecated"]


def test_what_is_replaced_already_is_not_replaced_again(fed: Sandbox, signing_key: SigningKey) -> None:
    record = reached(fed, signing_key)
    publish(record, *second())
    envelope, document = second()
    third = dataclasses.replace(document, unique_id="1.2.250.1.999.1.1.20260.1.7.3")
    receipt = publish(record, envelope, third)
    assert (receipt.outcome, receipt.code) == (Outcome.REFUSED, "predecessor-not-in-force")
