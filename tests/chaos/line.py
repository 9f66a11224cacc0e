"""A line to a PostgreSQL server that is cut at a commit: before the server has it, or once it is durable and unanswered (F12).

PostgreSQL protocol 3.0, sections 55.2 and 55.7: messages of one letter, a length and a body, after a first one without a
letter. Knows nothing of what is sent; ``cut`` says which COMMIT, counted over all connections from then on.
"""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

#: Query, Parse, Bind: how a client says COMMIT, by its text or by the name of what was prepared with that text.
_QUERY, _PARSE, _BIND = b"Q", b"P", b"B"
_COMPLETE: Final = b"C"
_COMMIT: Final = b"COMMIT"


@dataclass
class Line:
    """Between the clients of ``url`` and the server."""

    reach: Callable[[], socket.socket]
    url: str
    listening: socket.socket
    #: Commits asked for since the last ``cut``.
    commits: int = 0
    #: How often a line was cut.
    struck: int = 0
    _at: int = 0
    _answered: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _running: list[threading.Thread] = field(default_factory=list)

    def join(self) -> None:
        """Until every client has gone."""
        for thread in self._running:
            thread.join(30)

    def cut(self, at: int, *, durable: bool) -> None:
        """The ``at``-th COMMIT from now on: it never arrives, or, when ``durable``, its answer never does."""
        with self._lock:
            self.commits, self._at, self._answered = 0, at, durable

    def serve(self) -> None:
        while True:
            try:
                client, _ = self.listening.accept()
            except OSError:
                return
            self._running.append(_Conversation(self, client).start())

    def is_cut(self) -> tuple[bool, bool]:
        """For the COMMIT that now passes: whether the line is cut, and whether only once the server has done it."""
        with self._lock:
            self.commits += 1
            if self.commits != self._at:
                return False, False
            self._at, self.struck = 0, self.struck + 1
            return True, self._answered


class _Conversation:
    """One client's."""

    def __init__(self, line: Line, client: socket.socket) -> None:
        self._line = line
        self._client = client
        self._server = line.reach()
        #: What was prepared as COMMIT, by its name.
        self._prepared: set[bytes] = set()
        #: The next COMMIT that the server tells of is kept from the client.
        self._swallow = threading.Event()

    def start(self) -> threading.Thread:
        thread = threading.Thread(target=self._run, daemon=True)
        thread.start()
        return thread

    def _run(self) -> None:
        back = threading.Thread(target=self._to_client, daemon=True)
        back.start()
        self._to_server()
        back.join()
        self._client.close()
        self._server.close()

    def _to_server(self) -> None:
        self._pump(self._client, self._server, first=True, passes=self._asked)

    def _to_client(self) -> None:
        self._pump(self._server, self._client, first=False, passes=self._told)

    def _pump(
        self,
        source: socket.socket,
        to: socket.socket,
        *,
        first: bool,
        passes: Callable[[bytes, bytes], bool],
    ) -> None:
        with suppress(OSError, EOFError), source.makefile("rb") as incoming:
            if first:
                to.sendall(_message(incoming.read, b"")[1])
            while True:
                kind, whole = _message(incoming.read)
                if not passes(kind, whole):
                    break
                to.sendall(whole)
        for end in (self._client, self._server):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _asked(self, kind: bytes, whole: bytes) -> bool:
        if not self._is_commit(kind, whole[5:]):
            return True
        cut, answered = self._line.is_cut()
        if cut and answered:
            self._swallow.set()
        return not cut or answered

    def _is_commit(self, kind: bytes, body: bytes) -> bool:
        if kind == _PARSE:
            name, text, *_ = body.split(b"\0")
            self._prepared.discard(name)
            if text == _COMMIT:
                self._prepared.add(name)
        if kind == _BIND:
            return body.split(b"\0")[1] in self._prepared
        return kind == _QUERY and body == _COMMIT + b"\0"

    def _told(self, kind: bytes, whole: bytes) -> bool:
        return not (self._swallow.is_set() and kind == _COMPLETE and whole[5:] == _COMMIT + b"\0")


def _message(read: Callable[[int], bytes], kind: bytes | None = None) -> tuple[bytes, bytes]:
    """Its letter, and the whole of it; ``kind`` empty for the first, which has none."""
    letter = _exactly(read, 1) if kind is None else kind
    length = _exactly(read, 4)
    return letter, letter + length + _exactly(read, int.from_bytes(length) - 4)


def _exactly(read: Callable[[int], bytes], count: int) -> bytes:
    found = read(count)
    if len(found) != count:
        raise EOFError
    return found


@contextmanager
def line_to(database: str, folder: Path) -> Iterator[Line]:
    """A line to ``database``, reached by a socket of ``folder``."""
    parts = urlsplit(database)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    host, port = query.get("host") or parts.hostname or "localhost", parts.port or 5432

    def reach() -> socket.socket:
        if not host.startswith("/"):
            return socket.create_connection((host, port))
        reached = socket.socket(socket.AF_UNIX)
        reached.connect(f"{host}/.s.PGSQL.{port}")
        return reached

    url = urlunsplit(parts._replace(query=urlencode({**query, "host": str(folder)})))
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(folder / f".s.PGSQL.{port}"))
        listening.listen(64)
        line = Line(reach, url, listening)
        serving = threading.Thread(target=line.serve, daemon=True)
        serving.start()
        try:
            yield line
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            serving.join(30)
            line.join()
