"""The process dies between any two steps of a slice, while others write: the export is what stood when it was asked for."""

import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from service.exporting import files, selection, slices
from service.store import Store
from service.store.unit import Write
from tests.exporting.test_slices import exporting, held, job, resource, state
from tests.stores import later, unit

TYPES = ("Patient", "Procedure")


class Crash(BaseException):
    """The end of the process: nobody catches it."""


class World:
    """Resources that come, change and go; what stands, told apart from the store."""

    def __init__(self, store: Store, draw: random.Random) -> None:
        self._store = store
        self._draw = draw
        #: Version of each resource ever written; negative for one that is deleted.
        self._versions: dict[tuple[str, str], int] = {}

    def move(self, count: int) -> None:
        for _ in range(count):
            type_, id_ = key = self._draw.choice(TYPES), f"r-{self._draw.randrange(30)}"
            before = self._versions.get(key, 0)
            version = abs(before) + 1
            gone = before > 0 and self._draw.random() < 0.2
            made = Write(type=type_, id=id_, version=version, body=b"") if gone else resource(type_, id_, version)
            self._store.commit(unit(writes=(made,)))
            self._versions[key] = -version if gone else version

    def standing(self) -> Counter[tuple[str, str, str]]:
        return Counter((*key, str(version)) for key, version in self._versions.items() if version > 0)


def dying(monkeypatch: pytest.MonkeyPatch, store: Store, world: World, draw: random.Random) -> None:
    """One step in four is the last of its process; others write between the steps."""
    settle, advance = files.Parts.settle, store.exports.advance

    def fate() -> None:
        world.move(draw.randrange(2))
        if draw.random() < 0.25:
            raise Crash

    def deadly_settle(parts: files.Parts) -> Any:
        fate()
        settled = settle(parts)
        fate()
        return settled

    def deadly_advance(*arguments: Any) -> None:
        advance(*arguments)
        fate()

    monkeypatch.setattr(files.Parts, "settle", deadly_settle)
    monkeypatch.setattr(store.exports, "advance", deadly_advance)


@pytest.mark.parametrize("seed", range(6))
def test_dies_anywhere_and_is_taken_up(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    draw = random.Random(seed)
    world = World(store, draw)
    world.move(120)
    monkeypatch.setattr(slices, "WINDOW", draw.randrange(1, 30))
    monkeypatch.setattr(selection, "SLICE", draw.choice((1, 200, 1 << 26)))
    monkeypatch.setattr(files, "MOST_LINES", draw.randrange(1, 20))
    job(store)
    expected = world.standing()
    crashes = 0
    with monkeypatch.context() as patched:
        dying(patched, store, world, draw)
        while state(store) == "running":
            try:
                assert exporting(store, tmp_path, later(crashes * 61)).turn()
            except Crash:
                crashes += 1
                assert held(store, tmp_path) <= expected
    assert held(store, tmp_path) == expected
    assert crashes
    assert world.standing() != expected
