"""The lines under TLS: a real handshake on loopback, our certificate shown, a stranger's refused."""

import ipaddress
import itertools
import socket
import ssl
from collections.abc import Callable

import pytest
from cryptography import x509

from service.clients.exchange import Answer, NoAnswer, exchange
from service.clients.mssante.client import MssanteClient
from service.clients.mssante.send import Submission
from service.clients.tls import Tls
from service.outbox.envelope import Destination
from service.outbox.receipt import Outcome
from tests.certificates import certificate
from tests.clients.overtime import Over
from tests.clients.scripted import SmtpScript, listener, read_request
from tests.clients.sealed_things import MESSAGE, document, envelope
from tests.waiting import PATIENCE

LOOPBACK = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n<a/>"
STARTTLS = b"250-sandbox\r\n250 STARTTLS\r\n"


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    return certificate(tmp_path_factory.mktemp("ours"), "structure", LOOPBACK)


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    return certificate(tmp_path_factory.mktemp("theirs"), "operator", LOOPBACK)


@pytest.fixture
def secure(ours: tuple[str, str], theirs: tuple[str, str]) -> ssl.SSLContext:
    """The other side: shows its certificate, demands ours."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=ours[0])
    context.load_cert_chain(*theirs)
    context.verify_mode = ssl.CERT_REQUIRED
    return context


@pytest.fixture
def mutual(ours: tuple[str, str], theirs: tuple[str, str]) -> Tls:
    return Tls(authorities=theirs[0], certificate=ours[0], key=ours[1])


def under(context: ssl.SSLContext, play: Callable[[socket.socket], None]) -> Callable[[socket.socket], None]:
    def wrapped(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secured:
            play(secured)

    return wrapped


def answering(connection: socket.socket) -> None:
    read_request(connection)
    connection.sendall(OK)


def dripping(connection: socket.socket, over: Over) -> None:
    read_request(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    for count in itertools.count():
        connection.sendall(b"X")
        if count == 10:
            over()


def call(port: int, tls: Tls, seconds: float = PATIENCE) -> Answer | NoAnswer:
    return exchange("POST", f"https://127.0.0.1:{port}/x", headers={}, body=b"<q/>", seconds=seconds, tls=tls)


def test_an_exchange_under_mutual_tls(secure: ssl.SSLContext, mutual: Tls) -> None:
    with listener(under(secure, answering)) as port:
        assert call(port, mutual) == Answer(200, "", b"<a/>")


def test_a_stranger_gets_no_byte(secure: ssl.SSLContext, ours: tuple[str, str]) -> None:
    with listener(under(secure, answering)) as port:
        assert call(port, Tls(authorities=ours[0], certificate=ours[0], key=ours[1])) == NoAnswer("tls", sent=False)


def test_turned_away_after_our_bytes_had_left_is_a_doubt(secure: ssl.SSLContext, theirs: tuple[str, str]) -> None:
    """Under TLS 1.3 the other side refuses our certificate only once we are already talking."""
    with listener(under(secure, answering)) as port:
        found = call(port, Tls(authorities=theirs[0]))
    assert isinstance(found, NoAnswer)
    assert found.sent


def test_the_deadline_holds_under_tls(secure: ssl.SSLContext, mutual: Tls, over: Over) -> None:
    with listener(under(secure, lambda connection: dripping(connection, over))) as port:
        found = call(port, mutual, seconds=3_600)
    assert isinstance(found, NoAnswer)
    assert (found.code, found.sent) == ("timeout", True)


def operator(secure: ssl.SSLContext, inside: SmtpScript) -> Callable[[socket.socket], None]:
    """Greets, then goes on under TLS."""

    def play(connection: socket.socket) -> None:
        connection.sendall(b"220 sandbox ESMTP\r\n")
        connection.recv(1000)
        connection.sendall(STARTTLS)
        connection.recv(1000)
        connection.sendall(b"220 go ahead\r\n")
        with secure.wrap_socket(connection, server_side=True) as secured:
            inside(secured)

    return play


def sending(port: int, tls: Tls) -> MssanteClient:
    return MssanteClient(
        Submission(host="127.0.0.1", port=port, starttls=True, tls=tls, greeting="[127.0.0.1]", seconds=PATIENCE)
    )


def test_a_mail_under_mutual_tls(secure: ssl.SSLContext, mutual: Tls) -> None:
    inside = SmtpScript({"banner": b""})
    with listener(operator(secure, inside)) as port:
        receipt = sending(port, mutual).send(envelope(Destination.MSSANTE_PROFESSIONAL, MESSAGE), document())
    assert receipt.outcome is Outcome.ACCEPTED
    assert inside.messages == [MESSAGE]
    # What was said before the session is asked again inside it (RFC 3207 section 4.2).
    assert inside.commands[0].startswith(b"ehlo")


def test_a_stranger_gets_no_mail(secure: ssl.SSLContext, ours: tuple[str, str]) -> None:
    inside = SmtpScript({"banner": b""})
    with listener(operator(secure, inside)) as port:
        stranger = Tls(authorities=ours[0], certificate=ours[0], key=ours[1])
        receipt = sending(port, stranger).send(envelope(Destination.MSSANTE_PROFESSIONAL, MESSAGE), document())
    assert (receipt.outcome, receipt.code) == (Outcome.UNREACHABLE, "tls")
    assert not inside.commands
