"""The clock by which leases run: the store's own, so that workers on machines whose clocks differ agree.

Between two looks it goes by the machine's steady clock: a wall clock that jumps moves no lease under way.
"""

import datetime as dt
import math
import threading
import time
from collections.abc import Callable
from typing import Final

from service.clock import Clock
from service.store import Store, Unconfirmed

#: Seconds between two looks at the store's clock.
_LOOK_EVERY: Final = 10.0


class StoreClock:
    """A ``Clock``. ``machine`` is asked where the store is a file of this machine, and has no clock of its own."""

    def __init__(self, store: Store, machine: Clock, steady: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._machine = machine
        self._steady = steady
        self._lock = threading.Lock()
        self._base, self._looked = machine(), -math.inf

    def __call__(self) -> dt.datetime:
        with self._lock:
            now = self._steady()
            if now - self._looked >= _LOOK_EVERY:
                self._look()
                now = self._steady()
            return self._base + dt.timedelta(seconds=now - self._looked)

    def _look(self) -> None:
        try:
            base = self._store.clock() or self._machine()
        except Unconfirmed:
            if self._looked > -math.inf:
                return  # it goes on by the steady clock
            base = self._machine()
        self._base, self._looked = base, self._steady()
