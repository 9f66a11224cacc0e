"""A version that is kept is what is on record, whoever wrote last: another store, another process, a hand behind its back."""

import gc
import os
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from service.store import Store, kept, open_store
from service.store.wal_index import WalIndex
from tests.store.neighbour import Neighbour
from tests.stores import run_sql, unit, write

IDS = st.sampled_from("abc")
MODES = st.sampled_from(["PASSIVE", "FULL", "RESTART", "TRUNCATE"])
#: Behind the store's back; the neighbours and what they keep know nothing of it.
TRIGGER = """
    CREATE TRIGGER resource_version_is_fixed BEFORE UPDATE ON resource_version
    BEGIN SELECT RAISE(ABORT, 'append-only'); END"""
#: Bytes of bodies that are kept, less than three of the longest.
MOST = 8 * (kept.BESIDE + 40)


@pytest.fixture(scope="module")
def neighbour() -> Iterator[Neighbour]:
    one = Neighbour()
    yield one
    one.close()


class Machine(RuleBasedStateMachine):
    """Two stores of this process and one of another over one file; ``neighbour`` is set by the test."""

    neighbour: Neighbour

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.path = f"{self.folder.name}/x.sqlite"
        self.url = f"sqlite:///{self.path}"
        self.stores = [self.opened(), self.opened()]
        self.neighbour("open", self.url)
        self.bodies: dict[str, list[bytes]] = {id: [] for id in "abc"}
        self.count = 0

    def opened(self) -> Store:
        store = open_store(self.url)
        store._known._most = MOST
        return store

    def teardown(self) -> None:
        for store in self.stores:
            store.close()
        self.neighbour("close")
        assert not os.path.exists(f"{self.path}-shm")
        self.folder.cleanup()

    def body(self, size: int) -> bytes:
        """Never the same twice."""
        self.count += 1
        return (f"{self.count:08}" + "x" * size)[: 8 + size].encode()

    @rule(id=IDS, by=st.integers(0, 2), size=st.sampled_from([0, 10, 60, 1200]), deletes=st.booleans())
    def write(self, id: str, by: int, size: int, deletes: bool) -> None:
        body = b"" if deletes else self.body(size)
        version = len(self.bodies[id]) + 1
        if by == 2:
            self.neighbour("write", id, version, body)
        else:
            self.stores[by].commit(unit(writes=(write(id, version, body),)))
        self.bodies[id].append(body)

    @rule(by=st.integers(0, 1))
    def write_much(self, by: int) -> None:
        """More than is looked at one by one."""
        for id in "ab":
            self.bodies[id].append(self.body(5))
        self.count += 1
        others = [write(f"other-{self.count}-{n}") for n in range(kept._FEW)]
        own = [write(id, len(self.bodies[id]), self.bodies[id][-1]) for id in "ab"]
        self.stores[by].commit(unit(writes=(*others, *own)))

    @rule(by=st.integers(0, 2), id=IDS)
    def read(self, by: int, id: str) -> None:
        told = self.bodies[id]
        found = self.neighbour("read", id) if by == 2 else self.stores[by].read("Procedure", id)
        assert (found and (found.version, found.body)) == ((len(told), told[-1]) if told else None)
        if by < 2:
            assert found == next(iter(self.stores[by].history("Procedure", id)), None)

    @rule(by=st.integers(0, 1), id=IDS, version=st.integers(1, 4))
    def read_a_version(self, by: int, id: str, version: int) -> None:
        found = self.stores[by].read("Procedure", id, version)
        assert (found and found.body) == (self.bodies[id][version - 1] if version <= len(self.bodies[id]) else None)

    @rule(mode=MODES)
    def checkpoint(self, mode: str) -> None:
        run_sql(self.url, f"PRAGMA wal_checkpoint({mode})")

    @rule()
    def vacuum(self) -> None:
        run_sql(self.url, "VACUUM")

    @rule()
    def alter(self) -> None:
        """As a migration does beside a process that runs: the schema is another, and rows are made anew."""
        made = "CREATE TABLE made AS SELECT * FROM schema_version"
        run_sql(self.url, "BEGIN", made, "DROP TABLE made", "COMMIT")

    @rule(id=IDS, held=st.booleans())
    def forge(self, id: str, held: bool) -> None:
        """A body changed under its number, as the schema forbids; with the prohibition made anew, and later."""
        if not self.bodies[id]:
            return
        forged = self.bodies[id][-1] = self.body(3)
        change = f"UPDATE resource_version SET body = x'{forged.hex()}' WHERE id = '{id}' AND version = {len(self.bodies[id])}"
        run_sql(self.url, "DROP TRIGGER resource_version_is_fixed")
        if held:
            run_sql(self.url, change, TRIGGER)
        else:
            for other in "abc":
                self.stores[0].read("Procedure", other)
            run_sql(self.url, change)
            self.read(0, id)
            run_sql(self.url, TRIGGER)

    @rule(by=st.integers(0, 1))
    def reopen(self, by: int) -> None:
        self.stores[by].close()
        self.stores[by] = self.opened()

    @rule()
    def reopen_all(self) -> None:
        """The last to close takes the log and its index away."""
        for store in self.stores:
            store.close()
        self.neighbour("close")
        assert not os.path.exists(f"{self.path}-shm")
        self.neighbour("open", self.url)
        self.stores = [self.opened(), self.opened()]

    @rule(by=st.integers(0, 1), readers=st.booleans())
    def fail(self, by: int, readers: bool) -> None:
        """The connections that failed are closed; the next write makes another."""
        engine = self.stores[by]._engine
        for lent in (engine.reading, engine.writing) if readers else (engine.writing,):
            with pytest.raises(OSError, match="the disk"), lent():
                raise OSError("the disk")

    @rule()
    def others_come_and_go(self) -> None:
        """Nobody takes the log from under a process that has it open."""
        self.neighbour("close")
        self.neighbour("open", self.url)

    @invariant()
    def bounded(self) -> None:
        assert os.path.exists(f"{self.path}-shm")
        for store in self.stores:
            own = store._known
            assert own.weight == sum(len(one.body) + kept.BESIDE for one in own._versions.values()) <= MOST


def test_a_write_is_seen_by_the_next_read_of_anybody(neighbour: Neighbour, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "_FEW", 4)
    Machine.neighbour = neighbour
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=15, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


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


def test_what_was_found_before_a_commit_is_not_kept_after_it(mine: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread is slow to keep what it found; meanwhile it was written anew, and another thread knows."""
    mine.commit(unit(writes=(write("a"), write("b"))))
    look = kept._look

    def slowly(session: Any, key: Any) -> Any:
        found = look(session, key)
        if key[1] == "b":
            mine.commit(unit(writes=(write("b", 2),)))
            mine.read("Procedure", "a")
        return found

    with monkeypatch.context() as patched:
        patched.setattr(kept, "_look", slowly)
        old = mine.read("Procedure", "b")
    new = mine.read("Procedure", "b")
    assert (old and old.version, new and new.version) == (1, 2)


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


def test_a_reader_is_never_behind_what_was_acknowledged_before_it_asked(mine: Store, url: str) -> None:
    """Threads of two stores read while both write, turn by turn."""
    other = open_store(url)
    acknowledged, behind, ended = [0], list[tuple[int, int]](), threading.Event()

    def read(store: Store) -> None:
        while not ended.is_set():
            at_least = acknowledged[0]
            found = store.read("Procedure", "a")
            if (found.version if found else 0) < at_least:
                behind.append((found.version if found else 0, at_least))
            time.sleep(0)  # lets the others have the interpreter

    readers = [threading.Thread(target=read, args=(store,)) for store in (mine, other)]
    for reader in readers:
        reader.start()
    for version in range(1, 101):
        (mine, other)[version % 2].commit(unit(writes=(write("a", version),)))
        acknowledged[0] = version
    ended.set()
    for reader in readers:
        reader.join()
    other.close()
    assert behind == []


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
