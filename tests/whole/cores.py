"""Where the processes of a command run."""

import os
from pathlib import Path

import pytest

CORES = os.sched_getaffinity(0)
#: For a test that needs more than one.
TO_SHARE = pytest.mark.skipif(len(CORES) < 2, reason="one core cannot be shared out")


def descendants(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [int(one) for task in tasks for one in (task / "children").read_text().split()]


def cores_of(pid: int) -> set[frozenset[int]]:
    """Where the threads of a process may run."""
    return {frozenset(os.sched_getaffinity(int(task.name))) for task in Path(f"/proc/{pid}/task").iterdir()}


def are_shared_out(pid: int) -> bool:
    """Two processes, threads of one in one share, and the two shares are all cores without overlap."""
    kept = [cores_of(one) for one in descendants(pid)]
    if len(kept) != 2 or any(len(one) != 1 for one in kept):
        return False
    first, second = (next(iter(one)) for one in kept)
    return first | second == CORES and not first & second
