"""What a search may ask of the index of current versions, and the SQL that asks it.

The index knows three kinds of entries: terms, which are there or not; intervals of a space; texts of a space. Beside
them a version is known by its id, by when it was recorded, and by one bit for each thing it says anything of.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from service.store.terms import among, halves

#: Below and above every end of an interval; both stores read them as 64-bit integers.
FIRST: Final = -(2**63) + 1
LAST: Final = 2**63 - 1
#: Above every text.
HIGHEST: Final = "\U0010ffff"


class Span(NamedTuple):
    """An interval [low, high[ of ``space`` that begins in [low_from, low_before[ and ends in ]high_after, high_to]."""

    space: int
    low_from: int = FIRST
    low_before: int = LAST
    high_after: int = FIRST
    high_to: int = LAST


class Text(NamedTuple):
    """A text of ``space`` that begins with ``part``, or has it anywhere; ``part`` is not empty then."""

    space: int
    part: str
    anywhere: bool = False


class Bits(NamedTuple):
    """All, or none, of the bits of ``mask`` are set; what has not the term ``of``, unless it is 0, means others by them."""

    mask: int
    are_set: bool
    of: int = 0


class Named(NamedTuple):
    """The resource is one of these."""

    type: str
    ids: tuple[str, ...]


class Recorded(NamedTuple):
    """The version was recorded at or after ``low`` and before ``high``, microseconds since 1970 UTC."""

    low: int
    high: int


Entry = int | Span | Text | Bits | Named | Recorded
#: One of these must hold.
Condition = Sequence[Entry]


#: Every version, one after the other: what drives a search on several types.
EVERY_VERSION: Final[Condition] = (Recorded(FIRST, LAST),)


@dataclass(slots=True)
class Statement:
    """SQL and its values, grown together."""

    sql: str = ""
    values: list[object] = field(default_factory=list)

    def add(self, sql: str, *values: object) -> None:
        self.sql += sql
        self.values += values


def drives(condition: Condition) -> bool:
    """Whether the condition can give its numbers, rather than only check them."""
    return all(not isinstance(one, Bits) and not (isinstance(one, Text) and one.anywhere) for one in condition)


def in_order(condition: Condition) -> bool:
    """Whether its numbers come in the order of writing, each once."""
    return condition is EVERY_VERSION or (len(condition) == 1 and isinstance(condition[0], int))


def finds_current(condition: Condition) -> bool:
    """Whether it finds current versions only, of the types that its terms and spaces are named after."""
    return all(isinstance(one, int | Span | Text) for one in condition)


def driven(statement: Statement, condition: Condition, union: str = "UNION") -> None:
    """The numbers that a condition gives, as ``c``; the text ends where a further condition may be added by AND."""
    if condition is EVERY_VERSION:
        statement.add("resource_version c WHERE true")
        return
    if all(isinstance(one, int) for one in condition):
        sql, values = among("c", [one for one in condition if isinstance(one, int)])
        statement.add(f"index_term c WHERE {sql}", *values)
        return
    statement.add("(")
    for number, one in enumerate(condition):
        statement.add(f" {union} " if number else "")
        table, sql, its = _entry(one)
        statement.add(f"SELECT e.number FROM {table} e WHERE {sql}", *its)
    statement.add(") AS c WHERE true")


def holds(statement: Statement, condition: Condition) -> None:
    """Whether a candidate ``c`` meets one of the alternatives."""
    terms = [one for one in condition if isinstance(one, int)]
    spans = [one for one in condition if isinstance(one, Span)]
    statement.add("(")
    if terms or not condition:
        sql, values = among("e", terms)
        statement.add(f"EXISTS (SELECT 1 FROM index_term e WHERE {sql} AND e.number = c.number)", *values)
    if spans:
        _holds_span(statement, spans, " OR " if terms else "")
    others = [one for one in condition if not isinstance(one, int | Span)]
    for position, one in enumerate(others):
        statement.add(" OR " if position or terms or spans else "")
        table, sql, its = _entry(one)
        statement.add(f"EXISTS (SELECT 1 FROM {table} e WHERE {sql} AND e.number = c.number)", *its)
    statement.add(")")


def _holds_span(statement: Statement, spans: Sequence[Span], before: str) -> None:
    """The few intervals of the candidate are read once, and held against all that are asked."""
    spaces = dict.fromkeys(span.space for span in spans)
    alternatives = " OR ".join([f"({_WITHIN})"] * len(spans))
    statement.add(
        f"{before}EXISTS (SELECT 1 FROM index_span e WHERE e.number = c.number AND e.space IN ({marks(list(spaces))})"
        f" AND ({alternatives}))",
        *spaces,
        *(value for span in spans for value in span),
    )


def narrowed(statement: Statement, every: Sequence[Condition], none: Sequence[Condition]) -> None:
    """Only the candidates ``c`` that meet every condition, and none of the others."""
    for condition in every:
        statement.add(" AND ")
        holds(statement, condition)
    for condition in none:
        statement.add(" AND NOT ")
        holds(statement, condition)


def marks(values: Sequence[object]) -> str:
    return ",".join("?" * len(values)) if values else "NULL"


def _entry(one: Entry) -> tuple[str, str, tuple[object, ...]]:
    """Table, condition on its row ``e``, values."""
    match one:
        case Span():
            return "index_span", _WITHIN, one
        case Bits(mask, are_set, 0):
            return "index_mask", "e.mask & ? = ?", (mask, mask if are_set else 0)
        case Bits(mask, are_set, of):
            return "index_mask", f"e.mask & ? = ? AND {_HAS_TERM}", (mask, mask if are_set else 0, *halves(of))
        case Named(type, ids):
            return "resource_version", f"e.type = ? AND e.id IN ({marks(ids)}) AND {_IS_CURRENT}", (type, *ids)
        case Recorded(low, high):
            return "resource_version", "e.recorded >= ? AND e.recorded < ?", (low, high)
        case Text(space, part, True):
            # Whatever LIKE makes of a sign, and of case, differs between the stores.
            return "index_text", "e.space = ? AND replace(e.text, ?, ?) <> e.text", (space, part, "")
        case Text(space, part):
            return "index_text", "e.space = ? AND e.text >= ? AND e.text < ?", (space, part, part + HIGHEST)
        case _:
            return "index_term", "e.place = ? AND e.rest = ?", halves(one)


_HAS_TERM = "EXISTS (SELECT 1 FROM index_term t WHERE t.place = ? AND t.rest = ? AND t.number = e.number)"
_WITHIN = "e.space = ? AND e.low >= ? AND e.low < ? AND e.high > ? AND e.high <= ?"
_IS_CURRENT = (
    "length(e.body) > 0 AND NOT EXISTS (SELECT 1 FROM resource_version n WHERE n.type = e.type AND n.id = e.id"
    " AND n.version > e.version)"
)
