"""Wherever the patient says no on the way of a report: nothing starts after it, nothing waits, nothing is forgotten."""

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from service.outbox.envelope import State
from service.store import open_store
from service.withdrawal import PLACES
from tests.dispatch.round import DMP, DOCTOR, PATIENT, Round
from tests.dispatch.test_objection import WAYS, object_
from tests.dispatch.test_retraction_anywhere import _ANSWERS, _STEPS, _go
from tests.house import House, act_record


@settings(max_examples=40, deadline=None)
@given(
    before=_STEPS,
    after=_STEPS,
    answers=st.lists(_ANSWERS, min_size=9, max_size=9),
    asked=st.booleans(),
    leased=st.booleans(),
    code=st.sampled_from(sorted(WAYS)),
)
def test_wherever_it_comes(
    before: list[str], after: list[str], answers: list[object], asked: bool, leased: bool, code: str
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/binome.sqlite", test=True)
        house = House(store, Path(folder), people=1)
        round_ = Round(house, f"{house.post('acts', act_record()).json['act']}/_history/1")
        for n, destination in enumerate((DMP, DOCTOR, PATIENT)):
            round_.places[destination].written = list(answers[3 * n : 3 * n + 3])  # type: ignore[arg-type]  # answers
        round_.places[DMP].answers_questions = asked
        for step in before:
            _go(round_, step)
        leases = store.claim(house.clock(), "w", 60, 10, house.ids) if leased else ()
        sent = round_.sendings()
        object_(round_, code)
        assert not any(one.state is State.QUEUED and not one.attempts for one in store.envelopes_of(round_.act)), (
            "what was never tried is cancelled by that very commit"
        )
        for lease in leases:
            round_.dispatch.deliver(lease)
        for step in (*after, "lease over", "later"):
            _go(round_, step)
        assert round_.sendings() == sent, "nothing is sent after it"
        assert {State.QUEUED, State.SENDING, State.IN_DOUBT}.isdisjoint(round_.states().values())
        told = " ".join(task["reasonCode"]["text"] for task in round_.duties())
        for destination, place in round_.places.items():
            known = round_.envelope(destination).state is State.ACCEPTED
            assert not place.held or known or PLACES[destination] in told, "what may be there is known, or somebody's"
        round_.assert_proved()
        store.close()
