"""Acts accepted a second, server after server, on fresh stores; and what each server promises, put to the test."""

import statistics
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from bench.acts import FHIR, SYSTEM, Sample, sample
from bench.load import Flood, flood
from bench.servers import BY_FHIR, Running, Server, running
from bench.windows import Broken, Window, measured


@contextmanager
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="binome-bench-") as name:
        yield Path(name)


def first_sample() -> Sample:
    with folder() as place, running(BY_FHIR, place) as up:
        return sample(up.base)


def window(server: Server, known: Sample, seconds: float, database: str = "") -> Window:
    """``server`` on a fresh store: a second to warm up, then the window; any answer but 2xx is the end of the run."""
    with folder() as place, running(server, place, database) as up:
        templates = server.templates(sample(up.base) if server.ours else known)
        return measured(up.tree, up.port, templates, seconds)


def cold_start(server: Server) -> float:
    """Seconds from the command to the first 200, on a fresh store."""
    with folder() as place, running(server, place, fresh=False) as up:
        return up.start


def prove(server: Server, known: Sample) -> str:
    """A broken Procedure is refused; an act is found at once; what was acknowledged outlives ``kill -9`` mid-flood."""
    with folder() as place:
        with running(server, place) as up:
            templates = server.templates(sample(up.base) if server.ours else known)
            _refuses(up, known)
            flood(up.port, templates, 0.0, first=1, connections=1)
            if not _found(up, 1):
                raise Broken(f"{server.name}: an act is not found once it is acknowledged")
            seen = _killed(lambda: flood(up.port, templates, 30.0, first=2), up)
        with running(server, place, fresh=False) as up:
            lost = [number for number in seen.acknowledged if not _found(up, number)]
    if lost or not seen.acknowledged:
        raise Broken(f"{server.name}: {len(lost)} of {len(seen.acknowledged)} acknowledged acts are lost")
    return f"{server.name}: broken Procedure refused, act found at once, {len(seen.acknowledged)} acknowledged acts read back after kill -9"


def medians(windows: Sequence[Window], of: Callable[[Window], float]) -> tuple[float, float, float]:
    """Median, least, most."""
    values = [of(one) for one in windows]
    return statistics.median(values), min(values), max(values)


def rounds(servers: Sequence[Server], count: int) -> Iterable[Server]:
    """Each server once a round; every other round the other way."""
    for number in range(count):
        yield from servers if number % 2 == 0 else reversed(servers)


def _killed(run: Callable[[], Flood], up: Running) -> Flood:
    timer = threading.Timer(1.5, up.tree.kill)
    timer.start()
    try:
        return run()
    finally:
        timer.join()


def _refuses(up: Running, known: Sample) -> None:
    answer = requests.post(f"{up.base}/fhir/", data=known.broken, headers={"Content-Type": FHIR}, timeout=30)
    if not 400 <= answer.status_code < 500:
        raise Broken(f"a broken Procedure was answered {answer.status_code}")


def _found(up: Running, number: int) -> bool:
    wanted = {"identifier": f"{SYSTEM}|{number:09d}"}
    answer: dict[str, Any] = requests.get(f"{up.base}/fhir/Procedure", params=wanted, timeout=30).json()
    return len(answer["entry"]) == 1
