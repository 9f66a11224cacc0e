"""A total time for one conversation with the outside, however slowly the other side speaks, and for one attempt with all
its conversations.

A socket's own timeout counts each read, so that one byte now and then keeps a worker for hours; here the
connection is cut when the whole time is over.
"""

import contextlib
import heapq
import itertools
import os
import socket
import threading
import time
from collections.abc import Iterator


class _Attempt(threading.local):
    """What the conversations of one thread are about."""

    #: When all of it is to be over, on the monotonic clock.
    ends = float("inf")


_attempt = _Attempt()


@contextlib.contextmanager
def whole(seconds: float) -> Iterator[None]:
    """Every conversation that this thread begins here is over in ``seconds`` from now, whatever time is its own.

    A process that was stopped between two of them does not begin the second: somebody else may have taken over.
    """
    before = _attempt.ends
    _attempt.ends = min(before, time.monotonic() + seconds)
    try:
        yield
    finally:
        _attempt.ends = before


class Line:
    """One conversation under watch: what it may still do, and whether bytes have left."""

    def __init__(self, seconds: float = float("inf")) -> None:
        #: On the monotonic clock.
        self.ends = min(time.monotonic() + seconds, _attempt.ends)
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []
        self._is_cut = False
        #: True from the first byte of ours that may have reached the other side.
        self.bytes_left = False

    @property
    def expired(self) -> bool:
        """True when the time is over: the watch may be woken later than who reads or writes."""
        return self._is_cut or time.monotonic() >= self.ends

    def opened(self, connection: socket.socket) -> None:
        """Watch this socket too; ``TimeoutError`` when it comes too late."""
        with self._lock:
            if self.expired:
                raise TimeoutError
            self._sockets.append(connection)

    def check(self) -> None:
        """``TimeoutError`` when the time is over: to be asked before every sending.

        A process that was stopped meanwhile goes on where it was, before its watch is woken; somebody else may have
        taken over by then.
        """
        if self.expired:
            raise TimeoutError

    def cut(self) -> None:
        """The time is over: whoever reads or writes on the line is woken by its end."""
        with self._lock:
            self._is_cut = True
            for connection in self._sockets:
                with contextlib.suppress(OSError):
                    # Not the method of SSLSocket, which would pull the session from under the reader.
                    socket.socket.shutdown(connection, socket.SHUT_RDWR)

    def end(self) -> None:
        """The conversation is over in time: nothing is cut any more."""
        with self._lock:
            self._sockets.clear()


class _Watch:
    """One thread that cuts every line of this process whose time is over: a thread for each would cost more than most calls."""

    def __init__(self) -> None:
        self._wake = threading.Condition()
        #: End, number, line: the next to end first. One that ended in time waits here until then, without its sockets.
        self._lines: list[tuple[float, int, Line]] = []
        self._numbers = itertools.count()
        self._thread: threading.Thread | None = None

    def over(self, line: Line) -> None:
        with self._wake:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="deadlines", daemon=True)
                self._thread.start()
            heapq.heappush(self._lines, (line.ends, next(self._numbers), line))
            if self._lines[0][2] is line:
                self._wake.notify()

    def _run(self) -> None:
        while True:
            with self._wake:
                while not self._lines or (left := self._lines[0][0] - time.monotonic()) > 0:
                    self._wake.wait(left if self._lines else None)
                _, _, line = heapq.heappop(self._lines)
            line.cut()


_watch = _Watch()


def _watch_anew() -> None:
    """Threads stay behind in a fork."""
    global _watch
    _watch = _Watch()


os.register_at_fork(after_in_child=_watch_anew)


@contextlib.contextmanager
def line_for(seconds: float) -> Iterator[Line]:
    """A line that is cut after ``seconds``, or when the attempt is over."""
    line = Line(seconds)
    _watch.over(line)
    try:
        yield line
    finally:
        line.end()
