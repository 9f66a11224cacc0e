"""What the claims leave behind: envelopes whose time is over while nobody calls their destination, and what is late.

While a breaker is open nothing is claimed, so that no attempt ends by the budget; the sweep ends what waits. What was
due long ago, or leased beyond its lease, is taken by the next claim: it is counted here, and told when there is any.
"""

import datetime as dt
import logging
from typing import Final

from service import __name__ as _package
from service.acknowledge import Acknowledge
from service.clock import Clock
from service.store import Store

log = logging.getLogger(_package)

#: How often, and how long after its time an envelope is swept; late is what was due so long ago.
_EVERY: Final = dt.timedelta(minutes=1)
LATE: Final = dt.timedelta(minutes=10)


class Sweeper:
    """Looks once a minute."""

    def __init__(self, store: Store, acknowledge: Acknowledge, clock: Clock) -> None:
        self._store = store
        self._acknowledge = acknowledge
        self._clock = clock
        self._next: dt.datetime | None = None
        #: Destinations that were told to be late: told once, until they no longer are.
        self._late: set[str] = set()

    def sweep(self) -> int:
        """Ends what is out of time; gives how many."""
        now = self._clock()
        if self._next is not None and now < self._next:
            return 0
        self._next = now + _EVERY
        ended = 0
        while spent := self._store.spent(now - LATE, self._acknowledge.policy.budget):
            moved = sum(self._acknowledge.spent(envelope) for envelope in spent)
            ended += moved
            if not moved:
                break
        if ended:
            log.warning("%d envelopes were out of time: each is somebody's task", ended)
        late = self._store.overdue(now - LATE)
        for destination in sorted(late.keys() - self._late):
            log.warning("%d envelopes to %s were due ten minutes ago", late[destination], destination)
        self._late = set(late)
        return ended
