"""Leases run by the store's clock: a machine whose own is wrong takes nobody's lease, and keeps no lease too long."""

import datetime as dt

from service.delivery.clock import StoreClock
from service.store import Store
from tests.stores import document, envelope, tokens, unit

AHEAD = dt.timedelta(hours=2)


def machine() -> dt.datetime:
    """The wall clock of this test, two hours ahead of everybody's."""
    return dt.datetime.now(dt.UTC) + AHEAD


def test_a_machine_ahead_of_the_others_takes_nobodys_lease(store: Store) -> None:
    right, wrong = StoreClock(store, lambda: dt.datetime.now(dt.UTC)), StoreClock(store, machine)
    store.commit(unit(documents=(document("x"),), envelopes=(envelope("e", "x"),)))
    assert len(store.claim(right(), "right", 60, 1, tokens())) == 1
    if store.clock() is None:
        # One machine, one clock: whatever it says, everybody says it.
        assert abs(wrong() - right() - AHEAD) < dt.timedelta(minutes=1)
    else:
        assert store.claim(wrong(), "wrong", 60, 1, tokens()) == []


def test_a_wall_clock_that_jumps_moves_nothing_until_the_next_look(store: Store) -> None:
    jump, seconds = [dt.timedelta()], [0.0]
    clock = StoreClock(store, lambda: dt.datetime(2026, 11, 20, tzinfo=dt.UTC) + jump[0], lambda: seconds[0])
    before = clock()
    jump[0] = -AHEAD
    seconds[0] = 9.0
    assert clock() - before == dt.timedelta(seconds=9)
    seconds[0] = 10.0
    looked = clock() - before
    expected = -AHEAD if store.clock() is None else dt.timedelta()
    assert abs(looked - expected) < dt.timedelta(minutes=1)
