"""Wherever an act is told to be in error on the way of its report: nothing waits, nothing is sent, nothing is forgotten."""

import datetime as dt
import tempfile
from contextlib import suppress
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from service.clients.mssante.bounce import Bounce
from service.outbox.envelope import State
from service.outbox.states import IllegalMove
from service.store import open_store
from service.withdrawal import PLACES
from tests.dispatch.places import (
    ANSWER_LOST,
    ARRIVES,
    DEFECT,
    DIES_AFTER,
    DIES_BEFORE,
    LOST,
    NOBODY_THERE,
    TURNED_AWAY,
    Crash,
)
from tests.dispatch.round import DMP, DOCTOR, PATIENT, Round
from tests.dispatch.test_retraction import retract, withdrawals
from tests.house import House, act_record

_ANSWERS = st.sampled_from([ARRIVES, TURNED_AWAY, NOBODY_THERE, LOST, ANSWER_LOST, DIES_BEFORE, DIES_AFTER, DEFECT])
#: A withdrawal that arrived, or may still.
_UNDER_WAY = frozenset({State.ACCEPTED, State.QUEUED, State.SENDING, State.IN_DOUBT})
_STEPS = st.lists(st.sampled_from(["drain", "lease over", "later", "much later", "bounce"]), max_size=4)


@settings(max_examples=40, deadline=None)
@given(
    before=_STEPS,
    after=_STEPS,
    answers=st.lists(_ANSWERS, min_size=9, max_size=9),
    asked=st.booleans(),
    leased=st.booleans(),
)
def test_wherever_it_comes(
    before: list[str], after: list[str], answers: list[object], asked: bool, leased: bool
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
        sent = round_.publications()
        retract(round_)
        for lease in leases:
            round_.dispatch.deliver(lease)
        for step in (*after, "lease over", "later"):
            _go(round_, step)
        assert round_.publications() == sent, "no report is sent of an act in error"
        assert {State.QUEUED, State.SENDING, State.IN_DOUBT}.isdisjoint(round_.states().values())
        told = " ".join(withdrawals(round_))
        withdrawn = round_.states("withdraw")
        for destination, place in round_.places.items():
            bounced = any(one.outcome == "bounced" for one in round_.attempts(destination))
            # Whoever has it is told so, or will be; where that came to nothing, somebody is.
            seen_to = PLACES[destination] in told or withdrawn.get(destination) in _UNDER_WAY
            assert not place.held or bounced or seen_to, destination
            assert seen_to or round_.envelope(destination).state is not State.ACCEPTED
        assert {task["status"] for task in round_.duties()} <= {"cancelled"}
        round_.assert_proved()
        store.close()


def _go(round_: Round, step: str) -> None:
    clock, settings_ = round_.house.clock, round_.house.settings
    if step == "bounce":
        mail = round_.envelope(DOCTOR)
        with suppress(IllegalMove):
            round_.acknowledge.bounced(Bounce(message_id=mail.message_id, envelope_id="", status="5.1.1"), b"raw")
        return
    pauses = {
        "drain": 0.0,
        "lease over": settings_.lease_seconds + 1,
        "later": settings_.retry_cap_seconds,
        "much later": settings_.delivery_budget_seconds,
    }
    clock.now += dt.timedelta(seconds=pauses[step])
    with suppress(Crash):
        round_.drain()
