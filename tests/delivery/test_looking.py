"""A look for what is due takes the lock of the database: how often, and what must be found all the same."""

import datetime as dt
from typing import Any, cast

from service.outbox.envelope import Destination, Lease
from service.store import Store
from tests.delivery.backlog import TAKEN, WAYS, Outage
from tests.stores import NOW


class _Looked:
    """A store, and the destinations that it was asked for at each claim."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.asked: list[set[Destination | None]] = []

    def claim(self, now: dt.datetime, worker: str, lease_seconds: float, wanted: Any, tokens: Any) -> list[Lease]:
        self.asked.append({one.destination for one in wanted})
        return self._store.claim(now, worker, lease_seconds, wanted, tokens)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


def _watched(outage: Outage) -> _Looked:
    looked = _Looked(outage.store)
    outage.worker._store = cast(Store, looked)
    return looked


def test_a_destination_for_which_nothing_waits_is_looked_at_once_a_nap(store: Store) -> None:
    outage = Outage(store, lambda *_: TAKEN)
    looked = _watched(outage)
    outage.fill(40)
    outage.until(NOW + dt.timedelta(seconds=30))
    assert {state for _, state in store.backlog()} == {"accepted"}
    idle = set(Destination) - set(WAYS)
    assert len(looked.asked) > 3
    assert {where: sum(where in one for one in looked.asked) for where in idle} == dict.fromkeys(idle, 1)


def test_what_was_held_up_goes_as_soon_as_that_has_ended(store: Store) -> None:
    outage = Outage(store, lambda *_: TAKEN)
    outage.fill(1, replaced=1)
    under_way: list[Lease] = []
    assert outage.worker.turn(under_way.append) == len(WAYS)
    # The second version waits for the first: nothing is due, and nobody looks again for a minute.
    assert outage.worker.turn(under_way.append) == 0
    for lease in under_way:
        outage.worker._attempt(lease)
    assert outage.worker.turn(outage.worker._attempt) == len(WAYS)


def test_what_is_due_within_the_nap_is_found_at_its_time(store: Store) -> None:
    outage = Outage(store, lambda *_: TAKEN)
    outage.fill(1)
    ids = [one.envelope.id for one in store.claim(NOW, "w-before", 20.0, 10, outage.fresh)]
    assert len(ids) == len(WAYS)
    # Somebody else has them until their lease is over, which comes before this one's nap is.
    outage.until(NOW + dt.timedelta(seconds=30))
    assert {one.at for one in outage.attempts} == {NOW + dt.timedelta(seconds=20)}


def test_who_drains_finds_what_has_just_come(store: Store) -> None:
    outage = Outage(store, lambda *_: TAKEN)
    assert outage.worker.drain() == 0
    outage.fill(1)
    assert outage.worker.drain() == len(WAYS)


def test_who_says_that_something_new_waits_has_it_looked_for(store: Store) -> None:
    outage = Outage(store, lambda *_: TAKEN)
    assert outage.worker.turn(outage.worker._attempt) == 0
    outage.fill(1)
    outage.worker.wake()
    assert outage.worker.turn(outage.worker._attempt) == len(WAYS)
