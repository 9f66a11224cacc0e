"""The shared record of the sandbox behind mutual TLS on loopback: both sides show who they are, and strangers stay out."""

import ipaddress
import ssl
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509

from service.clients.dmp.consult import find, retrieve
from service.clients.dmp.publish import publish
from service.clients.dmp.withdraw import withdraw
from service.clients.seal import SigningKey
from service.clients.tls import Tls
from service.outbox.receipt import Outcome
from service.sandbox.server import Sandbox
from tests.certificates import certificate
from tests.clients.record import DOCUMENT, access, numbered, reached, sealed
from tests.clients.sealed_things import NOW

LOOPBACK = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, str]]:
    folder: Path = tmp_path_factory.mktemp("tls")
    return {name: certificate(folder, name, LOOPBACK) for name in ("record", "structure", "stranger")}


@pytest.fixture
def secured(pairs: dict[str, tuple[str, str]], signing_key: SigningKey) -> Iterator[Sandbox]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=pairs["structure"][0])
    context.load_cert_chain(*pairs["record"])
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_mode = ssl.CERT_REQUIRED
    with Sandbox(clock=lambda: NOW, trusted=[signing_key.certificate], tls=context) as started:
        yield started


def tls(pairs: dict[str, tuple[str, str]], name: str, believed: str = "record") -> Tls:
    return Tls(authorities=pairs[believed][0], certificate=pairs[name][0], key=pairs[name][1])


def test_the_whole_of_it_goes_through(
    secured: Sandbox, signing_key: SigningKey, pairs: dict[str, tuple[str, str]]
) -> None:
    record = reached(secured, signing_key, tls=tls(pairs, "structure"))
    assert record.repository.startswith("https://127.0.0.1:")
    assert publish(record, sealed(), DOCUMENT).outcome is Outcome.ACCEPTED
    (entry,) = find(access(record), types=[("11506-3", "2.16.840.1.113883.6.1")]).documents
    assert retrieve(access(record), entry).content == DOCUMENT.cda
    assert withdraw(record, sealed(submission=numbered(5)), DOCUMENT).outcome is Outcome.ACCEPTED


def test_whoever_shows_no_certificate_or_a_strangers_is_not_heard(
    secured: Sandbox, signing_key: SigningKey, pairs: dict[str, tuple[str, str]]
) -> None:
    for one in (Tls(authorities=pairs["record"][0]), tls(pairs, "stranger")):
        receipt = publish(reached(secured, signing_key, tls=one), sealed(), DOCUMENT)
        assert receipt.outcome in (Outcome.UNREACHABLE, Outcome.IN_DOUBT)
    assert secured.state.registry.counts() == {}


def test_a_record_that_we_do_not_know_gets_nothing(
    secured: Sandbox, signing_key: SigningKey, pairs: dict[str, tuple[str, str]]
) -> None:
    unknown = reached(secured, signing_key, tls=tls(pairs, "structure", believed="stranger"))
    receipt = publish(replace(unknown, existence=""), sealed(), DOCUMENT)
    assert (receipt.outcome, receipt.code) == (Outcome.UNREACHABLE, "tls")
    assert secured.state.registry.counts() == {}
