"""The house that these tests knock at, and the ear on every wall of it."""

import io
import logging
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from tests.doors import furnished, house, shared

__all__ = ["furnished", "house", "shared"]


@pytest.fixture(autouse=True)
def nothing_is_called(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """No hostile request makes the service call anybody."""
    called: list[Any] = []

    def connect(_: socket.socket, address: Any) -> None:
        called.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket.socket, "connect", connect)
    yield called
    assert called == []


@pytest.fixture
def heard(capsys: pytest.CaptureFixture[str]) -> Iterator[io.StringIO]:
    """All that any logger says, at the most talkative, with the exceptions in full."""
    told = io.StringIO()
    handler = logging.StreamHandler(told)
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s %(message)s"))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield told
    root.removeHandler(handler)
    root.setLevel(level)
    out, err = capsys.readouterr()
    told.write(out + err)
