"""What happens between a decision and its commit."""

from collections.abc import Callable
from typing import Any

import pytest

from service.store import Store
from service.store.unit import Unit


def before_commit(monkeypatch: pytest.MonkeyPatch, which: Callable[[Unit], bool], do: Callable[[], Any]) -> None:
    """Once, when such a unit has been decided and is about to be committed."""
    commit, left = Store.commit, [do]

    def overtaken(store: Store, unit: Unit) -> Any:
        if left and which(unit):
            left.pop()()
        return commit(store, unit)

    monkeypatch.setattr(Store, "commit", overtaken)
