"""Search over the index entries of current versions: conditions joined by AND, a stable order, pages by key.

FHIR R4 search, https://hl7.org/fhir/R4/search.html, as far as a store must know it: a token condition is a list
of alternatives (the comma), a date condition is an overlap or a containment of half-open intervals.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from service.store import rows
from service.store.engine import Row, Session

#: (param, system, value); None for any system, an empty one for none.
TokenMatch = tuple[str, str | None, str]
#: (param, low, high): microseconds, [low, high[.
DateMatch = tuple[str, int, int]

#: Above every instant: where a resource without the sort parameter stands, last either way.
_LAST = 2**62
#: Matches beyond which two conditions are equally unselective.
_COUNTED = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What to find among the current versions of one type."""

    type: str
    #: All must hold, each by one of its alternatives.
    tokens: Sequence[Sequence[TokenMatch]] = ()
    #: None may hold.
    without: Sequence[Sequence[TokenMatch]] = ()
    #: An entry overlaps the interval (``ge``, ``gt``, ``le``, ``lt``, ``ap``).
    dates: Sequence[DateMatch] = ()
    #: An entry lies inside the interval (``eq``, ``sa``, ``eb``).
    within: Sequence[DateMatch] = ()
    #: (date parameter, descending); by id otherwise, and among equals.
    sort: tuple[str, bool] | None = None
    count: int = 50
    #: The last id of the page before.
    after: str | None = None


@dataclass(slots=True)
class _Statement:
    """SQL and its values, grown together."""

    sql: str = ""
    values: list[object] = field(default_factory=list)

    def add(self, sql: str, *values: object) -> None:
        self.sql += sql
        self.values += values


def search(session: Session, wanted: Search) -> list[Row]:
    """Rows of the page."""
    tokens = _most_selective_first(session, wanted)
    statement = _Statement()
    statement.add(f"SELECT {rows.VERSION} FROM (")
    _page_of_ids(statement, wanted, tokens)
    statement.add(
        """) AS page JOIN resource_version v ON v.type = ? AND v.id = page.id AND v.version = (
            SELECT max(n.version) FROM resource_version n WHERE n.type = ? AND n.id = page.id)
        ORDER BY page.place, page.id""",
        wanted.type,
        wanted.type,
    )
    return session.rows(statement.sql, statement.values)


def _page_of_ids(statement: _Statement, wanted: Search, tokens: Sequence[Sequence[TokenMatch]]) -> None:
    # ``place`` only ever grows along the pages: the negative of the instant when the order is descending.
    place, place_values = _place(wanted, "c.id")
    statement.add(f"SELECT c.id AS id, {place} AS place FROM (", *place_values)
    dates = _candidates(statement, wanted, tokens)
    statement.add(") AS c WHERE 1 = 1")
    for condition in tokens[1:]:
        statement.add(" AND EXISTS (SELECT 1 FROM index_token t WHERE ")
        _alternatives(statement, wanted.type, condition, "c.id")
        statement.add(")")
    for condition in wanted.without:
        statement.add(" AND NOT EXISTS (SELECT 1 FROM index_token t WHERE ")
        _alternatives(statement, wanted.type, condition, "c.id")
        statement.add(")")
    for param, low, high in dates:
        statement.add(_DATED + " AND d.low < ? AND d.high > ?)", wanted.type, param, high, low)
    for param, low, high in wanted.within:
        statement.add(_DATED + " AND d.low >= ? AND d.high <= ?)", wanted.type, param, low, high)
    if wanted.after is not None:
        # The place of the last id is looked up again: what moved meanwhile is not shown twice on one page.
        after, after_values = _place(wanted, "l.id")
        statement.add(f" AND ({place}, c.id) > (SELECT {after}, l.id FROM (SELECT ? AS id) AS l)", *place_values)
        statement.values += [*after_values, wanted.after]
    statement.add(" ORDER BY place, id LIMIT ?", wanted.count)


_DATED = " AND EXISTS (SELECT 1 FROM index_date d WHERE d.type = ? AND d.param = ? AND d.id = c.id"


def _candidates(statement: _Statement, wanted: Search, tokens: Sequence[Sequence[TokenMatch]]) -> Sequence[DateMatch]:
    """The widest set that the other conditions then narrow; the date conditions that are still to be checked."""
    if tokens:
        statement.add("SELECT DISTINCT t.id AS id FROM index_token t WHERE ")
        _alternatives(statement, wanted.type, tokens[0], None)
        return wanted.dates
    if wanted.dates:
        param, low, high = wanted.dates[0]
        statement.add(
            "SELECT DISTINCT d.id AS id FROM index_date d WHERE d.type = ? AND d.param = ? AND d.low < ? AND d.high > ?",
            wanted.type,
            param,
            high,
            low,
        )
        return wanted.dates[1:]
    statement.add(
        """SELECT r.id AS id FROM resource_version r WHERE r.type = ? AND length(r.body) > 0 AND r.version = (
            SELECT max(n.version) FROM resource_version n WHERE n.type = r.type AND n.id = r.id)""",
        wanted.type,
    )
    return wanted.dates


def _alternatives(statement: _Statement, type: str, condition: Sequence[TokenMatch], id: str | None) -> None:
    same_id = "" if id is None else f" AND t.id = {id}"
    for number, (param, system, value) in enumerate(condition):
        statement.add("(" if number == 0 else " OR ")
        statement.add(f"(t.type = ? AND t.param = ? AND t.value = ?{same_id}", type, param, value)
        if system is not None:
            statement.add(" AND t.system = ?", system)
        statement.add(")")
    statement.add(")" if condition else "1 = 0")


def _place(wanted: Search, id: str) -> tuple[str, list[object]]:
    if wanted.sort is None:
        return "0", []
    param, descending = wanted.sort
    instant = "-max(p.low)" if descending else "min(p.low)"
    sql = f"SELECT {instant} FROM index_date p WHERE p.type = ? AND p.param = ? AND p.id = {id}"
    return f"coalesce(({sql}), {_LAST})", [wanted.type, param]


def _most_selective_first(session: Session, wanted: Search) -> list[Sequence[TokenMatch]]:
    """The patient before the status: whatever has the fewest entries drives, the others only check its ids."""
    if len(wanted.tokens) < 2:
        return list(wanted.tokens)
    statement = _Statement()
    for number, condition in enumerate(wanted.tokens):
        statement.add("SELECT " if number == 0 else " UNION ALL SELECT ")
        statement.add(f"{number}, (SELECT count(*) FROM (SELECT 1 FROM index_token t WHERE ")
        _alternatives(statement, wanted.type, condition, None)
        statement.add(f" LIMIT {_COUNTED}) AS few)")
    counts: dict[int, int] = dict(session.rows(statement.sql, statement.values))
    return [wanted.tokens[number] for number in sorted(counts, key=lambda n: (counts[n], n))]
