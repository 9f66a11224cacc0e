from collections.abc import Iterator
from pathlib import Path

import pytest

from service.sandbox.server import Sandbox
from service.store import Store
from tests.declarations.scene import Scene
from tests.stores import database, postgres_server, store

__all__ = ["database", "postgres_server", "store"]


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keys")


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(validate=False, portal_token="jeton-de-demonstration") as started:
        yield started


@pytest.fixture
def scene(store: Store, keys: Path, sandbox: Sandbox) -> Scene:
    """A service where nobody is enrolled, before a portal without dossiers."""
    return Scene(store, keys, sandbox)


@pytest.fixture
def staffed(store: Store, keys: Path, sandbox: Sandbox) -> Scene:
    """The same with the ten délégants and the ten délégués of the demonstration at work."""
    return Scene(store, keys, sandbox, whole=True)
