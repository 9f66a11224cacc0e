"""The rounds of the delivery process: who must be told something is taken under a lease, and told, several at once.

One slow target keeps one lane, never the others'; two lanes never tell one target.
"""

import datetime as dt
import logging
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from service.clock import Clock, Identifiers
from service.outbox.receipt import Outcome, Receipt
from service.store import Closed, Store, Unconfirmed
from service.store.subscriptions import NotificationLease
from service.store.unit import Fenced, Stale
from service.subscriptions.notifier import Notifier
from service.unusable import Unusable

log = logging.getLogger(__name__)

#: Longest it sleeps before it looks again, seconds.
_NAP: Final = 0.5


class Rounds:
    """Claims and notifies until stopped."""

    def __init__(
        self,
        store: Store,
        notifier: Notifier,
        clock: Clock,
        ids: Identifiers,
        *,
        lanes: int,
        lease_seconds: float,
        attempt_seconds: float,
    ) -> None:
        if lease_seconds <= attempt_seconds:
            raise Unusable("BINOME_LEASE_SECONDS doit dépasser BINOME_ATTEMPT_SECONDS.")
        self._store = store
        self._notifier = notifier
        self._clock = clock
        self._ids = ids
        self._lanes = lanes
        self._lease_seconds = lease_seconds
        self._attempt = dt.timedelta(seconds=attempt_seconds)
        self._stopped = False
        #: Set when a lane has become free, or when all is over.
        self._freed = threading.Event()

    def stop(self) -> None:
        self._stopped = True
        self._freed.set()

    def run(self) -> None:
        """Until stopped; what is under way is finished first."""
        free = threading.Semaphore(self._lanes)
        with ThreadPoolExecutor(self._lanes, thread_name_prefix="notifying") as pool:
            while not self._stopped:
                self._freed.clear()
                leases = self._claim_for(free)
                for lease in leases:
                    pool.submit(self._lane, lease, free)
                if not leases:
                    self._freed.wait(self._pause())

    def drain(self) -> int:
        """Tell what is due now, in this thread; gives how many attempts were made."""
        count = 0
        while leases := self._claim(self._lanes):
            for lease in leases:
                self._notify(lease)
                count += 1
        return count

    def _claim_for(self, free: threading.Semaphore) -> Sequence[NotificationLease]:
        """At most one lease for each free lane, so that none waits while its lease runs."""
        lanes = 0
        while lanes < self._lanes and free.acquire(blocking=False):
            lanes += 1
        leases = self._claim(lanes) if lanes else ()
        for _ in range(lanes - len(leases)):
            free.release()
        return leases

    def _claim(self, limit: int) -> Sequence[NotificationLease]:
        try:
            now = self._clock()
            # Asked first without a lock: most of the time nothing waits.
            if self._store.notifications_due_in(now) != 0:
                return ()
            return self._store.claim_notifications(now, self._lease_seconds, limit, self._ids)
        except (Unconfirmed, Closed):
            log.warning("the store did not confirm a claim of notifications; trying again")
            return ()

    def _pause(self) -> float:
        try:
            due = self._store.notifications_due_in(self._clock())
        except Unconfirmed:
            return _NAP
        return _NAP if due is None else min(max(due, 0.01), _NAP)

    def _lane(self, lease: NotificationLease, free: threading.Semaphore) -> None:
        try:
            self._notify(lease)
        finally:
            free.release()
            self._freed.set()

    def _notify(self, lease: NotificationLease) -> None:
        """One attempt. A defect of ours is written down as an unclear outcome; the other subscriptions go on."""
        name = lease.subscription
        if self._clock() + self._attempt > lease.until:
            log.warning("subscription %s attempt %d: not begun, too little of its lease is left", name, lease.attempt)
            return
        try:
            receipt = self._notifier.notify(lease)
        except (Fenced, Stale):
            log.warning("subscription %s attempt %d: the lease was lost", name, lease.attempt)
        except Unconfirmed:
            log.warning("subscription %s attempt %d: left to its lease", name, lease.attempt)
        except Exception as defect:  # the lanes go on: the other subscriptions are nobody's fault
            log.error("subscription %s attempt %d: defect %s", name, lease.attempt, type(defect).__name__)
            self._record(lease, Receipt(Outcome.IN_DOUBT, "defect"))
        else:
            if receipt is not None:
                log.info("subscription %s attempt %d: %s %s", name, lease.attempt, receipt.outcome, receipt.code)

    def _record(self, lease: NotificationLease, receipt: Receipt) -> None:
        try:
            self._notifier.record(lease, receipt)
        except (Fenced, Stale, Unconfirmed):
            log.warning("subscription %s attempt %d: left to its lease", lease.subscription, lease.attempt)
