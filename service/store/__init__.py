"""The durable store: records, proof and outbox rows, on SQLite or PostgreSQL, with one algorithm.

What is written goes through ``Store.commit``: one ``Unit`` in, its links out once they are durable. What is delivered
is taken by ``Store.claim`` and settled by a unit. All else reads.

    write      a unit, with others in one commit          unit, group, writer, plan, ground, content
    read       what is on record, kept or asked for       records, kept, history
    search     conditions on the index, page by page      search, conditions, order, walk, terms, filling
    deliver    documents, envelopes, leases, lanes        delivery, lanes, subscriptions, watches
    prove      chains, and what stands beside them        evidence
    aside      tables with a face of their own            exports, inbound
    engines    one algorithm, two databases               engine, sqlite, postgres, pool, wal_index, durable, sessions,
                                                          schema

``Store`` is the list of all that may be asked; how it is done is in those rooms.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from service.ledger.chain import Link
from service.outbox.envelope import Document, Envelope, Lease, State
from service.outbox.wanted import Wanted, whatever
from service.store import delivery, evidence, filling, ground, records, sessions, subscriptions
from service.store import history as histories
from service.store import lanes as lane_rows
from service.store import search as searching
from service.store.delivery import Attempt
from service.store.engine import Engine, UnsafeSettings
from service.store.evidence import Head
from service.store.exports import Exports
from service.store.failures import Closed, Overloaded, Unconfirmed, Unstorable
from service.store.group import UNBOUNDED, GroupCommit
from service.store.history import Changes
from service.store.inbound import Inbound
from service.store.kept import Kept
from service.store.lanes import LaneStanding
from service.store.search import Found, Search
from service.store.subscriptions import NotificationLease, Progress
from service.store.unit import Index, RequestClaim, StoredVersion, Unit, Watch
from service.unusable import Unusable

__all__ = [
    "Attempt",
    "Closed",
    "Head",
    "LaneStanding",
    "Overloaded",
    "Store",
    "Unconfirmed",
    "UnsafeSettings",
    "Unstorable",
    "open_store",
]

#: Links read at once by ``links``.
_LINKS = 500


class Store:
    """One database, opened. Safe for many threads; one per process."""

    def __init__(self, engine: Engine, waiting: int = UNBOUNDED) -> None:
        """``waiting`` units may wait while the writer is held; ``commit`` then raises ``Overloaded``."""
        self._engine = engine
        self._group = GroupCommit(engine, waiting)
        self._known = Kept(engine)
        self.exports = Exports(engine)
        self.inbound = Inbound(engine)

    def close(self) -> None:
        """Finish what was taken, refuse what comes."""
        self._group.close()
        self._engine.close()

    def pressure(self) -> tuple[int, int]:
        """Units that wait for their outcome now, and those that were turned away since this process opened the store."""
        return self._group.waiting, self._group.refused

    def commit(self, unit: Unit) -> tuple[Link, ...]:
        """The unit's links, once durable. ``Repeated``, ``Stale`` and ``Fenced`` leave no trace."""
        links = self._group.commit(unit)
        self._engine.durable.told()
        return links

    def make_durable(self) -> None:
        """What this thread was shown outlives a power loss, once this returns: to be called before telling of it."""
        try:
            self._engine.durable.ensure()
        except self._engine.failures as failure:
            raise sessions.unconfirmed(failure) from failure

    def clock(self) -> dt.datetime | None:
        """The instant now by the database's own clock; None when it is a file of this machine."""
        try:
            return self._engine.clock()
        except self._engine.failures as failure:
            raise sessions.unconfirmed(failure) from failure

    def _reading(self) -> sessions.Lent:
        return sessions.reading(self._engine)

    def _claiming(self) -> sessions.Lent:
        if self._group.closed:
            raise Closed("the store is closed")
        return sessions.claiming(self._engine)

    # Records

    def read(self, type: str, id: str, version: int | None = None) -> StoredVersion | None:
        """The current version, or the one asked for; an empty body says that this version deletes."""
        key = (type, id, version)
        if (kept := self._known.get(key)) is not None:
            return kept
        with self._reading() as session:
            return self._known.read(session, key)

    def read_many(self, keys: Sequence[tuple[str, str]]) -> list[StoredVersion]:
        """Current versions in the order asked, without those that do not exist."""
        with self._reading() as session:
            return records.many(session, keys)

    def history(self, type: str, id: str) -> list[StoredVersion]:
        """All versions, newest first."""
        with self._reading() as session:
            return records.versions(session, type, id)

    def current_versions(self, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], int]:
        with self._reading() as session:
            found = ground.current_versions(session, keys)
        return {key: version for key, (version, _) in found.items()}

    def standing(self, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], tuple[int, bool]]:
        """(last version, whether it is in force rather than a deletion) of each key that was ever written."""
        with self._reading() as session:
            return histories.standing(session, list(keys))

    def changes(self, wanted: Changes) -> list[StoredVersion]:
        """A page of versions, newest first."""
        with self._reading() as session:
            return histories.history(session, wanted)

    def deletions(self, keys: Sequence[tuple[str, str, int]]) -> frozenset[tuple[str, str, int]]:
        """Those of the versions (type, id, number) that delete."""
        with self._reading() as session:
            return histories.deletions(session, list(keys))

    def count_versions(self, type: str, id: str) -> int:
        with self._reading() as session:
            return histories.count(session, type, id)

    def search(self, wanted: Search) -> list[Found]:
        """The page of current versions that meet every condition."""
        with self._reading() as session:
            return searching.search(session, wanted)

    def count(self, wanted: Search, most: int) -> int:
        """How many current versions meet every condition; ``most`` when there are as many or more."""
        with self._reading() as session:
            return searching.count(session, wanted, most)

    def words(self, space: int, part: str, *, anywhere: bool, most: int) -> list[str]:
        """The different texts in use in ``space`` that begin with ``part``, or have it anywhere."""
        with self._reading() as session:
            return searching.words(session, space, part, anywhere=anywhere, most=most)

    def bearers(self, term: int) -> list[str]:
        """Ids of the current versions with this term, in the order of writing."""
        with self._reading() as session:
            return records.bearers(session, term)

    def bearers_of(self, terms: Sequence[int]) -> dict[int, list[str]]:
        """``bearers`` of each of the terms that have any, in one look-up."""
        with self._reading() as session:
            return records.bearers_of(session, terms)

    def beginnings(self, after: int, count: int) -> list[tuple[int, str, bytes]]:
        """(number, type, beginning of the body) of the versions that say something, in the order of writing."""
        with self._reading() as session:
            return records.beginnings(session, after, count)

    # The index made anew

    def vocabulary(self) -> str:
        """Name of the vocabulary that the index is written in; empty before it was first filled."""
        with self._reading() as session:
            return filling.vocabulary(session)

    def fill(self, name: str, index_of: Callable[[bytes], Index]) -> int:
        """Enter every current version anew, in vocabulary ``name``, unless that is done; gives how many there were."""
        self._group.forget()
        return filling.fill(self._engine, name, index_of)

    def request(self, scope: str, key: str) -> RequestClaim | None:
        """What was answered to this request."""
        return self.requests([(scope, key)]).get((scope, key))

    def requests(self, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], RequestClaim]:
        """The same of each (scope, key) that was answered, in one look-up."""
        with self._reading() as session:
            return ground.requests(session, keys)

    # Outbox

    def claim(
        self,
        now: dt.datetime,
        worker: str,
        lease_seconds: float,
        wanted: int | Sequence[Wanted],
        token_source: Callable[[], str],
    ) -> list[Lease]:
        """Due envelopes under a lease, their attempts journalled in the same commit.

        ``wanted``: how much of which destination; a number for the first so many, wherever they go.
        """
        asked = whatever(wanted) if isinstance(wanted, int) else wanted
        with self._claiming() as session:
            return delivery.claim(session, now, worker, lease_seconds, asked, token_source)

    def hasten(self, ids: Sequence[str], now: dt.datetime) -> None:
        """Of these, what waits for a later attempt is due now."""
        with self._claiming() as session:
            delivery.hasten(session, ids, now)

    def spent(self, since: dt.datetime, budget: dt.timedelta, limit: int = 100) -> list[Envelope]:
        """What still waits although its time was over by ``since``; a replay gives ``budget`` again."""
        with self._reading() as session:
            return delivery.spent(session, since, budget, limit)

    def tell_lanes(self, lanes: Sequence[LaneStanding], now: dt.datetime) -> None:
        """A worker says where its lanes stand."""
        with self._claiming() as session:
            lane_rows.tell(session, lanes, now)

    def lanes(self, now: dt.datetime) -> list[LaneStanding]:
        """What the workers that are there say of their lanes."""
        with self._reading() as session:
            return lane_rows.lanes(session, now)

    def overdue(self, since: dt.datetime) -> dict[str, int]:
        """By destination, how many were due before ``since`` and are not taken."""
        with self._reading() as session:
            return delivery.overdue(session, since)

    def oldest(self) -> dict[tuple[str, str], dt.datetime]:
        """When the oldest waiting envelope was made, by (destination, state)."""
        with self._reading() as session:
            return delivery.oldest(session)

    def document(self, id: str) -> Document | None:
        with self._reading() as session:
            return delivery.document(session, id)

    def envelope(self, id: str) -> Envelope | None:
        with self._reading() as session:
            return delivery.envelope(session, id)

    def envelope_of_message(self, message_id: str) -> Envelope | None:
        """The envelope that a receipt or a bounce speaks of."""
        with self._reading() as session:
            return delivery.envelope_of_message(session, message_id)

    def envelopes_of(self, act: str) -> list[Envelope]:
        """Envelopes of the documents of an act, by its versioned reference."""
        with self._reading() as session:
            return delivery.envelopes_of(session, act)

    def accepted_between(self, destination: str, first: dt.datetime, last: dt.datetime) -> list[Envelope]:
        """Envelopes that their destination took in that time, and that did not come back."""
        with self._reading() as session:
            return delivery.accepted_between(session, destination, first, last)

    def envelopes_in(self, states: Sequence[State], count: int) -> list[Envelope]:
        """Envelopes that stand in one of ``states``, the latest to be moved first."""
        with self._reading() as session:
            return delivery.envelopes_in(session, states, count)

    def attempts_of(self, envelope_id: str) -> list[Attempt]:
        with self._reading() as session:
            return delivery.attempts_of(session, envelope_id)

    def outcomes_of(self, envelopes: Sequence[str]) -> dict[str, frozenset[str]]:
        """By envelope, how its attempts ended and what was heard of it since; one that is not there has none."""
        with self._reading() as session:
            return delivery.outcomes_of(session, envelopes)

    def due_in(self, now: dt.datetime, wanted: Sequence[Wanted] = whatever(1)) -> float | None:
        """Seconds until something wanted may be claimed; None when nothing waits."""
        with self._reading() as session:
            return delivery.due_in(session, now, wanted)

    def backlog(self) -> dict[tuple[str, str], int]:
        """Number of envelopes by (destination, state)."""
        with self._reading() as session:
            return delivery.backlog(session)

    # Subscriptions

    def claim_notifications(
        self, now: dt.datetime, lease_seconds: float, limit: int, token_source: Callable[[], str]
    ) -> list[NotificationLease]:
        """Subscriptions to notify now, each under a lease."""
        with self._claiming() as session:
            return subscriptions.claim(session, now, lease_seconds, limit, token_source)

    def notifications_due_in(self, now: dt.datetime) -> float | None:
        """Seconds until a notification may be claimed; None when nothing waits."""
        with self._reading() as session:
            return subscriptions.due_in(session, now)

    def progress(self, subscription: str) -> Progress | None:
        """How far a subscription is; None for one that never was."""
        with self._reading() as session:
            return subscriptions.progress(session, subscription)

    def events(self, subscription: str, first: int, last: int, count: int) -> Sequence[tuple[int, StoredVersion]]:
        """Events ``first`` to ``last``, at most ``count``, with the version that each is about."""
        with self._reading() as session:
            return subscriptions.events(session, subscription, first, last, count)

    def rewatch(self, watch_of: Callable[[bytes], Watch]) -> int:
        """Every watch told anew from what watches; gives how many were told otherwise before."""
        with self._engine.writing() as session:
            return subscriptions.rewatch(session, watch_of)

    def notification_backlog(self) -> dict[str, tuple[int, int]]:
        """By standing: how many subscriptions, and how many events their targets do not have yet."""
        with self._reading() as session:
            return subscriptions.backlog(session)

    # Proof

    def chains(self) -> list[str]:
        with self._reading() as session:
            return evidence.chains(session)

    def head(self, chain: str) -> Head:
        with self._reading() as session:
            return evidence.head(session, chain)

    def links(self, chain: str, from_sequence: int = 1) -> Iterator[Link]:
        """In order of sequence, a few hundred at a time; a missing one is simply not there."""
        while some := self._some_links(chain, from_sequence, _LINKS):
            yield from some
            from_sequence = some[-1].sequence + 1

    def proved(self, chain: str, some: Sequence[Link]) -> list[bool]:
        """For each link, whether what is stored is still what it proves."""
        with self._reading() as session:
            return evidence.proved(session, chain, some)

    def unproved(self, chain: str, limit: int = 1000) -> list[str]:
        """References of what is stored without a link."""
        with self._reading() as session:
            return evidence.unproved(session, chain, limit)

    def unexplained(self, chain: str, limit: int = 1000) -> list[str]:
        """Envelopes that stand where no attempt put them."""
        with self._reading() as session:
            return evidence.unexplained(session, chain, limit)

    def _some_links(self, chain: str, first: int, count: int) -> list[Link]:
        with self._reading() as session:
            return evidence.links(session, chain, first, count)


def open_store(url: str, *, test: bool = False, waiting: int = UNBOUNDED) -> Store:
    """``sqlite:///path`` or ``postgresql://…``; migrates; ``Unusable`` when it cannot be opened, ``UnsafeSettings`` rather than risk an act.

    ``test`` accepts a PostgreSQL without fsync; ``waiting`` as for ``Store``.
    """
    if url.startswith("sqlite:///"):
        from service.store.sqlite import SqliteEngine

        path = url.removeprefix("sqlite:///")
        if not path or path.startswith(":"):
            raise Unusable("BINOME_DATABASE : une base en mémoire ne garde rien, un fichier doit être nommé.")
        return Store(_opened(lambda: SqliteEngine(Path(path)), SqliteEngine.failures), waiting)
    if url.startswith(("postgresql://", "postgres://")):
        from service.store.postgres import PostgresEngine

        return Store(_opened(lambda: PostgresEngine(url, test=test), PostgresEngine.failures), waiting)
    raise Unusable("BINOME_DATABASE s’écrit sqlite:///chemin ou postgresql://…")


def _opened(opening: Callable[[], Engine], failures: tuple[type[Exception], ...]) -> Engine:
    try:
        return opening()
    except failures as failure:
        said = str(failure).partition("\n")[0]
        raise Unusable(f"BINOME_DATABASE : la base ne s’ouvre pas. Le pilote dit : « {said} ».") from failure
