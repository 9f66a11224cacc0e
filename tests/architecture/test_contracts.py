"""The import contracts that ``make check`` keeps are there, and see a fault when one is planted."""

import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SETTINGS: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
CONTRACTS = {contract["name"]: contract for contract in SETTINGS["contracts"]}


def sources(module: str) -> set[str]:
    """Names of the contracts that forbid ``module`` to somebody."""
    return {name for name, contract in CONTRACTS.items() if module in contract.get("forbidden_modules", ())}


def test_every_room_has_its_layer() -> None:
    layered = [c for c in CONTRACTS.values() if c["type"] == "layers"]
    assert {container for c in layered for container in c["containers"]} == {"service", "service.intake", "mappings"}
    assert all(c["exhaustive"] for c in layered)


@pytest.mark.parametrize("module", ["service", "flask", "socket", "requests", "apsw", "psycopg", "fhir"])
def test_what_must_stay_apart_is_forbidden_somewhere(module: str) -> None:
    assert sources(module)


def test_no_import_is_excepted() -> None:
    """An exception is a decision that changes the contract, not a line beside it."""
    assert not [i for c in CONTRACTS.values() for i in c.get("ignore_imports", ())]


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("service/rules/time.py", "import requests"),
        ("service/store/unit.py", "import service.clients"),
        ("mappings/fhir/task.py", "import mappings.cda"),
        ("service/clients/dmp/read.py", "import service.clients.mssante"),
        ("service/sandbox/vihf.py", "import mappings.xds"),
        ("service/intake/teams.py", "import flask"),
    ],
)
def test_a_planted_fault_is_found(tmp_path: Path, file: str, line: str) -> None:
    for room in ("service", "mappings"):
        for path in (ROOT / room).rglob("*.py"):
            copy = tmp_path / path.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
    (tmp_path / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    with (tmp_path / file).open("a", encoding="utf-8") as faulty:
        faulty.write(f"\n{line}\n")
    told = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()", "--no-cache"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    module = file.removesuffix(".py").replace("/", ".")
    assert told.returncode == 1
    assert module in told.stdout
