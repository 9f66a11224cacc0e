"""Deliveries a second: a backlog of acts, then worker and destinations together until every envelope is accepted."""

import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from bench.backlog import await_all, fill, make_documents, sink_settings
from bench.floors.sending import http_rate, smtp_rate
from bench.intake import folder
from bench.sinks import ANSWERED
from bench.trees import Tree, started
from service.outbox.envelope import Destination
from service.processes import free_ports
from service.store import Store, open_store

#: Seconds of each loop of the floor.
_FLOOR: Final = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Drained:
    """A backlog, from the first envelope accepted to the last."""

    envelopes: int
    rate: float
    #: Milliseconds of CPU a delivery, of the worker and of the destinations.
    worker: float
    sandbox: float
    #: Of the same envelopes, what a loop sends that does nothing else; 0 where that was not measured.
    floor: float = 0.0
    #: Sends a second of that loop, by protocol.
    http: float = 0.0
    smtp: float = 0.0
    #: Milliseconds of CPU a send of that loop, the sinks' with it: what other work on the machine does not change.
    loop: float = 0.0


def drained(acts: int, *, validating: bool = True, sinks: bool = False, made: bool = False) -> Drained:
    """Accept ``acts`` with no worker about, then deliver them, to the sandbox or to sinks that answer at once.

    ``made``: their documents are made and kept by then, as those of an outage are; the loop beside has them too.
    """
    http, smtp = free_ports(2)
    sandbox = f"http://127.0.0.1:{http}"
    with folder() as place:
        fill(place, acts)
        # What is measured is what they can, not what they are allowed.
        environment = sink_settings(place, http, smtp) | {"BINOME_DELIVERIES_A_SECOND": "0"}
        unchecked = () if validating else ("unchecked",)
        there = (sys.executable, "-m", "bench.destinations", str(http), str(smtp), *unchecked)
        if sinks:
            there = (sys.executable, "-m", "bench.sinks", str(http), str(smtp), str(place))
        else:
            environment["BINOME_DMP_PATIENTS"] = f"{sandbox}/xds/patients"
        if made:
            make_documents(environment)
        here = (sys.executable, "-m", "service.cli", "worker")
        store = open_store(environment["BINOME_DATABASE"])
        try:
            with (
                started(there, {}, f"{sandbox}/healthz") as (far, _),
                started(here, environment, f"{sandbox}/healthz") as (near, _),
            ):
                # From the first delivery on: how long a process takes to start is told elsewhere.
                envelopes, seconds, (worker, sandbox_cpu) = await_all(store, lambda: (near.cpu(), far.cpu()))
                one = Drained(
                    envelopes=sum(store.backlog().values()),
                    rate=envelopes / seconds,
                    worker=1000 * worker / envelopes,
                    sandbox=1000 * sandbox_cpu / envelopes,
                )
                near.end()
                return _beside_the_floor(one, store, (http, smtp), place, far) if sinks else one
        finally:
            store.close()


def _beside_the_floor(one: Drained, store: Store, ports: tuple[int, int], place: Path, far: Tree) -> Drained:
    def spent() -> float:
        return time.process_time() + far.cpu()

    before = spent()
    by_http = http_rate(ports[0], (place / "iti-41").read_bytes(), len(ANSWERED), _FLOOR)
    between = spent()
    by_smtp = smtp_rate(ports[1], (place / "mail").read_bytes(), _FLOOR)
    a_record, a_mail = (between - before) / (by_http * _FLOOR), (spent() - between) / (by_smtp * _FLOOR)
    count = {destination: number for (destination, _), number in store.backlog().items()}
    records = count[Destination.DMP]
    mails = sum(count.values()) - records
    seconds = records / by_http + mails / by_smtp
    loop = 1000 * (records * a_record + mails * a_mail) / (records + mails)
    return replace(one, floor=(records + mails) / seconds, http=by_http, smtp=by_smtp, loop=loop)
