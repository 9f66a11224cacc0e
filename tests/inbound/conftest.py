"""Stores of both engines, and a box to fetch from."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from service.store import Store
from tests.dispatch.round import Round
from tests.house import House, act_record
from tests.inbound.boxes import Server
from tests.inbound.desk import Desk
from tests.stores import database, postgres_server, store

__all__ = ["database", "postgres_server", "store"]


@pytest.fixture
def server() -> Iterator[Server]:
    with Server().listening() as listening:
        yield listening


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made once: drawing a key takes longer than a test."""
    return tmp_path_factory.mktemp("keys")


@pytest.fixture
def round_(store: Store, keys: Path) -> Round:
    """One act, sent everywhere."""
    house = House(store, keys, people=1)
    told = house.post("acts", act_record()).json
    made = Round(house, f"{told['act']}/_history/1")
    made.drain()
    return made


@pytest.fixture
def desk(round_: Round) -> Desk:
    return Desk(round_)
