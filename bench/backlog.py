"""Acts that wait for a worker: accepted while there is none, their documents made already or not."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from bench.acts import Sample, sample
from bench.load import flood
from bench.servers import BY_RECORD, running
from bench.windows import Broken
from service.config import settings_from
from service.outbox.envelope import State
from service.store import Store, open_store
from service.worker import compose

_PATIENCE: Final = 120.0
WAITING: Final = frozenset({State.QUEUED, State.SENDING, State.IN_DOUBT})


def sink_settings(place: Path, http: int, smtp: int) -> dict[str, str]:
    """The settings of a worker that delivers to the sinks; they are asked nothing first, as the floor asks nothing."""
    sink = f"http://127.0.0.1:{http}"
    return {
        "BINOME_DATABASE": f"sqlite:///{place / 'binome.sqlite'}",
        "BINOME_KEYS": str(place / "keys"),
        "BINOME_DMP_REPOSITORY": f"{sink}/xds/repository",
        "BINOME_DMP_REGISTRY": f"{sink}/xds/registry",
        "BINOME_DMP_PATIENTS": "",
        "BINOME_MSSANTE": f"127.0.0.1:{smtp}",
        "BINOME_WORKER_PROCESSES": str(os.cpu_count()),
    }


def fill(place: Path, acts: int) -> None:
    """``acts`` accepted, with no worker about."""
    with running(BY_RECORD, place) as up:
        known = sample(up.base)
        for number in range(acts):
            accept(up.port, known, number)


def make_documents(environment: dict[str, str]) -> None:
    """What a worker does before the first attempt of each envelope, and nothing more: as an outage finds it."""
    settings = settings_from(environment)
    store = open_store(settings.database)
    try:
        sealing = compose(settings, store).sealing
        for envelope in store.envelopes_in((State.QUEUED,), 100_000):
            sealing.sealed(envelope.document_id, envelope.id)
    finally:
        store.close()


def accept(port: int, known: Sample, number: int) -> None:
    if not flood(port, known.records, 0.0, first=number + 1, connections=1).acknowledged:
        raise Broken("an act was not accepted")


def await_all(
    store: Store, cpu: Callable[[], tuple[float, float]] = lambda: (0.0, 0.0)
) -> tuple[int, float, tuple[float, float]]:
    """Envelopes settled after the first look that saw one settled; the seconds they took, and of CPU."""
    begun = time.perf_counter()
    seen_first, at_first, near, far = 0, 0.0, 0.0, 0.0
    while time.perf_counter() - begun < _PATIENCE:
        backlog = store.backlog()
        settled = sum(count for (_, state), count in backlog.items() if state not in WAITING)
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
