"""A store of the service filled with plain acts, judged by nobody: for the measure of reading alone.

They go through ``Store.commit``: versions, proof and index are what they would have been.
"""

import datetime as dt
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from bench.face.data import PER_PATIENT, numbered
from service.finding import keep_found
from service.store import Store, open_store
from service.store.unit import Unit, Write
from service.writes import stamped, write_of

_NOW = dt.datetime(2026, 11, 20, 9, tzinfo=dt.UTC)
#: Acts of one unit, units that wait for one commit.
_UNIT = 500
_AT_ONCE = 4


def logical_id(number: int) -> str:
    return f"acte-{number:08d}"


def fill(url: str, count: int, first: int = 0) -> None:
    """Acts ``first`` to ``first + count`` on record."""
    store = open_store(url)
    keep_found(store)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for _ in pool.map(lambda start: _commit(store, start, first + count), range(first, first + count, _UNIT)):
            pass
    store.close()


def _commit(store: Store, start: int, end: int) -> None:
    writes = tuple(_writes(start, min(start + _UNIT, end)))
    store.commit(Unit(chain="mesure", recorded=_NOW, writes=writes))


def _writes(start: int, end: int) -> Iterator[Write]:
    for number, resource in numbered(end - start, start):
        yield write_of(stamped({**resource, "id": logical_id(number)}, 1, _NOW), 1)


def people(count: int) -> int:
    """Patients that ``count`` acts are of."""
    return -(-count // PER_PATIENT)
