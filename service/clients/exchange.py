"""One HTTP exchange with somebody we do not trust: total deadline, bounded answer, no redirect, no cookie, no proxy.

RFC 9110. What happened is a value: an ``Answer`` with its bytes, or ``NoAnswer`` which says whether any
byte of ours had left, because only then may the request have had an effect.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection

from service import failpoints
from service.clients.deadline import Line, line_for
from service.clients.tls import Tls

#: Longest answer read, in bytes.
LONGEST_ANSWER: Final = 1 << 20
#: Longest wait for a connection to one address, in seconds.
_CONNECT: Final = 5.0
_CHUNK: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whole, as it came."""

    status: int
    content_type: str
    body: bytes
    #: The Retry-After header, as it came; empty when there is none.
    retry_after: str = ""
    #: The Location header, as it came; empty when there is none.
    location: str = ""


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """No whole answer came back."""

    #: ``connect``, ``tls``, ``timeout``, ``cut``, ``too-long`` or ``encoding``.
    code: str
    #: True when bytes of ours had left.
    sent: bool
    #: What had come back before it ended.
    partial: bytes = b""


def exchange(
    method: str,
    url: str,
    *,
    headers: dict[str, str],
    body: bytes | None = None,
    seconds: float,
    tls: Tls,
    address: str = "",
    longest: int = LONGEST_ANSWER,
) -> Answer | NoAnswer:
    """Make the call; never raises for what the outside does. ``longest``: bytes of the answer, at most.

    ``address``: the one IP address to connect to, already looked up; the name in ``url`` is still the one that the
    certificate must bear and that the other side is asked for.
    """
    with line_for(seconds) as line, requests.Session() as session:
        # The environment (proxy, .netrc) is not ours to obey.
        session.trust_env = False
        for scheme in ("http://", "https://"):
            session.mount(scheme, _WatchedAdapter(line, address))
        received = bytearray()
        try:
            with session.request(
                method,
                url,
                data=body,
                headers={"Accept-Encoding": "identity", "Connection": "close", **headers},
                timeout=(min(_CONNECT, seconds), seconds),
                allow_redirects=False,
                stream=True,
                verify=tls.authorities or True,
                cert=(tls.certificate, tls.key) if tls.certificate else None,
            ) as response:
                if response.headers.get("Content-Encoding", "identity") != "identity":
                    # Not asked for; inflating it would let a few bytes become gigabytes.
                    return NoAnswer("encoding", sent=True)
                for chunk in response.raw.stream(_CHUNK if not failpoints.armed else 64, decode_content=False):
                    received += chunk
                    failpoints.reach("K22")
                    if len(received) > longest:
                        return NoAnswer("too-long", True, bytes(received[:longest]))
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            return NoAnswer(_code(error, line), line.bytes_left, bytes(received))
        if line.expired:
            # An answer without length ends where its connection does: cut by us, it only looks whole.
            return NoAnswer("timeout", True, bytes(received))
        headers_back = response.headers
        return Answer(
            response.status_code,
            headers_back.get("Content-Type", ""),
            bytes(received),
            headers_back.get("Retry-After", ""),
            headers_back.get("Location", ""),
        )


def _code(error: Exception, line: Line) -> str:
    if line.expired or isinstance(error, requests.Timeout | urllib3.exceptions.TimeoutError):
        return "timeout"
    if isinstance(error, requests.exceptions.SSLError):
        return "tls"
    return "cut" if line.bytes_left else "connect"


class _WatchedHttp(HTTPConnection):
    def __init__(self, *args: Any, line: Line, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._line = line

    def connect(self) -> None:
        super().connect()
        self._line.opened(self.sock)
        failpoints.reach("K14")

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        self._line.check()
        self._line.bytes_left = True
        if failpoints.armed:
            _in_halves(super().send, data)
        else:
            super().send(data)


def _in_halves(send: Callable[[Any], None], data: Any) -> None:
    """The head whole, the body in two, so that a test can end between them."""
    if isinstance(data, bytes) and b"HTTP/1.1\r\n" not in data[:2000]:
        send(data[: len(data) // 2])
        failpoints.reach("K21")
        send(data[len(data) // 2 :])
    else:
        send(data)
        failpoints.reach("K20")


class _WatchedHttps(HTTPSConnection):
    def __init__(self, *args: Any, line: Line, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._line = line

    def connect(self) -> None:
        # The handshake is bounded as a whole by the socket's own timeout.
        super().connect()
        self._line.opened(self.sock)

    def send(self, data: Any) -> None:
        self._line.check()
        self._line.bytes_left = True
        super().send(data)


class _WatchedAdapter(HTTPAdapter):
    """Hands the line to the one connection that a session of one request opens."""

    def __init__(self, line: Line, address: str) -> None:
        super().__init__(max_retries=0)
        self._line = line
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
        pool.ConnectionCls = functools.partial(watched, line=self._line)
        return pool
