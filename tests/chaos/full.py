"""``make chaos`` (``python -m tests.chaos.full --seed 7``): every named kill point, stop, fault, race, and a great backlog.

Prints counts, the checker's sets, which must all be empty, and the seed; exit code 1 when one is not, or when a case did
not go as played. ``--kills`` adds random SIGKILLs of all processes (``python -m tests.chaos``).
"""

import argparse
import datetime as dt
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from service.config import Settings
from service.store import open_store
from tests.chaos import points, races
from tests.chaos.__main__ import empty_database, lines
from tests.chaos.field import a_field, sets
from tests.chaos.harness import Plan, run
from tests.delivery.backlog import CLOSED, TAKEN, Outage
from tests.delivery.test_outage import assert_drained
from tests.stores import NOW

Found = dict[str, list[str]]


def wires(folder: Path, seed: int) -> Found:
    """K10 to K23 × destination × first and second attempt; F24 by SIGSTOP; F15, F16, F18, F19 one by one."""
    draw = random.Random(seed)
    played = points.cases(draw)
    with a_field(folder, seed) as here:
        for case in played:
            points.kill(here, *case, draw)
        _tell(f"{len(played)} named kills: {dict(here.ended)}")
        stops = [(destination, point) for destination, some in points.STOPS.items() for point in some]
        points.stop_all(here, stops)
        _tell(f"{len(stops)} stops of twice the lease: {dict(here.ended)}")
        for fault in points.FAULTS:
            points.strike(here, *fault)
        _tell(f"{len(points.FAULTS)} faults of the destinations")
        found, repeated = sets(here)
        _tell(f"{len(here.sent)} acts, {repeated} mail repeats, each of an attempt without a clear answer")
    return found


def revocations(folder: Path, seed: int) -> Found:
    """F26."""
    found, went = races.revocations(folder, seed, 60)
    _tell(f"60 revocations raced: {dict(went)}")
    return found


def workers(folder: Path, seed: int) -> Found:
    """F24: two to eight workers and the same jobs, on SQLite."""
    twice = races.workers(f"sqlite:///{folder / 'workers.sqlite'}", seed, 20)
    _tell("20 rounds of two to eight workers over the same 18 envelopes")
    return {"attempted twice": twice}


def backlog(folder: Path, seed: int) -> Found:
    """F28: ten thousand envelopes, their destinations down for four hours."""
    heal = NOW + dt.timedelta(hours=4)
    store = open_store(f"sqlite:///{folder / 'backlog.sqlite'}", test=True)
    draw = random.Random(f"{seed} backlog")
    outage = Outage(
        store,
        lambda envelope, now: TAKEN if now >= heal else CLOSED,
        Settings(deliveries_a_second=150),
        draws=iter(draw.random, 2.0),
    )
    outage.fill(3300, replaced=100)
    outage.until(heal)
    probes = len(outage.attempts)
    outage.until(heal + dt.timedelta(minutes=5))
    last = max(one.at for one in outage.attempts) - heal
    _tell(
        f"{len(outage.attempts) - probes} drained {last.total_seconds():.0f} s after the heal, {probes} attempts before"
    )
    try:
        assert_drained(outage, heal)
    except AssertionError as fault:
        return {"backlog": [str(fault).splitlines()[0]]}
    finally:
        store.close()
    return {"backlog": []}


def random_kills(folder: Path, seed: int, kills: int, store: str) -> Found:
    with empty_database(store, folder) as database:
        report = run(Plan(kills=kills, seed=seed, database=database, folder=folder), _tell)
    for line in lines(report):
        print(line)
    return report.sets if report.holds or any(report.sets.values()) else {"kills": ["fewer than asked, or not healed"]}


def _tell(line: str) -> None:
    print(line, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.full", description=__doc__)
    parser.add_argument("--seed", type=int, default=None, help="drawn when not given, and told")
    parser.add_argument("--kills", type=int, default=0, help="random kills of all processes besides")
    parser.add_argument("--store", choices=("sqlite", "postgres"), default="sqlite", help="of the random kills")
    parser.add_argument("--only", choices=("wires", "revocations", "workers", "backlog"))
    options = parser.parse_args()
    seed = random.SystemRandom().randrange(1_000_000) if options.seed is None else options.seed
    parts: dict[str, Callable[[Path], Found]] = {
        "wires": lambda folder: wires(folder, seed),
        "revocations": lambda folder: revocations(folder, seed),
        "workers": lambda folder: workers(folder, seed),
        "backlog": lambda folder: backlog(folder, seed),
    }
    if options.kills:
        parts["kills"] = lambda folder: random_kills(folder, seed, options.kills, options.store)
    passed = failed = 0
    for name, part in parts.items():
        if options.only not in (None, name):
            continue
        begun = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="binome-chaos-") as folder:
            found = part(Path(folder))
        for members in (some for some in found.values() if not some):
            passed += 1
            assert not members
        for set_name, members in found.items():
            if members:
                failed += 1
                print(f"{set_name}: {len(members)}", *members[:20], sep="\n    ")
        print(f"{name}: {time.monotonic() - begun:.0f} s", flush=True)
    print(f"seed {seed}: {passed} sets empty, {failed} not: {'BROKEN' if failed else 'HOLDS'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
