"""The house that these tests knock at, and one over each engine."""

from pathlib import Path

import pytest

from service.store import Store
from tests.doors import furnished, house, shared
from tests.house import House
from tests.stores import database, postgres_server, store

__all__ = ["both", "database", "furnished", "house", "postgres_server", "shared", "store"]


@pytest.fixture
def both(store: Store, tmp_path: Path) -> House:
    """A house over each engine."""
    return House(store, tmp_path)
