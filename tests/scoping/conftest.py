from pathlib import Path

import pytest

from service.store import Store
from tests.scoping.scene import Scene
from tests.stores import database, postgres_server, store

__all__ = ["database", "postgres_server", "store"]


@pytest.fixture
def scene(store: Store, tmp_path: Path) -> Scene:
    return Scene(store, tmp_path)
