"""A store that keeps what it read, and a way to see whether it asks its database."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service.store import Store, open_store


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'x.sqlite'}"


@pytest.fixture
def mine(url: str) -> Iterator[Store]:
    store = open_store(url)
    yield store
    store.close()


class Asked(Exception):
    """The database was."""


def deaf(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on a read that asks the database fails."""

    def reading() -> Any:
        raise Asked

    monkeypatch.setattr(store._engine, "reading", reading)
