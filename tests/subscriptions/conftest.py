from collections.abc import Iterator
from pathlib import Path

import pytest

from service.sandbox.server import Sandbox
from service.store import Store
from tests.stores import database, postgres_server, store
from tests.subscriptions.whole import Subscribed

__all__ = ["database", "postgres_server", "store"]


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keys")


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(validate=False) as started:
        yield started


@pytest.fixture
def subscribed(store: Store, keys: Path, sandbox: Sandbox) -> Subscribed:
    return Subscribed(store, keys, sandbox)
