"""The cores of the machine, shared out among the processes of one work.

The threads of a process pass its interpreter on to each other all the time. On one core that is a switch; from core to
core it is a core to wake and a cache to fill, at every step of every request. A process that keeps to cores of its own
is spared that, and each core is one process's.
"""

import fcntl
import os
import sys
from collections.abc import Sequence
from itertools import pairwise
from typing import Final


def shares(cores: Sequence[int], count: int) -> list[frozenset[int]]:
    """``cores`` in ``count`` parts, as even as can be; no part where one is all, or where there is no core for each."""
    if not 1 < count <= len(cores):
        return []
    bounds = [number * len(cores) // count for number in range(count + 1)]
    return [frozenset(cores[start:end]) for start, end in pairwise(bounds)]


class Cores:
    """Those that this process may run on, for ``count`` processes that it forks; with one, or too few cores, for all alike."""

    def __init__(self, count: int) -> None:
        self._shares: Final = shares(sorted(os.sched_getaffinity(0)), count) if sys.platform == "linux" else []
        #: A byte of it locked is a share taken. The lock ends with its process, however that ended.
        self._taken: Final = os.memfd_create("cores") if self._shares else -1

    def keep_to_one_share(self) -> None:
        """In a forked process, before its threads: on the first share that no other has; where all are taken, on any core.

        A process that comes in the place of a dead one finds its share free.
        """
        for number, share in enumerate(self._shares):
            try:
                fcntl.lockf(self._taken, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, number)
            except BlockingIOError:
                continue
            os.sched_setaffinity(0, share)
            return
