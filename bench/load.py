"""A closed loop of bare keep-alive connections in one thread: cheap enough to share the machine with the server."""

import re
import selectors
import socket
import time
from dataclasses import dataclass, field
from typing import Final, Protocol

_LENGTH: Final = re.compile(rb"(?i)\r\ncontent-length: *([0-9]+)")
#: Length of an answer that ends with an empty chunk.
_CHUNKED: Final = -1


class Requests(Protocol):
    """What is sent, by number."""

    def request(self, number: int) -> bytes: ...


@dataclass(slots=True)
class Flood:
    """What one window saw."""

    seconds: float = 0.0
    #: Number of each act that was answered 2xx.
    acknowledged: list[int] = field(default_factory=list)
    #: Seconds from the last byte sent to the last byte of the answer.
    latencies: list[float] = field(default_factory=list)
    #: Head of each answer that was not 2xx.
    refused: list[bytes] = field(default_factory=list)
    #: Connections that the server broke.
    broken: int = 0
    #: CPU seconds of the generator itself.
    own_cpu: float = 0.0

    @property
    def rate(self) -> float:
        return len(self.acknowledged) / self.seconds

    def latency(self, share: float) -> float:
        """Milliseconds under which ``share`` of the answers came."""
        ordered = sorted(self.latencies)
        return 1000 * ordered[min(int(share * len(ordered)), len(ordered) - 1)]


class _Connection:
    __slots__ = ("buffer", "length", "number", "sent_at", "socket")

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        self.length = 0
        self.number = 0
        self.sent_at = 0.0

    def send(self, request: bytes, number: int) -> None:
        self.number, self.buffer, self.length = number, b"", 0
        self.sent_at = time.perf_counter()
        self.socket.sendall(request)

    def receive(self) -> bool:
        """True when the answer is whole; ``ConnectionError`` when the server hung up."""
        some = self.socket.recv(65_536)
        if not some:
            raise ConnectionError("the server hung up")
        self.buffer += some
        if not self.length:
            head, end, _ = self.buffer.partition(b"\r\n\r\n")
            if not end:
                return False
            stated = _LENGTH.search(head)
            self.length = _CHUNKED if stated is None else len(head) + 4 + int(stated[1])
        if self.length == _CHUNKED:
            return self.buffer.endswith(b"\r\n0\r\n\r\n")
        return len(self.buffer) >= self.length


def flood(port: int, asked: Requests, seconds: float, *, first: int, connections: int = 16) -> Flood:
    """Send requests numbered from ``first`` for ``seconds``, each connection one at a time; what is under way is awaited."""
    seen = Flood()
    number = first
    selector = selectors.DefaultSelector()
    cpu, begun = time.process_time(), time.perf_counter()
    for _ in range(connections):
        connection = _Connection(port)
        connection.send(asked.request(number), number)
        selector.register(connection.socket, selectors.EVENT_READ, connection)
        number += 1
    over = begun + seconds
    while selector.get_map():
        for key, _ in selector.select(timeout=30):
            connection = key.data
            try:
                if not connection.receive():
                    continue
                _note(seen, connection)
                if time.perf_counter() < over:
                    connection.send(asked.request(number), number)
                    number += 1
                    continue
            except ConnectionError:
                seen.broken += 1
            selector.unregister(connection.socket)
            connection.socket.close()
    seen.seconds = time.perf_counter() - begun
    seen.own_cpu = time.process_time() - cpu
    selector.close()
    return seen


def _note(seen: Flood, connection: _Connection) -> None:
    if connection.buffer.startswith((b"HTTP/1.1 200", b"HTTP/1.1 201")):
        seen.latencies.append(time.perf_counter() - connection.sent_at)
        seen.acknowledged.append(connection.number)
    else:
        seen.refused.append(connection.buffer[:600])
