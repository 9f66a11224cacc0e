"""A total time for one conversation with the outside, however slowly the other side speaks.

A socket's own timeout counts each read, so that one byte now and then keeps a worker for hours; here the
connection is cut when the whole time is over.
"""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator


class Line:
    """One conversation under watch: what it may still do, and whether bytes have left."""

    def __init__(self, seconds: float = float("inf")) -> None:
        self._ends = time.monotonic() + seconds
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []
        #: True from the first byte of ours that may have reached the other side.
        self.bytes_left = False
        #: True when the time is over.
        self.expired = False

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
        if self.expired or time.monotonic() >= self._ends:
            self.expired = True
            raise TimeoutError

    def cut(self) -> None:
        """The time is over: whoever reads or writes on the line is woken by its end."""
        with self._lock:
            self.expired = True
            for connection in self._sockets:
                with contextlib.suppress(OSError):
                    # Not the method of SSLSocket, which would pull the session from under the reader.
                    socket.socket.shutdown(connection, socket.SHUT_RDWR)


@contextlib.contextmanager
def line_for(seconds: float) -> Iterator[Line]:
    """A line that is cut after ``seconds``."""
    line = Line(seconds)
    watch = threading.Timer(seconds, line.cut)
    watch.daemon = True
    watch.start()
    try:
        yield line
    finally:
        watch.cancel()
