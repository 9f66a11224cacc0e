"""An unselective search in the order of a key: an index is walked, and the walk stops at the page.

What lacks the key comes after all that has it: a page may hold the end of the one and the beginning of the other.
"""

from collections.abc import Sequence
from typing import Final

from service.store.conditions import FIRST, LAST, Condition, Span, Statement, driven, marks, narrowed
from service.store.order import Key, Place, Value, lacks

_COLUMNS: Final = {"span": "low", "text": "text", "recorded": "recorded"}
#: One entry of a resource stands for it: the first in the order, and of equals always the same.
_BEFORE: Final = {
    "span": "p.low {way} c.low OR (p.low = c.low AND (p.high < c.high OR (p.high = c.high AND p.space < c.space)))",
    "text": "p.text {way} c.text OR (p.text = c.text AND p.space < c.space)",
}


def column(key: Key) -> str:
    """Of the candidates of a walk, the column that holds the key."""
    return f"c.{_COLUMNS[key.kind]}"


def along(
    key: Key,
    space: int | None,
    every: Sequence[Condition],
    none: Sequence[Condition],
    start: Value | None,
    turned: bool,
) -> Statement:
    """Candidates ``c`` of one space, from ``start`` on."""
    statement = Statement()
    if space is None:
        statement.add("resource_version c WHERE c.recorded > ?", FIRST)
    else:
        statement.add(f"index_{key.kind} c WHERE c.space = ?", space)
        if not key.single:
            _first_of_resource(statement, key)
        elif key.kind == "span":
            statement.add(f" AND {column(key)} >= ? AND {column(key)} < ?", *_window(key, space, every))
    if start is not None:
        # Said apart, so that the walk begins there.
        statement.add(f" AND {column(key)} {'<=' if key.descending != turned else '>='} ?", start)
    narrowed(statement, every, none)
    return statement


def without(key: Key, driver: Condition, every: Sequence[Condition], none: Sequence[Condition]) -> Statement:
    """Candidates ``c`` that lack the key."""
    statement = Statement()
    driven(statement, driver)
    statement.add(" AND ")
    lacks(statement, key)
    narrowed(statement, every, none)
    return statement


def parts(place: Place | None, key: Key, *, turned: bool) -> list[tuple[bool, Place | None]]:
    """Which parts a page takes from, in turn: whether it lacks the key, and the place within it."""
    lacking = place is not None and place.keys[0] == key.missing
    found = []
    if not lacking or turned:
        found.append((False, None if lacking else place))
    if (lacking or not turned) and key.kind != "recorded":
        found.append((True, place if lacking else None))
    return found[::-1] if turned else found


def _first_of_resource(statement: Statement, key: Key) -> None:
    before = _BEFORE[key.kind].format(way=">" if key.descending else "<")
    entry = f"SELECT 1 FROM index_{key.kind} p WHERE p.number = c.number AND p.space IN ({marks(key.values)})"
    statement.add(f" AND NOT EXISTS ({entry} AND ({before}))", *key.values)


def _window(key: Key, space: int, every: Sequence[Condition]) -> tuple[int, int]:
    """Where conditions on the key itself let the walk of one of its spaces begin and end."""
    low, high = FIRST, LAST
    for condition in every:
        spans = [one for one in condition if isinstance(one, Span) and one.space in key.values]
        if len(spans) == len(condition):
            here = [span for span in spans if span.space == space]
            low = max(low, min((span.low_from for span in here), default=LAST))
            high = min(high, max((span.low_before for span in here), default=FIRST))
    return low, high
