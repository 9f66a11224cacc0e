"""A circuit breaker that remembers what failed at it, so that those need not wait out their pause once it works again."""

import datetime as dt
from collections import deque
from typing import Final

from service.clients.breaker import Breaker, Standing

#: Failures remembered: those of one long outage, probed every half minute, and some.
_REMEMBERED: Final = 1000


class Gate:
    """Of a destination, or of one recipient. One thread at a time."""

    def __init__(self, failures: int, pause: dt.timedelta) -> None:
        self._breaker = Breaker(failures=failures, pause=pause)
        self._failed: deque[str] = deque(maxlen=_REMEMBERED)

    def standing(self, now: dt.datetime) -> Standing:
        return self._breaker.standing(now)

    @property
    def shut_until(self) -> dt.datetime | None:
        return self._breaker.shut_until

    def probe(self, now: dt.datetime) -> None:
        """One attempt goes out to see; until it ends, or another pause has passed, no other does."""
        self._breaker.allows(now)

    def failed(self, envelope_id: str, now: dt.datetime) -> None:
        self._failed.append(envelope_id)
        self._breaker.failed(now)

    def is_shut(self, now: dt.datetime) -> bool:
        return self._breaker.standing(now) is not Standing.CLOSED

    def answered(self) -> list[str]:
        """Calls pass again; the envelopes that failed since they last did."""
        failed = list(self._failed)
        self._failed.clear()
        self._breaker.succeeded()
        return failed
