"""A house over each engine."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from service.store import Store, open_store
from tests.house import House
from tests.stores import database, postgres_server, store

__all__ = ["database", "house", "postgres_server", "refusing", "store"]


@pytest.fixture
def house(store: Store, tmp_path: Path) -> House:
    return House(store, tmp_path)


@pytest.fixture(scope="module")
def refusing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One house for every request that leaves nothing: embedded, the refusals are decided before the store."""
    folder = tmp_path_factory.mktemp("refusing")
    opened = open_store(f"sqlite:///{folder / 'binome.sqlite'}", test=True)
    yield House(opened, folder)
    opened.close()
