"""Search over the index entries of current versions: conditions joined by AND, a stable order, pages by key.

The index knows three kinds of entries: terms, which are there or not; intervals of a space; texts of a space.
Results come in the order of writing, or by the intervals or the texts of a space; a page goes on from a place,
forward or back, and no page is ever counted off.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from service.store import rows
from service.store.engine import Session
from service.store.unit import StoredVersion

#: Above every instant: where what lacks the sort's space stands, last either way.
_LAST = 2**62
#: Above every text.
_HIGHEST = "\U0010ffff"
#: Matches beyond which two conditions are equally unselective.
_COUNTED = 1_000


class Span(NamedTuple):
    """An interval of ``space`` that overlaps [low, high[, or that lies inside it."""

    space: int
    low: int
    high: int
    inside: bool = False


class Text(NamedTuple):
    """A text of ``space`` that begins with ``start``."""

    space: int
    start: str


class Bits(NamedTuple):
    """All, or none, of the bits of ``mask`` are set."""

    mask: int
    are_set: bool


class Named(NamedTuple):
    """The resource is one of these."""

    type: str
    ids: tuple[str, ...]


Entry = int | Span | Text | Bits | Named
#: One of these must hold.
Condition = Sequence[Entry]


class Order(NamedTuple):
    """By the intervals of a space; by the order of writing without one, and among equals."""

    space: int = 0
    descending: bool = False


class Place(NamedTuple):
    """Where a result stands in its order."""

    key: int
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What to find among current versions."""

    every: Sequence[Condition]
    none: Sequence[Condition] = ()
    order: Order = Order()
    count: int = 50
    #: The page begins after this place, or ends before it.
    after: Place | None = None
    before: Place | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """One result, and where it stands."""

    version: StoredVersion
    place: Place


@dataclass(slots=True)
class _Statement:
    """SQL and its values, grown together."""

    sql: str = ""
    values: list[object] = field(default_factory=list)

    def add(self, sql: str, *values: object) -> None:
        self.sql += sql
        self.values += values


def search(session: Session, wanted: Search) -> list[Found]:
    """The page, in the order asked."""
    if not wanted.count:
        return []
    statement = _Statement()
    statement.add(f"SELECT page.place, {rows.VERSION} FROM (")
    _page(statement, wanted, _most_selective_first(session, wanted.every))
    # The body is fetched once the page is known.
    statement.add(") AS page JOIN resource_version v ON v.number = page.number")
    found = [
        Found(rows.stored_version(tuple(row)), Place(place, row[0]))
        for place, *row in session.rows(statement.sql, statement.values)
    ]
    return sorted(found, key=lambda one: _key(wanted.order, one.place))


def _key(order: Order, place: Place) -> tuple[int, int]:
    # By writing the whole order turns, by a space only its keys: equals stay in the order of writing.
    return (place.key, -place.number if order.descending and not order.space else place.number)


def count(session: Session, wanted: Search, most: int) -> int:
    """How many results there are in all; ``most`` when there are as many or more."""
    statement = _Statement()
    statement.add("SELECT count(*) FROM (")
    _candidates(statement, wanted, _most_selective_first(session, wanted.every), "c.number AS number")
    statement.add(" LIMIT ?) AS few", most)
    counted: int = session.rows(statement.sql, statement.values)[0][0]
    return counted


def _page(statement: _Statement, wanted: Search, every: Sequence[Condition]) -> None:
    order, turned = wanted.order, wanted.before is not None
    if not order.space:
        _candidates(statement, wanted, every, "c.number AS number, 0 AS place")
        place = wanted.before or wanted.after
        down = order.descending != turned
        if place is not None:
            statement.add(f" AND c.number {'<' if down else '>'} ?", place.number)
        statement.add(f" ORDER BY c.number {'DESC' if down else 'ASC'} LIMIT ?", wanted.count)
        return
    key = "-max(p.high)" if order.descending else "min(p.low)"
    sql = f"coalesce((SELECT {key} FROM index_span p WHERE p.space = ? AND p.number = c.number), {_LAST})"
    statement.add("SELECT number, place FROM (")
    _candidates(statement, wanted, every, f"c.number AS number, {sql} AS place", order.space)
    statement.add(") AS placed")
    place = wanted.before or wanted.after
    if place is not None:
        statement.add(f" WHERE (place, number) {'<' if turned else '>'} (?, ?)", place.key, place.number)
    way = "DESC" if turned else "ASC"
    statement.add(f" ORDER BY place {way}, number {way} LIMIT ?", wanted.count)


def _candidates(
    statement: _Statement, wanted: Search, every: Sequence[Condition], columns: str, *values: object
) -> None:
    """The entries of the first condition, narrowed by the others: followed in the order of writing, it stops at the page."""
    first, *others = every
    # One entry of one term is one resource; of several conditions or intervals, one resource may have many.
    once = "" if len(first) == 1 and isinstance(first[0], int) else "DISTINCT "
    statement.add(f"SELECT {once}{columns} FROM ", *values)
    _driven(statement, first)
    for condition in others:
        statement.add(" AND ")
        _holds(statement, condition)
    for condition in wanted.none:
        statement.add(" AND NOT ")
        _holds(statement, condition)


def _driven(statement: _Statement, condition: Condition) -> None:
    """The numbers that a condition gives, as ``c``."""
    if all(isinstance(one, int) for one in condition):
        statement.add(f"index_term c WHERE c.term IN ({_marks(condition)})", *condition)
        return
    statement.add("(")
    for number, one in enumerate(condition):
        statement.add(" UNION " if number else "")
        table, sql, values = _entry(one)
        statement.add(f"SELECT e.number FROM {table} e WHERE {sql}", *values)
    statement.add(") AS c WHERE true")


def _holds(statement: _Statement, condition: Condition) -> None:
    """Whether a candidate ``c`` meets one of the alternatives."""
    terms = [one for one in condition if isinstance(one, int)]
    statement.add("(")
    if terms or not condition:
        statement.add(
            f"EXISTS (SELECT 1 FROM index_term e WHERE e.term IN ({_marks(terms)}) AND e.number = c.number)", *terms
        )
    others = [one for one in condition if not isinstance(one, int)]
    for number, one in enumerate(others):
        statement.add(" OR " if number or terms else "")
        table, sql, values = _entry(one)
        statement.add(f"EXISTS (SELECT 1 FROM {table} e WHERE {sql} AND e.number = c.number)", *values)
    statement.add(")")


def _entry(one: Entry) -> tuple[str, str, tuple[object, ...]]:
    """Table, condition on its row ``e``, values."""
    match one:
        case Span(space, low, high, True):
            return "index_span", "e.space = ? AND e.low >= ? AND e.low < ? AND e.high <= ?", (space, low, high, high)
        case Span(space, low, high):
            return "index_span", "e.space = ? AND e.low < ? AND e.high > ?", (space, high, low)
        case Bits(mask, are_set):
            return "index_mask", "e.mask & ? = ?", (mask, mask if are_set else 0)
        case Named(type, ids):
            return "resource_version", f"e.type = ? AND e.id IN ({_marks(ids)}) AND {_IS_CURRENT}", (type, *ids)
        case Text(space, start):
            return "index_text", "e.space = ? AND e.text >= ? AND e.text < ?", (space, start, start + _HIGHEST)
        case _:
            return "index_term", "e.term = ?", (one,)


_IS_CURRENT = (
    "length(e.body) > 0 AND NOT EXISTS (SELECT 1 FROM resource_version n WHERE n.type = e.type AND n.id = e.id"
    " AND n.version > e.version)"
)


def _marks(values: Sequence[object]) -> str:
    return ",".join("?" * len(values)) if values else "NULL"


def _most_selective_first(session: Session, every: Sequence[Condition]) -> list[Condition]:
    """The patient before the status: whatever has the fewest entries drives, the others only check its numbers."""
    if len(every) < 2:
        return list(every)
    statement = _Statement()
    for number, condition in enumerate(every):
        statement.add(" UNION ALL SELECT " if number else "SELECT ")
        statement.add(f"{number}, (SELECT count(*) FROM (SELECT 1 FROM ")
        _driven(statement, condition)
        statement.add(f" LIMIT {_COUNTED}) AS few)")
    counts: dict[int, int] = dict(session.rows(statement.sql, statement.values))
    return [every[number] for number in sorted(counts, key=lambda n: (counts[n], n))]
