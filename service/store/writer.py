"""One group of units, one durable commit: the lock of the database, the judgement of each unit, the rows.

Every unit is judged on its own; a refused one leaves no trace and hurts no other. A commit that fails is everybody's
failure: it is never tried again. Who calls is alone at it: one thread of a process, or one process for several.
"""

from collections.abc import Callable, Sequence

from service.ledger.chain import Link
from service.store import ground
from service.store.engine import Engine, Session
from service.store.failures import Unconfirmed, Unstorable
from service.store.plan import Changes, Prepared, plan, touched
from service.store.unit import Word
from service.store.watches import Watching

#: Units of one commit, at most.
BATCH = 64
#: Words that a writer knows to be entered, at most.
WORDS = 50_000


class Pending:
    """One unit on its way, and what became of it: its links, or a failure."""

    __slots__ = ("failure", "links", "prepared")

    def __init__(self, prepared: Prepared) -> None:
        self.prepared = prepared
        self.links: tuple[Link, ...] = ()
        self.failure: Exception | None = None


class Writer:
    """Writes groups, one after the other."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._watching = Watching()
        self._words: set[Word] = set()

    def forget(self) -> None:
        """The index was emptied: no word is known to be entered."""
        self._words = set()

    def write(self, first: Sequence[Pending], join: Callable[[], Sequence[Pending]]) -> Sequence[Pending]:
        """The outcome of ``first``, and of those that ``join`` gives once the lock is won: all of them."""
        batch = list(first)
        try:
            with self._engine.writing() as session:
                batch += join()
                words = self._judge_and_write(session, batch)
            self._remember(words)
        except Exception as failure:  # whatever it is, each of the batch is told
            self._recover(batch, failure)
        return batch

    def _recover(self, batch: Sequence[Pending], failure: Exception) -> None:
        """Rows that the schema refuses cost their own unit only: the others are committed one by one."""
        alone = isinstance(failure, self._engine.constraints)
        for pending in batch:
            pending.links = ()
            if alone:
                self._write_alone(pending)
            else:
                pending.failure = self._named(failure)

    def _write_alone(self, pending: Pending) -> None:
        pending.failure = None
        try:
            with self._engine.writing() as session:
                words = self._judge_and_write(session, [pending])
            self._remember(words)
        except Exception as failure:  # told to its own thread
            pending.links = ()
            pending.failure = self._named(failure)

    def _named(self, failure: Exception) -> Exception:
        name = type(failure).__name__
        if isinstance(failure, self._engine.constraints):
            return Unstorable(f"the schema refuses this unit: {name}")
        if isinstance(failure, self._engine.failures):
            return Unconfirmed(f"the database failed: {name}")
        return Unconfirmed(f"the writer failed: {name}")

    def _judge_and_write(self, session: Session, batch: Sequence[Pending]) -> list[Word]:
        """Gives the words that are in use for the first time, as far as this writer knows."""
        facts = ground.ground(session, touched([pending.prepared.unit for pending in batch]), self._watching)
        known = dict(facts.heads)
        changes = Changes()
        for pending in batch:
            try:
                pending.links, its = plan(pending.prepared, facts)
            except Exception as refusal:  # a refused unit hurts no other
                pending.failure = refusal
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
