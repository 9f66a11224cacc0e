"""Several processes at one work: one that dies is replaced, a stop ends all, and none outlives who watches."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.waiting import PATIENCE, until

ROOT = Path(__file__).parents[2]
#: Each says in a file of its own that it is at work: ``number``-``pid``. ``stubborn`` does not hear a signal, ``broken``
#: cannot begin.
SCRIPT = """
import os, signal, sys, threading
from pathlib import Path
from service.cores import Cores
from service.delivery.crew import Crew

folder, how, patience = Path(sys.argv[1]), sys.argv[2], float(sys.argv[3])

def work(number, at_work):
    over = threading.Event()
    signal.signal(signal.SIGTERM, signal.SIG_IGN if how == "stubborn" else lambda *_: over.set())
    if how == "broken":
        raise ValueError("no such thing")
    at_work()
    (folder / f"{number}-{os.getpid()}").touch()
    over.wait()

sys.exit(Crew(work, 2, patience, Cores(2)).run())
"""


class Run:
    """One crew under way."""

    def __init__(self, folder: Path, how: str = "", patience: float = PATIENCE) -> None:
        self._folder = folder
        self.process = subprocess.Popen([sys.executable, "-c", SCRIPT, str(folder), how, str(patience)], cwd=ROOT)

    def said(self) -> set[tuple[int, int]]:
        """(number, pid) of all that ever were at work."""
        return {(int(n), int(pid)) for n, _, pid in (one.name.partition("-") for one in self._folder.iterdir())}

    def both(self) -> dict[int, int]:
        until(lambda: len(self.said()) == 2)
        return dict(self.said())

    def gone(self) -> bool:
        return not any(_lives(pid) for _, pid in self.said())


def _lives(pid: int) -> bool:
    """Whether it runs; one that nobody has waited for does not."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


@pytest.fixture
def runs() -> Iterator[list[Run]]:
    some: list[Run] = []
    yield some
    for one in some:
        for pid in (one.process.pid, *(pid for _, pid in one.said())):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        one.process.wait()


def test_one_that_dies_is_started_again_and_the_other_goes_on(tmp_path: Path, runs: list[Run]) -> None:
    runs.append(run := Run(tmp_path))
    first = run.both()
    os.kill(first[0], signal.SIGKILL)
    until(lambda: len(run.said()) == 3)
    ((number, _),) = run.said() - set(first.items())
    assert number == 0
    assert _lives(first[1])
    run.process.send_signal(signal.SIGTERM)
    assert run.process.wait(PATIENCE) == 0
    assert run.gone()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_ends_all(number: int, tmp_path: Path, runs: list[Run]) -> None:
    runs.append(run := Run(tmp_path))
    run.both()
    run.process.send_signal(number)
    assert run.process.wait(PATIENCE) == 0
    assert run.gone()


def test_none_outlives_who_watches(tmp_path: Path, runs: list[Run]) -> None:
    runs.append(run := Run(tmp_path))
    run.both()
    run.process.kill()
    until(run.gone)


@pytest.mark.parametrize("asked", [signal.SIGTERM, signal.SIGKILL])
def test_what_does_not_end_is_ended(asked: int, tmp_path: Path, runs: list[Run]) -> None:
    """By who watches; by itself when who watches is gone."""
    runs.append(run := Run(tmp_path, "stubborn", patience=0.5))
    run.both()
    run.process.send_signal(asked)
    until(run.gone)


def test_what_cannot_begin_is_told_and_nothing_stays(tmp_path: Path, runs: list[Run]) -> None:
    runs.append(run := Run(tmp_path, "broken"))
    assert run.process.wait(PATIENCE) == 1
    assert run.gone()
