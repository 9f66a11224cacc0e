"""Several processes at one work: forked, started again when one dies, stopped together, none left behind.

Who watches does nothing else: it has no thread, no connection and no secret that the others could inherit, so that all
share the memory of what was read before they parted. What must not be known here: what the work is.
"""

import logging
import mmap
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import wait
from typing import Final

from service import __name__ as _package
from service.cores import Cores

log = logging.getLogger(_package)

#: What one process does: its number, and what it calls once it is at work. It ends by itself when it gets SIGTERM.
Work = Callable[[int, Callable[[], None]], None]

_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)
#: Seconds before one that died is started again: after it had been at work, or before it got there.
_AGAIN: Final = 1.0
_NOT_SO_SOON: Final = 10.0
_FORK: Final = multiprocessing.get_context("fork")


class Crew:
    """``count`` processes on ``cores``; each has ``patience`` seconds to finish what is under way once it is asked to."""

    def __init__(self, work: Work, count: int, patience: float, cores: Cores) -> None:
        self._work = work
        self._patience = patience
        self._cores = cores
        #: Written by each process when it is at work, read by who watches.
        self._at_work = mmap.mmap(-1, count)
        #: Nobody writes: it ends for those who read when who watches is gone, however it went.
        self._life, self._alive = os.pipe()
        self._called, self._call = os.pipe()
        self._processes: list[multiprocessing.process.BaseProcess | None] = [None] * count
        self._due = [0.0] * count
        self._over = False

    def run(self) -> int:
        """Until SIGTERM or SIGINT, or until none could get to work; the exit code of the command."""
        for number in _SIGNALS:
            signal.signal(number, self._stop)
        try:
            failed = self._watch()
        finally:
            self._end()
        return 1 if failed else 0

    def _stop(self, *_: object) -> None:
        self._over = True
        os.write(self._call, b"!")

    def _watch(self) -> bool:
        """Whether it ended because the work cannot be begun: a fault of the settings, most likely, told by who had it."""
        ever = False
        while not self._over:
            now = time.monotonic()
            for number, due in enumerate(self._due):
                if self._processes[number] is None and due <= now:
                    self._start(number)
            sentinels = [one.sentinel for one in self._processes if one is not None]
            waits = [due - now for due, one in zip(self._due, self._processes, strict=True) if one is None]
            wait([self._called, *sentinels], min(waits, default=None))
            ever = ever or any(self._at_work[:])
            for number, process in enumerate(self._processes):
                if process is None or process.is_alive() or self._over:
                    continue
                if not ever:
                    return True
                self._died(number, process)
        return False

    def _died(self, number: int, process: multiprocessing.process.BaseProcess) -> None:
        pause = _AGAIN if self._at_work[number] else _NOT_SO_SOON
        log.error("process %d ended by itself (%s); another in %.0f s", number + 1, process.exitcode, pause)
        self._processes[number] = None
        self._due[number] = time.monotonic() + pause

    def _start(self, number: int) -> None:
        self._at_work[number] = 0
        process = _FORK.Process(target=self._begin, args=(number,))
        # A signal that comes meanwhile is for who watches: the new one is ended with the others.
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        try:
            process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        self._processes[number] = process

    def _begin(self, number: int) -> None:
        """In the new process."""
        for one in _SIGNALS:
            signal.signal(one, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        for end in (self._alive, self._called, self._call):
            os.close(end)
        self._cores.keep_to_one_share()
        threading.Thread(target=self._orphaned, daemon=True).start()
        self._work(number, lambda: self._at_work.__setitem__(number, 1))

    def _orphaned(self) -> None:
        """Who watched is gone: what is under way is finished, and nothing else begun."""
        os.read(self._life, 1)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(self._patience)
        os._exit(1)

    def _end(self) -> None:
        """Each is asked, waited for, then made to."""
        left = [one for one in self._processes if one is not None]
        for one in left:
            one.terminate()
        until = time.monotonic() + self._patience
        for one in left:
            one.join(max(0.0, until - time.monotonic()))
            if one.is_alive():
                log.error("a process did not end in %.0f s: it is made to", self._patience)
                one.kill()
                one.join()
