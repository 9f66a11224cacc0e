"""The two Java programs: compiled once by Maven, then run as they are."""

import shutil
from functools import cache
from pathlib import Path
from typing import Final

from conformance.verdict import JAVA, run

#: What ``Validate`` says of a file on which the validator broke down.
CRASHED: Final = "crashed"


class Missing(Exception):
    """A program that a suite needs is not on this machine, or could not be built; its text is the reason."""


def java(program: str, *arguments: str, seconds: float) -> tuple[int, str, str]:
    """Exit code, output and errors of one program of ``conformance/java``; ``Missing`` when it cannot be had."""
    return run(["java", "-cp", _classpath(), f"conformance.{program}", *arguments], seconds)


@cache
def _classpath() -> str:
    for needed in ("java", "mvn"):
        if shutil.which(needed) is None:
            raise Missing(f"{needed} is absent")
    listed: Path = JAVA / "target" / "classpath.txt"
    goals = ["compile", "dependency:build-classpath", f"-Dmdep.outputFile={listed}"]
    code, said, errors = run(["mvn", "-q", "-B", "-f", str(JAVA / "pom.xml"), *goals], 900)
    if code:
        reason = next((line for line in (said + errors).splitlines() if "ERROR" in line), errors[-200:])
        raise Missing(f"Maven could not build conformance/java: {reason[:200]}")
    return f"{JAVA / 'target' / 'classes'}:{listed.read_text().strip()}"
