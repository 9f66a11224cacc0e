"""From the answer to an act until each destination has its report: web process and worker together, acts at a rate."""

import datetime as dt
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from bench.acts import sample
from bench.backlog import WAITING, accept, await_all, sink_settings
from bench.intake import folder
from bench.servers import BY_RECORD, running
from bench.trees import started
from bench.windows import Broken
from service.outbox.envelope import State
from service.processes import free_ports
from service.store import Store, open_store


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver:
    """While acts keep coming."""

    asked: float
    came: float
    #: Seconds.
    p50: float
    p99: float
    #: Parts of the delay, median and p99: until the attempt began, and the attempt.
    waited: tuple[float, float]
    took: tuple[float, float]
    left: int
    #: Milliseconds of CPU an act: of the web processes, of the worker, of the sinks.
    cpu: tuple[float, float, float]


def handed_over(rate: float, seconds: float) -> HandOver:
    """Acts at ``rate`` a second, to sinks that answer at once; begun once the worker is up and has delivered some."""
    http, smtp = free_ports(2)
    sink = f"http://127.0.0.1:{http}/healthz"
    with folder() as place:
        environment = sink_settings(place, http, smtp)
        there = (sys.executable, "-m", "bench.sinks", str(http), str(smtp), str(place))
        here = (sys.executable, "-m", "service.cli", "worker")
        with (
            started(there, {}, sink) as (far, _),
            running(BY_RECORD, place) as up,
            started(here, environment, sink) as (near, _),
        ):
            known = sample(up.base)
            store = open_store(environment["BINOME_DATABASE"])
            await_all(store)
            trees = (up.tree, near, far)
            before = [one.cpu() for one in trees]
            since, begun = dt.datetime.now(dt.UTC), time.perf_counter()
            count = 0
            while (passed := time.perf_counter() - begun) < seconds:
                if count < passed * rate:
                    count += 1
                    accept(up.port, known, count)
                else:
                    time.sleep(0.001)
            came = count / (time.perf_counter() - begun)
            # What is not handed over by then is told as left.
            with suppress(Broken):
                await_all(store)
            web, worker, sinks = (1000 * (one.cpu() - was) / count for one, was in zip(trees, before, strict=True))
            delays = list(_delays(store, since))
            left = sum(number for (_, state), number in store.backlog().items() if state in WAITING)
            store.close()
    whole = _percentiles([waited + took for waited, took in delays])
    return HandOver(
        asked=rate,
        came=came,
        p50=whole[0],
        p99=whole[1],
        waited=_percentiles([waited for waited, _ in delays]),
        took=_percentiles([took for _, took in delays]),
        left=left,
        cpu=(web, worker, sinks),
    )


def _percentiles(values: list[float]) -> tuple[float, float]:
    ordered = sorted(values)
    return ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)]


def _delays(store: Store, since: dt.datetime) -> Iterator[tuple[float, float]]:
    """Seconds from the making of an envelope to its last attempt, and of that attempt, which was accepted."""
    for envelope in store.envelopes_in((State.ACCEPTED,), 100_000):
        last = store.attempts_of(envelope.id)[-1]
        if last.finished_at is not None and envelope.created_at >= since:
            waited = last.started_at - envelope.created_at
            yield waited.total_seconds(), (last.finished_at - last.started_at).total_seconds()
