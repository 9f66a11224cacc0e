"""Connections used again: bounded in number, age and idleness; one that broke meanwhile is not used; the time is each call's."""

import socket
from collections.abc import Callable

import pytest
from urllib3.util.connection import is_connection_dropped

from service.clients.connections import Kept
from service.clients.exchange import Answer, NoAnswer, exchange
from service.clients.tls import Tls
from tests.clients.overtime import Over
from tests.clients.scripted import listener, read_request
from tests.waiting import PATIENCE, until

OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nSet-Cookie: a=b\r\nContent-Length: 5\r\n\r\n<a/>\n"
TAKEN = Answer(200, "text/xml", b"<a/>\n")


class Server:
    """Answers ``each`` requests of a connection, then closes it; counts connections and remembers what was asked."""

    def __init__(self, each: int) -> None:
        self.each = each
        self.connections = 0
        self.asked: list[bytes] = []

    def __call__(self, connection: socket.socket) -> None:
        self.connections += 1
        for _ in range(self.each):
            if not connection.recv(1, socket.MSG_PEEK):
                return
            self.asked.append(read_request(connection))
            connection.sendall(OK)


def call(port: int, kept: Kept, seconds: float = PATIENCE) -> Answer | NoAnswer:
    url = f"http://127.0.0.1:{port}/x"
    return exchange("POST", url, headers={}, body=b"<q/>", seconds=seconds, tls=Tls(), kept=kept)


def test_one_connection_for_many_calls_and_no_cookie() -> None:
    server, kept = Server(5), Kept()
    with listener(server) as port:
        assert [call(port, kept) for _ in range(5)] == [TAKEN] * 5
        kept.close()
    assert server.connections == 1
    assert not any(b"cookie" in one.lower() for one in server.asked)


def until_closed(kept: Kept) -> None:
    """The close of the other side has come through to every connection that is kept."""
    kept_ones = [one for some in kept._free.values() for session in some for one in session.adapter.connections]
    until(lambda: all(is_connection_dropped(one) for one in kept_ones))


def test_one_that_was_closed_meanwhile_is_not_used() -> None:
    server, kept = Server(1), Kept()
    with listener(server) as port:
        for _ in range(3):
            assert call(port, kept) == TAKEN
            until_closed(kept)
        kept.close()
    assert server.connections == 3


@pytest.mark.parametrize("bounds", [{"idle": 0.0}, {"life": 0.0}, {"most": 0}])
def test_not_beyond_its_bounds(bounds: dict[str, float]) -> None:
    server, kept = Server(2), Kept(**bounds)  # type: ignore[arg-type]  # numbers
    with listener(server) as port:
        assert [call(port, kept) for _ in range(2)] == [TAKEN] * 2
        kept.close()
    assert server.connections == 2


def _silent(connection: socket.socket, over: Over) -> None:
    read_request(connection)
    connection.sendall(OK)
    read_request(connection)
    over()
    connection.recv(1)


def _broken(connection: socket.socket, _: Over) -> None:
    read_request(connection)
    connection.sendall(OK)
    connection.recv(1)


@pytest.mark.parametrize(("play", "code"), [(_silent, "timeout"), (_broken, "cut")])
def test_a_call_on_an_old_connection_ends_as_any_does(
    play: Callable[[socket.socket, Over], None], code: str, over: Over
) -> None:
    kept = Kept()
    with listener(lambda connection: play(connection, over)) as port:
        assert call(port, kept) == TAKEN
        found = call(port, kept, seconds=3_600)
        kept.close()
    assert found == NoAnswer(code, sent=True)
