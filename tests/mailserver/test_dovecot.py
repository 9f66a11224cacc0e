"""Our fetcher and an IMAP server that others wrote: both ways of TLS, flags, IDLE, numbers that change, mails too long."""

import imaplib
import ipaddress
import ssl
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from service.clients.tls import Tls
from service.inbound.box import Box
from service.inbound.fetching import Fetching
from service.inbound.imap import Conversation
from service.inbound.wire import Broken, Denied
from service.store import Store, open_store
from tests.certificates import certificate
from tests.house import Clock, Ids
from tests.mailserver.dovecot import PASSWORD, Dovecot, NoDovecot, dovecot

LOOPBACK = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))


@pytest.fixture(scope="module")
def its(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    return certificate(tmp_path_factory.mktemp("dovecot"), "boxes", LOOPBACK)


@pytest.fixture(scope="module")
def server(its: tuple[str, str]) -> Iterator[Dovecot]:
    with ExitStack() as stack:
        try:
            running = stack.enter_context(dovecot(its))
        except NoDovecot as reason:
            pytest.skip(str(reason))
        yield running


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path / 'binome.sqlite'}")
    yield opened
    opened.close()


def mail(number: int, body: str = "bonjour") -> bytes:
    return (
        f"From: a@test.formation.mssante.fr\r\nMessage-ID: <{number}@test.example>\r\nSubject: é\r\n\r\n{body} {number}\r\n"
    ).encode()


class Reader:
    """One box, fetched into one store."""

    def __init__(self, server: Dovecot, its: tuple[str, str], store: Store, address: str, **changes: Any) -> None:
        self.store, self.address = store, address
        values: dict[str, Any] = {
            "address": address,
            "host": "127.0.0.1",
            "port": server.port,
            "security": "starttls",
            "method": "password",
            "login": address,
            "secret": lambda: PASSWORD,
            "tls": Tls(authorities=its[0]),
            "seconds": 20.0,
            "longest": 1 << 20,
        }
        self.box = Box(**{**values, **changes})
        self.fetching = Fetching(store=store, clock=Clock(), ids=Ids(), longest=self.box.longest)

    def once(self) -> tuple[int, int]:
        with Conversation(self.box) as conversation:
            self.fetching.flag_again(self.address, conversation)
            return self.fetching.everything(self.address, conversation)

    def bodies(self) -> list[bytes]:
        return [self.store.inbound.raw(one.id) for one in reversed(self.store.inbound.latest(self.address, 100))]


def _another(server: Dovecot, its: tuple[str, str], address: str) -> imaplib.IMAP4_SSL:
    """A client that others wrote."""
    client = imaplib.IMAP4_SSL("127.0.0.1", server.secured, ssl_context=ssl.create_default_context(cafile=its[0]))
    client.login(address, PASSWORD)
    client.select("INBOX")
    return client


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_mails_come_byte_for_byte_once_and_are_flagged(
    server: Dovecot, its: tuple[str, str], store: Store, security: str
) -> None:
    address = f"{security}@formation.mssante.fr"
    mails = [mail(n) for n in range(4)] + [
        b"Subject: {12}\r\n\r\n* 1 FETCH (UID 9)\r\n\xff\xfe" + b"z" * 5000 + b"\r\n"
    ]
    for one in mails:
        server.deliver(address, one)
    reader = Reader(
        server, its, store, address, security=security, port=server.secured if security == "tls" else server.port
    )
    assert reader.once() == (5, 0)
    assert reader.bodies() == mails
    assert reader.once() == (0, 0)
    server.deliver(address, mail(9))
    assert reader.once() == (1, 0)
    with _another(server, its, address) as client:
        assert client.uid("SEARCH", "UNSEEN")[1] == [b""]
        client.store("1", "-FLAGS", "\\Seen")
    assert reader.once() == (0, 0)
    with _another(server, its, address) as client:
        assert client.uid("SEARCH", "UNSEEN")[1] == [b""]  # the lost flag was set again


def test_expunged_and_numbered_anew(server: Dovecot, its: tuple[str, str], store: Store) -> None:
    address = "numeros@formation.mssante.fr"
    for n in range(4):
        server.deliver(address, mail(n))
    reader = Reader(server, its, store, address)
    with Conversation(reader.box) as conversation:
        with _another(server, its, address) as client:
            client.store("2", "+FLAGS", "\\Deleted")
            client.expunge()
        # The mails of this conversation are those it was opened on; one of them is there no more.
        assert reader.fetching.everything(address, conversation)[0] in (3, 4)
    first = reader.bodies()
    server.renumber(address)
    server.deliver(address, mail(8))
    new, known = reader.once()
    assert (new, known) == (1, 3)
    assert reader.bodies() == [*first, mail(8)]


def test_news_end_the_silence(server: Dovecot, its: tuple[str, str], store: Store) -> None:
    address = "idle@formation.mssante.fr"
    server.deliver(address, mail(0))
    reader = Reader(server, its, store, address)
    over = threading.Event()
    with Conversation(reader.box) as conversation:
        assert reader.fetching.everything(address, conversation) == (1, 0)
        assert conversation.can_idle
        threading.Timer(0.3, lambda: server.deliver(address, mail(1))).start()
        assert conversation.idle(over.is_set)
        assert reader.fetching.everything(address, conversation) == (1, 0)
        over.set()
        assert not conversation.idle(over.is_set)
        assert reader.fetching.everything(address, conversation) == (0, 0)


def test_a_mail_too_long_is_set_aside(server: Dovecot, its: tuple[str, str], store: Store) -> None:
    address = "long@formation.mssante.fr"
    server.deliver(address, mail(0, "x" * (2 << 20)))
    server.deliver(address, mail(1))
    reader = Reader(server, its, store, address)
    assert reader.once() == (2, 0)
    assert {(one.code, one.size > 2 << 20) for one in store.inbound.latest(address, 9)} == {
        ("too-large", True),
        ("", False),
    }


def test_who_is_not_believed_is_told_nothing(server: Dovecot, its: tuple[str, str], store: Store) -> None:
    address = "refus@formation.mssante.fr"
    with pytest.raises(Broken, match="tls"):
        Reader(server, its, store, address, tls=Tls()).once()
    with pytest.raises(Denied, match="authentication"):
        Reader(server, its, store, address, secret=lambda: "faux").once()
