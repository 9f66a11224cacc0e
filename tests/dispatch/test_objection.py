"""A patient says no while a report waits, is on its way or may have arrived: no attempt starts after it, nothing is lost."""

from collections.abc import Callable
from typing import Any

import pytest

from service.outbox.envelope import Destination, State
from service.store.unit import Unit
from service.withdrawal import PLACES
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
from tests.house import Json, team_records

AT = "2026-11-20T11:30:00+01:00"
CLOSED = {"dmp": False, "patient_mailbox": False, "professional_mailbox": False}
#: How it is said: the consent to the care taken back, or all sharing refused.
WAYS: dict[str, Json] = {
    "consent-withdrawn": {"decision": "withdrawn", "withdrawn_at": AT},
    "patient-objection": {"sharing": CLOSED},
}
NOTHING = dict.fromkeys((DMP, DOCTOR, PATIENT), State.CANCELLED)


def object_(round_: Round, code: str) -> None:
    answer = round_.house.post("consents", team_records("consents")[0] | WAYS[code])
    assert answer.status_code == 201, answer.text


def uncertain(round_: Round) -> set[str]:
    """Destinations that somebody is told to look into."""
    texts = [task["reasonCode"]["text"] for task in round_.duties()]
    assert all("incertaine" in text for text in texts), texts
    return {name for name in PLACES.values() if any(name in text for text in texts)}


@pytest.fixture(params=WAYS)
def code(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_what_waits_is_cancelled_in_the_commit_that_says_so(round_: Round, code: str) -> None:
    object_(round_, code)
    assert round_.states() == NOTHING
    assert round_.house.store.due_in(round_.house.clock()) is None
    assert (round_.later(), round_.sendings(), round_.duties()) == (0, 0, [])
    for destination in NOTHING:
        (attempt,) = round_.attempts(destination)
        assert (attempt.outcome, attempt.code, attempt.worker) == ("cancelled", code, "")
    round_.assert_proved()


def test_what_arrived_is_left(round_: Round, code: str) -> None:
    round_.drain()
    object_(round_, code)
    assert set(round_.states().values()) == {State.ACCEPTED}
    assert {one["status"] for one in round_.house.found("DocumentReference")} == {"current"}
    assert (round_.later(), round_.duties()) == (0, [])


def test_what_is_in_doubt_is_asked_after_and_not_sent_again(round_: Round, code: str) -> None:
    round_.places[DMP].written, round_.places[DOCTOR].written, round_.places[PATIENT].written = (
        [ANSWER_LOST],
        [ANSWER_LOST],
        [LOST],
    )
    round_.drain()
    object_(round_, code)
    round_.later()
    # The record was asked, and has it; a mailbox cannot be asked.
    assert round_.states() == {DMP: State.ACCEPTED, DOCTOR: State.CANCELLED, PATIENT: State.CANCELLED}
    assert uncertain(round_) == {PLACES[DOCTOR], PLACES[PATIENT]}
    assert (round_.later(), round_.sendings()) == (0, 3)
    round_.assert_proved()


@pytest.mark.parametrize("destination", [DMP, DOCTOR])
@pytest.mark.parametrize(
    ("answer", "state", "told"),
    [
        (ARRIVES, State.ACCEPTED, False),
        (TURNED_AWAY, State.REFUSED, False),
        (NOBODY_THERE, State.CANCELLED, False),
        (LOST, State.CANCELLED, True),
    ],
)
def test_an_attempt_under_way_ends_by_its_own_answer(
    round_: Round, code: str, destination: Destination, answer: Answer, state: State, told: bool
) -> None:
    place = round_.places[destination]
    place.written, place.first = [answer], lambda: _once(place, lambda: object_(round_, code))
    round_.drain()
    assert round_.envelope(destination).state is state
    assert (PLACES[destination] in uncertain(round_)) is told
    assert (round_.later(), len(place.sent)) == (0, 1)
    round_.assert_proved()


def _once(place: Any, do: Callable[[], None]) -> None:
    place.first = lambda: None
    do()


def test_leased_and_not_yet_sent_is_not_sent(round_: Round, code: str) -> None:
    leases = round_.house.store.claim(round_.house.clock(), "w", 60, 10, round_.house.ids)
    object_(round_, code)
    assert set(round_.states().values()) == {State.SENDING}
    for lease in leases:
        round_.dispatch.deliver(lease)
    assert round_.states() == NOTHING
    assert {round_.attempts(one)[-1].code for one in NOTHING} == {code}
    assert (round_.sendings(), round_.duties()) == (0, [])
    round_.assert_proved()


@pytest.mark.parametrize(
    ("destination", "death", "state", "told"),
    [
        (DMP, DIES_AFTER, State.ACCEPTED, False),
        (DMP, DIES_BEFORE, State.CANCELLED, False),
        (DOCTOR, DIES_AFTER, State.CANCELLED, True),
        (DOCTOR, DIES_BEFORE, State.CANCELLED, True),
    ],
)
def test_a_sender_that_died_is_asked_after_by_the_next(
    round_: Round, code: str, destination: Destination, death: Answer, state: State, told: bool
) -> None:
    round_.places[destination].written = [death]
    with pytest.raises(Crash):
        round_.drain()
    object_(round_, code)
    assert round_.envelope(destination).state is State.SENDING
    round_.after_the_lease()
    assert round_.envelope(destination).state is state
    assert (PLACES[destination] in uncertain(round_)) is told
    assert len(round_.places[destination].sent) == 1
    assert round_.later() == 0


def test_a_doubt_before_the_last_attempt_is_not_forgotten(round_: Round, code: str) -> None:
    """In doubt, then surely not: it waits again, and is not cancelled before it was looked into."""
    round_.places[DOCTOR].written = [ANSWER_LOST, NOBODY_THERE]
    round_.drain()
    round_.later()
    assert round_.states()[DOCTOR] is State.QUEUED
    object_(round_, code)
    round_.later()
    assert round_.states()[DOCTOR] is State.CANCELLED
    assert uncertain(round_) == {PLACES[DOCTOR]}
    assert len(round_.places[DOCTOR].sent) == 2


def _decides(unit: Unit) -> bool:
    return any(write.type == "Consent" for write in unit.writes)


def test_an_envelope_is_claimed_just_before(round_: Round, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    leases: list[Any] = []
    store = round_.house.store
    before_commit(
        monkeypatch, _decides, lambda: leases.extend(store.claim(round_.house.clock(), "w", 60, 1, round_.house.ids))
    )
    object_(round_, code)
    (lease,) = leases
    assert sorted(round_.states().values()) == ["cancelled", "cancelled", "sending"]
    round_.dispatch.deliver(lease)
    assert (round_.states(), round_.sendings()) == (NOTHING, 0)
    round_.assert_proved()


@pytest.mark.parametrize("answer", [ARRIVES, NOBODY_THERE, LOST, TURNED_AWAY])
def test_an_attempt_is_settled_just_before(
    round_: Round, monkeypatch: pytest.MonkeyPatch, code: str, answer: Answer
) -> None:
    leases = round_.house.store.claim(round_.house.clock(), "w", 60, 10, round_.house.ids)
    round_.places[DMP].written = [answer]
    before_commit(monkeypatch, _decides, lambda: [round_.dispatch.deliver(lease) for lease in leases])
    object_(round_, code)
    assert round_.states()[DMP] is not State.QUEUED, "what waits again is decided on again"
    sent = round_.sendings()
    round_.later()
    assert round_.sendings() == sent
    assert {State.QUEUED, State.SENDING, State.IN_DOUBT}.isdisjoint(round_.states().values())
    round_.assert_proved()


def test_the_patient_says_no_just_before_a_settlement(
    round_: Round, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    """Settled as to be sent again by one who had not heard: the settlement is decided again."""
    round_.places[DMP].written = [NOBODY_THERE]
    before_commit(
        monkeypatch,
        lambda unit: any(one.state is State.QUEUED for one in unit.settlements),
        lambda: object_(round_, code),
    )
    round_.drain()
    assert round_.states()[DMP] is State.CANCELLED
    assert round_.later() == 0
    round_.assert_proved()
