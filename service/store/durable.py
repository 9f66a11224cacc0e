"""The write-ahead log of one SQLite file, flushed by whoever waits for it, after the lock was given on.

With ``synchronous=FULL`` a commit flushes the log while it holds the lock of the database, and every other writer waits
for the disk too. Here the next writer goes on meanwhile. What is committed is then visible a moment before it outlives
a power loss, so that nobody may be told of it yet: neither who wrote it, whose commit returns once it is flushed, nor
who was shown it by a read. A thread that was shown anything flushes what may be missing before it answers or sends.

A log is a sequence, and a flush is of all that was in it: one covers every commit before it, whichever process wrote
it. What a checkpoint moves to the database it flushes first, in the log and then there (https://sqlite.org/wal.html,
sections 2.2 and 3.2), and it needs ``synchronous=NORMAL`` for that.
"""

import errno
import os
import threading
from pathlib import Path

from service.store.engine import Pulse


class Always:
    """Of a database that shows nothing before it is durable."""

    def shown(self) -> None: ...

    def told(self) -> None: ...

    def ensure(self) -> None: ...


class Log:
    """The log of one file, and how far this process knows it to be on the disk. Safe for many threads.

    A flush that failed cannot be asked again: the system forgets what it could not write, and would say yes. From then
    on nothing is confirmed, nor answered, until the process is started anew.
    """

    def __init__(self) -> None:
        self._file = -1
        self._index: Pulse | None = None
        #: The state of the database that is known to be flushed.
        self._flushed = b""
        self._failed = False
        self._turn = threading.Lock()
        #: Flushes that were begun.
        self._begun = 0
        self._seen = threading.local()

    def follow(self, database: Path, index: Pulse) -> None:
        """The log of ``database``, which exists, from now on; ``index`` tells its states."""
        # To close a descriptor of the log lets go of no lock: SQLite's are on the database and on the index.
        file = os.open(f"{database}-wal", os.O_RDONLY | os.O_CLOEXEC)
        with self._turn:
            self._close()
            self._file, self._index, self._flushed = file, index, b""

    def close(self) -> None:
        with self._turn:
            self._close()

    def _close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def shown(self) -> None:
        self._seen.shown = True

    def told(self) -> None:
        self._seen.shown = False

    def ensure(self) -> None:
        """``OSError`` when the disk failed, whatever was seen: who asks whether the process is well starts it anew."""
        self.check()
        if getattr(self._seen, "shown", False):
            self.flush()
            self._seen.shown = False

    def check(self) -> None:
        """``OSError`` once a flush failed."""
        if self._failed:
            raise OSError(errno.EIO, "a flush of the log failed before")

    def flush(self) -> None:
        """All that was committed by now, by whatever process. ``OSError`` when the disk failed, once and for ever,
        or when the log was closed before all was flushed."""
        index = self._index
        if index is None or (index.header.raw == self._flushed and not self._failed):
            return
        begun = self._begun
        with self._turn:
            self.check()
            # Begun after we came, and over: it was of what we wait for too.
            if self._begun > begun:
                return
            if self._file < 0:
                raise OSError(errno.EBADF, "the log is closed: what was committed may not be on the disk")
            self._begun += 1
            state = index.header.raw
            try:
                os.fdatasync(self._file)
            except OSError:
                self._failed = True
                raise
            if index.sound(state):
                self._flushed = state
