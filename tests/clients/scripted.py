"""A listener on loopback that does exactly what a test says, byte by byte."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from service.processes import free_ports
from tests.waiting import PATIENCE

#: Instead of a reply: close the connection.
CUT = object()


@contextlib.contextmanager
def listener(play: Callable[[socket.socket], None]) -> Iterator[int]:
    """The port of a server that plays ``play`` with each connection, one after the other."""
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(0.05)
    over = threading.Event()

    def serve() -> None:
        while not over.is_set():
            try:
                connection, _ = server.accept()
            except TimeoutError:
                continue
            connection.settimeout(PATIENCE)
            with connection, contextlib.suppress(OSError):
                play(connection)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield server.getsockname()[1]
    finally:
        over.set()
        thread.join(PATIENCE)
        server.close()


def closed_port() -> int:
    """A port on which nobody listens."""
    (port,) = free_ports(1)
    return port


def read_request(connection: socket.socket) -> bytes:
    """One whole HTTP request, by its Content-Length."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(65536)
    head, _, body = received.partition(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def until_left(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while connection.recv(65536):
            pass


@dataclass
class SmtpScript:
    """Replies by step: ``banner``, ``EHLO``, ``MAIL``, ``RCPT``, ``DATA``, ``.`` (the final dot), ``QUIT``."""

    replies: dict[str, Any] = field(default_factory=dict)
    #: Cut the line after that many bytes of the message.
    cut_after: int | None = None
    commands: list[bytes] = field(default_factory=list)
    #: Messages as received, dots undoubled.
    messages: list[bytes] = field(default_factory=list)

    _USUAL = {
        "banner": b"220 sandbox ESMTP\r\n",
        "EHLO": b"250-sandbox\r\n250-SIZE 10000000\r\n250 DSN\r\n",
        "DATA": b"354 go on\r\n",
        ".": b"250 2.0.0 Ok: queued as 4XyZ12\r\n",
        "QUIT": b"221 bye\r\n",
    }

    def __call__(self, connection: socket.socket) -> None:
        file = connection.makefile("rb")
        with file:
            self._say(connection, "banner")
            while line := file.readline():
                self.commands.append(line.rstrip(b"\r\n"))
                verb = line[:4].decode("latin-1").upper()  # the first bytes of a TLS session may come as a line
                self._say(connection, verb)
                if verb == "DATA" and self.replies.get("DATA", b"354").startswith(b"354"):
                    self._message(connection, file)
                if verb == "QUIT":
                    return

    def _message(self, connection: socket.socket, file: Any) -> None:
        received = b""
        while True:
            if self.cut_after is not None:
                received += file.read(max(1, min(64, self.cut_after - len(received))))
                if len(received) >= self.cut_after:
                    raise ConnectionAbortedError
                continue
            line = file.readline()
            if not line:
                raise ConnectionAbortedError
            if line == b".\r\n":
                break
            received += line[1:] if line.startswith(b".") else line
        self.messages.append(received)
        self._say(connection, ".")

    def _say(self, connection: socket.socket, step: str) -> None:
        reply = self.replies.get(step, self._USUAL.get(step, b"250 2.1.0 Ok\r\n"))
        if reply is CUT:
            raise ConnectionAbortedError
        if callable(reply):
            reply(connection)
            return
        connection.sendall(reply)
