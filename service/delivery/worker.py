"""The loop of the delivery process: one claimer, a lane for each destination, attempts that run beside each other.

A destination that does not answer holds up its own attempts only: every lane has threads of its own. Nothing is claimed
that cannot begin soon, so that leases and memory are bounded whatever waits.
"""

import datetime as dt
import logging
import math
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from typing import Final

from service import __name__ as _package
from service import failpoints
from service.clock import Clock, Identifiers
from service.config import Settings
from service.delivery.lane import Lane, LanePolicy
from service.delivery.press import THREADS, Press
from service.delivery.sweeping import Sweeper
from service.dispatch import Dispatch
from service.outbox.envelope import Destination, Lease
from service.outbox.part import WHOLE, Part
from service.outbox.receipt import Outcome, Receipt
from service.outbox.sign import sign_of
from service.outbox.wanted import Wanted
from service.store import LaneStanding, Store, Unconfirmed
from service.store.unit import Fenced
from service.unusable import Unusable

log = logging.getLogger(_package)

#: Calls of a doubtful attempt: the look-up, then the delivery.
_CALLS: Final = 2
#: How often the lanes are told although nothing changed.
_TOLD_EVERY: Final = dt.timedelta(seconds=30)


def lane_policy(settings: Settings, part: Part) -> LanePolicy:
    """What a destination of this installation bears, of one process among those that share it."""
    return LanePolicy(
        calls=part.share(settings.lanes),
        rate=settings.deliveries_a_second / part.of,
        failures=math.ceil(settings.breaker_failures / part.of),
        pause=dt.timedelta(seconds=settings.breaker_seconds),
    )


class Worker:
    """Claims what is due and delivers it, each destination in its own lane."""

    #: Longest it sleeps before it looks again, seconds: what was just accepted is found so soon. A look is three short
    #: readings of an index.
    nap = 0.1

    def __init__(
        self,
        store: Store,
        dispatch: Dispatch,
        settings: Settings,
        clock: Clock,
        ids: Identifiers,
        part: Part = WHOLE,
    ) -> None:
        if settings.lease_seconds <= _CALLS * settings.attempt_seconds:
            raise Unusable("BINOME_LEASE_SECONDS doit dépasser deux fois BINOME_ATTEMPT_SECONDS.")
        self._store = store
        self._dispatch = dispatch
        self._settings = settings
        self._clock = clock
        self._ids = ids
        self._name = f"worker-{ids()}"
        self._stop = threading.Event()
        #: Set when there may be something to take.
        self._wake = threading.Event()
        self._part = part
        policy = lane_policy(settings, part)
        self._lanes = {destination: Lane(destination, policy, clock()) for destination in Destination}
        #: Destinations for which nothing was due, and until when nobody looks again, unless an attempt there ends.
        self._quiet: dict[Destination, dt.datetime] = {}
        self._sweeper = Sweeper(store, dispatch.acknowledge, clock)
        self._told: tuple[object, ...] = ()
        self._told_at = dt.datetime.min.replace(tzinfo=dt.UTC)

    def stop(self) -> None:
        self._stop.set()
        self._wake.set()

    def wake(self) -> None:
        """Something new may wait."""
        self._quiet.clear()
        self._wake.set()

    def run(self) -> None:
        """Until stopped; what is under way is finished first."""
        threads = self._part.share(self._settings.lanes)
        with ExitStack() as stack:
            lanes = {one: stack.enter_context(ThreadPoolExecutor(threads, one.value)) for one in self._lanes}
            pool = stack.enter_context(ThreadPoolExecutor(THREADS, "press"))
            press = Press(
                pool, self._prepare, lambda lease: lanes[lease.envelope.destination].submit(self._attempt, lease)
            )
            while not self._stop.is_set():
                if not self.turn(press.take):
                    self._wake.wait(self._pause())

    def drain(self) -> int:
        """Deliver what is due now, in this thread; gives how many attempts were made."""
        count = 0
        self._quiet.clear()
        while leases := self._claim():
            for lease in leases:
                self._attempt(lease)
                count += 1
            self._quiet.clear()
        return count

    def turn(self, start: Callable[[Lease], object]) -> int:
        """Claim once, start what was claimed, say where the lanes stand; gives how many attempts were started."""
        self._wake.clear()
        leases = self._claim()
        for lease in leases:
            start(lease)
        self._tell()
        self._sweep()
        return len(leases)

    def _claim(self) -> Sequence[Lease]:
        now = self._clock()
        wanted = self._wanted(now)
        if not wanted:
            return ()
        try:
            preferring = [replace(one, prefers=self._part.prefers) for one in wanted]
            leases = self._store.claim(now, self._name, self._settings.lease_seconds, preferring, self._ids)
        except Unconfirmed:
            log.warning("the store did not confirm a claim; trying again")
            self._stop.wait(self.nap)
            return ()
        for lane in self._lanes.values():
            lane.took([lease for lease in leases if lease.envelope.destination is lane.destination], now)
        taken = {lease.envelope.destination for lease in leases}
        # Where some recipients were left out, it may be they whom the rest is for.
        self._leave([one for one in wanted if one.destination not in taken and not one.without], now)
        return leases

    def _wanted(self, now: dt.datetime) -> list[Wanted]:
        """What the lanes are ready to take now, where there may be something: a claim has the lock of the database."""
        ready = [one for lane in self._lanes.values() if (one := lane.wanted(now)) is not None]
        return [one for one in ready if one.destination is None or self._quiet.get(one.destination, now) <= now]

    def _leave(self, empty: Sequence[Wanted], now: dt.datetime) -> None:
        """Nothing was due for these: they are looked at again when something is, or after a nap."""
        due = self._due_in(now, empty)
        until = now + dt.timedelta(seconds=self.nap if due is None else min(self.nap, due))
        self._quiet.update((one.destination, until) for one in empty if one.destination is not None)

    def _due_in(self, now: dt.datetime, wanted: Sequence[Wanted]) -> float | None:
        try:
            return self._store.due_in(now, wanted) if wanted else None
        except Unconfirmed:
            return None  # the store does not answer now; it may in a moment

    def _pause(self) -> float:
        """Seconds until there is something to take, as far as is known now."""
        now = self._clock()
        times = [self.nap, *(time for lane in self._lanes.values() if (time := lane.next_in(now)) is not None)]
        times += [(until - now).total_seconds() for until in list(self._quiet.values()) if until > now]
        due = self._due_in(now, self._wanted(now))
        return max(min(times if due is None else [*times, due]), 0.01)

    def _prepare(self, lease: Lease) -> None:
        """Whatever goes wrong here goes wrong in the attempt again, which writes it down."""
        failpoints.about(lease.envelope.destination.value, lease.number)
        try:
            self._dispatch.prepare(lease)
        except Exception as defect:  # the press goes on: the attempt meets the same defect, and settles it
            log.error(
                "envelope %s attempt %d: not prepared, %s", lease.envelope.id, lease.number, type(defect).__name__
            )

    def _attempt(self, lease: Lease) -> None:
        lane = self._lanes[lease.envelope.destination]
        failpoints.about(lease.envelope.destination.value, lease.number)
        failpoints.reach("K10")
        begun = self._clock()
        receipt = Receipt(Outcome.IN_DOUBT, "defect")
        try:
            receipt = self._deliver(lease)
        finally:
            now = self._clock()
            again = lane.ended(lease, sign_of(receipt), now, (now - begun).total_seconds())
            if again:
                self._hasten(again, now)
            # What this one held up may go now, and what was hastened.
            self._quiet.pop(lease.envelope.destination, None)
            if again or lane.wanted(now) is not None:
                self._wake.set()

    def _deliver(self, lease: Lease) -> Receipt:
        """One attempt. A defect of ours is written down as an unclear outcome, and the next row is taken."""
        envelope = lease.envelope
        if not self._covers(lease):
            log.warning("envelope %s attempt %d: not begun, too little of its lease is left", envelope.id, lease.number)
            # Nothing was sent; what was in doubt before still is.
            receipt = Receipt(Outcome.IN_DOUBT if lease.doubtful else Outcome.UNREACHABLE, "not-begun")
            return self._record(lease, receipt)
        try:
            receipt = self._dispatch.deliver(lease)
            log.info("envelope %s attempt %d: %s %s", envelope.id, lease.number, receipt.outcome, receipt.code)
            return receipt
        except Fenced:
            log.warning("envelope %s attempt %d: the lease was lost", envelope.id, lease.number)
            return Receipt(Outcome.IN_DOUBT, "not-begun")
        except Unconfirmed:
            # Sealed or settled it may be, or not: whoever comes next asks, unless the settlement was kept.
            log.warning("envelope %s attempt %d: the store did not confirm", envelope.id, lease.number)
            return self._record(lease, Receipt(Outcome.IN_DOUBT, "unconfirmed"))
        except Exception as defect:  # the worker goes on: the rows behind this one are nobody's fault
            log.error("envelope %s attempt %d: defect %s", envelope.id, lease.number, type(defect).__name__)
            return self._record(lease, Receipt(Outcome.IN_DOUBT, "defect"))

    def _covers(self, lease: Lease) -> bool:
        """Whether the attempt will be over before its lease: while it lasts, nobody else makes one."""
        calls = _CALLS if lease.doubtful else 1
        return self._clock() + calls * dt.timedelta(seconds=self._settings.attempt_seconds) <= lease.until

    def _record(self, lease: Lease, receipt: Receipt) -> Receipt:
        try:
            document = self._store.document(lease.envelope.document_id)
            if document is not None:
                self._dispatch.acknowledge.attempt(lease, document, receipt)
        except (Fenced, Unconfirmed):
            log.warning("envelope %s attempt %d: left to its lease", lease.envelope.id, lease.number)
        return receipt

    def _hasten(self, ids: Sequence[str], now: dt.datetime) -> None:
        try:
            self._store.hasten(ids, now)
        except Unconfirmed:
            log.warning("the store did not confirm; %d envelopes wait for their own time", len(ids))

    def _tell(self) -> None:
        """Where the lanes stand, for whoever shows it; told when it changes, and now and then."""
        now = self._clock()
        standings = {lane.destination: lane.standing(now) for lane in self._lanes.values()}
        changing = tuple((destination, one[0], one[3]) for destination, one in standings.items())
        if changing == self._told and now - self._told_at < _TOLD_EVERY:
            return
        lanes = [
            LaneStanding(
                worker=self._name,
                destination=destination.value,
                standing=standing.value,
                since=since,
                held=held,
                paused=paused,
                seen=now,
            )
            for destination, (standing, since, held, paused) in standings.items()
        ]
        try:
            self._store.tell_lanes(lanes, now)
        except Unconfirmed:
            return
        self._told, self._told_at = changing, now

    def _sweep(self) -> None:
        try:
            self._sweeper.sweep()
        except Unconfirmed:
            log.warning("the store did not answer the sweep; trying again")
