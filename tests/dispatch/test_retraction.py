"""An act entered in error while its report waits, is on its way or has arrived: nothing more leaves, nothing is lost."""

import email
import email.policy
import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from lxml import etree

from service import withdrawal
from service.clients import WITHDRAWS
from service.clients.mssante.bounce import Bounce
from service.outbox.envelope import Destination, State
from service.outbox.objection import Objection
from service.store.unit import Unit
from tests.dispatch.overtaking import before_commit
from tests.dispatch.places import (
    ANSWER_LOST,
    ARRIVES,
    DIES_AFTER,
    DIES_BEFORE,
    LOST,
    NOBODY_THERE,
    TURNED_AWAY,
    Answer,
    Crash,
)
from tests.dispatch.round import DMP, DOCTOR, PATIENT, Round
from tests.house import Json

CANCELLED = {DMP: State.CANCELLED, DOCTOR: State.CANCELLED, PATIENT: State.CANCELLED}
THERE = "Compte rendu à faire retirer ou à démentir : "
PERHAPS = "Remise incertaine, à vérifier : "


def retract(round_: Round) -> None:
    reference = round_.act.partition("/_history/")[0]
    act = round_.house.fhir("GET", f"/{reference}").json
    answer = round_.house.fhir("PUT", f"/{reference}", act | {"status": "entered-in-error"})
    assert answer.status_code == 200, answer.text


def withdrawals(round_: Round) -> list[str]:
    """What somebody is told to withdraw, task by task."""
    tasks: list[Json] = round_.house.found("Task?code=withdraw-report&_sort=authored-on")
    assert all(task["owner"]["reference"].startswith("Organization/") for task in tasks)
    return [task["reasonCode"]["text"].removeprefix("Acte annulé : saisi par erreur. ") for task in tasks]


def by_hand(*names: str) -> list[str]:
    """What somebody is told of the destinations that hold the report and cannot be told themselves."""
    told = {withdrawal.PLACES[destination] for destination in WITHDRAWS}
    left = [name for name in names if name not in told]
    return [f"{THERE}{', '.join(left)}."] if left else []


def test_what_waits_never_leaves(round_: Round) -> None:
    retract(round_)
    assert round_.states() == CANCELLED
    assert round_.house.store.due_in(round_.house.clock()) is None
    assert round_.later() == 0
    assert (round_.sendings(), withdrawals(round_), round_.duties()) == (0, [], [])
    for destination in CANCELLED:
        (attempt,) = round_.attempts(destination)
        assert (attempt.outcome, attempt.code, attempt.worker) == ("cancelled", "entered-in-error", "")
    round_.assert_proved()


def test_what_waits_after_an_attempt_that_reached_nobody(round_: Round) -> None:
    round_.places[DOCTOR].written = [NOBODY_THERE]
    round_.drain()
    retract(round_)
    assert round_.states() == {DMP: State.ACCEPTED, DOCTOR: State.CANCELLED, PATIENT: State.ACCEPTED}
    assert withdrawals(round_) == by_hand("dossier médical partagé", "messagerie du patient")


def test_whoever_has_the_report_is_told(round_: Round) -> None:
    round_.drain()
    retract(round_)
    assert set(round_.states().values()) == {State.ACCEPTED}
    assert round_.states("withdraw") == dict.fromkeys(WITHDRAWS, State.QUEUED)
    assert withdrawals(round_) == by_hand("dossier médical partagé", "messagerie du délégant", "messagerie du patient")
    (reference,) = round_.house.found("DocumentReference")
    assert (reference["status"], reference["docStatus"]) == ("entered-in-error", "entered-in-error")
    before = len(round_.house.found("Communication"))
    assert round_.later() == len(WITHDRAWS)
    assert round_.states("withdraw") == dict.fromkeys(WITHDRAWS, State.ACCEPTED)
    # Both mails were sent: that stays true of the first.
    mails = round_.house.found("Communication")
    assert {one["status"] for one in mails} == {"completed"}
    assert len(mails) == before + len(WITHDRAWS - {DMP})
    assert round_.later() == 0
    assert withdrawals(round_) == by_hand("dossier médical partagé", "messagerie du délégant", "messagerie du patient")
    round_.assert_proved()


def test_a_withdrawal_by_mail_is_the_document_again_told_to_be_removed(round_: Round) -> None:
    round_.drain()
    retract(round_)
    round_.drain()
    former, withdrawal = round_.envelope(DOCTOR), round_.envelope(DOCTOR, "withdraw")
    assert (withdrawal.follows, withdrawal.document_id, withdrawal.recipient) == (
        former.id, former.document_id, former.recipient,
    )  # fmt: skip
    assert withdrawal.submission_id != former.submission_id
    sealed = round_.house.store.envelope(withdrawal.id)
    document = round_.house.store.document(former.document_id)
    assert sealed is not None
    assert document is not None
    assert sealed.payload is not None
    mail = email.message_from_bytes(sealed.payload, policy=email.policy.default)
    assert mail["In-Reply-To"] == former.message_id != mail["Message-ID"]
    words = mail.get_body().get_content()
    assert "saisi par erreur" in " ".join(words.split())
    with zipfile.ZipFile(io.BytesIO(next(mail.iter_attachments()).get_content())) as archive:
        assert archive.read("IHE_XDM/SUBSET01/DOC0001.XML") == document.cda
        metadata = etree.fromstring(archive.read("IHE_XDM/SUBSET01/METADATA.XML"))
    slots = metadata.xpath("//*[local-name()='Slot'][@name='urn:action:extraMetadataSlot']//*[local-name()='Value']")
    assert [slot.text for slot in slots] == ["D"]


def test_a_withdrawal_is_filed_as_what_was_sealed(round_: Round) -> None:
    """Whatever level the installation asks for by then."""
    flat = replace(round_.dispatch, sealing=replace(round_.dispatch.sealing, level=1))
    structured, round_.dispatch = round_.dispatch, flat
    round_.drain()
    retract(round_)
    round_.dispatch = structured
    round_.drain()
    withdrawal = round_.house.store.envelope(round_.envelope(PATIENT, "withdraw").id)
    assert withdrawal is not None
    assert withdrawal.payload is not None
    mail = email.message_from_bytes(withdrawal.payload, policy=email.policy.default)
    with zipfile.ZipFile(io.BytesIO(next(mail.iter_attachments()).get_content())) as archive:
        assert b"nonXMLBody" in archive.read("IHE_XDM/SUBSET01/DOC0001.XML")
        assert b"urn:ihe:iti:xds-sd:pdf:2008" in archive.read("IHE_XDM/SUBSET01/METADATA.XML")


@pytest.mark.parametrize("answer", [TURNED_AWAY, LOST])
def test_a_withdrawal_that_nobody_takes_is_somebodys_task(round_: Round, answer: Answer) -> None:
    round_.drain()
    retract(round_)
    place = round_.places[DOCTOR]
    place.written = [answer] * 10
    round_.drain()
    round_.house.clock.pass_(seconds=round_.house.settings.delivery_budget_seconds)
    round_.drain()
    assert round_.states("withdraw")[DOCTOR] in (State.REFUSED, State.EXHAUSTED)
    assert f"{THERE}messagerie du délégant." in withdrawals(round_)
    assert round_.duties() == []
    round_.assert_proved()


def test_a_withdrawal_that_comes_back_is_somebodys_task(round_: Round) -> None:
    round_.drain()
    retract(round_)
    round_.drain()
    bounce = Bounce(message_id=round_.envelope(DOCTOR, "withdraw").message_id, envelope_id="", status="5.1.1")
    assert round_.acknowledge.bounced(bounce, b"raw") is State.REFUSED
    assert f"{THERE}messagerie du délégant." in withdrawals(round_)
    assert round_.duties() == []
    round_.assert_proved()


def test_a_patient_who_objects_meanwhile_gets_no_mail_more(round_: Round) -> None:
    round_.drain()
    retract(round_)
    objecting = replace(round_.acknowledge, objection=lambda document, destination: Objection("patient-objection"))
    round_.acknowledge = objecting
    round_.dispatch = replace(round_.dispatch, acknowledge=objecting)
    before = round_.sendings()
    round_.drain()
    assert {state for one, state in round_.states("withdraw").items() if one is not DMP} == {State.CANCELLED}
    assert round_.sendings() == before + (DMP in WITHDRAWS)
    assert f"{THERE}messagerie du délégant." in withdrawals(round_)


def test_what_was_refused_is_nobodys_any_more(round_: Round) -> None:
    round_.places[DMP].written = [TURNED_AWAY]
    round_.places[DOCTOR].written = [TURNED_AWAY]
    round_.drain()
    retract(round_)
    assert {task["status"] for task in round_.duties()} == {"cancelled"}
    assert withdrawals(round_) == by_hand("messagerie du patient")


def test_what_is_in_doubt_is_to_be_looked_for(round_: Round) -> None:
    round_.places[DMP].written = [ANSWER_LOST]
    round_.places[DOCTOR].written = [LOST]
    round_.drain()
    retract(round_)
    assert round_.states() == {DMP: State.CANCELLED, DOCTOR: State.CANCELLED, PATIENT: State.ACCEPTED}
    assert withdrawals(round_) == [
        " ".join([*by_hand("messagerie du patient"), f"{PERHAPS}dossier médical partagé, messagerie du délégant."])
    ]
    assert round_.later() == len({PATIENT} & WITHDRAWS)
    assert round_.sendings() == 3 + len({PATIENT} & WITHDRAWS)


def test_what_was_in_doubt_when_the_time_was_spent(round_: Round) -> None:
    round_.places[DMP].written = [ANSWER_LOST]
    round_.places[DMP].answers_questions = False
    round_.drain()
    round_.house.clock.pass_(seconds=round_.house.settings.delivery_budget_seconds)
    round_.drain()
    assert round_.states()[DMP] is State.EXHAUSTED
    retract(round_)
    (told,) = withdrawals(round_)
    assert told.endswith(f"{PERHAPS}dossier médical partagé.")


@pytest.mark.parametrize("destination", [DMP, DOCTOR])
@pytest.mark.parametrize(
    ("answer", "state", "told"),
    [
        (ARRIVES, State.ACCEPTED, THERE),
        (TURNED_AWAY, State.REFUSED, ""),
        (NOBODY_THERE, State.CANCELLED, ""),
        (LOST, State.CANCELLED, PERHAPS),
    ],
)
def test_an_attempt_under_way_ends_by_its_own_answer(
    round_: Round, destination: Destination, answer: Answer, state: State, told: str
) -> None:
    """The act is told to be in error while the document is on its way: its sender keeps the lease."""
    place = round_.places[destination]
    place.written, place.first = [answer], lambda: _once(place, lambda: retract(round_))
    round_.drain()
    assert round_.envelope(destination).state is state
    name = withdrawal.PLACES[destination]
    assert [one for one in withdrawals(round_) if name in one] == ([f"{told}{name}."] if told else [])
    assert round_.duties() == []
    for reference in round_.house.found("DocumentReference"):
        assert (reference["status"], reference["docStatus"]) == ("entered-in-error", "entered-in-error")
    assert len(round_.house.found("DocumentReference")) == (round_.states()[DMP] is State.ACCEPTED)
    assert round_.later() == 0
    assert len(place.sent) == 1
    round_.assert_proved()


def _once(place: Any, do: Callable[[], None]) -> None:
    place.first = lambda: None
    do()


def test_leased_and_not_yet_sent_is_not_sent(round_: Round) -> None:
    leases = round_.house.store.claim(round_.house.clock(), "w", 60, 10, round_.house.ids)
    retract(round_)
    assert set(round_.states().values()) == {State.SENDING}
    for lease in leases:
        round_.dispatch.deliver(lease)
    assert round_.states() == CANCELLED
    assert (round_.sendings(), withdrawals(round_)) == (0, [])
    round_.assert_proved()


@pytest.mark.parametrize(
    ("destination", "death", "state", "told"),
    [
        (DMP, DIES_AFTER, State.ACCEPTED, [f"{THERE}dossier médical partagé."]),
        (DMP, DIES_BEFORE, State.CANCELLED, []),
        # A mailbox cannot be asked.
        (DOCTOR, DIES_AFTER, State.CANCELLED, [f"{PERHAPS}messagerie du délégant."]),
        (DOCTOR, DIES_BEFORE, State.CANCELLED, [f"{PERHAPS}messagerie du délégant."]),
    ],
)
def test_a_sender_that_died_is_asked_after_by_the_next(
    round_: Round, destination: Destination, death: Answer, state: State, told: list[str]
) -> None:
    round_.places[destination].written = [death]
    with pytest.raises(Crash):
        round_.drain()
    retract(round_)
    assert round_.envelope(destination).state is State.SENDING
    withdrawals_due = len(round_.states("withdraw"))
    assert round_.drain() == withdrawals_due, "while the lease lasts nobody takes it"
    round_.after_the_lease()
    assert round_.envelope(destination).state is state
    name = withdrawal.PLACES[destination]
    assert [one for one in withdrawals(round_) if name in one] == told
    assert len(round_.places[destination].sent) == 1
    assert round_.later() == 0
    round_.assert_proved()


def test_a_look_up_without_answer_leaves_it_to_somebody(round_: Round) -> None:
    place = round_.places[DMP]
    place.written, place.answers_questions = [DIES_AFTER], False
    with pytest.raises(Crash):
        round_.drain()
    retract(round_)
    round_.after_the_lease()
    assert round_.states()[DMP] is State.CANCELLED
    assert f"{PERHAPS}dossier médical partagé." in withdrawals(round_)
    assert round_.later() == 0


def test_a_doubt_before_the_last_attempt_is_not_forgotten(round_: Round) -> None:
    """In doubt, then surely not: what the first attempt may have left there is still to be looked for."""
    place = round_.places[DOCTOR]
    place.written = [ANSWER_LOST, NOBODY_THERE]
    round_.drain()
    place.first = lambda: _once(place, lambda: retract(round_))
    round_.later()
    assert [one.outcome for one in round_.attempts(DOCTOR)] == ["in-doubt", "unreachable"]
    assert round_.states()[DOCTOR] is State.CANCELLED
    assert f"{PERHAPS}messagerie du délégant." in withdrawals(round_)


def test_a_doubt_before_the_lease_is_not_forgotten(round_: Round) -> None:
    round_.places[DOCTOR].written = [ANSWER_LOST, NOBODY_THERE]
    round_.drain()
    round_.later()
    assert round_.states()[DOCTOR] is State.QUEUED
    round_.house.clock.pass_(seconds=round_.house.settings.retry_cap_seconds)
    (lease,) = round_.house.store.claim(round_.house.clock(), "w", 60, 10, round_.house.ids)
    assert not lease.doubtful
    retract(round_)
    round_.dispatch.deliver(lease)
    assert round_.states()[DOCTOR] is State.CANCELLED
    assert f"{PERHAPS}messagerie du délégant." in withdrawals(round_)
    assert len(round_.places[DOCTOR].sent) == 2


def _retracts(unit: Unit) -> bool:
    return any(write.type == "Procedure" and write.version == 2 for write in unit.writes)


@pytest.mark.parametrize("answer", [ARRIVES, NOBODY_THERE, LOST, TURNED_AWAY])
def test_an_attempt_is_settled_just_before(round_: Round, monkeypatch: pytest.MonkeyPatch, answer: Answer) -> None:
    """Read as being sent, settled since: the retraction is decided again, on what is."""
    leases = round_.house.store.claim(round_.house.clock(), "w", 60, 10, round_.house.ids)
    round_.places[DMP].written = [answer]
    before_commit(monkeypatch, _retracts, lambda: [round_.dispatch.deliver(lease) for lease in leases])
    retract(round_)
    there = ["dossier médical partagé"] if answer is ARRIVES else []
    perhaps = [f"{PERHAPS}dossier médical partagé."] if answer is LOST else []
    told = by_hand(*there, "messagerie du délégant", "messagerie du patient") + perhaps
    assert withdrawals(round_) == ([" ".join(told)] if told else [])
    assert {task["status"] for task in round_.duties()} <= {"cancelled"}
    assert round_.later() == len(round_.states("withdraw"))
    round_.assert_proved()


def test_an_envelope_is_claimed_just_before(round_: Round, monkeypatch: pytest.MonkeyPatch) -> None:
    leases: list[Any] = []
    store = round_.house.store
    before_commit(
        monkeypatch, _retracts, lambda: leases.extend(store.claim(round_.house.clock(), "w", 60, 1, round_.house.ids))
    )
    retract(round_)
    (lease,) = leases
    states = [one.state for one in store.envelopes_of(round_.act)]
    assert sorted(states) == ["cancelled", "cancelled", "sending"]
    round_.dispatch.deliver(lease)
    assert round_.states() == CANCELLED
    assert round_.sendings() == 0
    round_.assert_proved()


def test_the_act_is_in_error_just_before_a_settlement(round_: Round, monkeypatch: pytest.MonkeyPatch) -> None:
    before_commit(
        monkeypatch,
        lambda unit: any(one.state is State.ACCEPTED for one in unit.settlements),
        lambda: retract(round_),
    )
    round_.drain()
    # The first was on its way, and arrived; the two others were leased, and never left.
    assert sorted(round_.states().values()) == ["accepted", "cancelled", "cancelled"]
    assert len(withdrawals(round_)) == round_.sendings() == 1
    assert {one["status"] for one in round_.house.found("DocumentReference")} <= {"entered-in-error"}
    round_.assert_proved()


def test_a_mail_that_comes_back_needs_nobody(round_: Round) -> None:
    round_.drain()
    retract(round_)
    bounce = Bounce(message_id=round_.envelope(DOCTOR).message_id, envelope_id="", status="5.1.1")
    assert round_.acknowledge.bounced(bounce, b"raw") is State.REFUSED
    assert round_.duties() == []
    assert withdrawals(round_) == by_hand("dossier médical partagé")
    round_.assert_proved()


def test_a_mail_comes_back_at_that_very_moment(round_: Round, monkeypatch: pytest.MonkeyPatch) -> None:
    round_.drain()
    bounce = Bounce(message_id=round_.envelope(DOCTOR).message_id, envelope_id="", status="5.1.1")
    before_commit(monkeypatch, _retracts, lambda: round_.acknowledge.bounced(bounce, b"raw"))
    retract(round_)
    assert {task["status"] for task in round_.duties()} == {"cancelled"}
    assert withdrawals(round_) == by_hand("dossier médical partagé", "messagerie du patient")


def test_a_seal_made_after_is_of_what_was_accepted(round_: Round) -> None:
    """What the report rests on is read as it was accepted, although all of it is in error by now."""
    leases = round_.house.store.claim(round_.house.clock(), "w", 60, 1, round_.house.ids)
    retract(round_)
    document, envelope = round_.dispatch.sealing.sealed(leases[0].envelope.document_id, leases[0].envelope.id)
    assert document.cda
    assert envelope.payload
