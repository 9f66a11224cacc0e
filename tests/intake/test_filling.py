"""A house whose store was filled with another's rows stands as if it had been filled itself, and is nobody else's."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service.store import Store, open_store
from tests import house as houses
from tests.house import House, act_record
from tests.postgres import fresh_database
from tests.stores import run_sql

_TABLES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
    "postgresql": "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'",
}


def rows(url: str) -> dict[str, list[Any]]:
    """Every row of every table."""
    names = [name for (name,) in run_sql(url, _TABLES[url.partition(":")[0]])]
    # Python sorts both engines alike.
    return {name: sorted(run_sql(url, f"SELECT * FROM {name}"), key=repr) for name in names}


@pytest.fixture
def by_hand(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, list[Any]]:
    """What a house that was filled door by door holds; the next one starts from it."""
    monkeypatch.setattr(houses, "_FILLED", {})
    store = open_store(database, test=True)
    House(store, tmp_path)
    store.close()
    return rows(database)


@pytest.fixture
def other(database: str, by_hand: object, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """An empty database beside it."""
    if database.startswith("sqlite"):
        yield f"sqlite:///{tmp_path / 'other.sqlite'}"
        return
    with fresh_database(request.getfixturevalue("postgres_server")) as url:
        yield url


@pytest.fixture
def beside(other: str) -> Iterator[Store]:
    opened = open_store(other, test=True)
    yield opened
    opened.close()


def test_every_row_of_every_table_is_there(
    by_hand: dict[str, list[Any]], other: str, beside: Store, tmp_path: Path
) -> None:
    House(beside, tmp_path)
    assert len(houses._FILLED) == 1
    assert rows(other) == by_hand
    assert sum(map(len, by_hand.values())) > 1000


def test_what_a_test_does_there_reaches_no_other(
    by_hand: dict[str, list[Any]], other: str, beside: Store, tmp_path: Path
) -> None:
    ((kept, _),) = houses._FILLED.values()
    before = {name: list(some) for name, some in kept.items()}
    house = House(beside, tmp_path)
    assert house.post("acts", act_record()).status_code == 201
    assert rows(other) != by_hand
    assert before == kept


@pytest.mark.parametrize("settings", [{"territory": "reunion"}, {"countersign": 1}])
def test_a_house_with_settings_of_its_own_is_filled_by_hand(
    settings: dict[str, Any], by_hand: object, beside: Store, tmp_path: Path
) -> None:
    kept = dict(houses._FILLED)
    house = House(beside, tmp_path, **settings)
    assert kept == houses._FILLED
    assert house.post("acts", act_record()).status_code == 201
