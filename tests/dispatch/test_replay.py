"""What came to its end undelivered is sent again by a person: once, with the same bytes, with a time of its own."""

import datetime as dt
import threading
from typing import Any

import pytest

from mappings.issues import Refused
from service.outbox.envelope import State
from service.replaying import dead_letters, replay
from tests.dispatch.places import ANSWER_LOST, ARRIVES, LOST, NOBODY_THERE, TURNED_AWAY, name_of
from tests.dispatch.round import DMP, DOCTOR, PATIENT, Round
from tests.dispatch.test_objection import object_
from tests.waiting import PATIENCE

#: Somebody by name; not of the act.
SOMEBODY = "99900001019"


def again(round_: Round, destination: Any, rpps: str = SOMEBODY) -> State:
    house = round_.house
    return replay(house.store, house.clock, house.ids, round_.envelope(destination).id, rpps)


def refused(round_: Round, destination: Any = DMP) -> None:
    round_.places[destination].written = [TURNED_AWAY]
    round_.drain()
    assert round_.states()[destination] is State.REFUSED


def test_a_refused_one_is_sent_again_with_the_same_bytes(round_: Round) -> None:
    refused(round_)
    (letter,) = dead_letters(round_.house.store)
    assert (letter.envelope.destination, letter.outcome, letter.code, letter.again) == (
        DMP,
        "refused",
        "XDSPatientIdDoesNotMatch",
        True,
    )
    assert again(round_, DMP) is State.QUEUED
    assert dead_letters(round_.house.store) == []
    assert round_.drain() == 1
    assert round_.states()[DMP] is State.ACCEPTED
    assert len(round_.places[DMP].sent) == 2
    assert len(set(round_.places[DMP].sent)) == 1
    assert [one.outcome for one in round_.attempts(DMP)] == ["refused", "replayed", "accepted"]
    (task,) = round_.duties()
    assert task["status"] == "completed"
    (proof,) = (one for one in round_.house.found("Provenance") if "REACTIVATE" in str(one["activity"]))
    assert proof["agent"][0]["who"]["identifier"]["value"] == SOMEBODY
    assert proof["target"][0]["reference"] == f"Task/{task['id']}/_history/2"
    round_.assert_proved()


def test_asking_twice_is_asking_once(round_: Round) -> None:
    refused(round_)
    assert [again(round_, DMP), again(round_, DMP)] == [State.QUEUED, State.QUEUED]
    round_.drain()
    assert again(round_, DMP) is State.ACCEPTED
    assert len(round_.attempts(DMP)) == 3
    assert len(round_.places[DMP].sent) == 2


def test_many_who_ask_at_once_are_one(round_: Round) -> None:
    refused(round_, DOCTOR)
    gate = threading.Barrier(4)

    def ask() -> None:
        gate.wait()
        again(round_, DOCTOR)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert [one.outcome for one in round_.attempts(DOCTOR)] == ["refused", "replayed"]
    assert len([one for one in round_.house.found("Provenance") if "REACTIVATE" in str(one["activity"])]) == 1
    round_.assert_proved()


def test_it_has_a_time_of_its_own(round_: Round) -> None:
    budget = round_.house.settings.delivery_budget_seconds
    round_.places[DOCTOR].written = [NOBODY_THERE] * 50
    round_.drain()
    round_.house.clock.pass_(seconds=budget + 1)
    round_.drain()
    assert round_.states()[DOCTOR] is State.EXHAUSTED
    assert again(round_, DOCTOR) is State.QUEUED
    assert round_.worker()._sweeper.sweep() == 0, "its new time has just begun"
    now = round_.house.clock()
    round_.drain()
    envelope = round_.envelope(DOCTOR)
    # As after a first attempt, not as after a fiftieth.
    assert (envelope.state, envelope.next_attempt_at) == (State.QUEUED, now + dt.timedelta(seconds=30))
    round_.house.clock.pass_(seconds=budget + 1)
    round_.drain()
    assert round_.states()[DOCTOR] is State.EXHAUSTED


def test_what_may_have_arrived_is_asked_first(round_: Round) -> None:
    round_.places[DMP].written = [ANSWER_LOST]
    round_.places[DMP].answers_questions = False
    round_.drain()
    round_.house.clock.pass_(seconds=round_.house.settings.delivery_budget_seconds + 1)
    round_.drain()
    assert round_.states()[DMP] is State.EXHAUSTED
    assert again(round_, DMP) is State.IN_DOUBT
    round_.places[DMP].answers_questions = True
    round_.drain()
    assert round_.states()[DMP] is State.ACCEPTED
    assert len(round_.places[DMP].sent) == 1, "found: not sent twice"


@pytest.mark.parametrize("code", ["patient-objection", "consent-withdrawn"])
def test_not_when_the_patient_objects_by_now(round_: Round, code: str) -> None:
    refused(round_)
    object_(round_, code)
    with pytest.raises(Refused, match="envelope.destination"):
        again(round_, DMP)
    assert round_.states()[DMP] is State.REFUSED
    assert round_.later() == 0


def test_never_a_cancelled_one(round_: Round) -> None:
    object_(round_, "patient-objection")
    assert round_.states()[PATIENT] is State.CANCELLED
    with pytest.raises(Refused, match="envelope.state"):
        again(round_, PATIENT)
    assert round_.states()[PATIENT] is State.CANCELLED


def test_never_over_another_document(round_: Round) -> None:
    round_.places[DMP].written = [LOST]
    round_.drain()
    document = round_.house.store.document(round_.envelope(DMP).document_id)
    assert document is not None
    round_.places[DMP].held[name_of(round_.envelope(DMP), document)] = b"another"
    round_.later()
    assert round_.states()[DMP] is State.REFUSED
    (letter,) = dead_letters(round_.house.store)
    assert not letter.again
    with pytest.raises(Refused, match="envelope.state"):
        again(round_, DMP)


def test_nobody_without_a_name(round_: Round) -> None:
    refused(round_)
    with pytest.raises(Refused, match="login"):
        again(round_, DMP, "")
    with pytest.raises(Refused, match="not-found"):
        replay(round_.house.store, round_.house.clock, round_.house.ids, "none", SOMEBODY)
    round_.places[DMP].written = [ARRIVES]
    assert round_.states()[DMP] is State.REFUSED
