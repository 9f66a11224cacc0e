"""Stores of both engines, and a box to fetch from."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.inbound.boxes import Server
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
