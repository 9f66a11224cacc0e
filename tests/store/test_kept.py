"""A version that is kept is what is on record, whoever wrote last: another store, another process, a hand behind its back."""

import gc
import os
from pathlib import Path

import pytest

from service.store import Store, kept, open_store
from service.store.wal_index import WalIndex
from tests.store.keeping import Asked, deaf
from tests.store.neighbour import Neighbour
from tests.stores import unit, write


def test_what_is_kept_is_given_without_the_database(mine: Store, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    mine.commit(unit(writes=(write("a"), write("b"), write("gone", body=b""))))
    before = [mine.read("Procedure", id) for id in ("a", "b", "gone")] + [mine.read("Procedure", "a", 1)]
    other = open_store(url)
    with monkeypatch.context() as patched:
        deaf(mine, patched)
        assert [mine.read("Procedure", id) for id in ("a", "b", "gone")] + [mine.read("Procedure", "a", 1)] == before
        with pytest.raises(Asked):
            mine.read("Procedure", "nobody")
        other.commit(unit(writes=(write("a", 2),)))
        with pytest.raises(Asked):
            mine.read("Procedure", "b")
    # Only what was written anew is dropped: one look, and the rest is given as before.
    assert mine.read("Procedure", "b") == before[1]
    with monkeypatch.context() as patched:
        deaf(mine, patched)
        assert [mine.read("Procedure", id) for id in ("b", "gone")] == before[1:3]
        assert mine.read("Procedure", "a", 1) == before[3]
        with pytest.raises(Asked):
            mine.read("Procedure", "a")
    other.close()
    found = mine.read("Procedure", "a")
    assert found is not None
    assert found.version == 2


def test_without_a_pulse_every_read_asks(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on PostgreSQL, and where the system cannot show the page."""
    monkeypatch.setattr("service.store.wal_index._LINUX", False)
    store = open_store(url)
    for version in (1, 2):
        store.commit(unit(writes=(write("a", version),)))
        assert [store.read("Procedure", "a") for _ in range(2)] == store.history("Procedure", "a")[:1] * 2
    assert store._known.weight == 0
    deaf(store, monkeypatch)
    with pytest.raises(Asked):
        store.read("Procedure", "a")
    store.close()


def test_an_empty_log_has_a_name_too(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Opened again, nothing was written yet: what is read is kept."""
    store = open_store(url)
    store.commit(unit(writes=(write("a"),)))
    store.close()
    store = open_store(url)
    assert store.read("Procedure", "a") is not None
    deaf(store, monkeypatch)
    assert store.read("Procedure", "a") is not None
    store.close()


def test_a_state_is_named_by_a_header_that_is_whole(mine: Store) -> None:
    index = mine._engine.pulse()
    assert isinstance(index, WalIndex)
    whole = index.header.raw
    assert index.sound(whole)
    for place in range(96):
        torn = bytearray(whole)
        torn[place] ^= 1
        assert not index.sound(bytes(torn))
    unnamed = (whole[:32] + bytes(8) + whole[40:48]) * 2
    assert not index.sound(unnamed)
    assert not index.sound(bytes(96))


def test_a_log_made_anew_is_not_taken_for_the_former(mine: Store, url: str) -> None:
    """Every connection of the process failed, and the log went with them: what was kept by its header is not believed."""
    mine.commit(unit(writes=(write("a"),)))
    mine.read("Procedure", "a")
    for lent in (mine._engine.reading, mine._engine.writing):
        with pytest.raises(OSError, match="the disk"), lent():
            raise OSError("the disk")
    other = open_store(url)
    other.commit(unit(writes=(write("a", 2),)))
    found = mine.read("Procedure", "a")
    other.close()
    assert found is not None
    assert found.version == 2


def test_a_process_killed_in_mid_commit_leaves_nothing_stale(mine: Store, url: str) -> None:
    """What it was told of is read, and what is kept is what is on record; so after the log was made anew from what it left."""
    version = 0
    for _ in range(3):
        killed = Neighbour()
        killed("open", url)
        killed.tell("flood", "a", version + 1)
        for _ in range(40):
            assert killed._pipe.poll(60)
            version = killed._pipe.recv()
            found = mine.read("Procedure", "a")
            assert found is not None
            assert found.version >= version
        killed.process.kill()
        killed.process.join()
        for _ in range(3):
            found = mine.read("Procedure", "a")
            assert found == mine.history("Procedure", "a")[0]
        version = found.version


def test_a_child_believes_nothing_that_its_parent_saw(mine: Store) -> None:
    mine.commit(unit(writes=(write("a"),)))
    mine.read("Procedure", "a")
    child = os.fork()
    if child == 0:
        os._exit(0 if mine._known.get(("Procedure", "a", None)) is None else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert mine._known.get(("Procedure", "a", None)) is not None


def test_once_closed_nothing_is_believed(mine: Store) -> None:
    mine.commit(unit(writes=(write("a"),)))
    mine.read("Procedure", "a")
    index = mine._engine.pulse()
    assert index is not None
    mine.close()
    assert not index.sound(index.header.raw)
    assert mine._known.get(("Procedure", "a", None)) is None


def test_locks_of_the_process_stay(mine: Store, url: str, neighbour: Neighbour) -> None:
    """SQLite's is the only descriptor of the log's index; who closes elsewhere is not the last, and takes nothing away."""
    index = f"{url.removeprefix('sqlite:///')}-shm"
    for _ in range(3):
        open_store(url).close()
        gc.collect()
    descriptors = [os.readlink(one) for one in Path("/proc/self/fd").iterdir() if one.is_symlink()]
    assert descriptors.count(index) == 1
    neighbour("open", url)
    neighbour("close")
    assert os.path.exists(index)


def test_the_bound_holds_and_the_longest_is_not_kept(mine: Store) -> None:
    mine._known._most = 100_000
    mine.commit(unit(writes=tuple(write(f"w{n}", body=b"x" * 1_000) for n in range(200))))
    mine.commit(unit(writes=(write("long", body=b"x" * 20_000),)))

    def there() -> list[int]:
        return [n for n in range(200) if mine._known.get(("Procedure", f"w{n}", None)) is not None]

    for n in range(200):
        mine.read("Procedure", f"w{n}")
        assert mine._known.weight <= 100_000
    # Who reads through everything puts out few; what is asked for again and again comes in, in the place of the oldest.
    before = there()
    room = 100_000 // (1_000 + kept.BESIDE)
    assert len(before) == room
    assert len([n for n in before if n < room]) > room * 2 // 3
    oldest = next(iter(mine._known._versions))
    asked = next(n for n in range(room, 200) if n not in before)
    for _ in range(8):
        mine.read("Procedure", f"w{asked}")
    assert asked in there()
    assert mine._known.get(oldest) is None
    mine.read("Procedure", "long")
    assert mine._known.get(("Procedure", "long", None)) is None
