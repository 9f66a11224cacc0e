"""Search: conditions joined by AND, a stable order, pages that neither skip nor repeat."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.store import Store
from service.store import search as searching
from service.store.conditions import FIRST, LAST
from service.store.search import Bits, Condition, Key, Named, Order, Place, Recorded, Search, Span, Text, TooMany
from service.store.unit import Index, StoredVersion
from tests.stores import entries, later, overlapping, search, unit, word, write

DATE, LONG = word("date"), word("long")


def ids(found: list[StoredVersion]) -> list[str]:
    return [version.id for version in found]


def fill(store: Store) -> None:
    """Twenty acts, written in the reverse order of their names; the last two have no date."""
    store.commit(
        unit(
            writes=tuple(
                write(
                    f"a{n:02}",
                    index=entries(
                        ("subject", f"Patient/{n % 3}"),
                        ("status", "s", "open" if n % 2 else "done"),
                        ("status", "t", "open"),
                        **({"date": (100 - n // 2, 101 - n // 2)} if n < 18 else {}),
                    ),
                )
                for n in reversed(range(20))
            )
            + (write("other", type="Task", index=Index(terms=(word("Task"), word("subject", "Patient/0")))),)
        )
    )


def test_conditions(store: Store) -> None:
    fill(store)
    of_patient = [word("subject", "Patient/0")]
    is_open = [word("status", "s", "open")]
    assert ids(search(store, of_patient)) == ["a18", "a15", "a12", "a09", "a06", "a03", "a00"]
    assert ids(search(store, of_patient, is_open)) == ["a15", "a09", "a03"]
    assert len(search(store, of_patient, [*is_open, word("status", "t", "open")])) == 7
    assert search(store, of_patient, [word("status", "", "open")]) == []
    assert search(store, []) == []
    assert search(store, none=([word("Procedure")],)) == []
    assert len(search(store, [*of_patient, word("subject", "Patient/1")])) == 14
    assert ids(search(store, of_patient, none=(is_open,))) == ["a18", "a12", "a06", "a00"]
    assert ids(search(store, overlapping("date", 100, 101))) == ["a01", "a00"]
    assert ids(search(store, of_patient, overlapping("date", 98, 2**60))) == ["a03", "a00"]
    assert search(store, overlapping("date", 101, 200)) == []
    # A condition may mix kinds: one of them is enough.
    assert ids(search(store, is_open, [*overlapping("date", 100, 101), word("subject", "Patient/2")])) == [
        "a17",
        "a11",
        "a05",
        "a01",
    ]
    assert ids(search(store, of_patient, type="Task")) == ["other"]
    assert len(search(store)) == 20
    assert search(store, count=0) == []


def test_an_end_of_an_interval_may_be_bound_as_well_as_its_beginning(store: Store) -> None:
    store.commit(unit(writes=(write("a", index=entries(date=(10, 20))),)))

    def inside(low: int, high: int) -> Condition:
        return [Span(DATE, low_from=low, low_before=high, high_to=high)]

    assert search(store, overlapping("date", 15, 16))
    assert search(store, inside(15, 16)) == []
    assert search(store, inside(10, 20))
    assert search(store, overlapping("date", 20, 30)) == []
    assert search(store, [Span(DATE)])


def test_texts_are_found_by_their_beginning_or_anywhere(store: Store) -> None:
    names = ("dupont", "durand", "dura", "é", "durian", "", "100% dur_")
    store.commit(
        unit(
            writes=tuple(
                write(f"n{n}", index=Index(terms=(word("Procedure"),), texts=((word("name"), name),)))
                for n, name in enumerate(names)
            )
        )
    )

    def having(part: str, anywhere: bool = False) -> list[str]:
        return ids(search(store, [Text(word("name"), part, anywhere)]))

    assert having("dura") == ["n1", "n2"]
    assert having("du") == ["n0", "n1", "n2", "n4"]
    assert having("é") == ["n3"]
    assert having("x") == []
    assert len(having("")) == 7
    assert having("ur", anywhere=True) == ["n1", "n2", "n4", "n6"]
    assert having("% D", anywhere=True) == []
    assert having("% d", anywhere=True) == ["n6"]
    assert having("u_a", anywhere=True) == []
    assert search(store, [Text(word("other"), "d")]) == []


def test_words_are_known_and_find_nothing(store: Store) -> None:
    space = word("words")
    for id, said in (("a", "entorse"), ("b", "entorse"), ("c", "bilan d’entorse")):
        index = Index(terms=(word("Procedure"),), words=((space, said),))
        store.commit(unit(writes=(write(id, index=index),)))
    assert store.words(space, "ent", anywhere=False, most=9) == ["entorse"]
    assert store.words(space, "ent", anywhere=True, most=9) == ["bilan d’entorse", "entorse"]
    assert len(store.words(space, "ent", anywhere=True, most=1)) == 1
    assert search(store, [Text(space, "ent")]) == []


def test_an_id_or_a_time_finds_what_is_current_only(store: Store) -> None:
    store.commit(unit(writes=(write("a"), write("b"))))
    second = write("a", 2, stale=Index(terms=(word("Procedure"),)))
    store.commit(unit(recorded=later(60), writes=(second, write("t", type="Task"))))
    day = int(later(0).timestamp() * 1_000_000)

    def found(condition: Condition) -> list[tuple[str, int]]:
        wanted = Search(every=[condition], of=[word("Procedure")])
        return [(one.version.id, one.version.version) for one in store.search(wanted)]

    assert found([Named("Procedure", ("a", "b", "x"))]) == [("b", 1), ("a", 2)]
    assert found([Recorded(day - 10**6, day + 10**6)]) == [("b", 1)]
    assert found([Recorded(day + 10**6, day + 10**9)]) == [("a", 2)]


def test_bits_tell_what_is_there(store: Store) -> None:
    for id, mask in (("a", 1), ("b", 3), ("c", 0)):
        store.commit(unit(writes=(write(id, index=Index(terms=(word("Procedure"),), mask=mask)),)))
    assert ids(search(store, [Bits(1, are_set=True)])) == ["a", "b"]
    assert ids(search(store, [Bits(2, are_set=False)])) == ["a", "c"]


@pytest.fixture(params=["put in order", "walked"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways of ordering, whatever the number of results."""
    if request.param == "walked":
        monkeypatch.setattr(searching, "_COUNTED", 1)
        monkeypatch.setattr(searching, "_FEW", 0)
    return str(request.param)


def furnish(store: Store) -> None:
    """Acts with no, one or several intervals, short and long, and some texts; many are equal."""
    for n in range(24):
        spans = [(DATE, 10 + n % 3, 11 + n % 3)] * (n % 4 != 0)
        spans += [(LONG, 9 + n % 5, 90), (DATE, 10 + n % 3, 12 + n % 3)] * (n % 6 == 1)
        texts = [(word("name"), "abc"[n % 3])] * (n % 5 != 0) + [(word("name"), "b")] * (n % 7 == 0)
        terms = (word("Procedure"), *((word("status", "ab"[n % 2]),) if n % 3 else ()))
        index = Index(terms=terms, spans=tuple(dict.fromkeys(spans)), texts=tuple(dict.fromkeys(texts)))
        store.commit(unit(recorded=later(-(n // 2)), writes=(write(f"a{n * 7 % 24:02}", index=index),)))


BY_DATE = Key("span", (DATE, LONG))
BY_NAME = Key("text", (word("name"),))
BY_STATUS = Key("rank", (word("status", "a"), word("status", "b")))


def turned(key: Key) -> Key:
    return key._replace(descending=True)


ORDERS = [
    Order(),
    Order(descending=True),
    *[Order((key,)) for key in (BY_DATE, turned(BY_DATE), BY_NAME, turned(BY_NAME), BY_STATUS, turned(BY_STATUS))],
    *[Order((turned(Key(kind)),)) for kind in ("recorded", "id")],  # type: ignore[arg-type]
    Order((Key("recorded"), turned(BY_DATE), BY_STATUS)),
    Order((turned(BY_NAME), BY_DATE)),
    Order((turned(BY_STATUS), Key("id"))),
]


@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_pages_are_the_whole_in_pieces_both_ways(store: Store, way: str, order: Order) -> None:
    furnish(store)
    whole = store.search(Search(of=[word("Procedure")], order=order))
    assert sorted(found.version.id for found in whole) == [f"a{n:02}" for n in range(24)]

    def standing(place: Place) -> list[Any]:
        return [*place.keys, place.number]

    for earlier, following in zip(whole, whole[1:], strict=False):
        pairs = zip(standing(earlier.place), standing(following.place), strict=True)
        ways = [key.descending for key in order.keys] + [order.descending and not order.keys]
        decided = next((a > b) == way for (a, b), way in zip(pairs, ways, strict=True) if a != b)
        assert decided, (earlier.place, following.place)
    pages, after = [], None
    while page := store.search(Search(of=[word("Procedure")], order=order, count=5, after=after)):
        pages += page
        after = page[-1].place
    assert pages == whole
    pages, before = whole[-1:], whole[-1].place
    while page := store.search(Search(of=[word("Procedure")], order=order, count=5, before=before)):
        pages = [*page, *pages]
        before = page[0].place
    assert pages == whole


def test_what_lacks_the_key_is_last_either_way(store: Store, way: str) -> None:
    fill(store)
    for key in (BY_DATE, turned(BY_DATE)):
        whole = store.search(Search(of=[word("Procedure")], order=Order((key,))))
        assert {found.version.id for found in whole[-2:]} == {"a18", "a19"}
        assert whole[0].version.id == ("a01" if key.descending else "a17")


def test_a_walk_is_narrowed_by_what_is_asked_of_its_key(store: Store, way: str) -> None:
    fill(store)
    key = Key("span", (DATE, LONG), descending=True, single=True)

    def found(*condition: Span) -> list[str]:
        wanted = Search(every=[condition], of=[word("Procedure")], order=Order((key,)))
        return [one.version.id for one in store.search(wanted)]

    assert found(Span(DATE, low_from=95, low_before=98)) == ["a07", "a06", "a09", "a08", "a11", "a10"]
    assert found(Span(DATE, low_from=99), Span(LONG)) == ["a01", "a00", "a03", "a02"]
    assert found(Span(LONG)) == []


def test_no_more_is_put_in_order_than_can_be(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(store)
    monkeypatch.setattr(searching, "_COUNTED", 5)
    monkeypatch.setattr(searching, "_SORTED", 19)
    with pytest.raises(TooMany):
        store.search(Search(of=[word("Procedure")], order=Order((BY_STATUS,))))
    assert len(store.search(Search(of=[word("Procedure")], order=Order((BY_DATE, BY_STATUS))))) == 20


def test_results_are_counted(store: Store) -> None:
    fill(store)
    wanted = Search(every=[[word("status", "t", "open"), word("status", "s", "open")]], of=[word("Procedure")])
    assert store.count(wanted, 100) == 20
    assert store.count(wanted, 7) == 7


@pytest.mark.parametrize("key", [BY_DATE._replace(single=True), turned(BY_DATE)._replace(values=(DATE,), single=True)])
def test_a_walk_goes_along_its_index(tmp_path: Any, key: Key) -> None:
    """SQLite sorts nothing, and reads the span index in its order."""
    from service.store import open_store
    from service.store.order import by
    from service.store.walk import along, column

    url = f"sqlite:///{tmp_path / 'plan.sqlite'}"
    store = open_store(url)
    source = along(key, DATE, [[word("Procedure")], [word("status", "a")]], [], 5, turned=False)
    way = [("k0", key.descending)]
    sql = f"SELECT number, k0 FROM (SELECT c.number AS number, {column(key)} AS k0 FROM {source.sql}) AS p"
    with store._reading() as session:
        told = session.rows(f"EXPLAIN QUERY PLAN {sql} ORDER BY {by(way)} LIMIT 20", source.values)
    store.close()
    plan = " / ".join(row[3] for row in told)
    assert "TEMP B-TREE" not in plan, plan
    assert "index_span_by_low (space=? AND low" in plan, plan


TERMS = st.integers(-(2**63), 2**63 - 1)
CONDITIONS = st.lists(
    st.one_of(
        TERMS, st.builds(Span, TERMS, TERMS, TERMS), st.builds(Text, TERMS, st.text(), st.booleans()),
        st.builds(Recorded, TERMS, TERMS), st.builds(Named, st.text(), st.lists(st.text()).map(tuple)),
    ),
    max_size=3,
)  # fmt: skip


class Heard:
    """A session that only listens."""

    def __init__(self) -> None:
        self.said: list[tuple[str, int]] = []

    def rows(self, sql: str, values: Any = ()) -> list[Any]:
        self.said.append((sql, len(values)))
        return [(0,)] if sql.startswith("SELECT count") else []


@settings(max_examples=50, deadline=None)
@given(st.lists(CONDITIONS, min_size=1, max_size=3), st.lists(CONDITIONS, max_size=2), st.sampled_from(ORDERS))
def test_nothing_of_a_search_is_written_into_sql(every: list[Condition], none: list[Condition], order: Order) -> None:
    heard: Any = Heard()
    place = Place(tuple("x" if key.kind in ("text", "id") else 1 for key in order.keys), 2)
    searching.search(heard, Search(every=every, none=none, of=[1], order=order, after=place))
    for sql, values in heard.said:
        assert sql.count("?") == values
        assert "'" not in sql
    assert FIRST < LAST
