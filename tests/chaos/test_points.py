"""A sample of the points at which ``make chaos`` kills and stops workers, and of the faults it plays."""

import random
import statistics
import timeit
from pathlib import Path

from service import failpoints
from tests.chaos.field import a_field, sets, violations
from tests.chaos.points import DMP, DOCTOR, PATIENT, cases, kill, strike

SEED = 20261122


def test_killed_at_some_points(tmp_path: Path) -> None:
    draw = random.Random(SEED)
    sample = [
        (DMP, "K11", 1),
        (DMP, "K21", 1),
        (DMP, "K23", 2),
        (DOCTOR, "K16", 1),
        (PATIENT, "K14", 1),
        (PATIENT, "K17", 2),
    ]
    # Nobody is stopped: an attempt has all the time that a busy machine may take for it.
    with a_field(tmp_path, SEED, attempt=60, lease=180) as here:
        for destination, point, attempt in sample:
            kill(here, destination, point, attempt, draw)
        strike(here, "xds", "truncated", "ITI-41")
        strike(here, "mail", "cut", "data")
        found, repeated = sets(here)
    assert violations(found) == []
    assert here.ended["killed"] == len(sample)
    # Between the final dot and its reply nobody can know: those mails came twice, the others once.
    assert repeated == 2


def test_every_point_is_played_at_both_attempts() -> None:
    played = cases(random.Random(0))
    assert len(played) == len(set(played)) == 50
    assert {point for _, point, _ in played} == {f"K{n}" for n in range(10, 24)}


def test_a_point_costs_nothing_while_nothing_is_asked() -> None:
    assert not failpoints.armed
    times = timeit.repeat(lambda: failpoints.reach("K13"), number=10_000, repeat=5)
    # Some ten points a delivery: well under a thousandth of its milliseconds.
    assert statistics.median(times) / 10_000 < 10e-6
