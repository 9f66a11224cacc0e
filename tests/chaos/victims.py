"""The processes of the service, started and killed here: each set is known by a mark in its environment.

A mark, because whoever lost his parent can no longer be found by descent. Nothing without the mark is touched.
"""

import os
import random
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

#: Longest that killed processes take to be gone, and asked ones to end, seconds.
_GONE: Final = 10.0
_ROOT: Final = Path(__file__).parents[2]
#: Left alone by the settings of the service.
_MARK: Final = "BINOME_TEST_CHAOS"


class Victim:
    """One command of the service: its first process, and those that it starts."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], mark: str, log: Path) -> None:
        self._command = list(command)
        self._environment = {**environment, "PYTHONPATH": str(_ROOT), _MARK: mark}
        self._mark = f"{_MARK}={mark}".encode()
        self._log = log
        self._first: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._first = subprocess.Popen(
                self._command, cwd=_ROOT, env=self._environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def alive(self) -> bool:
        return self._first is not None and self._first.poll() is None

    def pids(self) -> list[int]:
        """Every living process of the set, the first one first."""
        found = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal() and self._ours(entry)]
        first = self._first.pid if self._first else 0
        return sorted(found, key=lambda pid: (pid != first, pid))

    def kill_all(self, draw: random.Random) -> None:
        """SIGKILL to every process, in any order, until none is left."""
        until = time.monotonic() + _GONE
        while pids := self.pids():
            draw.shuffle(pids)
            for pid in pids:
                _kill(pid)
            if time.monotonic() > until:
                raise TimeoutError(f"processes outlived SIGKILL: {pids}")
            time.sleep(0.01)
        if self._first is not None:
            # A dying process shows no environment any more, and is not yet dead.
            self._first.wait(_GONE)

    def kill_first(self) -> None:
        """SIGKILL to the first process only: its children go on without it."""
        if self._first is not None:
            self._first.kill()
            self._first.wait(_GONE)

    def kill_child(self, draw: random.Random) -> bool:
        """SIGKILL to one of the other processes; False when there is none."""
        children = self.pids()[1:] if self.alive() else []
        if children:
            _kill(draw.choice(children))
        return bool(children)

    def end(self, draw: random.Random) -> bool:
        """Ask, then insist; True when asking was enough."""
        if self._first is not None and self._first.poll() is None:
            self._first.send_signal(signal.SIGTERM)
        until = time.monotonic() + _GONE
        while (self.alive() or self.pids()) and time.monotonic() < until:
            time.sleep(0.02)
        asked = not self.pids()
        self.kill_all(draw)
        return asked

    def _ours(self, entry: Path) -> bool:
        try:
            return self._mark in (entry / "environ").read_bytes().split(b"\0")
        except OSError:
            return False  # gone, or not ours to look at


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass  # already gone
