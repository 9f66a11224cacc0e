"""Deliveries a second: a backlog of acts, then worker and sandbox together until every envelope is accepted."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from bench.acts import Sample, sample
from bench.floors.sending import http_rate, smtp_rate
from bench.intake import folder
from bench.load import flood
from bench.servers import BY_RECORD, running
from bench.sinks import ANSWERED
from bench.trees import started
from bench.windows import Broken
from service.outbox.envelope import Destination, State
from service.processes import free_ports
from service.store import Store, open_store

_PATIENCE = 120.0
#: Seconds of each loop of the floor.
_FLOOR = 3.0
_WAITING = {State.QUEUED, State.SENDING, State.IN_DOUBT}


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


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver:
    """From the answer to an act until each destination has its report, while acts keep coming."""

    asked: float
    came: float
    #: Seconds.
    p50: float
    p99: float
    left: int


def drained(acts: int, *, validating: bool = True, sinks: bool = False) -> Drained:
    """Accept ``acts`` with no worker about, then deliver them, to the sandbox or to sinks that answer at once."""
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
            # The floor asks nothing first.
            "BINOME_DMP_PATIENTS": "" if sinks else f"{sandbox}/xds/patients",
            "BINOME_MSSANTE": f"127.0.0.1:{smtp}",
            # What is measured is what they can, not what they are allowed.
            "BINOME_DELIVERIES_A_SECOND": "0",
        }
        unchecked = () if validating else ("unchecked",)
        there = (sys.executable, "-m", "bench.destinations", str(http), str(smtp), *unchecked)
        if sinks:
            there = (sys.executable, "-m", "bench.sinks", str(http), str(smtp), str(place))
        here = (sys.executable, "-m", "service.cli", "worker")
        store = open_store(database)
        try:
            with (
                started(there, {}, f"{sandbox}/healthz") as (far, _),
                started(here, environment, f"{sandbox}/healthz") as (near, _),
            ):
                # From the first delivery on: how long a process takes to start is told elsewhere.
                envelopes, seconds, (worker, sandbox) = _await_all(store, lambda: (near.cpu(), far.cpu()))
                one = Drained(
                    envelopes=sum(store.backlog().values()),
                    rate=envelopes / seconds,
                    worker=1000 * worker / envelopes,
                    sandbox=1000 * sandbox / envelopes,
                )
                near.end()
                return _beside_the_floor(one, store, http, smtp, place) if sinks else one
        finally:
            store.close()


def _beside_the_floor(one: Drained, store: Store, http: int, smtp: int, place: Path) -> Drained:
    by_http = http_rate(http, (place / "iti-41").read_bytes(), len(ANSWERED), _FLOOR)
    by_smtp = smtp_rate(smtp, (place / "mail").read_bytes(), _FLOOR)
    count = {destination: number for (destination, _), number in store.backlog().items()}
    records = count[Destination.DMP]
    mails = sum(count.values()) - records
    seconds = records / by_http + mails / by_smtp
    return replace(one, floor=(records + mails) / seconds, http=by_http, smtp=by_smtp)


def handed_over(rate: float, seconds: float) -> HandOver:
    """Acts at ``rate`` a second, worker and web process together, to sinks that answer at once."""
    http, smtp = free_ports(2)
    sink = f"http://127.0.0.1:{http}"
    with folder() as place:
        environment = {
            "BINOME_DATABASE": f"sqlite:///{place / 'binome.sqlite'}",
            "BINOME_KEYS": str(place / "keys"),
            "BINOME_DMP_REPOSITORY": f"{sink}/xds/repository",
            "BINOME_DMP_REGISTRY": f"{sink}/xds/registry",
            "BINOME_DMP_PATIENTS": "",
            "BINOME_MSSANTE": f"127.0.0.1:{smtp}",
        }
        there = (sys.executable, "-m", "bench.sinks", str(http), str(smtp), str(place))
        here = (sys.executable, "-m", "service.cli", "worker")
        with (
            started(there, {}, f"{sink}/healthz"),
            running(BY_RECORD, place) as up,
            started(here, environment, f"{sink}/healthz"),
        ):
            known = sample(up.base)
            begun = time.perf_counter()
            count = 0
            while (passed := time.perf_counter() - begun) < seconds:
                if count < passed * rate:
                    count += 1
                    _accept(up.port, known, count)
                else:
                    time.sleep(0.001)
            came = count / (time.perf_counter() - begun)
            store = open_store(environment["BINOME_DATABASE"])
            # What is not handed over by then is told as left.
            with suppress(Broken):
                _await_all(store)
            delays = sorted(_delays(store))
            left = sum(number for (_, state), number in store.backlog().items() if state in _WAITING)
            store.close()
    return HandOver(asked=rate, came=came, p50=delays[len(delays) // 2], p99=delays[int(len(delays) * 0.99)], left=left)


def _delays(store: Store) -> Iterator[float]:
    """Seconds from the making of an envelope to the end of the attempt that was accepted."""
    for envelope in store.envelopes_in((State.ACCEPTED,), 100_000):
        last = store.attempts_of(envelope.id)[-1]
        if last.finished_at is not None:
            yield (last.finished_at - envelope.created_at).total_seconds()


def _accept(port: int, known: Sample, number: int) -> None:
    if not flood(port, known.records, 0.0, first=number + 1, connections=1).acknowledged:
        raise Broken("an act was not accepted")


def _await_all(
    store: Store, cpu: Callable[[], tuple[float, float]] = lambda: (0.0, 0.0)
) -> tuple[int, float, tuple[float, float]]:
    """Envelopes settled after the first look that saw one settled; the seconds they took, and of CPU."""
    begun = time.perf_counter()
    seen_first, at_first, near, far = 0, 0.0, 0.0, 0.0
    while time.perf_counter() - begun < _PATIENCE:
        backlog = store.backlog()
        settled = sum(count for (_, state), count in backlog.items() if state not in _WAITING)
        now = time.perf_counter()
        if settled and not at_first:
            seen_first, at_first = settled, now
            near, far = cpu()
        if settled == sum(backlog.values()):
            if any(state != State.ACCEPTED for _, state in backlog):
                raise Broken("an envelope was not accepted")
            near_now, far_now = cpu()
            return settled - seen_first, now - at_first, (near_now - near, far_now - far)
        time.sleep(0.02)
    raise Broken("the backlog was not delivered in time")
