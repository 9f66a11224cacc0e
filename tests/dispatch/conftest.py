"""A house with one act waiting for its three deliveries, over each engine."""

from pathlib import Path

import pytest

from service.store import Store
from tests.dispatch.round import Round
from tests.house import House, act_record
from tests.stores import database, postgres_server, store

__all__ = ["database", "keys", "postgres_server", "round_", "store"]


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made once: drawing a key takes longer than a test."""
    return tmp_path_factory.mktemp("keys")


@pytest.fixture
def round_(store: Store, keys: Path) -> Round:
    house = House(store, keys, people=1)
    told = house.post("acts", act_record()).json
    return Round(house, f"{told['act']}/_history/1")
