"""The outbox's rows: claims under a lease, and what the console and the worker ask of them."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace

from service.outbox.envelope import Document, Envelope, Lease, State
from service.store import rows
from service.store.engine import Session
from service.store.instants import instant, micros

_PENDING = "('queued', 'sending', 'in-doubt')"
# What replaces must not overtake what it replaces, on the way to one recipient.
_NOT_OVERTAKING = f"""NOT EXISTS (
        SELECT 1 FROM document o JOIN envelope p ON p.document_id = o.id
        WHERE o.set_id = d.set_id AND o.version < d.version
          AND p.destination = e.destination AND p.recipient = e.recipient AND p.state IN {_PENDING})"""
_DUE = f"""
    SELECT {rows.ENVELOPE}, {rows.ENVELOPE_SEAL}
    FROM envelope e JOIN document d ON d.id = e.document_id LEFT JOIN envelope_seal s ON s.envelope_id = e.id
    WHERE e.state IN {_PENDING} AND e.next_attempt <= ? AND {_NOT_OVERTAKING}
    ORDER BY e.next_attempt, e.document_id, e.id LIMIT ? {{skip}}"""
_LEASED = "UPDATE envelope SET state = 'sending', token = ?, attempts = ?, next_attempt = ? WHERE id = ?"
_NEXT = f"""
    SELECT e.next_attempt FROM envelope e JOIN document d ON d.id = e.document_id
    WHERE e.state IN {_PENDING} AND {_NOT_OVERTAKING} ORDER BY e.next_attempt LIMIT 1"""
_DOCUMENT = f"""
    SELECT {rows.DOCUMENT}, {rows.DOCUMENT_SEAL}
    FROM document d LEFT JOIN document_seal s ON s.document_id = d.id WHERE d.id = ?"""
_ENVELOPE = f"""
    SELECT {rows.ENVELOPE}, {rows.ENVELOPE_SEAL}
    FROM envelope e JOIN document d ON d.id = e.document_id LEFT JOIN envelope_seal s ON s.envelope_id = e.id"""
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
    session: Session, now: dt.datetime, worker: str, lease_seconds: float, limit: int, token_source: Callable[[], str]
) -> list[Lease]:
    """Due envelopes, one started attempt each; nothing may be sent before this has committed."""
    until = now + dt.timedelta(seconds=lease_seconds)
    leases = []
    for row in session.rows(_DUE, (micros(now), limit)):
        waiting = rows.envelope(row)
        # Still sending although its lease is over: nobody knows whether it left.
        doubtful = waiting.state in (State.IN_DOUBT, State.SENDING)
        number = waiting.attempts + 1
        sending = replace(waiting, state=State.SENDING, attempts=number, next_attempt_at=until)
        leases.append(Lease(envelope=sending, token=token_source(), number=number, until=until, doubtful=doubtful))
    unsettled = (None,) * 7
    session.insert("attempt", [(x.envelope.id, x.number, x.token, worker, micros(now), *unsettled) for x in leases])
    session.run_all(_LEASED, [(x.token, x.number, micros(until), x.envelope.id) for x in leases])
    return leases


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


def due_in(session: Session, now: dt.datetime) -> float | None:
    """Seconds until something may be claimed, 0 when it may be now, None when nothing waits."""
    found = session.rows(_NEXT)
    return max(0.0, (found[0][0] - micros(now)) / 1_000_000) if found else None


def backlog(session: Session) -> dict[tuple[str, str], int]:
    """Number of envelopes by (destination, state)."""
    counts = session.rows("SELECT destination, state, count(*) FROM envelope GROUP BY destination, state")
    return {(destination, state): count for destination, state, count in counts}
