"""schemathesis tries ``/records`` by its OpenAPI description: no 5xx, no answer that is not described.

Bounded in time: ``CONFORMANCE_SECONDS``, 15 otherwise.
"""

import os
import sysconfig
from pathlib import Path

from conformance.server import ROOT, Server
from conformance.verdict import run

_SECONDS = int(os.environ.get("CONFORMANCE_SECONDS", "15"))


def test_the_flat_door_keeps_to_its_description(server: Server, tmp_path: Path) -> None:
    command = [
        str(Path(sysconfig.get_path("scripts")) / "schemathesis"),
        f"--config-file={ROOT / 'conformance' / 'schemathesis.toml'}",
        "run",
        f"{server.base}/records/openapi.json",
        f"--max-time={_SECONDS}",
        "--max-examples=100",
        "--seed=2026",
        "--continue-on-failure",
        "--no-shrink",
        "--no-color",
    ]
    hooks = {"SCHEMATHESIS_HOOKS": "conformance.openapi_hooks", "PYTHONPATH": str(ROOT)}
    code, said, errors = run(command, _SECONDS + 60, cwd=tmp_path, environment=hooks)
    print(said[-2_000:])
    assert code == 0, said[-20_000:] + errors
