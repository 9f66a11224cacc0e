"""The outbox's rows: claims under a lease, and what the console and the worker ask of them."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from service.outbox.envelope import Document, Envelope, Lease, State
from service.outbox.wanted import Wanted
from service.store import rows
from service.store.engine import Session
from service.store.instants import instant, micros

_PENDING = "('queued', 'sending', 'in-doubt')"
# What replaces must not overtake what it replaces, on the way to one recipient; nor what follows another, that one; nor what
# withdraws a document, what else is done about it there.
_NOT_OVERTAKING = f"""(e.follows = '' OR NOT EXISTS (
        SELECT 1 FROM envelope b WHERE b.id = e.follows AND b.state IN {_PENDING}))
    AND NOT EXISTS (
        SELECT 1 FROM document o JOIN envelope p ON p.document_id = o.id
        WHERE o.set_id = d.set_id AND o.version < d.version
          AND p.destination = e.destination AND p.recipient = e.recipient AND p.state IN {_PENDING})
    AND (e.purpose <> 'withdraw' OR NOT EXISTS (
        SELECT 1 FROM envelope q WHERE q.document_id = e.document_id AND q.destination = e.destination
          AND q.purpose <> 'withdraw' AND q.state IN {_PENDING}))"""
# Whether it is sealed, not what: more rows are looked at than are taken, and a mail is a quarter of a megabyte.
_DUE = f"""
    SELECT {rows.ENVELOPE}, NULL, s.sha256
    FROM envelope e JOIN document d ON d.id = e.document_id LEFT JOIN envelope_seal s ON s.envelope_id = e.id
    WHERE e.state IN {_PENDING} AND e.next_attempt <= ? {{wanted}} AND {_NOT_OVERTAKING}
    ORDER BY e.next_attempt, e.document_id, e.id LIMIT ? {{skip}}"""
#: Rows looked at for one that is taken, where some recipients have had their share.
_LOOKED_AT = 4
_LEASED = "UPDATE envelope SET state = 'sending', token = ?, attempts = ?, next_attempt = ? WHERE id = ?"
_NEXT = f"""
    SELECT e.next_attempt FROM envelope e JOIN document d ON d.id = e.document_id
    WHERE e.state IN {_PENDING} {{wanted}} AND {_NOT_OVERTAKING}
    ORDER BY e.next_attempt LIMIT 1"""
# Locked before their journal is read: who settles one of them has then either committed, or waits.
_WAITING = """
    SELECT e.id FROM {keys} AS k JOIN envelope e ON e.id = k.column1
    WHERE e.state IN ('queued', 'in-doubt') ORDER BY e.id {lock}"""
_ENDED = """
    SELECT a.envelope_id, max(a.finished) FROM {keys} AS k JOIN attempt a ON a.envelope_id = k.column1
    WHERE a.finished IS NOT NULL GROUP BY a.envelope_id"""
_HASTENED = """
    UPDATE envelope SET next_attempt = ? WHERE id = ? AND next_attempt > ? AND state IN ('queued', 'in-doubt')"""
# Out of time, and nobody has given them time again.
_SPENT = f"""
    SELECT {rows.ENVELOPE} FROM envelope e
    WHERE e.state IN ('queued', 'in-doubt') AND e.deadline < ? AND NOT EXISTS (
        SELECT 1 FROM attempt a WHERE a.envelope_id = e.id AND a.outcome = 'replayed' AND a.finished > ?)
    ORDER BY e.deadline, e.id LIMIT ?"""
_OVERDUE = f"""
    SELECT e.destination, count(*) FROM envelope e
    WHERE e.state IN {_PENDING} AND e.next_attempt < ? GROUP BY e.destination"""
_OLDEST = f"""
    SELECT e.destination, e.state, min(e.created) FROM envelope e
    WHERE e.state IN {_PENDING} GROUP BY e.destination, e.state"""
_DOCUMENT = f"""
    SELECT {rows.DOCUMENT}, {rows.DOCUMENT_SEAL}
    FROM document d LEFT JOIN document_seal s ON s.document_id = d.id WHERE d.id = ?"""
_ENVELOPE = f"""
    SELECT {rows.ENVELOPE}, {rows.ENVELOPE_SEAL}
    FROM envelope e JOIN document d ON d.id = e.document_id LEFT JOIN envelope_seal s ON s.envelope_id = e.id"""
_ACCEPTED = """
    WHERE e.destination = ? AND e.state = 'accepted' AND EXISTS (
        SELECT 1 FROM attempt a
        WHERE a.envelope_id = e.id AND a.outcome = 'accepted' AND a.finished >= ? AND a.finished < ?)"""
_ATTEMPTS = """
    SELECT envelope_id, number, token, worker, started, finished, outcome, code, receiver_id, raw, state
    FROM attempt WHERE envelope_id = ? ORDER BY number"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One attempt as journalled: before any network byte, then again with its outcome. None until settled."""

    envelope_id: str
    number: int
    #: Empty when no lease made it: a bounce, a cancellation.
    token: str
    worker: str
    started_at: dt.datetime
    finished_at: dt.datetime | None
    outcome: str | None
    code: str | None
    receiver_id: str | None
    raw: bytes | None
    #: State that the envelope took by it.
    state: State | None


def claim(
    session: Session,
    now: dt.datetime,
    worker: str,
    lease_seconds: float,
    wanted: Iterable[Wanted],
    token_source: Callable[[], str],
) -> list[Lease]:
    """Due envelopes, one started attempt each; nothing may be sent before this has committed."""
    until = now + dt.timedelta(seconds=lease_seconds)
    leases = []
    for waiting in (one for each in wanted for one in _due(session, now, each)):
        # Still sending although its lease is over: nobody knows whether it left.
        doubtful = waiting.state in (State.IN_DOUBT, State.SENDING)
        number = waiting.attempts + 1
        sending = replace(waiting, state=State.SENDING, attempts=number, next_attempt_at=until)
        leases.append(Lease(envelope=sending, token=token_source(), number=number, until=until, doubtful=doubtful))
    unsettled = (None,) * 7
    session.insert("attempt", [(x.envelope.id, x.number, x.token, worker, micros(now), *unsettled) for x in leases])
    session.run_all(_LEASED, [(x.token, x.number, micros(until), x.envelope.id) for x in leases])
    return leases


def _due(session: Session, now: dt.datetime, wanted: Wanted) -> list[Envelope]:
    """The first that are due, what is preferred before the rest, no recipient above its share."""
    condition, values = _of(wanted)
    found = session.rows(_DUE.replace("{wanted}", condition), (micros(now), *values, wanted.limit * _LOOKED_AT))
    taken: Counter[str] = Counter()
    chosen: list[Envelope] = []
    for waiting in sorted(map(rows.envelope, found), key=lambda one: not wanted.prefers(one.document_id)):
        if len(chosen) == wanted.limit:
            break
        if taken[waiting.recipient] < wanted.share(waiting.recipient):
            taken[waiting.recipient] += 1
            chosen.append(waiting)
    return chosen


def _of(wanted: Wanted) -> tuple[str, list[str]]:
    """A condition on an envelope, and its values."""
    condition = "AND e.destination = ?" if wanted.destination else ""
    if wanted.without:
        condition += f" AND e.recipient NOT IN ({','.join('?' * len(wanted.without))})"
    return condition, [*([wanted.destination.value] if wanted.destination else []), *sorted(wanted.without)]


def hasten(session: Session, ids: Sequence[str], now: dt.datetime) -> None:
    """What waited only because its destination was down is due now, and never before the last event of its journal.

    ``now`` may have been read before another process settled one of them, or by another clock.
    """
    waiting = session.rows_of(_WAITING, "t", [(id,) for id in sorted(set(ids))])
    ended: dict[str, int] = dict(session.rows_of(_ENDED, "t", waiting))
    due = {id: max(micros(now), ended.get(id, 0)) for (id,) in waiting}
    session.run_all(_HASTENED, [(at, id, at) for id, at in due.items()])


def spent(session: Session, since: dt.datetime, budget: dt.timedelta, limit: int) -> list[Envelope]:
    """What waits although its time was over by ``since``: its own, and that of its last replay."""
    return [rows.envelope(row) for row in session.rows(_SPENT, (micros(since), micros(since - budget), limit))]


def document(session: Session, id: str) -> Document | None:
    found = session.rows(_DOCUMENT, (id,))
    return rows.document(found[0]) if found else None


def envelope(session: Session, id: str) -> Envelope | None:
    found = session.rows(f"{_ENVELOPE} WHERE e.id = ?", (id,))
    return rows.envelope(found[0]) if found else None


def envelope_of_message(session: Session, message_id: str) -> Envelope | None:
    found = session.rows(f"{_ENVELOPE} WHERE e.message_id = ? AND e.message_id <> ''", (message_id,))
    return rows.envelope(found[0]) if found else None


def envelopes_of(session: Session, act: str) -> list[Envelope]:
    found = session.rows(f"{_ENVELOPE} WHERE d.act = ? ORDER BY d.version, e.destination, e.id", (act,))
    return [rows.envelope(row) for row in found]


def accepted_between(session: Session, destination: str, first: dt.datetime, last: dt.datetime) -> list[Envelope]:
    """Envelopes that their destination took from ``first`` on and before ``last``, and that did not come back."""
    values = (destination, micros(first), micros(last))
    return [rows.envelope(row) for row in session.rows(f"{_ENVELOPE} {_ACCEPTED} ORDER BY e.id", values)]


def envelopes_in(session: Session, states: Sequence[State], count: int) -> list[Envelope]:
    """Those that stand in one of ``states``, the latest to be moved first."""
    marks = ",".join("?" * len(states))
    sql = f"{_ENVELOPE} WHERE e.state IN ({marks}) ORDER BY e.next_attempt DESC, e.id LIMIT ?"
    return [rows.envelope(row) for row in session.rows(sql, (*(one.value for one in states), count))]


def attempts_of(session: Session, envelope_id: str) -> list[Attempt]:
    return [
        Attempt(
            envelope_id=id,
            number=number,
            token=token,
            worker=worker,
            started_at=instant(started),
            finished_at=None if finished is None else instant(finished),
            outcome=outcome,
            code=code,
            receiver_id=receiver_id,
            raw=raw,
            state=None if state is None else State(state),
        )
        for id, number, token, worker, started, finished, outcome, code, receiver_id, raw, state in session.rows(
            _ATTEMPTS, (envelope_id,)
        )
    ]


def outcomes_of(session: Session, envelopes: Sequence[str]) -> dict[str, frozenset[str]]:
    """By envelope, how its attempts ended and what was heard of it since; one that is not there has none."""
    if not envelopes:
        return {}
    marks = ",".join("?" * len(envelopes))
    sql = f"SELECT envelope_id, outcome FROM attempt WHERE envelope_id IN ({marks}) AND outcome IS NOT NULL"
    told: dict[str, set[str]] = {}
    for envelope_id, outcome in session.rows(sql, tuple(envelopes)):
        told.setdefault(envelope_id, set()).add(outcome)
    return {envelope_id: frozenset(outcomes) for envelope_id, outcomes in told.items()}


def due_in(session: Session, now: dt.datetime, wanted: Iterable[Wanted]) -> float | None:
    """Seconds until something wanted may be claimed, 0 when it may be now, None when nothing waits."""
    found = []
    for condition, values in map(_of, wanted):
        found += [row[0] for row in session.rows(_NEXT.replace("{wanted}", condition), values)]
    return max(0.0, (min(found) - micros(now)) / 1_000_000) if found else None


def overdue(session: Session, since: dt.datetime) -> dict[str, int]:
    """How many of each destination were due, or leased, until before ``since``, and are not taken."""
    return dict(session.rows(_OVERDUE, (micros(since),)))


def oldest(session: Session) -> dict[tuple[str, str], dt.datetime]:
    """When the oldest that waits was made, by (destination, state)."""
    return {(destination, state): instant(made) for destination, state, made in session.rows(_OLDEST)}


def backlog(session: Session) -> dict[tuple[str, str], int]:
    """Number of envelopes by (destination, state)."""
    counts = session.rows("SELECT destination, state, count(*) FROM envelope GROUP BY destination, state")
    return {(destination, state): count for destination, state, count in counts}
