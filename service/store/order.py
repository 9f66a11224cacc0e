"""The order of results, and where a page begins and ends in it: by keys, then in the order of writing.

A page goes on from a place, forward or back, and no page is ever counted off. What lacks a key stands last, either way.
"""

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

from service.store.conditions import FIRST, HIGHEST, LAST, Statement, marks
from service.store.terms import halves

Value = int | str
#: A column of the page, and whether it descends.
Column = tuple[str, bool]


class Key(NamedTuple):
    """What results are ordered by."""

    #: By where the first (descending: the last) interval of the spaces begins; by the texts of the spaces; by which of
    #: the terms it has; by when it was recorded; by its id.
    kind: Literal["span", "text", "rank", "recorded", "id"]
    values: tuple[int, ...] = ()
    descending: bool = False
    #: No resource has more than one interval in the spaces.
    single: bool = False

    @property
    def missing(self) -> Value:
        """What stands for a value that is not there."""
        if self.kind in ("text", "id"):
            return "" if self.descending else HIGHEST
        return FIRST if self.descending else LAST

    @property
    def walked(self) -> bool:
        """Whether an index is in the order of this key."""
        return self.kind in ("span", "text", "recorded")


class Order(NamedTuple):
    """By keys, and among equals in the order of writing, which without keys may be turned."""

    keys: tuple[Key, ...] = ()
    descending: bool = False


class Place(NamedTuple):
    """Where a result stands in its order."""

    keys: tuple[Value, ...]
    number: int


_TABLES: Final = {"span": ("index_span", "low"), "text": ("index_text", "text")}


def value_of(statement: Statement, key: Key) -> None:
    """The value of ``key`` for a candidate ``c``."""
    best = "max" if key.descending else "min"
    if key.kind in ("recorded", "id"):
        statement.add(f"(SELECT p.{key.kind} FROM resource_version p WHERE p.number = c.number)")
    elif key.kind == "rank":
        ranks = " UNION ALL ".join(
            f"SELECT {rank} AS rank FROM index_term p WHERE p.place = ? AND p.rest = ? AND p.number = c.number"
            for rank in range(len(key.values))
        )
        halves_of = [half for term in key.values for half in halves(term)]
        statement.add(f"coalesce((SELECT {best}(r.rank) FROM ({ranks}) AS r), ?)", *halves_of, key.missing)
    else:
        table, column = _TABLES[key.kind]
        value = (
            f"SELECT {best}(p.{column}) FROM {table} p WHERE p.space IN ({marks(key.values)}) AND p.number = c.number"
        )
        statement.add(f"coalesce(({value}), ?)", *key.values, key.missing)


def lacks(statement: Statement, key: Key) -> None:
    """Whether a candidate ``c`` has no interval, or no text, in the spaces of ``key``."""
    table, _ = _TABLES[key.kind]
    entry = f"SELECT 1 FROM {table} p WHERE p.space IN ({marks(key.values)}) AND p.number = c.number"
    statement.add(f"NOT EXISTS ({entry})", *key.values)


def beyond(statement: Statement, columns: Sequence[Column], place: Sequence[Value]) -> None:
    """What comes after ``place`` in the order of ``columns``."""
    statement.add("(")
    for depth, (name, descending) in enumerate(columns):
        statement.add(" OR (" if depth else "(")
        for (equal, _), value in zip(columns[:depth], place, strict=False):
            statement.add(f"{equal} = ? AND ", value)
        statement.add(f"{name} {'<' if descending else '>'} ?)", place[depth])
    statement.add(")")


def by(columns: Sequence[Column]) -> str:
    return ", ".join(f"{name} {'DESC' if descending else 'ASC'}" for name, descending in columns)
