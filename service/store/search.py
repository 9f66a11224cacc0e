"""Search over the index entries of current versions: conditions joined by AND, a stable order, pages by place.

What has the fewest entries drives, and the others only check its numbers. Where nothing is selective, the search goes
in the order of writing, or of the first key, and stops at the page.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Final, NamedTuple

from service.store import rows, walk
from service.store.conditions import (
    EVERY_VERSION,
    Bits,
    Condition,
    Entry,
    Named,
    Recorded,
    Span,
    Statement,
    Text,
    driven,
    drives,
    finds_current,
    in_order,
    narrowed,
)
from service.store.engine import Row, Session
from service.store.order import Column, Key, Order, Place, Value, beyond, by, value_of
from service.store.unit import StoredVersion

__all__ = [
    "Bits", "Condition", "Entry", "Found", "Key", "Named", "Order", "Place", "Recorded", "Search", "Span", "Text",
    "TooMany", "count", "search", "words",
]  # fmt: skip

#: Entries beyond which a condition is not selective.
_COUNTED: Final = 500
#: Entries below which no better driver is looked for.
_FEW: Final = 50
#: Most results put in an order that no index is in.
_SORTED: Final = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What to find among current versions."""

    every: Sequence[Condition] = ()
    none: Sequence[Condition] = ()
    #: Every result has one of these terms; what drives where nothing else does.
    of: Condition = ()
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


class TooMany(Exception):
    """More results than can be put in this order."""


class _Plan(NamedTuple):
    driver: Condition
    others: Sequence[Condition]
    #: The driver has few entries.
    selective: bool


def search(session: Session, wanted: Search) -> list[Found]:
    """The page, in the order asked; ``TooMany`` when no index is in that order and there are more than can be sorted."""
    if not wanted.count:
        return []
    plan = _plan(session, wanted)
    keys = wanted.order.keys
    if keys and keys[0].walked and not plan.selective:
        found = _walked(session, wanted, plan)
    else:
        if keys and not plan.selective and count(session, wanted, _SORTED + 1) > _SORTED:
            raise TooMany
        found = _read(session, _sorted(wanted, plan))
    if wanted.before is not None:
        found.reverse()
    return found


def count(session: Session, wanted: Search, most: int) -> int:
    """How many results there are in all; ``most`` when there are as many or more."""
    plan = _plan(session, wanted)
    statement = Statement()
    once = "" if in_order(plan.driver) else "DISTINCT "
    statement.add(f"SELECT count(*) FROM (SELECT {once}c.number FROM ")
    driven(statement, plan.driver)
    narrowed(statement, plan.others, wanted.none)
    statement.add(" LIMIT ?) AS few", most)
    counted: int = session.rows(statement.sql, statement.values)[0][0]
    return counted


def words(session: Session, space: int, part: str, *, anywhere: bool, most: int) -> list[str]:
    """The different texts in use in ``space`` that begin with ``part``, or have it anywhere."""
    sql = "replace(text, ?, ?) <> text" if anywhere else "text >= ? AND text < ?"
    values = (part, "") if anywhere else (part, part + "\U0010ffff")
    found = session.rows(
        f"SELECT text FROM index_text WHERE number = 0 AND space = ? AND {sql} ORDER BY text LIMIT ?",
        (space, *values, most),
    )
    return [text for (text,) in found]


def _plan(session: Session, wanted: Search) -> _Plan:
    """The patient before the status: whatever has the fewest entries drives."""
    candidates = [n for n, condition in enumerate(wanted.every) if drives(condition)]
    if len(candidates) == 1 and not wanted.order.keys and in_order(wanted.every[candidates[0]]):
        return _driven_by(wanted, candidates[0], selective=False)
    terms = [n for n in candidates if in_order(wanted.every[n])]
    counts: dict[int, int] = {}
    for some in (terms, [n for n in candidates if n not in terms]):
        if some and min(counts.values(), default=_COUNTED) >= _FEW:
            counts |= _counts(session, wanted.every, some)
    best = min(counts, key=lambda n: (counts[n], n), default=None)
    if best is not None and (counts[best] < _COUNTED or not wanted.of):
        return _driven_by(wanted, best, selective=counts[best] < _COUNTED)
    if len(wanted.of) > 1:
        return _Plan(EVERY_VERSION, [wanted.of, *wanted.every], selective=False)
    return _Plan(wanted.of, wanted.every, selective=False)


def _driven_by(wanted: Search, best: int, *, selective: bool) -> _Plan:
    driver = wanted.every[best]
    others = [condition for n, condition in enumerate(wanted.every) if n != best]
    # An id or a time also finds what is not current, or of another type.
    return _Plan(driver, others if finds_current(driver) or not wanted.of else [*others, wanted.of], selective)


def _counts(session: Session, every: Sequence[Condition], some: Sequence[int]) -> dict[int, int]:
    statement = Statement()
    for position, n in enumerate(some):
        statement.add(" UNION ALL SELECT " if position else "SELECT ")
        statement.add(f"{n}, (SELECT count(*) FROM (SELECT 1 FROM ")
        # Each alternative apart: a union without repeats would be made whole before it is cut.
        driven(statement, every[n], "UNION ALL")
        statement.add(f" LIMIT {_COUNTED}) AS few)")
    return dict(session.rows(statement.sql, statement.values))


def _sorted(wanted: Search, plan: _Plan) -> Statement:
    """All candidates, put in order: followed in the order of writing, it stops at the page."""
    source = Statement()
    driven(source, plan.driver)
    narrowed(source, plan.others, wanted.none)
    keys = wanted.order.keys
    columns = [(f"k{n}", key.descending) for n, key in enumerate(keys)]
    columns.append(("number", wanted.order.descending and not keys))
    values = [(name, key, "") for (name, _), key in zip(columns, keys, strict=False)]
    place = wanted.before or wanted.after
    told = (*place.keys, place.number) if place else None
    return _page(wanted, values, source, columns, told, once=not in_order(plan.driver))


def _walked(session: Session, wanted: Search, plan: _Plan) -> list[Found]:
    first, *rest = wanted.order.keys
    turned = wanted.before is not None
    columns = [(f"k{n}", key.descending) for n, key in enumerate(rest, 1)]
    values = [(name, key, "") for (name, _), key in zip(columns, rest, strict=True)]
    columns.append(("number", False))
    every = [*plan.others, *([] if plan.driver is EVERY_VERSION else [plan.driver])]
    found: list[Found] = []
    for lacking, place in walk.parts(wanted.before or wanted.after, first, turned=turned):
        if lacking:
            told = (*place.keys[1:], place.number) if place else None
            source = walk.without(first, plan.driver, plan.others, wanted.none)
            statement = _page(wanted, values, source, columns, told, once=not in_order(plan.driver))
            some = [Found(one.version, Place((first.missing, *one.place.keys), one.place.number))
                    for one in _read(session, statement)]  # fmt: skip
        else:
            told = (*place.keys, place.number) if place else None
            some = []
            for space in first.values or (None,):
                source = walk.along(first, space, every, wanted.none, place.keys[0] if place else None, turned)
                with_first = [("k0", first, walk.column(first)), *values]
                statement = _page(wanted, with_first, source, [("k0", first.descending), *columns], told)
                some += _read(session, statement)
            some = _in_order(some, wanted.order, turned=turned)
        found += some
        if len(found) >= wanted.count:
            break
    return found[: wanted.count]


def _page(
    wanted: Search,
    values: Sequence[tuple[str, Key, str]],
    source: Statement,
    columns: Sequence[Column],
    place: Sequence[Value] | None,
    *,
    once: bool = False,
) -> Statement:
    """The page of ``source``: ``values`` are its keys by column, with the text of the column where there is one."""
    turned = wanted.before is not None
    columns = [(name, descending != turned) for name, descending in columns]
    statement = Statement()
    names = "".join(f", {name}" for name, *_ in values)
    statement.add(f"SELECT {rows.VERSION}{names} FROM (SELECT placed.number{names} FROM (")
    # Of several conditions or intervals, one resource may have many.
    statement.add(f"SELECT {'DISTINCT ' if once else ''}c.number AS number")
    for name, key, text in values:
        statement.add(", ")
        if text:
            statement.add(text)
        else:
            value_of(statement, key)
        statement.add(f" AS {name}")
    statement.add(f" FROM {source.sql}", *source.values)
    statement.add(") AS placed")
    if place is not None:
        statement.add(" WHERE ")
        beyond(statement, columns, place)
    statement.add(f" ORDER BY {by(columns)} LIMIT ?", wanted.count)
    # The body is fetched once the page is known.
    statement.add(f") AS page JOIN resource_version v ON v.number = page.number ORDER BY {_of_page(columns)}")
    return statement


def _of_page(columns: Sequence[Column]) -> str:
    return by([(f"page.{name}", descending) for name, descending in columns])


def _read(session: Session, statement: Statement) -> list[Found]:
    return [_found(row) for row in session.rows(statement.sql, statement.values)]


def _found(row: Row) -> Found:
    version = rows.stored_version(tuple(row[:6]))
    return Found(version, Place(tuple(row[6:]), version.number))


def _in_order(found: list[Found], order: Order, *, turned: bool) -> list[Found]:
    """Those of several spaces merged."""
    found = sorted(found, key=lambda one: one.place.number, reverse=turned)
    for n, key in reversed(list(enumerate(order.keys))):
        pick = itemgetter(n)
        found.sort(key=lambda one, pick=pick: pick(one.place.keys), reverse=key.descending != turned)  # type: ignore[misc]
    return found
