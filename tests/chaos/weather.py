"""Random faults of the destinations, one after the other: every kind that heals."""

import random
import threading
from typing import Final

from service.sandbox.faults import Faults, fault_from_json

#: (destination, kind, where, seconds). What refuses for good, bounces or loses is left out: such an act rightly
#: ends as a task for somebody, and has its own tests.
_KINDS: Final = (
    *(("xds", kind, "ITI-41", 0.0) for kind in ("busy", "registry-busy", "fault", "5xx", "html", "empty")),
    *(("xds", kind, "ITI-41", 0.0) for kind in ("store-then-fault", "cut", "truncated", "other-answer", "partial")),
    *(("xds", kind, "ITI-41", 0.0) for kind in ("cut-before", "store-then-fault", "cut")),
    *(("xds", kind, "ITI-18", 0.0) for kind in ("busy", "fault", "5xx", "cut", "cut-before", "truncated")),
    *(("xds", "slow", transaction, seconds) for transaction in ("ITI-41", "ITI-18") for seconds in (0.4, 2.5)),
    *(("mail", "4xx", stage, 0.0) for stage in ("rcpt", "data", "mail")),
    *(("mail", "cut-before", stage, 0.0) for stage in ("rcpt", "data", "mail")),
    ("mail", "cut", "data", 0.0),
    ("mail", "cut", "data", 0.0),
    *(("mail", "slow", "data", seconds) for seconds in (0.4, 2.5)),
)


class Weather:
    """Orders a fault every ``seconds`` or so until stopped."""

    def __init__(self, faults: Faults, seed: int, seconds: float) -> None:
        self._faults = faults
        self._seconds = seconds
        self._draw = random.Random(f"{seed} weather")
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="weather", daemon=True)
        self.struck = 0

    def start(self) -> None:
        self._thread.start()

    def clear_up(self) -> None:
        """No fault from now on."""
        self._over.set()
        self._thread.join()
        self.struck = sum(fault.struck for fault in self._faults.orders())
        self._faults.clear()

    def _run(self) -> None:
        while not self._over.wait(self._draw.uniform(0, 2 * self._seconds)):
            destination, kind, at, seconds = self._draw.choice(_KINDS)
            order = {"destination": destination, "kind": kind, "at": at, "seconds": seconds}
            self._faults.order(fault_from_json(order))
