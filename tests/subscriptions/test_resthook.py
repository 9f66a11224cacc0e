"""Where notifications may go, and how they get there: the one address looked at, the name still proved, nothing followed."""

import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from service.clients.resthook.client import RestHook
from service.clients.resthook.codes import outcome_of
from service.clients.resthook.send import Parcel
from service.clients.resthook.targets import Targets, origin_of, targets_from
from service.clients.tls import Tls
from service.outbox.receipt import Outcome, Receipt
from tests.certificates import certificate
from tests.clients.overtime import Over
from tests.clients.scripted import closed_port, listener, read_request

INSIDE = targets_from("https://abonne.example", "", "127.0.0.0/8")
NOBODY = targets_from("https://abonne.example", "", "")


def parcel(url: str, body: bytes = b"{}") -> Parcel:
    return Parcel(method="POST", url=url, headers={"Authorization": "Bearer secret"}, body=body)


def hook(targets: Targets = INSIDE, authorities: str = "", seconds: float = 5) -> RestHook:
    return RestHook(targets=targets, tls=Tls(authorities=authorities), seconds=seconds)


@contextmanager
def answering(*pieces: bytes, requests: list[bytes]) -> Iterator[int]:
    def play(connection: socket.socket) -> None:
        requests.append(read_request(connection))
        for piece in pieces:
            connection.sendall(piece)

    with listener(play) as port:
        yield port


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.100.100.200", "0.0.0.0",
        "168.63.129.16", "224.0.0.1", "255.255.255.255", "240.0.0.1", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1",
        "fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::",
        "2002:a00:1::", "::7f00:1", "2001:0:4136:e378:8000:63bf:80ff:fffe",
    ],
)  # fmt: skip
def test_inner_addresses_are_not_called(address: str) -> None:
    assert not NOBODY.admits(address)


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"])
def test_outer_addresses_are(address: str) -> None:
    assert NOBODY.admits(address)


def test_a_network_of_ours_is_called_when_it_is_named() -> None:
    targets = targets_from("https://abonne.example", "", "10.20.0.0/16, fd12::/32")
    assert targets.admits("10.20.3.4")
    assert targets.admits("fd12::5")
    assert not targets.admits("10.21.3.4")
    assert not targets.admits("::1")


@pytest.mark.parametrize(
    "text",
    [
        "abonne.example",
        "http://abonne.example",
        "https://abonne.example/chemin",
        "ftp://x.example",
        "https://a@b.example",
    ],
)
def test_a_target_that_is_no_origin_stops_the_start(text: str) -> None:
    with pytest.raises(ValueError, match=r"origin|https"):
        targets_from(text, "", "")


@pytest.mark.parametrize(
    ("endpoint", "origin"),
    [
        ("https://Abonne.EXAMPLE/x?y", "https://abonne.example:443"),
        ("https://abonne.example.:443/", "https://abonne.example:443"),
        ("http://127.0.0.1:8081/", "http://127.0.0.1:8081"),
    ],
)
def test_origins_are_compared_whole(endpoint: str, origin: str) -> None:
    assert origin_of(endpoint) == origin
    assert bool(NOBODY.refusals(endpoint, "empty")) == (origin != "https://abonne.example:443")


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://abonne.example.mechant.example/",
        "https://mechant.example/https://abonne.example",
        "https://abonne.example:8443/",
    ],
)
def test_what_looks_like_a_target_is_none(endpoint: str) -> None:
    assert NOBODY.refusals(endpoint, "empty")


def test_an_inner_name_is_not_called(monkeypatch: pytest.MonkeyPatch) -> None:
    requests: list[bytes] = []
    with answering(b"HTTP/1.1 200 OK\r\n\r\n", requests=requests) as port:
        told = hook(NOBODY).send(parcel(f"http://localhost:{port}/"))
    assert told == Receipt(Outcome.REFUSED, "inner-address")
    assert requests == []


def test_one_inner_address_among_others_is_enough_to_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    def both(host: str, port: int, **_: Any) -> list[Any]:
        return [(2, 1, 6, "", (address, port)) for address in ("93.184.215.14", "10.0.0.1")]

    monkeypatch.setattr(socket, "getaddrinfo", both)
    assert hook(NOBODY).send(parcel("https://abonne.example/")).code == "inner-address"


def test_a_name_is_looked_up_once_and_that_address_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name server that changes its mind between the look and the call (DNS rebinding) is not asked again."""
    asked: list[str] = []
    look_up = socket.getaddrinfo

    def changing(host: str, port: int, *args: Any, **kinds: Any) -> list[Any]:
        if host != "abonne.example":
            return look_up(host, port, *args, **kinds)
        asked.append(host)
        return look_up("127.0.0.1" if len(asked) == 1 else "127.0.0.2", port, *args, **kinds)

    monkeypatch.setattr(socket, "getaddrinfo", changing)
    requests: list[bytes] = []
    with answering(b"HTTP/1.1 204 No Content\r\n\r\n", requests=requests) as port:
        told = hook().send(parcel(f"http://abonne.example:{port}/x"))
    assert told == Receipt(Outcome.ACCEPTED, "204")
    assert asked == ["abonne.example"]
    assert f"Host: abonne.example:{port}\r\n".encode() in requests[0]


def test_a_redirection_is_not_followed() -> None:
    requests: list[bytes] = []
    with answering(b"HTTP/1.1 307 X\r\nLocation: /ailleurs\r\nContent-Length: 0\r\n\r\n", requests=requests) as port:
        told = hook().send(parcel(f"http://127.0.0.1:{port}/"))
    assert told == Receipt(Outcome.REFUSED, "307")
    assert len(requests) == 1


def test_nothing_leaves_when_the_name_server_took_all_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    look_up = socket.getaddrinfo

    def slow(*args: Any, **kinds: Any) -> list[Any]:
        time.sleep(0.3)
        return look_up(*args, **kinds)

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    requests: list[bytes] = []
    with answering(b"HTTP/1.1 200 OK\r\n\r\n", requests=requests) as port:
        assert hook(seconds=0.2).send(parcel(f"http://127.0.0.1:{port}/")) == Receipt(Outcome.UNREACHABLE, "resolve")
    assert requests == []


def test_what_no_answer_means() -> None:
    assert hook().send(parcel(f"http://127.0.0.1:{closed_port()}/")) == Receipt(Outcome.UNREACHABLE, "connect")
    assert hook().send(parcel("http://nulle-part.invalid/")) == Receipt(Outcome.UNREACHABLE, "resolve")
    requests: list[bytes] = []
    with answering(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab", requests=requests) as port:
        assert hook().send(parcel(f"http://127.0.0.1:{port}/")) == Receipt(Outcome.IN_DOUBT, "cut")


def test_a_subscriber_that_does_not_answer_costs_what_it_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(connection: socket.socket) -> None:
        read_request(connection)
        over()
        connection.recv(1)

    over = Over(monkeypatch)
    with listener(silent) as port:
        told = hook(seconds=3_600).send(parcel(f"http://127.0.0.1:{port}/"), timeout=1_800)
    (given,) = over.given
    # What the name server took is of it.
    assert 0 < given <= 1_800
    assert told == Receipt(Outcome.IN_DOUBT, "timeout")


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, Outcome.ACCEPTED), (202, Outcome.ACCEPTED), (301, Outcome.REFUSED), (400, Outcome.REFUSED),
        (401, Outcome.REFUSED), (404, Outcome.REFUSED), (408, Outcome.IN_DOUBT), (410, Outcome.REFUSED),
        (425, Outcome.UNREACHABLE), (429, Outcome.UNREACHABLE), (500, Outcome.UNREACHABLE), (501, Outcome.REFUSED),
        (503, Outcome.UNREACHABLE), (999, Outcome.REFUSED),
    ],
)  # fmt: skip
def test_what_a_status_means(status: int, outcome: Outcome) -> None:
    assert outcome_of(status) is outcome


@contextmanager
def tls_listener(files: tuple[str, str], names: list[str | None]) -> Iterator[int]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files)
    context.sni_callback = lambda _, name, __: names.append(name)

    def play(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secure:
            received = b""
            while not received.endswith(b"{}"):
                # Nothing comes from whoever does not believe the certificate.
                if not (piece := secure.recv(65536)):
                    return
                received += piece
            secure.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    with listener(play) as port:
        yield port


@pytest.mark.parametrize(("named", "told"), [("abonne.example", "200"), ("autre.example", "tls")])
def test_the_name_is_proved_although_the_address_is_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str, told: str
) -> None:
    look_up: Callable[..., Any] = socket.getaddrinfo
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda host, *a, **k: look_up("127.0.0.1" if host == "abonne.example" else host, *a, **k),
    )
    files = certificate(tmp_path, named, x509.DNSName(named))
    names: list[str | None] = []
    with tls_listener(files, names) as port:
        receipt = hook(authorities=files[0]).send(parcel(f"https://abonne.example:{port}/"))
    assert receipt.code == told
    assert names == ["abonne.example"]


def test_nothing_of_a_parcel_is_shown() -> None:
    assert "secret" not in repr(parcel("https://abonne.example/", b"secret"))
