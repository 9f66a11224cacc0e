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
from service.store import ground
from service.store.engine import Engine, Session
from service.store.plan import Changes, Prepared, plan, prepare, touched
from service.store.unit import Unit, Word
from service.store.watches import Watching

#: Units of one commit, at most.
BATCH = 64
#: Words that a process knows to be entered, at most.
WORDS = 50_000
#: As many units as there may be wait.
UNBOUNDED = sys.maxsize
#: How long a unit beyond those that may wait does wait, seconds; a writer at one group for longer is held.
PATIENCE = 2.0


class Closed(Exception):
    """The store is closed."""


class Unconfirmed(Exception):
    """The database failed: the unit may be stored or not. Ask again under the same request key."""


class Overloaded(Exception):
    """The writer is held and enough units wait for it: nothing was kept of this one."""


class Unstorable(Exception):
    """The schema refuses the unit: a defect of its maker. The driver's words are left out, they quote values."""


class _Waiting:
    """One unit, and the thread that waits for its outcome."""

    __slots__ = ("_begun", "_done", "failure", "links", "prepared")

    def __init__(self, prepared: Prepared) -> None:
        self.prepared = prepared
        self.links: tuple[Link, ...] = ()
        self.failure: Exception | None = None
        # A bare lock: a tenth of the cost of an Event.
        self._done = threading.Lock()
        self._done.acquire()
        self._begun = threading.Lock()

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
        if self.failure is not None:
            raise self.failure
        return self.links


class GroupCommit:
    """The writer thread of one process."""

    def __init__(self, engine: Engine, most: int = UNBOUNDED) -> None:
        """``most`` units may wait while the writer is held."""
        self._engine = engine
        self._most = most
        #: Units whose outcome is not known yet, and those that were turned away.
        self.waiting = self.refused = 0
        #: When the writer began what it is at; infinity while it has nothing to do.
        self._since = float("inf")
        self._watching = Watching()
        self._words: set[Word] = set()
        self._queue: SimpleQueue[_Waiting | None] = SimpleQueue()
        self._gate = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    @property
    def closed(self) -> bool:
        return self._closed

    def commit(self, unit: Unit) -> tuple[Link, ...]:
        waiting = _Waiting(prepare(unit))
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
        self._words = set()

    def close(self) -> None:
        """Refuse what comes from now on, finish what was taken."""
        with self._gate:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (first := self._queue.get()) is not None:
            if not first.begin():
                continue
            self._since = time.monotonic()
            batch = [first]
            try:
                ended = self._commit_group(batch)
            except Exception as failure:
                ended = self._recover(batch, failure)
            self._since = float("inf")
            for waiting in batch:
                waiting.wake()
            if ended:
                return

    def _commit_group(self, batch: list[_Waiting]) -> bool:
        """Fills ``batch`` with what waits once the lock is won; True when nothing comes after it."""
        ended = False
        with self._engine.writing() as session:
            try:
                while len(batch) < BATCH and not ended:
                    waiting = self._queue.get_nowait()
                    if waiting is None:
                        ended = True
                    elif waiting.begin():
                        batch.append(waiting)
            except Empty:
                pass
            words = self._judge_and_write(session, batch)
        self._remember(words)
        return ended

    def _recover(self, batch: list[_Waiting], failure: Exception) -> bool:
        """Rows that the schema refuses cost their own unit only: the others are committed one by one."""
        alone = isinstance(failure, self._engine.constraints)
        for waiting in batch:
            waiting.links = ()
            if alone:
                self._commit_alone(waiting)
            else:
                waiting.failure = self._named(failure)
        # The end mark may have been taken out with the batch.
        return self._closed and self._queue.empty()

    def _commit_alone(self, waiting: _Waiting) -> None:
        waiting.failure = None
        try:
            with self._engine.writing() as session:
                words = self._judge_and_write(session, [waiting])
            self._remember(words)
        except Exception as failure:
            waiting.links = ()
            waiting.failure = self._named(failure)

    def _named(self, failure: Exception) -> Exception:
        name = type(failure).__name__
        if isinstance(failure, self._engine.constraints):
            return Unstorable(f"the schema refuses this unit: {name}")
        if isinstance(failure, self._engine.failures):
            return Unconfirmed(f"the database failed: {name}")
        return Unconfirmed(f"the writer failed: {name}")

    def _judge_and_write(self, session: Session, batch: Sequence[_Waiting]) -> list[Word]:
        """Gives the words that are in use for the first time, as far as this process knows."""
        facts = ground.ground(session, touched([waiting.prepared.unit for waiting in batch]), self._watching)
        known = dict(facts.heads)
        changes = Changes()
        for waiting in batch:
            try:
                waiting.links, its = plan(waiting.prepared, facts)
            except Exception as refusal:
                waiting.failure = refusal
            else:
                changes.take(its)
        moved = {chain: head for chain, head in facts.heads.items() if known.get(chain) != head}
        words = [word for word in ground.words_of(changes.entered) if word not in self._words]
        ground.write(session, changes, moved, words)
        return words

    def _remember(self, words: Sequence[Word]) -> None:
        """What is committed need not be entered again."""
        if len(self._words) + len(words) > WORDS:
            self._words.clear()
        self._words.update(words)
