"""Each answer of the world is one next state, one line of the journal, and what follows for people."""

import datetime as dt

import pytest

from service.clients.mssante.bounce import Bounce
from service.outbox.envelope import State
from service.outbox.receipt import Outcome, Receipt
from service.outbox.states import IllegalMove
from tests.dispatch.places import (
    ANSWER_LOST,
    CLOSED,
    DEFECT,
    LOST,
    NOBODY_THERE,
    SILENT,
    TAKEN,
    TURNED_AWAY,
    Answer,
)
from tests.dispatch.round import DMP, DOCTOR, PATIENT, Round
from tests.house import team_records


def test_accepted_everywhere(round_: Round) -> None:
    assert round_.drain() == 3
    assert set(round_.states().values()) == {State.ACCEPTED}
    for destination, place in round_.places.items():
        (attempt,) = round_.attempts(destination)
        assert (attempt.number, attempt.outcome, attempt.code, attempt.raw) == (1, "accepted", "ok", TAKEN.raw)
        assert (attempt.state, attempt.receiver_id) == (State.ACCEPTED, "receiver-1")
        assert (len(place.sent), place.asked) == (1, 0)
    (reference,) = round_.house.found("DocumentReference")
    document = round_.house.store.document(round_.envelope(DMP).document_id)
    assert document is not None
    assert reference["masterIdentifier"]["value"] == f"urn:oid:{document.unique_id}"
    assert reference["context"]["related"] == [{"reference": round_.act}]
    assert reference["content"][0]["attachment"]["size"] == len(document.cda or b"")
    mails = round_.house.found("Communication")
    assert {m["identifier"][0]["value"] for m in mails} == {
        round_.envelope(d).message_id.strip("<>") for d in (DOCTOR, PATIENT)
    }
    assert round_.duties() == []
    assert round_.later() == 0
    round_.assert_proved()


def test_nobody_comes_back_before_the_destination_asked_for_it(round_: Round) -> None:
    round_.places[DMP].written = [Answer(Receipt(Outcome.UNREACHABLE, "http-429", retry_after="600"))]
    round_.drain()
    assert round_.envelope(DMP).next_attempt_at >= round_.house.clock() + dt.timedelta(seconds=600)


@pytest.mark.parametrize("destination", [DMP, DOCTOR, PATIENT])
def test_refused_is_somebodys_task(round_: Round, destination: object) -> None:
    round_.places[destination].written = [TURNED_AWAY]  # type: ignore[index]  # one of the three
    round_.drain()
    states = round_.states()
    assert states.pop(destination) is State.REFUSED  # type: ignore[call-overload]  # one of the three
    assert set(states.values()) == {State.ACCEPTED}
    (task,) = round_.duties()
    assert (task["status"], task["priority"]) == ("requested", "urgent")
    assert task["focus"]["reference"] == round_.act.partition("/_history/")[0]
    assert task["owner"]["reference"].startswith("Organization/")
    assert "refusé définitivement" in task["reasonCode"]["text"]
    assert task["groupIdentifier"]["value"] == "ACTE-0001"
    assert round_.later() == 0
    assert len(round_.places[destination].sent) == 1  # type: ignore[index]  # one of the three
    round_.assert_proved()


@pytest.mark.parametrize(
    ("answer", "receipt", "state"), [(NOBODY_THERE, CLOSED, State.QUEUED), (LOST, SILENT, State.IN_DOUBT)]
)
def test_not_clearly_delivered_is_tried_again_with_the_same_bytes(
    round_: Round, answer: Answer, receipt: object, state: State
) -> None:
    for place in round_.places.values():
        place.written = [answer, answer]
    assert round_.drain() == 3
    assert set(round_.states().values()) == {state}
    assert round_.duties() == []
    assert round_.house.found("DocumentReference") == []
    (attempt,) = round_.attempts(DMP)
    assert (attempt.outcome, attempt.code) == (receipt.outcome, receipt.code)  # type: ignore[attr-defined]  # a Receipt
    assert round_.envelope(DMP).next_attempt_at == round_.house.clock() + dt.timedelta(seconds=30)
    assert round_.drain() == 0
    assert round_.later() == 3
    assert round_.later() == 3
    assert set(round_.states().values()) == {State.ACCEPTED}
    for destination, place in round_.places.items():
        assert len(place.sent) == 3
        assert set(place.sent) == {round_.envelope(destination).payload}
        assert [a.number for a in round_.attempts(destination)] == [1, 2, 3]
    round_.assert_proved()


def test_in_doubt_and_there_is_accepted_without_a_second_sending(round_: Round) -> None:
    round_.places[DMP].written = [ANSWER_LOST]
    round_.drain()
    assert round_.states()[DMP] is State.IN_DOUBT
    round_.later()
    assert round_.states()[DMP] is State.ACCEPTED
    assert (len(round_.places[DMP].sent), round_.places[DMP].asked) == (1, 1)
    assert len(round_.house.found("DocumentReference")) == 1
    round_.assert_proved()


def test_in_doubt_and_absent_is_sent(round_: Round) -> None:
    round_.places[DMP].written = [LOST]
    round_.drain()
    round_.later()
    assert round_.states()[DMP] is State.ACCEPTED
    assert (len(round_.places[DMP].sent), round_.places[DMP].asked) == (2, 1)
    assert len(round_.places[DMP].held) == 1


def test_in_doubt_and_there_with_other_bytes_is_an_alarm(round_: Round) -> None:
    place = round_.places[DMP]
    place.written = [ANSWER_LOST]
    round_.drain()
    place.held = dict.fromkeys(place.held, b"somebody else's")
    round_.later()
    assert round_.states()[DMP] is State.REFUSED
    assert (len(place.sent), len(round_.duties())) == (1, 1)
    assert round_.attempts(DMP)[-1].code == "XDSNonIdenticalHash"


def test_in_doubt_and_no_answer_stays_in_doubt(round_: Round) -> None:
    place = round_.places[DMP]
    place.written, place.answers_questions = [ANSWER_LOST], False
    round_.drain()
    round_.later()
    assert round_.states()[DMP] is State.IN_DOUBT
    assert (len(place.sent), place.asked) == (1, 1)
    place.answers_questions = True
    round_.later()
    assert round_.states()[DMP] is State.ACCEPTED
    assert len(place.sent) == 1


def test_a_mail_in_doubt_goes_again_under_the_same_name(round_: Round) -> None:
    round_.places[DOCTOR].written = [ANSWER_LOST]
    round_.drain()
    round_.later()
    place = round_.places[DOCTOR]
    assert round_.states()[DOCTOR] is State.ACCEPTED
    assert (len(place.sent), len(set(place.sent)), len(place.held)) == (2, 1, 1)


@pytest.mark.parametrize("answer", [NOBODY_THERE, LOST, ANSWER_LOST])
def test_a_spent_budget_is_somebodys_task(round_: Round, answer: Answer) -> None:
    round_.places[DMP].written = [answer] * 2
    round_.places[DMP].answers_questions = False
    round_.drain()
    assert round_.duties() == []
    round_.house.clock.pass_(seconds=round_.house.settings.delivery_budget_seconds)
    round_.drain()
    assert round_.states()[DMP] is State.EXHAUSTED
    (task,) = round_.duties()
    assert "délai prévu" in task["reasonCode"]["text"]
    assert "dossier médical partagé" in task["reasonCode"]["text"]
    assert round_.later() == 0
    round_.assert_proved()


def test_the_last_look_up_may_still_find_it(round_: Round) -> None:
    round_.places[DMP].written = [ANSWER_LOST]
    round_.drain()
    round_.house.clock.pass_(seconds=round_.house.settings.delivery_budget_seconds + 1)
    round_.drain()
    assert round_.states()[DMP] is State.ACCEPTED
    assert round_.duties() == []


@pytest.mark.parametrize("answer", [None, LOST])
def test_an_objection_made_since_stops_the_sending(round_: Round, answer: Answer | None) -> None:
    if answer:
        round_.places[DMP].written = [answer]
        round_.drain()
    sent = len(round_.places[DMP].sent)
    objecting = team_records("consents")[0] | {
        "sharing": {"dmp": False, "patient_mailbox": True, "professional_mailbox": True}
    }
    assert round_.house.post("consents", objecting).status_code == 201
    round_.later()
    assert len(round_.places[DMP].sent) == sent
    assert round_.states() == {DMP: State.CANCELLED, DOCTOR: State.ACCEPTED, PATIENT: State.ACCEPTED}
    assert round_.attempts(DMP)[-1].code == "patient-objection"
    # In doubt, the record was asked, and does not have it.
    assert round_.duties() == []


def test_an_objection_does_not_unsay_what_arrived(round_: Round) -> None:
    """In doubt, then an objection: what is there is on record as there."""
    round_.places[DMP].written = [ANSWER_LOST]
    round_.drain()
    objecting = team_records("consents")[0] | {
        "sharing": {"dmp": False, "patient_mailbox": True, "professional_mailbox": True}
    }
    round_.house.post("consents", objecting)
    round_.later()
    assert round_.states()[DMP] is State.ACCEPTED


def test_a_mail_that_comes_back(round_: Round) -> None:
    round_.drain()
    bounce = Bounce(message_id=round_.envelope(DOCTOR).message_id, envelope_id="", status="5.1.1")
    assert round_.acknowledge.bounced(bounce, b"raw") is State.REFUSED
    assert round_.states()[DOCTOR] is State.REFUSED
    assert [(a.outcome, a.code) for a in round_.attempts(DOCTOR)] == [("accepted", "ok"), ("bounced", "5.1.1")]
    (task,) = round_.duties()
    assert "messagerie du délégant" in task["reasonCode"]["text"]
    # The same notice again, or a late one: everything is said already.
    standing = round_.house.standing()
    assert round_.acknowledge.bounced(bounce, b"raw") is State.REFUSED
    assert round_.house.standing() == standing
    assert round_.later() == 0
    round_.assert_proved()


def test_a_bounce_of_nobodys_mail(round_: Round) -> None:
    round_.drain()
    standing = round_.house.standing()
    assert round_.acknowledge.bounced(Bounce("<other@example>", "", "5.1.1"), b"raw") is None
    assert round_.acknowledge.bounced(Bounce("", "", "5.1.1"), b"raw") is None
    assert round_.house.standing() == standing


def test_a_bounce_before_the_mail_was_sent_waits(round_: Round) -> None:
    with pytest.raises(IllegalMove):
        round_.acknowledge.bounced(Bounce(round_.envelope(DOCTOR).message_id, "", "5.1.1"), b"raw")
    assert round_.states()[DOCTOR] is State.QUEUED


def test_a_defect_of_ours_is_an_unclear_outcome_and_the_worker_goes_on(
    round_: Round, caplog: pytest.LogCaptureFixture
) -> None:
    round_.places[DMP].written = [DEFECT]
    assert round_.drain() == 3
    assert round_.states() == {DMP: State.IN_DOUBT, DOCTOR: State.ACCEPTED, PATIENT: State.ACCEPTED}
    (attempt,) = round_.attempts(DMP)
    assert (attempt.outcome, attempt.code) == (Outcome.IN_DOUBT, "defect")
    assert "ZeroDivisionError" in caplog.text
    assert "ours" not in caplog.text
    round_.later()
    assert round_.states()[DMP] is State.ACCEPTED
    assert round_.places[DMP].asked == 1
    round_.assert_proved()


def test_what_is_out_of_time_while_nobody_calls_is_somebodys_task(round_: Round) -> None:
    """No attempt is made, and none is counted, while a breaker is open: the sweep ends it."""
    worker = round_.worker()
    sweeper = worker._sweeper
    assert sweeper.sweep() == 0
    round_.places[DMP].written = [LOST]
    round_.drain()
    round_.house.clock.pass_(seconds=round_.house.settings.delivery_budget_seconds + 599)
    assert sweeper.sweep() == 0, "its last attempt may still be made"
    round_.house.clock.pass_(minutes=1)
    assert sweeper.sweep() == 1
    assert round_.states() == {DMP: State.EXHAUSTED, DOCTOR: State.ACCEPTED, PATIENT: State.ACCEPTED}
    assert (round_.attempts(DMP)[-1].outcome, round_.attempts(DMP)[-1].worker) == ("spent", "")
    (task,) = round_.duties()
    assert "délai prévu" in task["reasonCode"]["text"]
    assert (round_.later(), len(round_.places[DMP].sent)) == (0, 1)
    assert sweeper.sweep() == 0
    round_.assert_proved()
