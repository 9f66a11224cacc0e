"""``python -m tests.chaos --kills 100 --seed 1 --store sqlite``: one run, its report, exit code 1 on any violation."""

import argparse
import json
import random
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.chaos.harness import Plan, Report, run
from tests.postgres import fresh_database, postgres_url


@contextmanager
def empty_database(store: str, folder: Path) -> Iterator[str]:
    """The url of an empty database of the engine asked for."""
    if store == "sqlite":
        yield f"sqlite:///{folder / 'binome.sqlite'}"
    else:
        with postgres_url() as server, fresh_database(server) as url:
            yield url


def lines(report: Report) -> Iterator[str]:
    """The report for a reader."""
    yield from (f"{name:42} {value}" for name, value in report.figures.items())
    for name, found in report.sets.items():
        yield f"{name:42} {len(found)}"
        yield from (f"    {one}" for one in found[:20])
    violated = sum(1 for found in report.sets.values() if found)
    # Rule of three: no failure in N independent trials bounds the rate at 3/N, with 95 % confidence.
    yield f"95 % bound on the rate of a loss per kill: {3 / max(1, report.figures['kills']):.1%}"
    yield f"{len(report.sets) - violated} passed, {violated} failed: {'HOLDS' if report.holds else 'BROKEN'}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=None, help="drawn when not given, and told")
    parser.add_argument("--store", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--seconds", type=float, default=480.0, help="longest time for the kills")
    parser.add_argument("--report", type=Path, default=None, help="where the JSON goes")
    options = parser.parse_args()
    seed = random.SystemRandom().randrange(1_000_000) if options.seed is None else options.seed
    with tempfile.TemporaryDirectory(prefix="binome-chaos-") as name:
        folder = Path(name)
        with empty_database(options.store, folder) as database:
            plan = Plan(kills=options.kills, seed=seed, database=database, folder=folder, seconds=options.seconds)
            report = run(plan, lambda line: print(line, flush=True))  # for the person who typed the command
    for line in lines(report):
        print(line)
    if options.report:
        text = json.dumps({"figures": report.figures, "sets": report.sets, "holds": report.holds}, indent=1)
        options.report.write_text(text + "\n", encoding="utf-8")
    return 0 if report.holds else 1


if __name__ == "__main__":
    sys.exit(main())
