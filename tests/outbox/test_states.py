import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.outbox.envelope import State
from service.outbox.receipt import Outcome
from service.outbox.states import TRANSITIONS, Event, IllegalMove, diagram, move, settled

# Written out a second time, by hand and by state, so that a change of the law is a decision made twice.
EXPECTED = {
    State.QUEUED: {
        Event.ATTEMPT_STARTED: State.SENDING,
        Event.CANCELLED: State.CANCELLED,
        Event.BUDGET_SPENT: State.EXHAUSTED,
    },
    State.SENDING: {
        Event.ACCEPTED: State.ACCEPTED,
        Event.REFUSED: State.REFUSED,
        Event.UNREACHABLE: State.QUEUED,
        Event.UNREACHABLE_SPENT: State.EXHAUSTED,
        Event.IN_DOUBT: State.IN_DOUBT,
        Event.IN_DOUBT_SPENT: State.EXHAUSTED,
        Event.UNREACHABLE_RETRACTED: State.CANCELLED,
        Event.IN_DOUBT_RETRACTED: State.CANCELLED,
        Event.LEASE_EXPIRED: State.IN_DOUBT,
        Event.LOOKED_UP_FOUND: State.ACCEPTED,
        Event.LOOKED_UP_ABSENT: State.QUEUED,
    },
    State.IN_DOUBT: {
        Event.ATTEMPT_STARTED: State.SENDING,
        Event.CANCELLED: State.CANCELLED,
        Event.BUDGET_SPENT: State.EXHAUSTED,
        Event.BOUNCED: State.REFUSED,
        Event.LOOKED_UP_FOUND: State.ACCEPTED,
        Event.LOOKED_UP_ABSENT: State.QUEUED,
    },
    State.ACCEPTED: {Event.BOUNCED: State.REFUSED},
    State.REFUSED: {Event.REPLAYED: State.QUEUED, Event.REPLAYED_IN_DOUBT: State.IN_DOUBT},
    State.EXHAUSTED: {Event.REPLAYED: State.QUEUED, Event.REPLAYED_IN_DOUBT: State.IN_DOUBT},
    State.CANCELLED: {Event.LIFTED: State.QUEUED, Event.LIFTED_IN_DOUBT: State.IN_DOUBT},
}


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("event", Event)
def test_every_pair_is_legal_or_raises_and_changes_nothing(state: State, event: Event) -> None:
    before = dict(TRANSITIONS)
    following = EXPECTED[state].get(event)
    if following is None:
        with pytest.raises(IllegalMove) as no:
            move(state, event)
        assert (no.value.state, no.value.event) == (state, event)
    else:
        assert move(state, event) is following
    assert before == TRANSITIONS


#: What only a person does.
REPLAYS = {Event.REPLAYED, Event.REPLAYED_IN_DOUBT}
LIFTS = {Event.LIFTED, Event.LIFTED_IN_DOUBT}
BY_HAND = REPLAYS | LIFTS


def test_refused_exhausted_and_cancelled_are_final_but_for_a_person() -> None:
    assert {state for state in State if not any(a is state for a, event in TRANSITIONS if event not in BY_HAND)} == {
        State.REFUSED,
        State.EXHAUSTED,
        State.CANCELLED,
    }


def test_a_person_sends_again_what_came_to_its_end_undelivered_and_nothing_else() -> None:
    replayed = {a for a, event in TRANSITIONS if event in REPLAYS}
    assert replayed == {State.REFUSED, State.EXHAUSTED}


def test_what_was_cancelled_begins_again_by_a_mask_that_is_lifted_and_by_nothing_else() -> None:
    assert {event for a, event in TRANSITIONS if a is State.CANCELLED} == LIFTS
    assert {a for a, event in TRANSITIONS if event in LIFTS} == {State.CANCELLED}


def test_every_state_can_be_reached_and_every_waiting_one_can_end() -> None:
    def reached(start: State) -> set[State]:
        seen, waiting = {start}, [start]
        while waiting:
            here = waiting.pop()
            for (a, _), b in TRANSITIONS.items():
                if a is here and b not in seen:
                    seen.add(b)
                    waiting.append(b)
        return seen

    assert reached(State.QUEUED) == set(State)
    for state in (State.QUEUED, State.SENDING, State.IN_DOUBT):
        assert {State.ACCEPTED, State.REFUSED, State.EXHAUSTED, State.CANCELLED} <= reached(state)


def test_an_attempt_cannot_be_called_back() -> None:
    with pytest.raises(IllegalMove):
        move(State.SENDING, Event.CANCELLED)


@pytest.mark.parametrize("outcome", Outcome)
@pytest.mark.parametrize("budget_left", [True, False])
def test_every_outcome_can_end_an_attempt(outcome: Outcome, budget_left: bool) -> None:
    state = move(State.SENDING, settled(outcome, budget_left=budget_left))
    if outcome in (Outcome.ACCEPTED, Outcome.REFUSED):
        assert state == State(outcome.value)
    elif budget_left:
        assert state is (State.QUEUED if outcome is Outcome.UNREACHABLE else State.IN_DOUBT)
    else:
        assert state is State.EXHAUSTED


@pytest.mark.parametrize("outcome", Outcome)
@pytest.mark.parametrize("budget_left", [True, False])
def test_an_attempt_for_an_act_in_error_is_the_last(outcome: Outcome, budget_left: bool) -> None:
    state = move(State.SENDING, settled(outcome, budget_left=budget_left, retracted=True))
    ended = outcome in (Outcome.ACCEPTED, Outcome.REFUSED)
    assert state is (State(outcome.value) if ended else State.CANCELLED)


#: What may happen to an envelope, as it would come, but for the moves of which it is not asked.
_MOVES = st.lists(st.sampled_from([event for event in Event if event not in BY_HAND]), max_size=30)


@given(before=_MOVES, after=_MOVES)
def test_once_its_act_is_in_error_an_envelope_never_waits_again(before: list[Event], after: list[Event]) -> None:
    """Whatever came before: what waits is cancelled, and one under way ends, by the outcome it has then."""
    state = _moved(State.QUEUED, before)
    if (state, Event.CANCELLED) in TRANSITIONS:
        state = move(state, Event.CANCELLED)
    if state is State.SENDING:
        for outcome in Outcome:
            ended = move(state, settled(outcome, budget_left=True, retracted=True))
            assert ended in (State.ACCEPTED, State.REFUSED, State.CANCELLED)
        return
    # Only a mail that comes back moves it now.
    assert _moved(state, after) in {state, State.REFUSED if state is State.ACCEPTED else state}


def _moved(state: State, events: list[Event]) -> State:
    for event in events:
        state = TRANSITIONS.get((state, event), state)
    return state


def test_the_diagram_draws_every_row_and_every_end() -> None:
    lines = diagram().splitlines()
    assert lines[:2] == ["stateDiagram-v2", "    [*] --> QUEUED"]
    for (a, event), b in TRANSITIONS.items():
        assert f"    {a.name} --> {b.name} : {event}" in lines
    assert [line for line in lines if line.endswith("--> [*]")] == [
        f"    {name} --> [*]" for name in ("ACCEPTED", "REFUSED", "EXHAUSTED", "CANCELLED")
    ]
    assert len(lines) == 2 + len(TRANSITIONS) + 4
