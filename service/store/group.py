"""Group commit: units of many threads, one writer, one durable commit.

The writer first wins the lock of the database and only then takes what waits: whatever came while it waited
rides along. Every unit is judged on its own; a refused one leaves no trace and hurts no other. Nobody is
answered before the commit is durable, and a commit that fails is everybody's failure: it is never tried again.

While the writer is held (the lock is another process's, the disk does not answer) only so many units wait, whatever
time it takes. One that comes beyond them gives up after a while, unless the writer has begun it; once the writer has
been held for that long, it is turned away at once.
"""

import sys
import threading
import time
from collections.abc import Sequence
from queue import Empty, SimpleQueue

from service.ledger.chain import Link
from service.store.engine import Engine
from service.store.failures import Closed, Overloaded
from service.store.plan import Prepared, prepare
from service.store.unit import Unit
from service.store.writer import BATCH, Pending, Writer

#: As many units as there may be wait.
UNBOUNDED = sys.maxsize
#: How long a unit beyond those that may wait does wait, seconds; a writer at one group for longer is held.
PATIENCE = 2.0


class Waiting(Pending):
    """One unit, and the thread that waits for its outcome."""

    __slots__ = ("_begun", "_done", "_next")

    def __init__(self, prepared: Prepared) -> None:
        super().__init__(prepared)
        # A bare lock: a tenth of the cost of an Event.
        self._done = threading.Lock()
        self._done.acquire()
        self._begun = threading.Lock()
        self._next: Waiting | None = None

    def begin(self) -> bool:
        """True for the first who asks: the writer, that it is written, or its own thread, that it never will be."""
        return self._begun.acquire(blocking=False)

    def wake(self) -> None:
        self._done.release()

    def outcome(self, patience: float) -> tuple[Link, ...]:
        """``Overloaded`` when the writer has not begun it in that many seconds; negative is for ever."""
        if not self._done.acquire(timeout=patience):
            if self.begin():
                raise Overloaded("the writer is held")
            self._done.acquire()
        if self._next is not None:
            self._next.wake()
        if self.failure is not None:
            raise self.failure
        return self.links


def wake_in_turn(some: Sequence[Waiting]) -> None:
    """Each wakes the next: woken all at once, they would fight for the interpreter, which takes them one by one."""
    for one, other in zip(some, some[1:], strict=False):
        one._next = other
    some[0].wake()


class GroupCommit:
    """The writer thread of one process."""

    def __init__(self, engine: Engine, most: int = UNBOUNDED) -> None:
        """``most`` units may wait while the writer is held."""
        self._writer = Writer(engine)
        self._most = most
        #: Units whose outcome is not known yet, and those that were turned away.
        self.waiting = self.refused = 0
        #: When the writer began what it is at; infinity while it has nothing to do.
        self._since = float("inf")
        self._queue: SimpleQueue[Waiting | None] = SimpleQueue()
        self._gate = threading.Lock()
        self._closed = self._ended = False
        self._scribe = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._scribe.start()

    @property
    def closed(self) -> bool:
        return self._closed

    def commit(self, unit: Unit) -> tuple[Link, ...]:
        waiting = Waiting(prepare(unit))
        with self._gate:
            if self._closed:
                raise Closed("the store is closed")
            beyond = self.waiting >= self._most
            if beyond and time.monotonic() - self._since > PATIENCE:
                self.refused += 1
                raise Overloaded("the writer is held")
            self.waiting += 1
            self._queue.put(waiting)
        try:
            return waiting.outcome(PATIENCE if beyond else -1)
        except Overloaded:
            with self._gate:
                self.refused += 1
            raise
        finally:
            with self._gate:
                self.waiting -= 1

    def forget(self) -> None:
        """The index was emptied: no word is known to be entered."""
        self._writer.forget()

    def close(self) -> None:
        """Refuse what comes from now on, finish what was taken."""
        with self._gate:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
        self._scribe.join()

    def _run(self) -> None:
        batch: list[Waiting] = []

        def join() -> Sequence[Waiting]:
            taken = self._taken()
            batch.extend(taken)
            return taken

        while not self._ended and (first := self._queue.get()) is not None:
            if not first.begin():
                continue
            self._since = time.monotonic()
            batch[:] = [first]
            self._writer.write([first], join)
            self._since = float("inf")
            wake_in_turn(batch)

    def _taken(self) -> Sequence[Waiting]:
        """What waits by now; after the end mark nothing comes."""
        taken: list[Waiting] = []
        try:
            while len(taken) < BATCH - 1 and not self._ended:
                waiting = self._queue.get_nowait()
                if waiting is None:
                    self._ended = True
                elif waiting.begin():
                    taken.append(waiting)
        except Empty:
            pass
        return taken
