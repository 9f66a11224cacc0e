"""``make chaos`` (``python -m tests.chaos.full --seed 7``): every named kill point, stop, fault, race, and a great backlog.

What processes share is played on both stores; the line to PostgreSQL is cut at its commits. Prints counts, the checker's
sets, which must all be empty, and the seed of each; exit code 1 when one is not, or when a case did not go as played.
``--kills`` adds random SIGKILLs of all processes, on each store (``python -m tests.chaos``).
"""

import argparse
import datetime as dt
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Final

from service.config import Settings
from service.store import open_store
from tests.chaos import crowds, drain, points, races
from tests.chaos.__main__ import empty_database, lines
from tests.chaos.field import a_field, sets
from tests.chaos.harness import Plan, run
from tests.chaos.line import line_to
from tests.delivery.backlog import TAKEN, Outage
from tests.delivery.test_outage import assert_no_storm
from tests.postgres import NoPostgres
from tests.stores import NOW

Found = dict[str, list[str]]

#: Reports of the great backlog, each for every destination; how long these are down, and what they then bear.
_REPORTS: Final = 10_000
_HOURS: Final = 4
_RATE: Final = 150
#: What a worker may take for them: memory above what it has when it begins, and processor time of one attempt.
_MEGABYTES: Final = 32
_MILLISECONDS: Final = 10


def wires(folder: Path, seed: int, database: str) -> Found:
    """K10 to K23 × destination × first and second attempt; F24 by SIGSTOP; F15, F16, F18, F19 one by one."""
    draw = random.Random(seed)
    played = points.cases(draw)
    with a_field(folder, seed, database) as here:
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


def crowd(folder: Path, seed: int, database: str) -> Found:
    """F24: worker processes that race, die, and go on late."""
    with a_field(folder, seed, database) as here:
        crowds.rounds(here, random.Random(f"{seed} crowd"), 20)
        found, repeated = sets(here)
        _tell(f"20 rounds of two to eight worker processes: {dict(here.ended)}, {repeated} mail repeats")
    return found


def line(folder: Path, seed: int, database: str) -> Found:
    """F12: the line is cut at each commit of a delivery, before and after; and under clients that ask again."""
    (folder / "line").mkdir()
    with line_to(database, folder / "line") as cut, a_field(folder, seed, cut.url) as here:
        told = crowds.acts(here, cut, random.Random(f"{seed} line"), 100)
        cut.cut(0, durable=False)
        here.heal()
        commits = [crowds.deliveries(here, cut, durable=durable) for durable in (False, True)]
        found, repeated = sets(here)
        _tell(f"{told} of 100 acts asked for again, {commits} commits of a delivery cut, {repeated} mail repeats")
    return found


def revocations(folder: Path, seed: int, database: str) -> Found:
    """F26."""
    found, went = races.revocations(database, folder, seed, 60)
    _tell(f"60 revocations raced: {dict(went)}")
    return found


def workers(_: Path, seed: int, database: str) -> Found:
    """F24: two to eight workers of one process, and the same jobs."""
    twice = races.workers(database, seed, 20)
    _tell("20 rounds of two to eight workers over the same 18 envelopes")
    return {"attempted twice": twice}


def backlog(folder: Path, seed: int, database: str) -> Found:
    """F28: ten thousand reports, their destinations down for four hours."""
    store = open_store(database, test=True)
    Outage(store, lambda envelope, now: TAKEN).fill(_REPORTS, replaced=100)
    store.close()
    took = drain.worked(database, folder / "spool", seed, _HOURS, _RATE)
    attempts, heal = drain.attempted(folder / "spool"), NOW + dt.timedelta(hours=_HOURS)
    before = sum(one.at < heal for one in attempts)
    last = (max(one.at for one in attempts) - heal).total_seconds()
    _tell(f"{len(attempts) - before} drained {last:.0f} s after the heal, {before} attempts before: {took}")
    found: Found = {"storm": [], "left": [state for state in took["states"] if state != "accepted"], "grown": []}
    try:
        assert_no_storm(attempts, Settings(deliveries_a_second=_RATE), heal)
    except AssertionError as fault:
        found["storm"] = [str(fault).splitlines()[0] if str(fault) else "a bound was passed"]
    if took["megabytes"] > _MEGABYTES or took["seconds"] > len(attempts) * _MILLISECONDS / 1000:
        found["grown"] = [f"{took['megabytes']:.0f} MB", f"{took['seconds']:.0f} s"]
    return found


def kills(count: int) -> Callable[[Path, int, str], Found]:
    """So many random SIGKILLs of all processes."""

    def part(folder: Path, seed: int, database: str) -> Found:
        report = run(Plan(kills=count, seed=seed, database=database, folder=folder), _tell)
        for told in lines(report):
            _tell(told)
        short = not report.holds and not any(report.sets.values())
        return {**report.sets, "kills": ["fewer than asked, or not healed"] if short else []}

    return part


def _tell(line: str) -> None:
    print(line, flush=True)


#: Part → what is played, on which stores.
PARTS: Final[dict[str, tuple[Callable[[Path, int, str], Found], tuple[str, ...]]]] = {
    "wires": (wires, ("sqlite", "postgres")),
    "crowd": (crowd, ("sqlite", "postgres")),
    "line": (line, ("postgres",)),
    "workers": (workers, ("sqlite", "postgres")),
    "revocations": (revocations, ("sqlite", "postgres")),
    "backlog": (backlog, ("sqlite",)),
}


def play(name: str, part: Callable[[Path, int, str], Found], store: str, seed: int) -> Found:
    """One part on one store; says what came of it."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="binome-chaos-") as name_of_folder:
        folder = Path(name_of_folder)
        try:
            with empty_database(store, folder) as database:
                found = part(folder, seed, database)
        except NoPostgres as missing:
            found = {"not played": [str(missing)]}
    for set_name, members in found.items():
        _tell("\n    ".join([f"{name} on {store}, {set_name}: {len(members)}", *members[:20]]))
    _tell(f"{name} on {store}: seed {seed}, {time.monotonic() - begun:.0f} s")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.full", description=__doc__)
    parser.add_argument("--seed", type=int, default=None, help="drawn when not given, and told")
    parser.add_argument("--kills", type=int, default=0, help="random kills of all processes besides")
    parser.add_argument("--store", choices=("sqlite", "postgres"), help="on this one alone")
    parser.add_argument("--only", choices=(*PARTS, "kills"))
    options = parser.parse_args()
    seed = random.SystemRandom().randrange(1_000_000) if options.seed is None else options.seed
    parts = dict(PARTS)
    if options.kills:
        parts["kills"] = kills(options.kills), ("sqlite", "postgres")
    ended: Counter[bool] = Counter()
    for name, (part, stores) in parts.items():
        for store in stores:
            if options.only in (None, name) and options.store in (None, store):
                ended.update(not members for members in play(name, part, store, seed).values())
    _tell(f"seed {seed}: {ended[True]} sets empty, {ended[False]} not: {'BROKEN' if ended[False] else 'HOLDS'}")
    return 0 if ended[True] and not ended[False] else 1


if __name__ == "__main__":
    sys.exit(main())
