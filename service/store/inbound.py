"""Mail taken from our boxes: kept in one commit before the box is told, read under a lease, settled once.

A mail is one row however often it is seen: in another place of a box that was numbered anew, or handed over twice. The
store knows neither MIME nor what a mail means.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from service.store.engine import Engine, Row
from service.store.instants import instant, micros
from service.store.sessions import claiming, reading
from service.store.unit import Fenced

_MAIL = (
    "e.id, e.box, e.digest, e.size, e.message_id, e.kept, e.state, e.due, e.tries, e.kind, e.code, e.envelope_id, e.act,"
    " e.shown, e.settled, coalesce((SELECT g.forgotten FROM inbound_forgotten g WHERE g.mail_id = e.id), 0)"
)
_ADD = """
    INSERT INTO inbound_mail (id, box, sameness, digest, size, message_id, kept, state, due, tries, token, kind, code,
        envelope_id, act, shown, settled)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, '', ?, ?, '', '', '', ?)
    ON CONFLICT (box, sameness) DO NOTHING RETURNING id"""
_SAME = "SELECT id FROM inbound_mail WHERE box = ? AND sameness = ?"
_RAW = "INSERT INTO inbound_raw (mail_id, raw) VALUES (?, ?)"
_PLACE = """
    INSERT INTO inbound_place (box, validity, uid, mail_id) VALUES (?, ?, ?, ?)
    ON CONFLICT (box, validity, uid) DO NOTHING"""
_MARK = "SELECT coalesce(max(uid), 0) FROM inbound_place WHERE box = ? AND validity = ?"
_DUE = f"""
    SELECT {_MAIL} FROM inbound_mail e WHERE e.state = 'waiting' AND e.due <= ? ORDER BY e.due, e.id LIMIT ? {{skip}}"""
_LEASE = "UPDATE inbound_mail SET token = ?, tries = ?, due = ? WHERE id = ?"
_SETTLE = """
    UPDATE inbound_mail SET state = ?, token = '', kind = ?, code = ?, envelope_id = ?, act = ?, shown = ?, settled = ?
    WHERE id = ? AND token = ? AND state = 'waiting' RETURNING id"""
_LEAVE = """
    UPDATE inbound_mail SET token = '', due = ?, tries = tries - ? WHERE id = ? AND token = ? AND state = 'waiting'
    RETURNING id"""
_OVER = """
    SELECT e.id FROM inbound_mail e
    WHERE e.state = 'settled' AND e.settled < ? AND EXISTS (SELECT 1 FROM inbound_raw r WHERE r.mail_id = e.id)
    ORDER BY e.settled, e.id LIMIT ? {skip}"""
_FORGOTTEN = "INSERT INTO inbound_forgotten (mail_id, forgotten) VALUES (?, ?)"
_UNSHOWN = "UPDATE inbound_mail SET shown = '' WHERE id = ?"
_GONE = "DELETE FROM inbound_raw WHERE mail_id = ?"
_NEXT = "SELECT min(due) FROM inbound_mail WHERE state = 'waiting'"
_READ = f"SELECT {_MAIL} FROM inbound_mail e WHERE e.id = ?"
_BYTES = "SELECT raw FROM inbound_raw WHERE mail_id = ?"
_LATEST = f"""
    SELECT {_MAIL} FROM inbound_mail e WHERE e.box = ? AND (e.kept, e.id) < (?, ?) ORDER BY e.kept DESC, e.id DESC LIMIT ?"""
_ABOUT = f"SELECT {_MAIL} FROM inbound_mail e WHERE e.act = ? ORDER BY e.kept, e.id LIMIT ?"
_COUNTS = "SELECT state, kind, count(*) FROM inbound_mail GROUP BY state, kind"

#: Mails forgotten in one commit.
_CHUNK = 200


class Standing(StrEnum):
    """Where a mail stands."""

    WAITING = "waiting"
    SETTLED = "settled"
    #: Somebody must look: it is wrong, too large, or nothing could read it.
    QUARANTINED = "quarantined"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """One mail as it was taken from a box."""

    box: str
    validity: int
    uid: int
    #: SHA-256 of what makes it itself, and of its bytes.
    sameness: bytes
    digest: bytes
    #: How long it is in its box.
    size: int
    message_id: str
    raw: bytes
    #: Why it is set aside at once; empty when it is to be read.
    aside: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundMail:
    """One mail on record."""

    id: str
    box: str
    digest: bytes
    size: int
    message_id: str
    kept: dt.datetime
    state: Standing
    due: dt.datetime
    tries: int
    kind: str
    code: str
    envelope_id: str
    act: str
    shown: str
    settled: dt.datetime | None
    #: When what it said was forgotten.
    forgotten: dt.datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundLease:
    """The right to settle one mail, until its lease ends."""

    mail: InboundMail
    #: Fencing token; an outcome under another token is refused.
    token: str
    until: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a mail was found to be."""

    kind: str
    code: str = ""
    envelope_id: str = ""
    act: str = ""
    shown: str = ""
    state: Standing = Standing.SETTLED


class Inbound:
    """The mail of one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    # The fetcher's side

    def mark(self, box: str, validity: int) -> int:
        """The highest UID kept of a box under one numbering; 0 before the first."""
        with reading(self._engine) as session:
            uid: int = session.rows(_MARK, (box, validity))[0][0]
        return uid

    def keep(self, taken: Taken, id: str, now: dt.datetime) -> bool:
        """Durably kept, with its place, under ``id``; False when it was known already, then only its place is new."""
        at = micros(now)
        state = Standing.QUARANTINED if taken.aside else Standing.WAITING
        row = (
            id, taken.box, taken.sameness, taken.digest, taken.size, taken.message_id, at, state.value, at,
            taken.aside and "unread", taken.aside, at if taken.aside else 0,
        )  # fmt: skip
        with claiming(self._engine) as session:
            new = session.rows(_ADD, row)
            if new:
                session.run_all(_RAW, [(id, taken.raw)])
            known = id if new else session.rows(_SAME, (taken.box, taken.sameness))[0][0]
            session.run_all(_PLACE, [(taken.box, taken.validity, taken.uid, known)])
        return bool(new)

    # The reader's side

    def claim(
        self, now: dt.datetime, seconds: float, limit: int, token_source: Callable[[], str]
    ) -> Sequence[InboundLease]:
        """Mails to read now, each under a lease, the try counted in the same commit: a crash is a try."""
        until = now + dt.timedelta(seconds=seconds)
        if self.due_in(now) != 0:  # asked first without a lock: most of the time nothing waits
            return ()
        leases = []
        with claiming(self._engine) as session:
            for row in session.rows(_DUE, (micros(now), limit)):
                lease = InboundLease(mail=_mail(row), token=token_source(), until=until)
                leases.append(lease)
                session.run_all(_LEASE, [(lease.token, lease.mail.tries + 1, micros(until), lease.mail.id)])
        return leases

    def settle(self, lease: InboundLease, found: Found, now: dt.datetime) -> None:
        """What came of it. ``Fenced`` when somebody else reads it by now."""
        f = found
        row = (f.state.value, f.kind, f.code, f.envelope_id, f.act, f.shown, micros(now), lease.mail.id, lease.token)
        with claiming(self._engine) as session:
            _fence(session.rows(_SETTLE, row))

    def leave(self, lease: InboundLease, until: dt.datetime, *, counted: bool) -> None:
        """Left to whoever comes after ``until``; the try counts when the mail itself is to blame. ``Fenced`` likewise."""
        with claiming(self._engine) as session:
            _fence(session.rows(_LEAVE, (micros(until), int(not counted), lease.mail.id, lease.token)))

    def due_in(self, now: dt.datetime) -> float | None:
        """Seconds until a mail may be read, 0 when one may be now, None when none waits."""
        with reading(self._engine) as session:
            due = session.rows(_NEXT)[0][0]
        return None if due is None else max(0.0, (due - micros(now)) / 1_000_000)

    # Its end

    def forget(self, before: dt.datetime, now: dt.datetime) -> int:
        """What mails settled before an instant said is deleted, bytes and words; gives of how many.

        What each was, its digest, when it came and what came of it stay, and when it was forgotten is told.
        """
        count = 0
        while True:
            with claiming(self._engine) as session:
                over = [id for (id,) in session.rows(_OVER, (micros(before), _CHUNK))]
                session.run_all(_FORGOTTEN, [(id, micros(now)) for id in over])
                session.run_all(_UNSHOWN, [(id,) for id in over])
                session.run_all(_GONE, [(id,) for id in over])
            count += len(over)
            if len(over) < _CHUNK:
                return count

    # What is asked of them

    def read(self, id: str) -> InboundMail | None:
        with reading(self._engine) as session:
            found = session.rows(_READ, (id,))
        return _mail(found[0]) if found else None

    def raw(self, id: str) -> bytes:
        """The bytes as they were taken; ``LookupError`` once they are forgotten."""
        with reading(self._engine) as session:
            found = session.rows(_BYTES, (id,))
        if not found:
            raise LookupError("the bytes of this mail are forgotten, or it never came")
        return bytes(found[0][0])

    def latest(self, box: str, count: int, before: InboundMail | None = None) -> list[InboundMail]:
        """The mails of a box, newest first, from the one that follows ``before``."""
        place = (micros(before.kept), before.id) if before else ((1 << 62), "")
        with reading(self._engine) as session:
            return [_mail(row) for row in session.rows(_LATEST, (box, *place, count))]

    def about(self, act: str, count: int = 100) -> list[InboundMail]:
        """The mails that answer an act, by its versioned reference, oldest first."""
        with reading(self._engine) as session:
            return [_mail(row) for row in session.rows(_ABOUT, (act, count))]

    def backlog(self) -> dict[tuple[str, str], int]:
        """Number of mails by (state, kind)."""
        with reading(self._engine) as session:
            return {(state, kind): count for state, kind, count in session.rows(_COUNTS)}


def _fence(held: Sequence[Row]) -> None:
    if not held:
        raise Fenced("this mail is somebody else's to settle")


def _mail(row: Row) -> InboundMail:
    (
        id,
        box,
        digest,
        size,
        message_id,
        kept,
        state,
        due,
        tries,
        kind,
        code,
        envelope_id,
        act,
        shown,
        settled,
        forgotten,
    ) = row
    return InboundMail(
        id=id,
        box=box,
        digest=bytes(digest),
        size=size,
        message_id=message_id,
        kept=instant(kept),
        state=Standing(state),
        due=instant(due),
        tries=tries,
        kind=kind,
        code=code,
        envelope_id=envelope_id,
        act=act,
        shown=shown,
        settled=instant(settled) if settled else None,
        forgotten=instant(forgotten) if forgotten else None,
    )
