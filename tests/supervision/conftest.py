from pathlib import Path

import pytest

from service.store import Store
from tests.house import House
from tests.stores import database, postgres_server, store

__all__ = ["database", "postgres_server", "store"]


@pytest.fixture
def house(store: Store, tmp_path: Path) -> House:
    return House(store, tmp_path)
