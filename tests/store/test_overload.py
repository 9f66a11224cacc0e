"""A writer that is held: so many units wait, the others are turned away whole, and all goes on afterwards."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from service.ledger.verify import verify
from service.store import Overloaded, Store, group, open_store
from tests.stores import CHAIN, unit, write
from tests.waiting import PATIENCE, until

MOST = 3


@pytest.fixture
def bounded(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setattr(group, "PATIENCE", 0.2)
    # What was turned away is met as the first of a group too.
    monkeypatch.setattr(group, "BATCH", MOST)
    store = open_store(database, test=True, waiting=MOST)
    yield store
    store.close()


@contextmanager
def held(database: str) -> Iterator[None]:
    """The writer's lock, taken as another process would."""
    other = open_store(database, test=True)
    with other._engine.writing():
        yield
    other.close()


class Writers:
    """Threads that commit one unit each, and what became of it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._threads: list[threading.Thread] = []
        self.done: list[str] = []
        self.refused: list[str] = []

    def start(self, *ids: str) -> None:
        for id in ids:
            thread = threading.Thread(target=self._commit, args=(id,))
            self._threads.append(thread)
            thread.start()

    def join(self) -> None:
        for thread in self._threads:
            thread.join(PATIENCE)

    def _commit(self, id: str) -> None:
        try:
            self._store.commit(unit(writes=(write(id),)))
            self.done.append(id)
        except Overloaded:
            self.refused.append(id)


def test_those_beyond_are_turned_away_and_the_others_are_kept(
    database: str, bounded: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    writers, beyond = Writers(bounded), Writers(bounded)
    with held(database):
        writers.start("a", "b", "c")
        until(lambda: bounded.pressure() == (MOST, 0))
        beyond.start("x", "y")
        beyond.join()
        assert sorted(beyond.refused) == ["x", "y"]
        assert bounded.pressure() == (MOST, 2)
        # Once the writer is known to be held, nobody waits any more to be told so.
        until(lambda: time.monotonic() - bounded._group._since > group.PATIENCE)
        with monkeypatch.context() as patched:
            patched.setattr(group.Waiting, "outcome", None)
            beyond.start("z")
            beyond.join()
        assert (len(beyond.refused), bounded.pressure()) == (3, (MOST, 3))
        # What is read is read.
        assert bounded.read("Procedure", "a") is None
        assert writers.done == []
    writers.join()
    assert sorted(writers.done) == ["a", "b", "c"]
    assert bounded.head(CHAIN).sequence == 3
    assert [bounded.read("Procedure", id) is not None for id in "abcxyz"] == [True] * 3 + [False] * 3
    # And everything is accepted again, what was turned away too, at whatever pace.
    monkeypatch.setattr(group, "PATIENCE", PATIENCE)
    beyond.start("x", "y", "z", *(f"n{n}" for n in range(20)))
    beyond.join()
    assert len(beyond.done) == 23
    assert bounded.head(CHAIN).sequence == 26
    assert bounded.pressure() == (0, 3)
    assert verify(bounded) == []


def test_one_beyond_that_the_writer_begins_in_time_is_kept(
    database: str, bounded: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group, "PATIENCE", PATIENCE)
    writers = Writers(bounded)
    with held(database):
        writers.start(*(f"w{n}" for n in range(MOST + 3)))
        until(lambda: bounded.pressure()[0] == MOST + 3)
    writers.join()
    assert (len(writers.done), writers.refused) == (MOST + 3, [])


def test_a_writer_that_keeps_pace_turns_nobody_away(bounded: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    # Its pace is not that of the machine: a busy one may take seconds for a group.
    monkeypatch.setattr(group, "PATIENCE", PATIENCE)
    writers = Writers(bounded)
    for turn in range(5):
        writers.start(*(f"w{turn}-{n}" for n in range(20)))
    writers.join()
    assert (len(writers.done), writers.refused) == (100, [])
    assert bounded.head(CHAIN).sequence == 100


def test_closing_finishes_what_waits_and_not_what_was_turned_away(database: str, bounded: Store) -> None:
    writers = Writers(bounded)
    with held(database):
        writers.start("a", "b", "c")
        until(lambda: bounded.pressure() == (MOST, 0))
        writers.start("x")
        until(lambda: bounded.pressure() == (MOST, 1))
        closing = threading.Thread(target=bounded.close)
        closing.start()
        until(lambda: bounded._group.closed)
    closing.join(PATIENCE)
    writers.join()
    assert (sorted(writers.done), writers.refused) == (["a", "b", "c"], ["x"])
    with open_again(database) as again:
        assert again.head(CHAIN).sequence == 3
        assert again.read("Procedure", "x") is None


@contextmanager
def open_again(database: str) -> Iterator[Store]:
    store = open_store(database, test=True)
    yield store
    store.close()
