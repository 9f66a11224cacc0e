"""An outbox that waits and destinations that are down for hours, in virtual time: what is attempted, when, in which order."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, cast

from service.config import Settings
from service.delivery.worker import Worker
from service.dispatch import Dispatch
from service.outbox.envelope import Destination, Envelope, Lease, State
from service.outbox.receipt import Outcome, Receipt
from service.outbox.retry import RetryPolicy, next_attempt
from service.outbox.states import move, settled
from service.store import Store
from service.store.unit import Settlement
from tests.house import Clock
from tests.stores import NOW, document, envelope, unit

TAKEN = Receipt(Outcome.ACCEPTED, "ok")
CLOSED = Receipt(Outcome.UNREACHABLE, "connect")
#: Where every document goes: an installation takes one road to the shared record.
WAYS = (Destination.DMP, Destination.MSSANTE_PROFESSIONAL, Destination.MSSANTE_PATIENT)
#: Documents of one commit.
_TOGETHER = 100


@dataclass
class Attempted:
    """One attempt: when, what, and what came of it."""

    at: dt.datetime
    envelope: Envelope
    outcome: Outcome


@dataclass
class Outage:
    """A worker over ``store``; ``answer`` is what a destination says at an instant. An attempt takes no time."""

    store: Store
    answer: Callable[[Envelope, dt.datetime], Receipt]
    settings: Settings = field(default_factory=Settings)
    attempts: list[Attempted] = field(default_factory=list)
    draws: Iterator[float] = field(default_factory=lambda: iter(()))
    #: Of the worker, and of its tokens: no other may have it.
    name: str = "w"

    def __post_init__(self) -> None:
        self.clock = Clock(NOW)
        self.policy = RetryPolicy()
        self.turns = self.claims = 0
        self._ids = 0
        dispatch = cast(Dispatch, _Dispatch(self))
        self.worker = Worker(self.store, dispatch, self.settings, self.clock, self.fresh)
        # Nothing new comes while it sleeps.
        self.worker.nap = 60.0

    def fresh(self) -> str:
        self._ids += 1
        return f"{self.name}-{self._ids}"

    def fill(self, documents: int, recipients: int = 200, replaced: int = 0, prefix: str = "") -> None:
        """So many reports for every destination; the first ``replaced`` of them have a second version behind them."""
        made = [document(f"d{prefix}{n:05}") for n in range(documents)]
        made += [
            document(f"r{n:05}", act=f"Procedure/d{n:05}/_history/2", set_id=f"1.2.250.1.999.0.d{n:05}", version=2)
            for n in range(replaced)
        ]
        for start in range(0, len(made), _TOGETHER):
            some = made[start : start + _TOGETHER]
            self.store.commit(
                unit(
                    documents=tuple(some),
                    envelopes=tuple(
                        envelope(f"{one.id}-{k}", one.id, where, recipient=f"box-{int(one.id[1:]) % recipients}")
                        for one in some
                        for k, where in enumerate(WAYS)
                    ),
                )
            )

    def until(self, end: dt.datetime) -> None:
        """The worker at work, as if time passed."""
        while self.clock() < end:
            self.turns += 1
            if not self.worker.turn(self.worker._attempt):
                pause = self.worker._pause()
                self.clock.now = min(end, self.clock() + dt.timedelta(seconds=pause))

    def states(self) -> Counter[str]:
        counts: Counter[str] = Counter()
        for (_, state), count in self.store.backlog().items():
            counts[state] += count
        return counts

    def of(self, destination: Destination) -> list[Attempted]:
        return [one for one in self.attempts if one.envelope.destination is destination]


class _Dispatch:
    """Settles each attempt by what the destination says; renders nothing."""

    def __init__(self, outage: Outage) -> None:
        self._outage = outage
        self.acknowledge = self
        self.policy = outage.policy

    def prepare(self, lease: Lease) -> None:
        """Nothing is rendered."""

    def deliver(self, lease: Lease) -> Receipt:
        outage = self._outage
        now = outage.clock()
        receipt = outage.answer(lease.envelope, now)
        outage.attempts.append(Attempted(now, lease.envelope, receipt.outcome))
        draw = next(outage.draws, 1.0)
        again = next_attempt(now, lease.number, lease.envelope.deadline, draw, outage.policy)
        outage.store.commit(
            unit(
                settlements=(
                    Settlement(
                        envelope_id=lease.envelope.id,
                        token=lease.token,
                        number=lease.number,
                        outcome=receipt.outcome,
                        code=receipt.code,
                        receiver_id="",
                        raw=b"",
                        finished_at=now,
                        state=move(State.SENDING, settled(receipt.outcome, budget_left=again is not None)),
                        next_attempt_at=again or now,
                    ),
                )
            )
        )
        return receipt

    def spent(self, _: Any) -> bool:
        return False
