"""The record is asked after a doubt, and the act changes before it answers: what leaves then is what is right by then."""

from collections.abc import Callable

import pytest

from service.outbox.envelope import Destination, State
from tests.dispatch.correcting import act_of, correct, documents, last, withdraw_consent
from tests.dispatch.places import ANSWER_LOST, LOST
from tests.dispatch.round import DMP, DOCTOR, PATIENT, Round


def once(do: Callable[[], None]) -> Callable[[], None]:
    left = [do]
    return lambda: left.pop()() if left else None


def retract(round_: Round) -> None:
    act = act_of(round_) | {"status": "entered-in-error"}
    assert round_.house.fhir("PUT", f"/Procedure/{act['id']}", act).status_code == 200


def in_doubt(round_: Round) -> None:
    """Each was sent the first version, and it is not there; nobody knows."""
    for place in round_.places.values():
        place.written = [LOST]
    round_.drain()
    assert set(round_.states().values()) == {State.IN_DOUBT}


def sent(round_: Round) -> dict[str, int]:
    return {name: len(place.sent) for name, place in round_.places.items()}


@pytest.mark.parametrize("place", [DMP, DOCTOR])
def test_a_former_version_is_not_sent_again(round_: Round, place: Destination) -> None:
    in_doubt(round_)
    round_.places[place].meanwhile = once(lambda: correct(round_))
    # The repeat of the first, at the latest.
    round_.later()
    first, second = documents(round_)
    for _ in range(4):
        round_.later()
    for name, each in round_.places.items():
        assert each.shown == [second.unique_id], name
        assert each.purposes[-1] == "replace", "what replaces comes last"
        assert each.sent[-1] == last(round_)[name].payload
    asked_meanwhile = round_.places[place]
    assert len(asked_meanwhile.sent) == 2, "the first version once, before it was wrong; then the second"
    assert first.unique_id not in asked_meanwhile.shown
    round_.assert_proved()


@pytest.mark.parametrize("end", ["in error", "consent"])
def test_nothing_is_sent_of_what_is_called_off(round_: Round, end: str) -> None:
    in_doubt(round_)
    before = sent(round_)
    record = round_.places[DMP]
    record.meanwhile = once(lambda: retract(round_) if end == "in error" else withdraw_consent(round_.house))
    for _ in range(4):
        round_.later()
    assert sent(round_)[DMP] == before[DMP]
    assert record.shown == []
    assert round_.states()[DMP] is State.CANCELLED
    assert set(round_.states().values()).isdisjoint({State.QUEUED, State.SENDING, State.IN_DOUBT})
    round_.assert_proved()


def test_what_is_found_there_is_told_so_and_replaced(round_: Round) -> None:
    round_.places[DMP].written = [ANSWER_LOST]
    round_.drain()
    round_.places[DMP].meanwhile = once(lambda: correct(round_))
    round_.later()
    first, second = documents(round_)
    for _ in range(3):
        round_.later()
    assert round_.places[DMP].shown == [second.unique_id]
    assert round_.places[DMP].replaced == [(), (first.unique_id,)]
    assert [len(round_.places[one].sent) for one in (DMP, DOCTOR, PATIENT)] == [2, 2, 2]
    round_.assert_proved()


def test_a_withdrawal_goes_on_though_its_act_is_in_error(round_: Round) -> None:
    """What withdraws a report is sent because of that: a doubt about it is asked after, then it leaves."""
    round_.drain()
    retract(round_)
    for place in (DOCTOR, PATIENT):
        round_.places[place].written = [LOST]
    for _ in range(4):
        round_.later()
    for place in (DOCTOR, PATIENT):
        assert round_.places[place].shown == []
        assert round_.places[place].purposes == ["publish", "withdraw", "withdraw"]
    round_.assert_proved()
