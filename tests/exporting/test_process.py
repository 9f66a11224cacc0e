"""The worker process does exports beside its deliveries, and ends when it is asked to."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from service.store import open_store
from tests.exporting.test_slices import expected, fill, held, job, state
from tests.waiting import PATIENCE, until

ROOT = Path(__file__).parents[2]


def test_the_worker_exports_and_ends_politely(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'binome.sqlite'}"
    store = open_store(url)
    fill(store, 50)
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "BINOME_DATABASE": url,
        "BINOME_KEYS": str(tmp_path / "keys"),
        "BINOME_EXPORTS": str(tmp_path / "exports"),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "service.cli", "worker"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        job(store)
        until(lambda: state(store) != "running")
        assert state(store) == "complete"
        assert held(store, tmp_path / "exports") == expected(50)
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
    finally:
        process.kill()
        process.wait()
        store.close()
