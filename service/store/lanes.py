"""Where the lanes of every worker stand: told by the workers, read by whoever shows it."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from service.store.engine import Session
from service.store.instants import instant, micros

_TELL = """
    INSERT INTO delivery_lane (worker, destination, standing, since, held, paused, seen) VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (worker, destination) DO UPDATE SET standing = excluded.standing, since = excluded.since,
        held = excluded.held, paused = excluded.paused, seen = excluded.seen"""
_SILENT = "DELETE FROM delivery_lane WHERE seen < ?"
_LANES = """
    SELECT worker, destination, standing, since, held, paused, seen FROM delivery_lane
    WHERE seen >= ? ORDER BY worker, destination"""
#: A worker that said nothing for so long is gone.
GONE = dt.timedelta(minutes=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneStanding:
    """One destination, as one worker sees it."""

    worker: str
    destination: str
    #: ``closed``, ``open`` or ``half-open``.
    standing: str
    since: dt.datetime
    #: Attempts under way or about to begin.
    held: int
    #: Recipients left alone for a while.
    paused: int
    seen: dt.datetime


def tell(session: Session, lanes: Sequence[LaneStanding], now: dt.datetime) -> None:
    """Replaces what a worker said before, and forgets the workers that are gone."""
    session.run_all(_SILENT, [(micros(now - GONE),)])
    rows = [
        (x.worker, x.destination, x.standing, micros(x.since), x.held, x.paused, micros(x.seen))
        for x in sorted(lanes, key=lambda x: x.destination)
    ]
    session.run_all(_TELL, rows)


def lanes(session: Session, now: dt.datetime) -> list[LaneStanding]:
    """Of the workers that are there."""
    return [
        LaneStanding(
            worker=worker,
            destination=destination,
            standing=standing,
            since=instant(since),
            held=held,
            paused=paused,
            seen=instant(seen),
        )
        for worker, destination, standing, since, held, paused, seen in session.rows(_LANES, (micros(now - GONE),))
    ]
