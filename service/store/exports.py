"""Bulk exports as the store keeps them: jobs leased like envelopes, their files, and the versions that they copy.

A job names the last version written when it was asked for: whatever is written later, an export is what stood at that
version, and a slice of it is a range of numbers. The store knows how much of each file counts, never a file itself.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from service.store.engine import Engine, Row
from service.store.instants import instant, micros
from service.store.sessions import claiming, reading
from service.store.unit import Fenced

State = Literal["running", "complete", "failed", "cancelled"]
Kind = Literal["output", "deleted", "error"]

_JOB = (
    "e.id, e.client, e.rpps, e.started, e.number, e.asked, e.state, e.reached, e.attempts, e.failures, e.token,"
    " e.leased, e.expires"
)
_FILE = "f.number, f.kind, f.type, f.attempt, f.count, f.length, f.size, f.crc"
_READ = f"SELECT {_JOB} FROM export_job e WHERE e.id = ? AND e.removed = 0"
_FILES = f"SELECT {_FILE} FROM export_file f WHERE f.job_id = ? ORDER BY f.number"
_ADD = """
    INSERT INTO export_job (id, client, rpps, started, number, asked, state, reached, attempts, failures, token, leased,
        expires, removed)
    VALUES (?, ?, ?, ?, ?, ?, 'running', ?, 0, 0, '', 0, 0, 0)"""
_RUNNING = "SELECT count(*) FROM export_job e WHERE e.client = ? AND e.rpps = ? AND e.state = 'running'"
_NUMBER = "SELECT coalesce(max(number), 0) FROM resource_version"
_EARLIER = "SELECT min(e.number) FROM export_job e WHERE e.started = ?"
_CLAIM = f"""
    SELECT {_JOB} FROM export_job e
    WHERE e.removed = 0 AND e.state = 'running' AND e.leased <= ? ORDER BY e.leased, e.started LIMIT 1 {{skip}}"""
_LEASE = "UPDATE export_job SET token = ?, attempts = ?, leased = ? WHERE id = ?"
_HELD = "UPDATE export_job SET leased = ?, reached = ? WHERE id = ? AND token = ? AND state = 'running' RETURNING id"
_WRITTEN = """
    INSERT INTO export_file (job_id, number, kind, type, attempt, count, length, size, crc)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (job_id, number) DO UPDATE SET
        count = excluded.count, length = excluded.length, size = excluded.size, crc = excluded.crc"""
_ENDED = """
    UPDATE export_job SET state = ?, token = '', leased = 0, expires = ?
    WHERE id = ? AND token = ? AND state = 'running' RETURNING id"""
_LEFT = """
    UPDATE export_job SET token = '', leased = ?, failures = failures + ? WHERE id = ? AND token = ? RETURNING id"""
_CANCELLED = "UPDATE export_job SET state = 'cancelled', token = '', expires = ? WHERE id = ? AND removed = 0"
_OVER = """
    SELECT e.id FROM export_job e
    WHERE e.removed = 0 AND e.state <> 'running' AND e.expires <= ? AND e.leased <= ? ORDER BY e.id"""
_FORGOTTEN = "DELETE FROM export_file WHERE job_id = ?"
_REMOVED = "UPDATE export_job SET removed = 1, asked = ? WHERE id = ?"
# The version that was current at the second number, when it stands in the range.
_WINDOW = """
    SELECT v.number, v.type, v.id, v.version, v.recorded, length(v.body) FROM resource_version v
    WHERE v.number > ? AND v.number <= ? AND v.type IN ({types}) AND NOT EXISTS (
        SELECT 1 FROM resource_version n
        WHERE n.type = v.type AND n.id = v.id AND n.version > v.version AND n.number <= ?)
    ORDER BY v.number"""
_BODIES = "SELECT v.number, v.body FROM {keys} AS k JOIN resource_version v ON v.number = k.column1"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportJob:
    """One export."""

    id: str
    #: Who asked: a client software, and the professional behind it.
    client: str
    rpps: str
    #: The instant that it tells as its own, and the number of the last version written by then.
    started: dt.datetime
    number: int
    #: What was asked, as its maker wrote it.
    asked: bytes
    state: State = "running"
    #: Everything up to this number is in the files.
    reached: int = 0
    #: Leases given so far, the running one included, and how many of them ended in a defect.
    attempts: int = 0
    failures: int = 0
    #: Fencing token of the running lease; empty when there is none.
    token: str = ""
    leased: dt.datetime | None = None
    #: When its files go; None while it runs.
    expires: dt.datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportFile:
    """How much of one file counts. What lies behind its length was written by somebody who was stopped."""

    #: Within the job, from 1.
    number: int
    kind: Kind
    #: Of the resources in it.
    type: str
    #: The lease that writes it, and no other.
    attempt: int
    #: Lines.
    count: int = 0
    #: Bytes on disk; bytes once inflated, and their CRC-32.
    length: int = 0
    size: int = 0
    crc: int = 0


class Standing(NamedTuple):
    """A version that was current when its export was asked for, without its body."""

    number: int
    type: str
    id: str
    version: int
    recorded: dt.datetime
    #: Bytes of its body; 0 for one that deletes.
    length: int


class Exports:
    """The export jobs of one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, job: ExportJob, most: int) -> bool:
        """A new job, durably; False when its caller has ``most`` running already."""
        with claiming(self._engine) as session:
            if session.rows(_RUNNING, (job.client, job.rpps))[0][0] >= most:
                return False
            values = (job.id, job.client, job.rpps, micros(job.started), job.number, job.asked, job.reached)
            session.run_all(_ADD, [values])
            return True

    def running(self, client: str, rpps: str) -> int:
        """How many of this caller's are."""
        with reading(self._engine) as session:
            count: int = session.rows(_RUNNING, (client, rpps))[0][0]
        return count

    def read(self, id: str) -> ExportJob | None:
        """The job, while its files are kept."""
        with reading(self._engine) as session:
            found = session.rows(_READ, (id,))
        return _job(found[0]) if found else None

    def files(self, id: str) -> list[ExportFile]:
        with reading(self._engine) as session:
            found = session.rows(_FILES, (id,))
        return [_file(row) for row in found]

    def last_number(self) -> int:
        """Of the last version written; 0 before the first."""
        with reading(self._engine) as session:
            number: int = session.rows(_NUMBER)[0][0]
        return number

    def number_of(self, started: dt.datetime) -> int | None:
        """The number of the export that tells ``started`` as its own instant; None when no export does."""
        with reading(self._engine) as session:
            number: int | None = session.rows(_EARLIER, (micros(started),))[0][0]
        return number

    # The worker's side

    def claim(self, now: dt.datetime, seconds: float, token: str) -> ExportJob | None:
        """The job that has waited longest, under a lease."""
        until = now + dt.timedelta(seconds=seconds)
        with claiming(self._engine) as session:
            found = session.rows(_CLAIM, (micros(now),))
            if not found:
                return None
            job = _job(found[0])
            session.run_all(_LEASE, [(token, job.attempts + 1, micros(until), job.id)])
        return replace(job, token=token, attempts=job.attempts + 1, leased=until)

    def advance(self, job: ExportJob, reached: int, files: Sequence[ExportFile], until: dt.datetime) -> None:
        """One slice is in the files, which are durable. ``Fenced`` when the job was cancelled or is another's."""
        with claiming(self._engine) as session:
            _fence(session.rows(_HELD, (micros(until), reached, job.id, job.token)))
            rows = [(job.id, f.number, f.kind, f.type, f.attempt, f.count, f.length, f.size, f.crc) for f in files]
            session.run_all(_WRITTEN, rows)

    def end(self, job: ExportJob, state: State, expires: dt.datetime) -> None:
        """``complete`` or ``failed``. ``Fenced`` likewise."""
        with claiming(self._engine) as session:
            _fence(session.rows(_ENDED, (state, micros(expires), job.id, job.token)))

    def leave(self, job: ExportJob, until: dt.datetime, *, defect: bool) -> None:
        """The lease is given back: whoever comes after ``until`` goes on."""
        with claiming(self._engine) as session:
            _fence(session.rows(_LEFT, (micros(until), int(defect), job.id, job.token)))

    # The end of it

    def cancel(self, id: str, now: dt.datetime) -> None:
        """From now on it is over; its files go once nobody can be writing them."""
        with claiming(self._engine) as session:
            session.run_all(_CANCELLED, [(micros(now), id)])

    def over(self, now: dt.datetime) -> list[str]:
        """Ids of the jobs whose files are to go."""
        with reading(self._engine) as session:
            return [id for (id,) in session.rows(_OVER, (micros(now), micros(now)))]

    def removed(self, id: str) -> None:
        """Its files are gone: all that stays is the instant that a later export may go on from."""
        with claiming(self._engine) as session:
            session.run_all(_FORGOTTEN, [(id,)])
            session.run_all(_REMOVED, [(b"", id)])

    # What is copied

    def window(self, after: int, upto: int, at: int, types: Sequence[str]) -> list[Standing]:
        """What stood at number ``at`` and was written from ``after`` (not included) to ``upto``, in that order."""
        sql = _WINDOW.replace("{types}", ",".join("?" * len(types)))
        with reading(self._engine) as session:
            found = session.rows(sql, (after, upto, *types, at))
        return [
            Standing(number, type, id, version, instant(recorded), length)
            for number, type, id, version, recorded, length in found
        ]

    def bodies(self, numbers: Sequence[int]) -> dict[int, bytes]:
        """Exact bytes, by number."""
        with reading(self._engine) as session:
            return dict(session.rows_of(_BODIES, "i", [(number,) for number in numbers]))


def _fence(held: Sequence[Row]) -> None:
    if not held:
        raise Fenced("the export is cancelled, or another's")


def _job(row: Row) -> ExportJob:
    id, client, rpps, started, number, asked, state, reached, attempts, failures, token, leased, expires = row
    return ExportJob(
        id=id,
        client=client,
        rpps=rpps,
        started=instant(started),
        number=number,
        asked=asked,
        state=state,
        reached=reached,
        attempts=attempts,
        failures=failures,
        token=token,
        leased=instant(leased) if leased else None,
        expires=instant(expires) if expires else None,
    )


def _file(row: Row) -> ExportFile:
    number, kind, type, attempt, count, length, size, crc = row
    return ExportFile(
        number=number, kind=kind, type=type, attempt=attempt, count=count, length=length, size=size, crc=crc
    )
