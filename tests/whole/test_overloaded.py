"""A server whose store is held by somebody else: writes beyond the bound are told so, and reads find a thread."""

import fcntl
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import requests

from service.processes import children, wait_until_ready
from tests.api.test_interactions import patient
from tests.clients.scripted import closed_port
from tests.waiting import PATIENCE, until

WRITES = 12
JSON = {"Content-Type": "application/fhir+json"}


def test_reads_go_on_while_writes_are_turned_away(tmp_path: Path) -> None:
    database, port = tmp_path / "binome.sqlite", closed_port()
    base = f"http://127.0.0.1:{port}"
    environment = {
        "BINOME_DATABASE": f"sqlite:///{database}",
        "BINOME_KEYS": str(tmp_path / "keys"),
        "BINOME_PORT": str(port),
        "BINOME_PROCESSES": "1",
    }
    answers: list[int] = []

    def post() -> None:
        answers.append(
            requests.post(f"{base}/fhir/Patient", json=patient(), headers=JSON, timeout=PATIENCE).status_code
        )

    with children([("serve",)], environment), ThreadPoolExecutor(WRITES) as pool:
        wait_until_ready(f"{base}/readyz")
        with Path(f"{database}.lock").open("rb+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            sent = [pool.submit(post) for _ in range(WRITES)]
            # Two seconds of patience, then those beyond the six are told; the rest of the time is the machine's.
            until(lambda: len(answers) >= WRITES - 6)
            assert answers == [429] * (WRITES - 6)
            # That nobody waits to be told is shown in tests/store/test_overload.py.
            for _ in range(5):
                assert requests.get(f"{base}/fhir/Patient", timeout=PATIENCE).status_code == 200
                turned = requests.post(f"{base}/fhir/Patient", json=patient(), headers=JSON, timeout=PATIENCE)
                assert turned.status_code == 429
            assert len(answers) == WRITES - 6
            metrics = requests.get(f"{base}/metrics", timeout=PATIENCE).text
            (refused,) = (line for line in metrics.splitlines() if line.startswith("binome_writes_refused_total"))
            assert float(refused.rpartition(" ")[2]) == WRITES - 6 + 5
        for one in sent:
            one.result(PATIENCE)
        assert sorted(answers) == [201] * 6 + [429] * (WRITES - 6)
        assert requests.get(f"{base}/fhir/Patient?_summary=count", timeout=PATIENCE).json()["total"] == 6
