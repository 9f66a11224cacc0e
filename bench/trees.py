"""A server as a tree of processes: started, weighed, ended, or killed without warning."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from service.processes import end, wait_until_ready

_TICK: Final = os.sysconf("SC_CLK_TCK")


def _inherited() -> dict[str, str]:
    """Our environment without what names the peers: the service starts under no setting that it does not know."""
    return {name: value for name, value in os.environ.items() if not name.startswith("BINOME_PEER_")}


class Tree:
    """One started command and all that descends from it."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        # What it says is kept apart from the result, and shown when it does not start.
        self._said = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            command,
            env={**_inherited(), **environment},
            stdout=subprocess.DEVNULL,
            stderr=self._said,
            start_new_session=True,
        )

    def cpu(self) -> float:
        """CPU seconds used so far, by those that live and those that were waited for."""
        total = 0
        for pid in self._pids():
            with suppress(OSError):
                total += sum(int(ticks) for ticks in _stat(pid)[11:15])
        return total / _TICK

    def pss(self) -> float:
        """Resident megabytes, what is shared counted once."""
        kilobytes = 0
        for pid in self._pids():
            with suppress(OSError):
                lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
                kilobytes += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        return kilobytes / 1024

    def kill(self) -> None:
        """All at once, as a power loss would end them."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def said(self) -> str:
        """The end of what it wrote to its standard error."""
        self._said.seek(0)
        return self._said.read().decode(errors="replace")[-2000:]

    def end(self) -> None:
        """Asked, then made to; what it said is let go."""
        end(self.process)
        self._said.close()

    def _pids(self) -> list[int]:
        parents = {}
        for path in Path("/proc").iterdir():
            if path.name.isdecimal():
                with suppress(OSError):
                    parents[int(path.name)] = int(_stat(int(path.name))[1])
        tree = [self.process.pid]
        for pid in tree:
            tree += [child for child, parent in parents.items() if parent == pid]
        return tree


def _stat(pid: int) -> list[str]:
    """Fields of ``/proc/<pid>/stat`` from the state on: the command before it may hold anything."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


@contextmanager
def started(
    command: Sequence[str], environment: Mapping[str, str], ready: str, patience: float = 60
) -> Iterator[tuple[Tree, float]]:
    """The tree once ``ready`` answers 200, and the seconds that took; ended when the block ends."""
    begun = time.perf_counter()
    tree = Tree(command, environment)
    try:
        try:
            wait_until_ready(ready, patience)
        except TimeoutError:
            print(tree.said(), file=sys.stderr)
            raise
        yield tree, time.perf_counter() - begun
    finally:
        tree.end()
