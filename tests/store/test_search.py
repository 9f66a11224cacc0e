"""Search: conditions joined by AND, a stable order, pages that neither skip nor repeat."""

from hypothesis import given, settings
from hypothesis import strategies as st

from service.store import Store
from service.store.search import Search
from service.store.unit import DateRange, StoredVersion, Token
from tests.stores import unit, write


def ids(found: list[StoredVersion]) -> list[str]:
    return [version.id for version in found]


def fill(store: Store) -> None:
    store.commit(
        unit(
            writes=tuple(
                write(
                    f"a{n:02}",
                    tokens=(
                        Token("subject", "", f"Patient/{n % 3}"),
                        Token("status", "urn:s", "open" if n % 2 else "done"),
                        Token("status", "urn:t", "open"),
                    ),
                    dates=(DateRange("date", 100 - n // 2, 101 - n // 2),) if n < 18 else (),
                )
                for n in range(20)
            )
            + (write("other", type="Task", tokens=(Token("subject", "", "Patient/0"),)),)
        )
    )


def test_conditions(store: Store) -> None:
    fill(store)
    of_patient = [[("subject", None, "Patient/0")]]
    assert ids(store.search("Procedure", of_patient)) == ["a00", "a03", "a06", "a09", "a12", "a15", "a18"]
    assert ids(store.search("Procedure", [*of_patient, [("status", "urn:s", "open")]])) == ["a03", "a09", "a15"]
    assert len(store.search("Procedure", [*of_patient, [("status", None, "open")]])) == 7
    assert store.search("Procedure", [*of_patient, [("status", "", "open")]]) == []
    assert store.search("Procedure", [[]]) == []
    either = [[("subject", "", "Patient/0"), ("subject", "", "Patient/1")]]
    assert len(store.search("Procedure", either)) == 14
    assert ids(store.search("Procedure", of_patient, without=[[("status", "urn:s", "open")]])) == [
        "a00",
        "a06",
        "a12",
        "a18",
    ]
    assert ids(store.search("Procedure", dates=[("date", 100, 101)])) == ["a00", "a01"]
    assert ids(store.search("Procedure", of_patient, dates=[("date", 98, 2**60)])) == ["a00", "a03"]
    assert store.search("Procedure", dates=[("date", 101, 200)]) == []
    assert ids(store.search("Task", of_patient)) == ["other"]
    assert len(store.search("Procedure")) == 20


def test_containment_is_narrower_than_overlap(store: Store) -> None:
    store.commit(unit(writes=(write("a", dates=(DateRange("date", 10, 20),)),)))
    assert store.search("Procedure", dates=[("date", 15, 16)])
    assert store.search("Procedure", within=[("date", 15, 16)]) == []
    assert store.search("Procedure", within=[("date", 10, 20)])
    assert store.search("Procedure", dates=[("date", 20, 30)]) == []


def test_pages_are_the_whole_in_pieces(store: Store) -> None:
    fill(store)
    for sort in (None, ("date", False), ("date", True)):
        whole = ids(store.search("Procedure", sort=sort))
        assert sorted(whole) == [f"a{n:02}" for n in range(20)]
        if sort is not None:
            # Without a date: last, either way.
            assert whole[-2:] == ["a18", "a19"]
            assert whole[0] == ("a00" if sort[1] else "a16")
        pages, after = [], None
        while page := ids(store.search("Procedure", sort=sort, count=3, after=after)):
            pages += page
            after = page[-1]
        assert pages == whole


def test_find_orders_and_distinguishes_systems(store: Store) -> None:
    fill(store)
    assert store.find("Procedure", "status", "urn:s", "open") == [f"a{n:02}" for n in range(1, 20, 2)]
    assert len(store.find("Procedure", "status", None, "open")) == 20


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("pq"), st.sampled_from([None, "", "s"]), st.sampled_from("uv")),
        min_size=1,
        max_size=3,
    )
)
def test_a_condition_is_its_definition(condition: list[tuple[str, str | None, str]]) -> None:
    """The statement holds as many marks as values: nothing of a search is ever written into SQL."""
    from service.store.search import _page_of_ids, _Statement

    statement = _Statement()
    wanted = Search(type="T", tokens=[condition, condition], sort=("d", True), after="x", without=[condition])
    _page_of_ids(statement, wanted, wanted.tokens)
    assert statement.sql.count("?") == len(statement.values)
    assert "'" not in statement.sql
