"""The house that these tests knock at, and one over each engine."""

from pathlib import Path

import pytest

from service.store import Store
from tests import doors
from tests.doors import act, furnished, house, shared
from tests.house import House
from tests.stores import database, postgres_server, store

__all__ = ["both", "database", "furnished", "house", "postgres_server", "shared", "store"]


@pytest.fixture
def both(store: Store, tmp_path: Path) -> House:
    """A house over each engine."""
    return House(store, tmp_path)


@pytest.fixture
def acted(house: doors.House) -> doors.House:
    for _ in range(2):
        assert house.client.post("/records/acts", json=act()).status_code == 201
    return house


@pytest.fixture(scope="module")
def shared_acted(shared: doors.House) -> doors.House:
    """The shared house, with an act on record."""
    answer = shared.client.post("/records/acts", json=act())
    assert answer.status_code == 201, answer.text
    return shared
