"""One HTTP exchange with somebody we do not trust: total deadline, bounded answer, no redirect, no cookie, no proxy.

RFC 9110. What happened is a value: an ``Answer`` with its bytes, or ``NoAnswer`` which says whether any
byte of ours had left, because only then may the request have had an effect.
"""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import requests
import urllib3

from service import failpoints
from service.clients.connections import Kept, Session, closing
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
    kept: Kept | None = None,
) -> Answer | NoAnswer:
    """Make the call; never raises for what the outside does. ``longest``: bytes of the answer, at most.

    ``address``: the one IP address to connect to, already looked up; the name in ``url`` is still the one that the
    certificate must bear and that the other side is asked for. ``kept``: the connections to use again.
    """
    key = (*urlsplit(url)[:2], address, tls)
    with line_for(seconds) as line, kept.lend(key) if kept else closing(Session(address)) as session:
        session.adapter.line = line
        received = bytearray()
        try:
            own = {"Accept-Encoding": "identity", "Connection": "keep-alive" if kept else "close", **headers}
            if kept:
                asked = session.ask(method, url, tls, own, body, (min(_CONNECT, seconds), seconds))
            else:
                asked = session.requests.request(
                    method,
                    url,
                    data=body,
                    headers=own,
                    timeout=(min(_CONNECT, seconds), seconds),
                    allow_redirects=False,
                    stream=True,
                    verify=tls.authorities or True,
                    cert=(tls.certificate, tls.key) if tls.certificate else None,
                )
            with asked as response:
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
        session.good = True
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
