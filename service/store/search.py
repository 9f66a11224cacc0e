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
        ORDER BY """,
        wanted.type,
        wanted.type,
    )
    statement.add("page.id" if wanted.sort is None else "page.place, page.id")
    return session.rows(statement.sql, statement.values)


def _page_of_ids(statement: _Statement, wanted: Search, tokens: Sequence[Sequence[TokenMatch]]) -> None:
    # One plain SELECT: ordered by id it follows an index, and stops at the end of the page.
    statement.add("SELECT DISTINCT c.id AS id")
    if wanted.sort is not None:
        place, values = _place(wanted.type, wanted.sort, "c.id")
        statement.add(f", {place} AS place", *values)
    dates = _candidates(statement, wanted, tokens)
    for negation, conditions in (("", tokens[1:]), ("NOT ", wanted.without)):
        for condition in conditions:
            statement.add(f" AND {negation}EXISTS (SELECT 1 FROM index_token t WHERE ")
            _alternatives(statement, wanted.type, condition, "t", " AND t.id = c.id")
            statement.add(")")
    for param, low, high in dates:
        statement.add(_DATED + " AND d.low < ? AND d.high > ?)", wanted.type, param, high, low)
    for param, low, high in wanted.within:
        statement.add(_DATED + " AND d.low >= ? AND d.high <= ?)", wanted.type, param, low, high)
    _go_on_after(statement, wanted)
    statement.add(" ORDER BY id LIMIT ?" if wanted.sort is None else " ORDER BY place, id LIMIT ?", wanted.count)


_DATED = " AND EXISTS (SELECT 1 FROM index_date d WHERE d.type = ? AND d.param = ? AND d.id = c.id"


def _candidates(statement: _Statement, wanted: Search, tokens: Sequence[Sequence[TokenMatch]]) -> Sequence[DateMatch]:
    """The set that the other conditions then narrow, as ``c``; the date conditions that are still to be checked."""
    if tokens:
        statement.add(" FROM index_token c WHERE ")
        _alternatives(statement, wanted.type, tokens[0], "c")
        return wanted.dates
    if wanted.dates:
        param, low, high = wanted.dates[0]
        statement.add(" FROM index_date c WHERE c.type = ? AND c.param = ?", wanted.type, param)
        statement.add(" AND c.low < ? AND c.high > ?", high, low)
        return wanted.dates[1:]
    statement.add(
        """ FROM resource_version c WHERE c.type = ? AND length(c.body) > 0 AND c.version = (
            SELECT max(n.version) FROM resource_version n WHERE n.type = c.type AND n.id = c.id)""",
        wanted.type,
    )
    return wanted.dates


def _go_on_after(statement: _Statement, wanted: Search) -> None:
    if wanted.after is None:
        return
    if wanted.sort is None:
        statement.add(" AND c.id > ?", wanted.after)
        return
    place, values = _place(wanted.type, wanted.sort, "c.id")
    # The place of the last id is looked up again: it may have moved since its page was read.
    last, last_values = _place(wanted.type, wanted.sort, "l.id")
    statement.add(f" AND ({place}, c.id) > (SELECT {last}, l.id FROM (SELECT ? AS id) AS l)", *values, *last_values)
    statement.values.append(wanted.after)


def _alternatives(
    statement: _Statement, type: str, condition: Sequence[TokenMatch], alias: str, also: str = ""
) -> None:
    for number, (param, system, value) in enumerate(condition):
        statement.add("(" if number == 0 else " OR ")
        statement.add(f"({alias}.type = ? AND {alias}.param = ? AND {alias}.value = ?{also}", type, param, value)
        if system is not None:
            statement.add(f" AND {alias}.system = ?", system)
        statement.add(")")
    statement.add(")" if condition else "1 = 0")


def _place(type: str, sort: tuple[str, bool], id: str) -> tuple[str, list[object]]:
    """Where a resource stands, growing along the pages: the negative of its instant when the order is descending."""
    param, descending = sort
    instant = "-max(p.low)" if descending else "min(p.low)"
    sql = f"SELECT {instant} FROM index_date p WHERE p.type = ? AND p.param = ? AND p.id = {id}"
    return f"coalesce(({sql}), {_LAST})", [type, param]


def _most_selective_first(session: Session, wanted: Search) -> list[Sequence[TokenMatch]]:
    """The patient before the status: whatever has the fewest entries drives, the others only check its ids."""
    if len(wanted.tokens) < 2:
        return list(wanted.tokens)
    statement = _Statement()
    for number, condition in enumerate(wanted.tokens):
        statement.add("SELECT " if number == 0 else " UNION ALL SELECT ")
        statement.add(f"{number}, (SELECT count(*) FROM (SELECT 1 FROM index_token t WHERE ")
        _alternatives(statement, wanted.type, condition, "t")
        statement.add(f" LIMIT {_COUNTED}) AS few)")
    counts: dict[int, int] = dict(session.rows(statement.sql, statement.values))
    return [wanted.tokens[number] for number in sorted(counts, key=lambda n: (counts[n], n))]
