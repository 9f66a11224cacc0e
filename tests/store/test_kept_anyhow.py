"""What is kept is what is on record, whatever two stores and another process do to the same file, in any order."""

import os
import tempfile

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from service.store import Store, kept, open_store
from tests.store.neighbour import Neighbour
from tests.stores import run_sql, unit, write

IDS = st.sampled_from("abc")
MODES = st.sampled_from(["PASSIVE", "FULL", "RESTART", "TRUNCATE"])
#: Behind the store's back; the neighbours and what they keep know nothing of it.
TRIGGER = """
    CREATE TRIGGER resource_version_is_fixed BEFORE UPDATE ON resource_version
    BEGIN SELECT RAISE(ABORT, 'append-only'); END"""
#: Room for eight short bodies; the longer are not kept.
MOST = 8 * (kept.BESIDE + 40)


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
