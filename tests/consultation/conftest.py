"""A house over each engine, whose shared record is a shelf."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from service.store import Store, open_store
from tests.consultation.shelf import Reading
from tests.house import House
from tests.stores import database, postgres_server, store

__all__ = ["database", "embedded", "embedded_store", "postgres_server", "reading", "settled", "store"]


@pytest.fixture
def reading(store: Store, tmp_path: Path) -> Reading:
    return Reading(House(store, tmp_path))


@pytest.fixture
def embedded_store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path / 'binome.sqlite'}", test=True)
    yield opened
    opened.close()


@pytest.fixture
def embedded(embedded_store: Store, tmp_path: Path) -> Reading:
    """One that a test may change: a right is decided before any store differs."""
    return Reading(House(embedded_store, tmp_path))


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reading]:
    """One for all that changes nothing but the shelf."""
    folder = tmp_path_factory.mktemp("settled")
    opened = open_store(f"sqlite:///{folder / 'binome.sqlite'}", test=True)
    yield Reading(House(opened, folder))
    opened.close()
