"""The runner of ``make conformance``: it goes on after a failure, ends non-zero, and never hides what did not run."""

import re
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from conformance.__main__ import SUITES, main
from conformance.verdict import Verdict, passed_when, run
from tests.mappings.schemas import ROOT


def passing() -> Verdict:
    return passed_when(True, "3 of 3", ["not told"])


def failing() -> Verdict:
    return passed_when(False, "1 of 2", ["the other one is wrong"])


def breaking() -> Verdict:
    raise ConnectionError("nobody listens")


def absent() -> Verdict:
    return Verdict("skipped", "java is absent")


def told(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return [re.sub(r"\(\d+ s\)", "(0 s)", line) for line in capsys.readouterr().out.splitlines()]


def gone(pid: int) -> bool:
    """Within ten seconds: a signal takes its time."""
    for _ in range(100):
        stat = Path(f"/proc/{pid}/stat")
        with suppress(FileNotFoundError, ProcessLookupError):
            if not stat.read_text().rpartition(") ")[2].startswith("Z"):
                time.sleep(0.1)
                continue
        return True
    return False


def test_a_failed_suite_fails_the_whole_and_the_next_one_runs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([], {"failing": failing, "breaking": breaking, "passing": passing}) == 1
    lines = told(capsys)
    assert lines[:3] == [
        "failing            failed   1 of 2 (0 s)",
        "    the other one is wrong",
        "breaking           failed   broke down: ConnectionError (0 s)",
    ]
    assert "    ConnectionError: nobody listens" in lines
    assert lines[-2:] == ["passing            passed   3 of 3 (0 s)", "1 passed; 2 FAILED (failing, breaking)"]


def test_what_did_not_run_is_told_last_and_counts_when_all_is_wanted(capsys: pytest.CaptureFixture[str]) -> None:
    both = {"absent": absent, "passing": passing}
    assert main([], both) == 0
    assert told(capsys) == [
        "absent             skipped  java is absent (0 s)",
        "passing            passed   3 of 3 (0 s)",
        "1 passed; 1 DID NOT RUN (absent)",
    ]
    assert main(["--whole"], both) == 1
    assert main(["--whole", "passing"], both) == 0
    # Nothing ran: that is no success.
    assert main(["absent"], both) == 1


def test_an_unknown_suite_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["nobody"], {"passing": passing})
    assert ended.value.code == 2
    assert "unknown: nobody" in capsys.readouterr().err


@pytest.fixture(params=["at a keyboard", "in the background"])
def _started(request: pytest.FixtureRequest) -> Iterator[None]:
    """As a terminal starts us, or as a shell does with ``&``: the keyboard is then ignored, and by children too."""
    deaf = request.param == "in the background"
    before = signal.signal(signal.SIGINT, signal.SIG_IGN if deaf else signal.default_int_handler)
    yield
    assert signal.signal(signal.SIGINT, before) is (signal.SIG_IGN if deaf else signal.default_int_handler)


@pytest.mark.usefixtures("_started")
def test_a_command_that_takes_too_long_is_ended_with_what_it_started(tmp_path: Path) -> None:
    """It is asked as from a keyboard, so that it can end its own servers; what it left behind is ended too."""
    parent = """
import pathlib, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(100)"])
try:
    pathlib.Path("ready").write_text(str(child.pid))
    time.sleep(100)
except KeyboardInterrupt:
    pathlib.Path("asked").touch()
"""
    # On a machine that is busy, or stopped meanwhile, the child may not be there yet, or has no time left to answer.
    for seconds in (1, 4, 16):
        assert run([sys.executable, "-c", parent], seconds, cwd=tmp_path) == (124, "", f"stopped after {seconds} s")
        if (tmp_path / "asked").exists():
            break
    assert gone(int((tmp_path / "ready").read_text()))
    assert (tmp_path / "asked").exists()


def test_every_suite_has_its_rows() -> None:
    """What it is, and what came of it."""
    page = (ROOT / "docs" / "conformance.md").read_text(encoding="utf-8")
    for title in ("## What is run", "## What came of it"):
        rows = re.findall(r"^\| `([a-z0-9-]+)` \|", page.partition(title)[2].partition("\n## ")[0], re.M)
        assert sorted(rows) == sorted(SUITES), title
