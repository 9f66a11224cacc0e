"""A worker begins no attempt that its lease does not cover: another worker may make it by then."""

import datetime as dt
from dataclasses import replace
from typing import Any, cast

import pytest

from service.config import Settings
from service.dispatch import Dispatch
from service.outbox.envelope import Destination, Envelope, Lease
from service.outbox.receipt import Outcome, Receipt
from service.outbox.retry import RetryPolicy
from service.store import Store
from service.worker import Worker
from tests import stores

NOW = stores.NOW
SETTINGS = Settings(attempt_seconds=20, lease_seconds=60)


class Outbox:
    """One lease to claim, a dispatch that notes what it is told to carry and what it is told to write down."""

    def __init__(self, lease: Lease) -> None:
        self.waiting = [lease]
        self.carried: list[Lease] = []
        self.settled: list[Receipt] = []
        self.acknowledge = self
        self.policy = RetryPolicy()

    def claim(self, *_: object) -> list[Lease]:
        leases, self.waiting = self.waiting, []
        return leases

    def due_in(self, *_: object) -> None: ...

    def tell_lanes(self, *_: object) -> None: ...

    def spent(self, *_: object) -> list[Envelope]:
        return []

    def overdue(self, *_: object) -> dict[str, int]:
        return {}

    def document(self, id: str) -> Any:
        return stores.document(id)

    def deliver(self, lease: Lease) -> Receipt:
        self.carried.append(lease)
        return Receipt(Outcome.ACCEPTED, "250")

    def attempt(self, lease: Lease, document: object, receipt: Receipt) -> None:
        self.settled.append(receipt)


def lease(seconds: float, *, doubtful: bool) -> Lease:
    envelope: Envelope = stores.envelope("e", "d", Destination.MSSANTE_PATIENT)
    return Lease(envelope=envelope, token="t", number=1, until=NOW + dt.timedelta(seconds=seconds), doubtful=doubtful)


def worked(outbox: Outbox, settings: Settings = SETTINGS) -> Outbox:
    Worker(cast(Store, outbox), cast(Dispatch, outbox), settings, lambda: NOW, lambda: "id").drain()
    return outbox


@pytest.mark.parametrize(("doubtful", "seconds"), [(False, 20), (False, 60), (True, 40), (True, 60)])
def test_a_lease_long_enough(doubtful: bool, seconds: float) -> None:
    outbox = worked(Outbox(lease(seconds, doubtful=doubtful)))
    assert (len(outbox.carried), outbox.settled) == (1, [])


@pytest.mark.parametrize(
    ("doubtful", "seconds", "outcome"),
    [
        (False, 19, Outcome.UNREACHABLE),
        (False, -1, Outcome.UNREACHABLE),
        # The doubt of the attempt before stays.
        (True, 39, Outcome.IN_DOUBT),
        (True, -1, Outcome.IN_DOUBT),
    ],
)
def test_a_lease_too_short(doubtful: bool, seconds: float, outcome: Outcome) -> None:
    outbox = worked(Outbox(lease(seconds, doubtful=doubtful)))
    assert outbox.carried == []
    assert outbox.settled == [Receipt(outcome, "not-begun")]


def test_settings_that_no_lease_could_cover() -> None:
    with pytest.raises(ValueError, match="BINOME_LEASE_SECONDS"):
        worked(Outbox(lease(60, doubtful=False)), replace(SETTINGS, lease_seconds=40))
