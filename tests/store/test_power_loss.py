"""Whatever somebody was told of is there after a power loss, at whatever moment it comes."""

import errno
import os
import random
import threading
from pathlib import Path

import pytest

from service.ledger.chain import Link
from service.store import Store, Unconfirmed, open_store, sqlite
from service.store.durable import Log
from tests.store.powerless import Disk, recorded
from tests.stores import unit, write

_COMMITS, _CUTS = 12, 60


def _play(url: str, disk: Disk) -> None:
    """Two that write, each through a store of its own, and one that reads what they wrote and tells of it."""
    stores = open_store(url), open_store(url)

    def writes(store: Store, name: str) -> None:
        for number in range(_COMMITS):
            store.commit(unit(writes=(write(f"{name}-{number}"),)))
            disk.tell(f"{name}-{number}")

    def reads(store: Store) -> None:
        wanted = [f"{name}-{number}" for number in range(_COMMITS) for name in "ab"]
        while wanted:
            for id in list(wanted):
                if store.read("Procedure", id) is not None:
                    store.make_durable()
                    disk.tell(id)
                    wanted.remove(id)

    works = [threading.Thread(target=writes, args=(store, name)) for store, name in zip(stores, "ab", strict=True)]
    works.append(threading.Thread(target=reads, args=(stores[1],)))
    for one in works:
        one.start()
    for one in works:
        one.join()
    for store in stores:
        store.close()


def _lost(disk: Disk, cut: int, seed: int, folder: Path) -> list[object]:
    """What was told and is not there; the store must open, and its chain be whole."""
    folder.mkdir()
    disk.after(cut, random.Random(seed), folder)
    told = disk.told(cut)
    if not told:
        return []
    store = open_store(f"sqlite:///{folder / 'x.sqlite'}")
    try:
        links: list[Link] = list(store.links("Organization/msp-fictive"))
        assert [link.sequence for link in links] == list(range(1, len(links) + 1))
        assert all(store.proved("Organization/msp-fictive", links))
        return [id for id in told if store.read("Procedure", str(id)) is None]
    finally:
        store.close()


def _losses(disk: Disk, folder: Path) -> list[object]:
    draw = random.Random(7)
    cuts = [draw.randrange(len(disk.events) + 1) for _ in range(_CUTS)]
    return [lost for seed, cut in enumerate(cuts) for lost in _lost(disk, cut, seed, folder / str(seed))]


@pytest.fixture(params=(16_000, 30), ids=("one-log", "checkpoints"))
def disk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Disk:
    monkeypatch.setattr(sqlite, "_CHECKPOINT_PAGES", request.param)
    with recorded(monkeypatch) as disk:
        _play(f"sqlite:///{tmp_path / 'x.sqlite'}", disk)
    return disk


def test_what_was_told_is_there(disk: Disk, tmp_path: Path) -> None:
    assert len(disk.told(len(disk.events))) == 4 * _COMMITS
    assert _losses(disk, tmp_path) == []


def test_the_loss_is_seen_where_nobody_flushes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(Log, "flush", lambda _: None)
    with recorded(monkeypatch) as disk:
        _play(f"sqlite:///{tmp_path / 'x.sqlite'}", disk)
    assert _losses(disk, tmp_path)


@pytest.mark.parametrize("waits", [True, False])
def test_who_reads_before_the_flush_waits_for_one(waits: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The power goes between the commit of one and its flush, just after another told of it; lost, where it did not wait."""
    url, held = f"sqlite:///{tmp_path / 'x.sqlite'}", threading.Event()
    with recorded(monkeypatch) as disk:
        writer, reader = open_store(url), open_store(url)
        with monkeypatch.context() as patched:
            patched.setattr(writer._engine.durable, "flush", held.wait)
            commit = threading.Thread(target=writer.commit, args=(unit(writes=(write("a"),)),))
            commit.start()
            while reader.read("Procedure", "a") is None:
                pass
            if waits:
                reader.make_durable()
            disk.tell("a")
            cut = len(disk.events)
            held.set()
            commit.join()
        writer.close()
        reader.close()
    lost = [_lost(disk, cut, seed, tmp_path / str(seed)) for seed in range(12)]
    assert any(lost) is not waits


def test_after_a_flush_that_failed_nothing_is_confirmed(
    url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The system says yes when it is asked again, of what it could not write: who heard the no believes no other word."""
    store = open_store(url)
    store.commit(unit(writes=(write("a"),)))

    def failing(_: int) -> None:
        raise OSError(errno.EIO, "")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fdatasync", failing)
        with pytest.raises(Unconfirmed):
            store.commit(unit(writes=(write("b"),)))
    with pytest.raises(Unconfirmed):
        store.commit(unit(writes=(write("c"),)))
    for id, found in (("a", True), ("c", False)):
        assert (store.read("Procedure", id) is not None) is found
        with pytest.raises(Unconfirmed):
            store.make_durable()
    store.close()
    again = open_store(url)
    again.commit(unit(writes=(write("d"),)))
    assert again.read("Procedure", "d") is not None
    again.make_durable()
    again.close()


def test_what_was_shown_and_not_flushed_is_not_confirmed_once_the_store_is_closed(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer, reader = open_store(url), open_store(url)
    with monkeypatch.context() as patched:
        patched.setattr(writer._engine.durable, "flush", lambda: None)
        writer.commit(unit(writes=(write("a"),)))
    assert reader.read("Procedure", "a") is not None
    reader.close()
    with pytest.raises(Unconfirmed):
        reader.make_durable()
    writer.close()
