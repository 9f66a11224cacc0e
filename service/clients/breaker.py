"""A circuit breaker: after some failures in a row, nobody calls for a while, then one call tries again."""

import datetime as dt
import threading
from enum import StrEnum


class Standing(StrEnum):
    """Where a breaker stands."""

    #: Calls pass.
    CLOSED = "closed"
    #: Nobody calls; or one call is trying, and the others wait for it.
    OPEN = "open"
    #: The pause is over: one call may try.
    HALF_OPEN = "half-open"


class Breaker:
    """Counts failures in a row; the time is passed in at each call."""

    def __init__(self, *, failures: int, pause: dt.timedelta) -> None:
        self._limit = failures
        self._pause = pause
        self._lock = threading.Lock()
        self._in_a_row = 0
        self._shut_until: dt.datetime | None = None

    def standing(self, now: dt.datetime) -> Standing:
        """To look without calling."""
        with self._lock:
            if self._shut_until is None:
                return Standing.CLOSED
            return Standing.OPEN if now < self._shut_until else Standing.HALF_OPEN

    @property
    def shut_until(self) -> dt.datetime | None:
        """When the pause is over; None while calls pass."""
        return self._shut_until

    def allows(self, now: dt.datetime) -> bool:
        """Whether to call; when the pause is over, True once, and the next pause begins until that call succeeds."""
        with self._lock:
            if self._shut_until is None:
                return True
            if now < self._shut_until:
                return False
            self._shut_until = now + self._pause
            return True

    def succeeded(self) -> None:
        with self._lock:
            self._in_a_row, self._shut_until = 0, None

    def failed(self, now: dt.datetime) -> None:
        with self._lock:
            self._in_a_row += 1
            if self._in_a_row >= self._limit:
                self._shut_until = now + self._pause
