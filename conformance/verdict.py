"""What became of a suite: one line for whoever reads."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

HERE: Final = Path(__file__).parent
JAVA: Final = HERE / "java"
NODE: Final = HERE / "node"
TESTS: Final = HERE.parent / "tests" / "clientsuites"


@dataclass(frozen=True, slots=True)
class Verdict:
    """``told`` counts or gives the reason; ``details`` are printed below when it failed."""

    state: Literal["passed", "failed", "skipped"]
    told: str
    details: list[str] = field(default_factory=list)


def passed_when(condition: bool, told: str, details: list[str]) -> Verdict:
    return Verdict("passed" if condition else "failed", told, [] if condition else details)


def run(
    command: Sequence[str], seconds: float, *, cwd: Path = HERE.parent, environment: Mapping[str, str] | None = None
) -> tuple[int, str, str]:
    """Exit code, output and errors of a command; a code of 124 when it had to be stopped."""
    try:
        done = subprocess.run(
            command,
            cwd=cwd,
            env={**os.environ, **(environment or {})},
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return 124, "", f"stopped after {seconds:.0f} s"
    return done.returncode, done.stdout, done.stderr
