"""``python -m tests.chaos.drain``: a worker alone in its process, over a great backlog whose destinations come back (F28).

Tells on its output what it took: memory above what it had before, processor time. What it attempted goes to a file, line by
line: the harness must not be what grows.
"""

import argparse
import datetime as dt
import gc
import json
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final, TextIO, cast

from service.config import Settings
from service.outbox.receipt import Outcome
from service.store import open_store
from tests.delivery.backlog import CLOSED, TAKEN, WAYS, Attempted, Outage
from tests.stores import NOW, envelope

#: Seconds, of the clock that the tests move, in which all is over after the heal, at the rates used here.
_AFTER: Final = dt.timedelta(minutes=5)


class _Spool(list[Attempted]):
    """Keeps nothing."""

    def __init__(self, file: TextIO) -> None:
        super().__init__()
        self._file = file

    def append(self, one: Attempted) -> None:
        envelope = one.envelope
        told = [one.at.isoformat(), envelope.id, envelope.document_id, envelope.destination.value, one.outcome.value]
        self._file.write(json.dumps(told) + "\n")


def worked(database: str, spool: Path, seed: int, hours: float, rate: int) -> dict[str, Any]:
    """Let a worker of its own process go through it all; what it took."""
    command = [sys.executable, "-m", "tests.chaos.drain", database, str(spool)]
    command += [f"--seed={seed}", f"--hours={hours}", f"--rate={rate}"]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True)
    return cast(dict[str, Any], json.loads(done.stdout))


def attempted(spool: Path) -> list[Attempted]:
    """As the worker made them; of each envelope no more than which, and where to."""
    ways = {way.value: way for way in WAYS}
    with spool.open() as lines:
        return [
            Attempted(dt.datetime.fromisoformat(at), envelope(id, document, ways[where]), Outcome(outcome))
            for at, id, document, where, outcome in map(json.loads, lines)
        ]


def _forget_peak() -> int:
    """The peak of memory is the one from now on (proc(5), clear_refs); gives what is in memory now, kB."""
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")
    return _memory("VmRSS")


def _memory(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.drain", description=__doc__)
    parser.add_argument("database")
    parser.add_argument("spool", type=Path)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--hours", type=float, required=True)
    parser.add_argument("--rate", type=int, required=True)
    asked = parser.parse_args()
    heal = NOW + dt.timedelta(hours=asked.hours)
    store = open_store(asked.database, test=True)
    draw = random.Random(f"{asked.seed} backlog")
    outage = Outage(
        store,
        lambda envelope, now: TAKEN if now >= heal else CLOSED,
        Settings(deliveries_a_second=asked.rate),
        draws=iter(draw.random, 2.0),
    )
    before, begun = _forget_peak(), time.process_time()
    with asked.spool.open("w") as spool:
        outage.attempts = _Spool(spool)
        outage.until(heal + _AFTER)
    took = {"megabytes": (_memory("VmHWM") - before) / 1024, "seconds": time.process_time() - begun}
    states = dict(outage.states())
    store.close()
    print(json.dumps({"states": states, **took}))


if __name__ == "__main__":
    main()
