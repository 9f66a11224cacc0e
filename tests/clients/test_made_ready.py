"""A request over a kept connection says what any request says: what is made ready once is the address alone."""

import socket
import threading
from collections.abc import Iterator

import pytest

from service.clients.connections import Kept
from service.clients.exchange import Answer, exchange
from service.clients.tls import Tls
from tests.waiting import PATIENCE

_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@pytest.fixture
def server() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


def _heard(
    server: socket.socket, method: str, path: str, body: bytes | None, headers: dict[str, str], kept: Kept | None
) -> bytes:
    """The bytes of one request, as they came."""
    heard: list[bytes] = []

    def answer() -> None:
        connection, _ = server.accept()
        with connection:
            said = b""
            while not said.endswith(b"\r\n\r\n" + (body or b"")):
                said += connection.recv(1 << 16)
            heard.append(said)
            connection.sendall(_ANSWER)

    thread = threading.Thread(target=answer)
    thread.start()
    url = f"http://127.0.0.1:{server.getsockname()[1]}{path}"
    said = exchange(method, url, headers=headers, body=body, seconds=60, tls=Tls(), kept=kept)
    thread.join(PATIENCE)
    assert isinstance(said, Answer)
    assert (said.status, said.body) == (200, b"ok")
    return heard[0].replace(str(server.getsockname()[1]).encode(), b"PORT")


def _lines(request: bytes) -> tuple[bytes, set[bytes], bytes]:
    head, _, body = request.partition(b"\r\n\r\n")
    first, *headers = head.split(b"\r\n")
    return first, {line for line in headers if not line.startswith(b"Connection:")}, body


def test_both_ways_say_the_same(server: socket.socket) -> None:
    kept = Kept()
    for method, path, body, headers in (
        ("POST", "/xds/é?a=b c", b"<a/>", {"Content-Type": "application/soap+xml"}),
        ("POST", "/xds/é?a=b c", b"<ab/>", {"Content-Type": "text/xml", "Accept": "a/b"}),
        ("GET", "/fhir/Patient?x=%20", None, {}),
    ):
        alone, again = (_heard(server, method, path, body, headers, one) for one in (None, kept))
        assert _lines(again) == _lines(alone)
        assert b"\r\nConnection: keep-alive\r\n" in again


def test_what_one_request_said_is_not_said_by_the_next(server: socket.socket) -> None:
    _heard(server, "POST", "/", b"<a/>", {"Authorization": "Bearer one", "X-One": "1"}, Kept())
    after = _heard(server, "GET", "/", None, {}, Kept())
    assert b"Bearer" not in after
    assert b"X-One" not in after
    assert b"Content-Length" not in after
