import itertools
import socket
import threading
from collections.abc import Callable

import pytest
import responses

from service.clients.exchange import LONGEST_ANSWER, Answer, NoAnswer, exchange
from service.clients.tls import Tls
from tests.clients.overtime import Over
from tests.clients.scripted import closed_port, listener, read_request, until_left
from tests.waiting import PATIENCE

OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 5\r\n\r\n<a/>\n"


def call(port: int, seconds: float = PATIENCE, body: bytes = b"<q/>") -> Answer | NoAnswer:
    return exchange("POST", f"http://127.0.0.1:{port}/x", headers={}, body=body, seconds=seconds, tls=Tls())


def playing(*answers: bytes, read: bool = True) -> Callable[[socket.socket], None]:
    def play(connection: socket.socket) -> None:
        if read:
            read_request(connection)
        for answer in answers:
            connection.sendall(answer)

    return play


def test_a_whole_answer() -> None:
    seen: list[bytes] = []

    def play(connection: socket.socket) -> None:
        seen.append(read_request(connection))
        connection.sendall(OK)

    with listener(play) as port:
        assert call(port) == Answer(200, "text/xml", b"<a/>\n")
    head = seen[0].lower()
    assert b"accept-encoding: identity" in head
    assert seen[0].endswith(b"\r\n\r\n<q/>")


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (b"", "cut"),
        (OK[:-2], "cut"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<a/>\n\r\n", "cut"),
        (b"not http at all\r\n\r\n", "cut"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\n12345", "encoding"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * (LONGEST_ANSWER + 1), "too-long"),
    ],
)
def test_no_whole_answer_after_bytes_left(answer: bytes, code: str) -> None:
    with listener(playing(answer)) as port:
        found = call(port)
    assert isinstance(found, NoAnswer)
    assert (found.code, found.sent) == (code, True)
    assert len(found.partial) <= LONGEST_ANSWER


def test_a_head_cut_short_is_an_empty_answer() -> None:
    """The HTTP library lets it pass; whoever reads the answer must not take an empty one for a yes."""
    with listener(playing(b"HTTP/1.1 200 OK\r\nContent-Le")) as port:
        assert call(port) == Answer(200, "", b"")


def test_a_line_cut_while_we_send() -> None:
    def play(connection: socket.socket) -> None:
        connection.recv(10)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")

    with listener(play) as port:
        found = call(port, body=b"x" * 20_000_000)
    assert found == NoAnswer("cut", sent=True)


def test_nobody_listens_and_nothing_has_left() -> None:
    assert call(closed_port()) == NoAnswer("connect", sent=False)


def test_no_such_host_and_nothing_has_left() -> None:
    found = exchange("GET", "http://nowhere.invalid/x", headers={}, seconds=PATIENCE, tls=Tls())
    assert found == NoAnswer("connect", sent=False)


def test_no_tls_session_and_nothing_has_left() -> None:
    with listener(playing(b"not a server hello\r\n", read=False)) as port:
        found = exchange("GET", f"https://127.0.0.1:{port}/x", headers={}, seconds=PATIENCE, tls=Tls())
    assert found == NoAnswer("tls", sent=False)


def dripping(connection: socket.socket, drops: bytes, over: Callable[[], None]) -> None:
    """Drop after drop for as long as somebody listens, whose time is over in the middle."""
    for count in itertools.count():
        connection.sendall(drops[count % len(drops) :][:1])
        if count == 3 * len(drops):
            over()


def silent(connection: socket.socket, over: Callable[[], None]) -> None:
    over()
    until_left(connection)


def dripping_head(connection: socket.socket, over: Callable[[], None]) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    dripping(connection, b"X-More: x\r\n", over)


def dripping_body(connection: socket.socket, over: Callable[[], None]) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    dripping(connection, b"x", over)


@pytest.mark.parametrize("play", [silent, dripping_head, dripping_body])
def test_the_deadline_is_for_the_whole_exchange(
    play: Callable[[socket.socket, Callable[[], None]], None], over: Over
) -> None:
    def asked(connection: socket.socket) -> None:
        read_request(connection)
        play(connection, over)

    with listener(asked) as port:
        found = call(port, seconds=3_600)
    assert over.given == [3_600]
    assert isinstance(found, NoAnswer)
    assert (found.code, found.sent) == ("timeout", True)
    assert not [thread for thread in threading.enumerate() if isinstance(thread, threading.Timer)]


@responses.activate
def test_a_redirect_is_not_followed() -> None:
    responses.post("https://dmp.example/x", status=307, headers={"Location": "https://elsewhere.example/"})
    found = exchange("POST", "https://dmp.example/x", headers={}, body=b"q", seconds=PATIENCE, tls=Tls())
    assert isinstance(found, Answer)
    assert found.status == 307
    assert len(responses.calls) == 1
