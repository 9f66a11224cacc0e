"""Versions in the order of writing, newest first: of one resource, of a type, of all (FHIR R4, http.html#history).

The order is the number's: instants come from the clocks of several machines and may be equal or slightly turned.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Final

from service.store import rows
from service.store.engine import Row, Session
from service.store.instants import micros
from service.store.unit import StoredVersion

#: How far the clocks of those who write may lie apart, and how long a commit may wait, microseconds.
_SLACK: Final = 600_000_000
_STANDING: Final = """
    SELECT v.type, v.id, v.version, length(v.body) FROM {keys} AS k
    JOIN resource_version v ON v.type = k.column1 AND v.id = k.column2 AND v.version = (
        SELECT max(n.version) FROM resource_version n WHERE n.type = k.column1 AND n.id = k.column2)"""
_DELETIONS: Final = """
    SELECT v.type, v.id, v.version FROM {keys} AS k JOIN resource_version v
    ON v.type = k.column1 AND v.id = k.column2 AND v.version = k.column3 AND length(v.body) = 0"""
_NEXT: Final = "SELECT number, recorded FROM resource_version WHERE number >= ? ORDER BY number LIMIT 1"
_HIGHEST: Final = "SELECT max(number) FROM resource_version"
_COUNT: Final = "SELECT count(*) FROM resource_version v WHERE v.type = ? AND v.id = ?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Which versions to give."""

    #: Empty for all.
    type: str = ""
    id: str = ""
    #: Recorded at this instant or later.
    since: dt.datetime | None = None
    #: Current at some time of [start, end[.
    during: tuple[dt.datetime, dt.datetime] | None = None
    #: The page begins below this number; 0 for the first.
    below: int = 0
    count: int = 50


def standing(session: Session, keys: list[Row]) -> dict[tuple[str, str], tuple[int, bool]]:
    """(last version, whether it is in force) of each key that was ever written."""
    found = session.rows_of(_STANDING, "tt", keys)
    return {(type, id): (version, length > 0) for type, id, version, length in found}


def history(session: Session, wanted: Changes) -> list[StoredVersion]:
    """The page, newest first; a version with an empty body deletes."""
    sql, values = f"SELECT {rows.VERSION} FROM resource_version v WHERE true", list[object]()

    def only(condition: str, *its: object) -> None:
        nonlocal sql
        sql += f" AND {condition}"
        values.extend(its)

    if wanted.type:
        only("v.type = ?", wanted.type)
    if wanted.id:
        only("v.id = ?", wanted.id)
    if wanted.below:
        only("v.number < ?", wanted.below)
    if wanted.since:
        only("v.recorded >= ?", micros(wanted.since))
        if not wanted.id:
            only("v.number >= ?", _first_since(session, micros(wanted.since) - _SLACK))
    if wanted.during:
        start, end = map(micros, wanted.during)
        only("v.recorded < ?", end)
        only(
            "NOT EXISTS (SELECT 1 FROM resource_version n WHERE n.type = v.type AND n.id = v.id"
            " AND n.version = v.version + 1 AND n.recorded <= ?)",
            start,
        )
        # What was deleted before is not current; that it was deleted meanwhile is told.
        only("(length(v.body) > 0 OR v.recorded >= ?)", start)
    # The versions of one resource are few, and their numbers grow with them.
    order = "v.version" if wanted.id else "v.number"
    found = session.rows(f"{sql} ORDER BY {order} DESC LIMIT ?", [*values, wanted.count])
    return [rows.stored_version(row) for row in found]


def deletions(session: Session, keys: list[Row]) -> frozenset[tuple[str, str, int]]:
    """Those of the versions (type, id, number) that delete."""
    return frozenset((type, id, version) for type, id, version in session.rows_of(_DELETIONS, "tti", keys))


def count(session: Session, type: str, id: str) -> int:
    """Number of versions of one resource."""
    return int(session.rows(_COUNT, (type, id))[0][0])


def _first_since(session: Session, instant: int) -> int:
    """A number below which everything was recorded before ``instant``, give or take the slack: found by halves."""
    low, high = 1, (session.rows(_HIGHEST)[0][0] or 0) + 1
    while low < high:
        middle = (low + high) // 2
        found = session.rows(_NEXT, (middle,))
        if found and found[0][1] < instant:
            low = found[0][0] + 1
        else:
            high = middle
    return low
