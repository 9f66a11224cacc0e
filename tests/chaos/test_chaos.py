"""The whole harness in small: the service keeps its promises, and a service that does not is caught."""

import random
import sys
import time
from pathlib import Path

import pytest

from tests.chaos.harness import Plan, run
from tests.chaos.victims import Victim

#: A process with one child.
PARENT = "import subprocess; subprocess.run(['sleep', '60'])"


@pytest.mark.slow
def test_nothing_is_lost_and_nothing_doubled(tmp_path: Path) -> None:
    plan = Plan(
        kills=12, seed=12, database=f"sqlite:///{tmp_path / 'binome.sqlite'}", folder=tmp_path, seconds=60, healing=40
    )
    report = run(plan)
    assert {name: members for name, members in report.sets.items() if members} == {}
    assert report.holds, report.figures
    # The kills struck work under way, of the web or of the worker, or they proved nothing.
    assert report.figures["requests cut under way"] + report.figures.get("attempts, never settled", 0) > 0
    assert report.figures["acts acknowledged"] > 50


@pytest.mark.slow
@pytest.mark.parametrize(
    ("of_web", "of_worker", "caught"),
    [
        ("answer-before-commit", "forget-look-up", {"lost", "fed-again"}),
        ("two-commits", "seal-each-time", {"torn", "altered"}),
    ],
)
def test_planted_bugs_are_caught(of_web: str, of_worker: str, caught: set[str], tmp_path: Path) -> None:
    plan = Plan(
        kills=8,
        seed=8,
        database=f"sqlite:///{tmp_path / 'binome.sqlite'}",
        folder=tmp_path,
        weather=0.1,
        seconds=60,
        # What the bugs leave behind never heals.
        healing=6,
        web=("tests.chaos.planted", of_web, "serve"),
        worker=("tests.chaos.planted", of_worker, "worker"),
    )
    report = run(plan)
    assert caught <= {name for name, members in report.sets.items() if members}
    assert not report.holds


def test_victims_are_killed_with_their_orphans(tmp_path: Path) -> None:
    sleeper = Victim((sys.executable, "-c", PARENT), {}, f"sleeper-{tmp_path.name}", tmp_path / "log")
    draw = random.Random(1)
    sleeper.start()
    until = time.monotonic() + 20
    while len(sleeper.pids()) < 2 and time.monotonic() < until:
        time.sleep(0.02)
    sleeper.kill_first()
    assert not sleeper.alive()
    assert len(sleeper.pids()) == 1
    sleeper.kill_all(draw)
    assert sleeper.pids() == []
