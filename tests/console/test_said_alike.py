"""The list of acts and the page of one say the same of a sending, however it ended and whatever was heard of it since."""

import dataclasses
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from service.console import words
from service.console.sendings import deliveries
from service.console.traced import Sent
from service.console.views import delivery_view
from service.outbox.envelope import CHANGES_SHOWING, Destination, Purpose, State
from service.store import Attempt
from tests.clients.sealed_things import NOW, envelope

OUTCOMES = [None, *words.RECEIPTS, *words.ANSWERS, "cancelled", "replayed"]


def attempt(number: int, outcome: str | None) -> Attempt:
    return Attempt(
        envelope_id="e-1",
        number=number,
        token="",
        worker="",
        started_at=NOW,
        finished_at=NOW if outcome else None,
        outcome=outcome,
        code=None,
        receiver_id=None,
        raw=None,
        state=None,
    )


@given(
    st.sampled_from(Destination),
    st.sampled_from(State),
    st.sampled_from(get_args(Purpose)),
    st.lists(st.sampled_from(OUTCOMES)),
)
def test_both_say_the_same(
    destination: Destination, state: State, purpose: Purpose, outcomes: list[str | None]
) -> None:
    sealed = envelope(destination, b"")
    sent = dataclasses.replace(sealed, state=state, purpose=purpose, attempts=len(outcomes))
    attempts = [attempt(number, outcome) for number, outcome in enumerate(outcomes, 1)]
    listed = delivery_view(sent, {one for one in outcomes if one})
    shown = deliveries([Sent(envelope=sent, attempts=attempts)], destination)
    told = [one for one in shown if one.state != "aucun envoi"]
    assert [(one.state, one.tone) for one in told] == [(listed.state, listed.tone)]
    heard = state is State.ACCEPTED and any(one in words.FURTHEST for one in outcomes if one)
    arrived = any(far in listed.state for far in words.FURTHEST.values())
    assert arrived == (heard and purpose not in CHANGES_SHOWING)
    assert purpose != "withdraw" or "annulation" in listed.state
