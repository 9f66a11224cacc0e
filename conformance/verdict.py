"""What became of a suite: one line for whoever reads."""

import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import Final, Literal, TextIO

HERE: Final = Path(__file__).parent
JAVA: Final = HERE / "java"
NODE: Final = HERE / "node"
TESTS: Final = HERE.parent / "tests" / "clientsuites"
#: How long a command may take to end after being asked, seconds.
_GRACE: Final = 30.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """``told`` counts or gives the reason; ``details`` are printed below: what is wrong, or was not asked."""

    state: Literal["passed", "failed", "skipped"]
    told: str
    details: list[str] = field(default_factory=list)


def passed_when(condition: bool, told: str, details: list[str]) -> Verdict:
    return Verdict("passed" if condition else "failed", told, [] if condition else details)


def run(
    command: Sequence[str], seconds: float, *, cwd: Path = HERE.parent, environment: Mapping[str, str] | None = None
) -> tuple[int, str, str]:
    """Exit code, output and errors of a command; a code of 124 when it had to be stopped.

    It is asked first, as from a keyboard: a test run then ends the servers that it started. Its group is ended with it.
    """
    with TemporaryFile("w+") as said, TemporaryFile("w+") as errors:
        with _listening():
            process = subprocess.Popen(
                command,
                cwd=cwd,
                env={**os.environ, **(environment or {})},
                stdout=said,
                stderr=errors,
                start_new_session=True,
            )
        try:
            code = process.wait(seconds)
        except (subprocess.TimeoutExpired, KeyboardInterrupt) as over:
            process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                process.wait(_GRACE)
            if isinstance(over, KeyboardInterrupt):
                raise
            return 124, "", f"stopped after {seconds:.0f} s"
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        return code, _read(said), _read(errors)


@contextmanager
def _listening() -> Iterator[None]:
    """A shell has what it starts in the background ignore the keyboard, and a child inherits that: it would not be asked."""
    before = signal.getsignal(signal.SIGINT)
    if before is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        if before is signal.SIG_IGN:
            signal.signal(signal.SIGINT, before)


def _read(file: TextIO) -> str:
    file.seek(0)
    return file.read()
