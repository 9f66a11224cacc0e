"""Deliveries a second: a backlog of acts, then worker and sandbox together until every envelope is accepted."""

import sys
import time
from dataclasses import dataclass

from bench.acts import Sample, sample
from bench.intake import folder
from bench.load import flood
from bench.servers import BY_RECORD, running
from bench.trees import started
from bench.windows import Broken
from service.outbox.envelope import State
from service.processes import free_ports
from service.store import Store, open_store

_PATIENCE = 120.0
_WAITING = {State.QUEUED, State.SENDING, State.IN_DOUBT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Drained:
    """A backlog, from the first envelope accepted to the last."""

    envelopes: int
    rate: float
    #: Milliseconds of CPU a delivery, of the worker and of the sandbox.
    worker: float
    sandbox: float


def drained(acts: int, *, validating: bool) -> Drained:
    """Accept ``acts`` with no worker about, then deliver them."""
    http, smtp = free_ports(2)
    sandbox = f"http://127.0.0.1:{http}"
    with folder() as place:
        database = f"sqlite:///{place / 'binome.sqlite'}"
        with running(BY_RECORD, place) as up:
            known = sample(up.base)
            for number in range(acts):
                _accept(up.port, known, number)
        environment = {
            "BINOME_DATABASE": database,
            "BINOME_KEYS": str(place / "keys"),
            "BINOME_DMP_REPOSITORY": f"{sandbox}/xds/repository",
            "BINOME_DMP_REGISTRY": f"{sandbox}/xds/registry",
            "BINOME_DMP_PATIENTS": f"{sandbox}/xds/patients",
            "BINOME_MSSANTE": f"127.0.0.1:{smtp}",
        }
        unchecked = () if validating else ("unchecked",)
        there = (sys.executable, "-m", "bench.destinations", str(http), str(smtp), *unchecked)
        here = (sys.executable, "-m", "service.cli", "worker")
        store = open_store(database)
        try:
            with (
                started(there, {}, f"{sandbox}/healthz") as (far, _),
                started(here, environment, f"{sandbox}/healthz") as (near, _),
            ):
                envelopes, seconds = _await_all(store)
                count = sum(store.backlog().values())
                return Drained(
                    envelopes=count,
                    rate=envelopes / seconds,
                    worker=1000 * near.cpu() / count,
                    sandbox=1000 * far.cpu() / count,
                )
        finally:
            store.close()


def _accept(port: int, known: Sample, number: int) -> None:
    if not flood(port, known.records, 0.0, first=number + 1, connections=1).acknowledged:
        raise Broken("an act was not accepted")


def _await_all(store: Store) -> tuple[int, float]:
    """Envelopes settled after the first look that saw one settled, and the seconds they took."""
    begun = time.perf_counter()
    seen_first, at_first = 0, 0.0
    while time.perf_counter() - begun < _PATIENCE:
        backlog = store.backlog()
        settled = sum(count for (_, state), count in backlog.items() if state not in _WAITING)
        now = time.perf_counter()
        if settled and not at_first:
            seen_first, at_first = settled, now
        if settled == sum(backlog.values()):
            if any(state != State.ACCEPTED for _, state in backlog):
                raise Broken("an envelope was not accepted")
            return settled - seen_first, now - at_first
        time.sleep(0.02)
    raise Broken("the backlog was not delivered in time")
