"""A circuit breaker: after some failures in a row, nobody calls for a while, then one call tries again."""

import datetime as dt
import threading


class Breaker:
    """Counts failures in a row; the time is passed in at each call."""

    def __init__(self, *, failures: int, pause: dt.timedelta) -> None:
        self._limit = failures
        self._pause = pause
        self._lock = threading.Lock()
        self._in_a_row = 0
        self._shut_until: dt.datetime | None = None

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
