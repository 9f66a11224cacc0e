"""Another process that has the same database open: told what to do by a pipe, it says when it is done."""

import multiprocessing
from collections.abc import Iterator
from multiprocessing.connection import Connection
from typing import Any

import pytest

from service.store import Store, open_store
from tests.stores import unit, write
from tests.waiting import PATIENCE


class Neighbour:
    """A process of its own, started anew: nothing of SQLite may be carried over a fork."""

    def __init__(self) -> None:
        spawn = multiprocessing.get_context("spawn")
        self._pipe, theirs = spawn.Pipe()
        self.process = spawn.Process(target=_obey, args=(theirs,), daemon=True)
        self.process.start()
        theirs.close()

    def __call__(self, *order: Any) -> Any:
        self.tell(*order)
        assert self._pipe.poll(60)
        return self._pipe.recv()

    def tell(self, *order: Any) -> None:
        self._pipe.send(order)

    def close(self) -> None:
        self.tell("end")
        self.process.join(PATIENCE)
        assert self.process.exitcode == 0


@pytest.fixture(scope="session")
def neighbour() -> Iterator[Neighbour]:
    one = Neighbour()
    yield one
    one.close()


def _obey(pipe: Connection) -> None:
    store: Store | None = None
    while True:
        match pipe.recv():
            case "open", url:
                store = open_store(url)
                pipe.send(None)
            case ("close",):
                assert store is not None
                store.close()
                pipe.send(None)
            case "write", id, version, body:
                assert store is not None
                store.commit(unit(writes=(write(id, version, body),)))
                pipe.send(None)
            case "read", id:
                assert store is not None
                pipe.send(store.read("Procedure", id))
            case "flood", id, version:
                # Until it is killed: every version is told once it is acknowledged.
                assert store is not None
                while True:
                    store.commit(unit(writes=(write(id, version),)))
                    pipe.send(version)
                    version += 1
            case ("end",):
                return
