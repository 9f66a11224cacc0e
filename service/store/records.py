"""Versions as they stand on record: by key, by what they bear, all of them in the order of writing."""

from collections.abc import Sequence
from typing import Final

from service.store import rows
from service.store.engine import Session
from service.store.terms import halves
from service.store.unit import StoredVersion

_ALL: Final = f"SELECT {rows.VERSION} FROM resource_version v WHERE v.type = ? AND v.id = ? ORDER BY v.version DESC"
_MANY: Final = f"""
    SELECT {rows.VERSION} FROM {{keys}} AS k
    JOIN resource_version v ON v.type = k.column1 AND v.id = k.column2 AND v.version = (
        SELECT max(n.version) FROM resource_version n WHERE n.type = k.column1 AND n.id = k.column2)"""
_BEARERS: Final = """
    SELECT v.id FROM index_term t JOIN resource_version v ON v.number = t.number WHERE t.place = ? AND t.rest = ? ORDER BY t.number"""
_BEARERS_OF_MANY: Final = """
    SELECT k.column1, k.column2, v.id FROM {keys} AS k
    JOIN index_term t ON t.place = k.column1 AND t.rest = k.column2 JOIN resource_version v ON v.number = t.number"""
_BEGINNINGS: Final = """
    SELECT v.number, v.type, substr(v.body, 1, 1000) FROM resource_version v
    WHERE v.number > ? AND length(v.body) > 0 ORDER BY v.number LIMIT ?"""


def versions(session: Session, type: str, id: str) -> list[StoredVersion]:
    """All versions of one resource, newest first."""
    return [rows.stored_version(row) for row in session.rows(_ALL, (type, id))]


def many(session: Session, keys: Sequence[tuple[str, str]]) -> list[StoredVersion]:
    """Current versions in the order asked, without those that do not exist."""
    found = session.rows_of(_MANY, "tt", list(dict.fromkeys(keys)))
    by_key = {(version.type, version.id): version for version in map(rows.stored_version, found)}
    return [by_key[key] for key in keys if key in by_key]


def bearers(session: Session, term: int) -> list[str]:
    """Ids of the current versions with this term, in the order of writing."""
    return [id for (id,) in session.rows(_BEARERS, halves(term))]


def bearers_of(session: Session, terms: Sequence[int]) -> dict[int, list[str]]:
    """``bearers`` of each of the terms that have any, in one look-up."""
    words = {halves(term): term for term in terms}
    found: dict[int, list[str]] = {}
    for place, rest, id in dict.fromkeys(session.rows_of(_BEARERS_OF_MANY, "ii", list(words))):
        found.setdefault(words[place, rest], []).append(id)
    return found


def beginnings(session: Session, after: int, count: int) -> list[tuple[int, str, bytes]]:
    """(number, type, beginning of the body) of the versions that say something, in the order of writing."""
    return [(number, type, body) for number, type, body in session.rows(_BEGINNINGS, (after, count))]
