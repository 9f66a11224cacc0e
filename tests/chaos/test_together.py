"""Processes that start together on an empty folder agree on its key and on its secret."""

import datetime as dt
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TypeVar

from cryptography.hazmat.primitives.serialization import Encoding

from service.access.development import development_secret
from service.clients.seal import development_key

NOW = dt.datetime(2026, 11, 20, 9, tzinfo=dt.UTC)
CROWD = 6
Made = TypeVar("Made")


def together(make: Callable[[], Made]) -> list[Made]:
    """What each of a crowd gets that asks at the same moment."""
    barrier = threading.Barrier(CROWD)

    def one(_: int) -> Made:
        barrier.wait(60)
        return make()

    with ThreadPoolExecutor(CROWD) as pool:
        return list(pool.map(one, range(CROWD)))


def test_one_key_pair(tmp_path: Path) -> None:
    pairs = together(lambda: development_key(tmp_path / "keys", NOW))
    assert len({pair.certificate.public_bytes(Encoding.PEM) for pair in pairs}) == 1


def test_one_secret_never_empty(tmp_path: Path) -> None:
    for n in range(20):
        secrets = set(together(partial(development_secret, tmp_path / str(n))))
        assert len(secrets) == 1
        assert len(secrets.pop()) > 20
        assert [path.name for path in (tmp_path / str(n)).iterdir()] == ["development-secret"]
