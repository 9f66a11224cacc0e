"""Connections that are watched by the conversation of now, and may serve the next one: few, young, not idle for long.

RFC 9112 section 9.3 (persistence). What must not be known here: what is asked and answered (``exchange``).
"""

import contextlib
import functools
import threading
import time
from collections.abc import Callable, Iterator
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Final

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection

from service import failpoints
from service.clients.deadline import Line
from service.clients.tls import Tls

#: Addresses remembered as they are asked for.
_URLS: Final = 256
#: Bytes of a body sent at once.
_PIECE: Final = 1 << 16


class _Watched:
    """What both connections do: the line of the conversation of now watches over them, however old they are."""

    _line: Line | None = None
    sock: Any
    close: Callable[[], None]

    def __init__(self, *args: Any, adapter: "_WatchedAdapter", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._adapter = adapter
        adapter.connections.append(self)

    def connect(self) -> None:
        # A handshake is bounded as a whole by the socket's own timeout.
        super().connect()  # type: ignore[misc]  # of the connection
        self._watch()
        failpoints.reach("K14")

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        line = self._watch()
        # In pieces: who was stopped in the middle of a body does not send the rest of it once the time is over.
        for piece, point in _pieces(data):
            line.check()
            line.bytes_left = True
            super().send(piece)  # type: ignore[misc]  # of the connection
            failpoints.reach(point)

    def _watch(self) -> Line:
        line = self._adapter.line
        if self._line is not line:
            self._line = line
            line.opened(self.sock)
        return line


class _WatchedHttp(_Watched, HTTPConnection):
    pass


class _WatchedHttps(_Watched, HTTPSConnection):
    pass


def _pieces(data: Any) -> list[tuple[Any, str]]:
    """What is sent at once, and the point that is reached by it: the head whole, the body by and by."""
    if not isinstance(data, bytes) or b"HTTP/1.1\r\n" in data[:2000]:
        return [(data, "K20")]
    size = len(data) // 2 + 1 if failpoints.armed else _PIECE
    return [(data[start : start + size], "K21") for start in range(0, len(data), size)]


class _WatchedAdapter(HTTPAdapter):
    """Hands the line of the conversation of now to the connection."""

    def __init__(self, address: str) -> None:
        super().__init__(max_retries=0)
        self.line = Line()
        #: Those that it made: the library closes them when it happens to forget them.
        self.connections: list[_Watched] = []
        self._address = address

    def build_connection_pool_key_attributes(self, *args: Any, **kwargs: Any) -> Any:
        host: Any
        tls: Any
        host, tls = super().build_connection_pool_key_attributes(*args, **kwargs)
        if self._address:
            if host["scheme"] == "https":
                tls |= {"server_hostname": host["host"], "assert_hostname": host["host"]}
            host["host"] = self._address
        return host, tls

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        pool: Any = super().get_connection_with_tls_context(*args, **kwargs)
        watched = _WatchedHttps if pool.scheme == "https" else _WatchedHttp
        pool.ConnectionCls = functools.partial(watched, adapter=self)
        return pool


@functools.lru_cache(maxsize=_URLS)
def _prepared(url: str) -> requests.PreparedRequest:
    """A request to an address, without its method, its body and its own headers."""
    request = requests.PreparedRequest()
    request.prepare(method="GET", url=url, headers=requests.utils.default_headers())
    return request


class Session:
    """One connection at a time to one place."""

    def __init__(self, address: str) -> None:
        self.adapter = _WatchedAdapter(address)
        self.requests = requests.Session()
        # The environment (proxy, .netrc) is not ours to obey.
        self.requests.trust_env = False
        # Nor are cookies: what is kept is the connection.
        self.requests.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        for scheme in ("http://", "https://"):
            self.requests.mount(scheme, self.adapter)
        self.born = self.used = time.monotonic()
        #: True when the last exchange came to its end.
        self.good = False

    def ask(
        self, method: str, url: str, tls: Tls, headers: dict[str, str], body: bytes | None, seconds: tuple[float, float]
    ) -> requests.Response:
        """The beginning of an answer; ``seconds`` to connect, and of silence. Nothing of the environment is asked.

        What an address comes to is made ready once: ``requests`` would do so for each call.
        """
        request = _prepared(url).copy()
        request.method, request.body = method, body
        request.headers.update(headers)
        if body is not None:
            request.headers["Content-Length"] = str(len(body))
        proof = (tls.certificate, tls.key) if tls.certificate else None
        trust = tls.authorities or True
        return self.adapter.send(request, stream=True, timeout=seconds, verify=trust, cert=proof)

    def close(self) -> None:
        for connection in self.adapter.connections:
            connection.close()
        self.requests.close()


@contextlib.contextmanager
def closing(session: Session) -> Iterator[Session]:
    try:
        yield session
    finally:
        session.close()


class Kept:
    """Connections that are used again, each by one conversation at a time: few, young, and not idle for long.

    One that was broken meanwhile is seen before it is used; one that breaks as it is used leaves a doubt, as any does.
    """

    def __init__(self, *, most: int = 16, idle: float = 5.0, life: float = 60.0) -> None:
        self._most, self._idle, self._life = most, idle, life
        self._lock = threading.Lock()
        self._free: dict[Any, list[Session]] = {}

    @contextlib.contextmanager
    def lend(self, key: tuple[Any, ...]) -> Iterator[Session]:
        session = self._taken(key)
        session.good = False
        try:
            yield session
        finally:
            now = time.monotonic()
            if not (session.good and now - session.born < self._life and self._put_back(key, session, now)):
                session.close()

    def __del__(self) -> None:
        # Whoever drops the clients drops what they kept.
        self.close()

    def close(self) -> None:
        with self._lock:
            old = [session for some in self._free.values() for session in some]
            self._free.clear()
        for session in old:
            session.close()

    def _taken(self, key: tuple[Any, ...]) -> Session:
        now, fresh, old = time.monotonic(), None, []
        with self._lock:
            free = self._free.get(key, [])
            while free and fresh is None:
                session = free.pop()
                if now - session.used < self._idle and now - session.born < self._life:
                    fresh = session
                else:
                    old.append(session)
        for session in old:
            session.close()
        return fresh or Session(key[2])

    def _put_back(self, key: tuple[Any, ...], session: Session, now: float) -> bool:
        session.used = now
        with self._lock:
            free = self._free.setdefault(key, [])
            if len(free) >= self._most:
                return False
            free.append(session)
            return True
