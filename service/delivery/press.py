"""Documents made ahead of the lanes: an attempt that holds a place in its lane calls, it does not render.

A document is made once however many envelopes carry it; those that come meanwhile wait without a thread. What must not be
known here: what is made, and what an attempt is.
"""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from service.outbox.envelope import Lease

#: Documents made at once, in one delivery process: the compiler works outside the interpreter's lock, what is around it does not.
THREADS: Final = 2


class Press:
    """``make`` never raises; what comes of it is seen by the attempt."""

    def __init__(
        self, pool: ThreadPoolExecutor, make: Callable[[Lease], None], start: Callable[[Lease], object]
    ) -> None:
        self._pool = pool
        self._make = make
        self._start = start
        self._lock = threading.Lock()
        #: By document, the envelopes that leave once it is made.
        self._waiting: dict[str, list[Lease]] = {}

    def take(self, lease: Lease) -> None:
        """Start the attempt, at once where the envelope is sealed already."""
        if lease.envelope.payload_sha256 is not None:
            self._start(lease)
            return
        document = lease.envelope.document_id
        with self._lock:
            waiting = self._waiting.setdefault(document, [])
            waiting.append(lease)
            if len(waiting) > 1:
                return
        self._pool.submit(self._made, document, lease)

    def _made(self, document: str, lease: Lease) -> None:
        try:
            self._make(lease)
        finally:
            with self._lock:
                leases = self._waiting.pop(document)
            for each in leases:
                self._start(each)
