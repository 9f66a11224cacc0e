"""Search: conditions joined by AND, a stable order, pages that neither skip nor repeat."""

from hypothesis import given, settings
from hypothesis import strategies as st

from service.store import Store
from service.store.search import Condition, Order, Place, Search, Span, Text, _page, _Statement
from service.store.unit import Index, StoredVersion
from tests.stores import entries, overlapping, search, unit, word, write


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


def test_containment_is_narrower_than_overlap(store: Store) -> None:
    store.commit(unit(writes=(write("a", index=entries(date=(10, 20))),)))

    def inside(low: int, high: int) -> Condition:
        return [Span(word("date"), low, high, inside=True)]

    assert search(store, overlapping("date", 15, 16))
    assert search(store, inside(15, 16)) == []
    assert search(store, inside(10, 20))
    assert search(store, overlapping("date", 20, 30)) == []


def test_texts_are_found_by_their_beginning(store: Store) -> None:
    names = ("dupont", "durand", "dura", "é", "durian", "")
    store.commit(
        unit(
            writes=tuple(
                write(f"n{n}", index=Index(terms=(word("Procedure"),), texts=((word("name"), name),)))
                for n, name in enumerate(names)
            )
        )
    )

    def beginning(start: str) -> list[str]:
        return ids(search(store, [Text(word("name"), start)]))

    assert beginning("dura") == ["n1", "n2"]
    assert beginning("du") == ["n0", "n1", "n2", "n4"]
    assert beginning("é") == ["n3"]
    assert beginning("x") == []
    assert len(beginning("")) == 6
    assert search(store, [Text(word("other"), "d")]) == []


def test_pages_are_the_whole_in_pieces_both_ways(store: Store) -> None:
    fill(store)
    for order in (Order(), Order(descending=True), Order(word("date")), Order(word("date"), descending=True)):
        every = [[word("Procedure")]]
        whole = store.search(Search(every=every, order=order))
        assert sorted(found.version.id for found in whole) == [f"a{n:02}" for n in range(20)]
        if order.space:
            # Without a date: last, either way.
            assert {found.version.id for found in whole[-2:]} == {"a18", "a19"}
            assert whole[0].version.id == ("a01" if order.descending else "a17")
        pages, after = [], None
        while page := store.search(Search(every=every, order=order, count=3, after=after)):
            pages += page
            after = page[-1].place
        assert pages == whole
        pages, before = [], Place(2**62, 2**62)
        if order.descending and not order.space:
            before = Place(0, 0)
        while page := store.search(Search(every=every, order=order, count=3, before=before)):
            pages = [*page, *pages]
            before = page[0].place
        assert pages == whole


TERMS = st.integers(-(2**63), 2**63 - 1)
CONDITIONS = st.lists(
    st.one_of(TERMS, st.builds(Span, TERMS, TERMS, TERMS, st.booleans()), st.builds(Text, TERMS, st.text())), max_size=3
)


@settings(max_examples=50, deadline=None)
@given(st.lists(CONDITIONS, min_size=1, max_size=3), st.lists(CONDITIONS, max_size=2), st.booleans())
def test_nothing_of_a_search_is_written_into_sql(
    every: list[Condition], none: list[Condition], descending: bool
) -> None:
    statement = _Statement()
    wanted = Search(every=every, none=none, order=Order(7, descending), after=Place(1, 2))
    _page(statement, wanted, wanted.every)
    assert statement.sql.count("?") == len(statement.values)
    assert "'" not in statement.sql
