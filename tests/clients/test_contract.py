"""What every client promises, whatever its destination: one suite, run on each entry of ``CLIENTS``."""

import dataclasses
import itertools
import json
import re
import socket
import threading
from collections.abc import Callable

import pytest
from lxml import etree

from mappings.cda import report_to_cda
from mappings.issues import Refused
from mappings.pdsm import provide_bundle
from mappings.xds import mtom, soap
from mappings.xds.response import SUCCESS, RegistryAnswer, registry_response
from service.clients import CLIENTS, Client, ClientSettings, package
from service.clients.dmp.identity import Software
from service.clients.dmp.send import SharedRecord
from service.clients.look_up import Presence
from service.clients.mssante.send import Submission
from service.clients.pdsm.send import PdsmRecord
from service.clients.seal import SigningKey, development_key
from service.clients.sealed import NotAsSealed
from service.clients.tls import Tls
from service.outbox.envelope import SHARED_RECORD, Destination, Envelope
from service.outbox.receipt import Outcome
from tests.clients.overtime import Over
from tests.clients.scripted import CUT, SmtpScript, closed_port, listener, read_request, until_left
from tests.clients.sealed_things import CDA, MESSAGE, NOW, document, envelope
from tests.clients.test_dmp import METADATA, PATIENT
from tests.mappings.reports import DELEGATOR, REPORT, SUBMISSION
from tests.waiting import PATIENCE

Play = Callable[[socket.socket], None]
#: Everything a world saw, connection by connection, without what a call makes fresh.
Seen = list[bytes]
every_destination = pytest.mark.parametrize("destination", Destination)


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> SigningKey:
    return development_key(tmp_path_factory.mktemp("keys"), NOW)


def client(destination: Destination, port: int, key: SigningKey, seconds: float = PATIENCE) -> Client:
    numbers = itertools.count(1)
    url = f"http://127.0.0.1:{port}/xds"
    settings = ClientSettings(
        dmp=SharedRecord(
            repository=url,
            registry=url,
            seconds=seconds,
            key=key,
            software=Software(id="LPS-1", name="Binôme", version="0.1", approval="NH-FICTIF"),
            now=lambda: NOW,
            identify=lambda: f"00000000-0000-4000-8000-{next(numbers):012}",
        ),
        pdsm=PdsmRecord(base=f"http://127.0.0.1:{port}/fhir", seconds=seconds),
        mssante=Submission(
            host="127.0.0.1", port=port, starttls=False, tls=Tls(), greeting="[127.0.0.1]", seconds=seconds
        ),
    )
    return CLIENTS[destination](settings)


RECIPIENTS = {
    Destination.DMP: PATIENT,
    Destination.PDSM: PATIENT,
    Destination.MSSANTE_PROFESSIONAL: DELEGATOR.mailbox,
    Destination.MSSANTE_PATIENT: "258066799900794@patient.mssante.fr",
}

PROVIDED = provide_bundle(REPORT, SUBMISSION, CDA)


def sealed(destination: Destination) -> Envelope:
    payload = {Destination.DMP: METADATA, Destination.PDSM: PROVIDED}.get(destination, MESSAGE)
    return envelope(destination, payload, RECIPIENTS[destination])


def world(destination: Destination, manner: str, seen: Seen, over: Callable[[], None] = lambda: None) -> Play:
    """A destination that does what ``manner`` says once it has the whole document."""
    if destination not in SHARED_RECORD:
        return _operator(manner, seen, over)
    return _record(manner, seen, over, *(_SOAP_YES if destination is Destination.DMP else _FHIR_YES))


_SOAP_YES = (
    "application/soap+xml",
    soap.envelope(
        registry_response(RegistryAnswer(status=SUCCESS)), action="urn:x", to="urn:y", message_id="urn:uuid:z"
    ),
)
_FHIR_YES = (
    "application/fhir+json",
    json.dumps(
        {
            "resourceType": "Bundle",
            "type": "transaction-response",
            "entry": [{"response": {"status": "201 Created"}}] * 3,
        }
    ).encode(),
)


def _record(manner: str, seen: Seen, over: Callable[[], None], content_type: str, body: bytes) -> Play:
    def play(connection: socket.socket) -> None:
        request = read_request(connection)
        seen.append(request)
        if manner == "silent":
            over()
            until_left(connection)
        if manner == "drips":
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            for count in itertools.count():
                connection.sendall(b" ")
                if count == 10:
                    over()
        if manner == "accepts":
            head = f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
            connection.sendall(head.encode() + body)
        if manner == "babbles":
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n<html/>")

    return play


def _operator(manner: str, seen: Seen, over: Callable[[], None]) -> Play:
    def drips(connection: socket.socket) -> None:
        for count in itertools.count():
            connection.sendall(b"250-wait\r\n"[:1])
            if count == 10:
                over()

    def silent(connection: socket.socket) -> None:
        over()
        until_left(connection)

    replies = {"silent": silent, "cuts": CUT, "drips": drips, "babbles": b"<html/>\r\n"}
    script = SmtpScript({".": replies[manner]} if manner in replies else {}, messages=seen)
    return script


def test_every_destination_has_one_client() -> None:
    assert set(CLIENTS) == set(Destination)


@every_destination
def test_accepts(destination: Destination, key: SigningKey) -> None:
    with listener(world(destination, "accepts", [])) as port:
        receipt = client(destination, port, key).send(sealed(destination), document())
    assert receipt.outcome is Outcome.ACCEPTED
    assert receipt.raw


@every_destination
@pytest.mark.parametrize("manner", ["cuts", "silent", "drips", "babbles"])
def test_no_clear_answer_to_a_whole_document_is_a_doubt(
    destination: Destination, manner: str, key: SigningKey, over: Over
) -> None:
    seen: Seen = []
    with listener(world(destination, manner, seen, over)) as port:
        receipt = client(destination, port, key, seconds=3_600).send(sealed(destination), document())
    assert receipt.outcome is Outcome.IN_DOUBT
    assert receipt.code
    assert len(seen) == 1
    assert not [thread for thread in threading.enumerate() if isinstance(thread, threading.Timer)]


@every_destination
def test_nobody_there_is_unreachable_and_says_nothing_of_a_doubt(destination: Destination, key: SigningKey) -> None:
    nobody = client(destination, closed_port(), key)
    assert nobody.send(sealed(destination), document()).outcome is Outcome.UNREACHABLE
    found = nobody.look_up(sealed(destination), document())
    assert found is None or (found.presence, found.receipt.outcome) == (Presence.NO_ANSWER, Outcome.IN_DOUBT)


@every_destination
def test_a_repeat_carries_the_same_bytes(destination: Destination, key: SigningKey) -> None:
    seen: Seen = []
    with listener(world(destination, "cuts", seen)) as port:
        sender = client(destination, port, key)
        for _ in range(2):
            sender.send(sealed(destination), document())
    assert len(seen) == 2
    if destination is Destination.DMP:
        assert _sealed_parts(seen[0]) == _sealed_parts(seen[1])
        assert document().cda in _sealed_parts(seen[1])
    elif destination is Destination.PDSM:
        assert [one.partition(b"\r\n\r\n")[2] for one in seen] == [PROVIDED, PROVIDED]
    else:
        assert seen == [MESSAGE, MESSAGE]


def _sealed_parts(request: bytes) -> list[bytes]:
    """The metadata and the document of one feed."""
    content_type = re.search(rb"(?i)^content-type: ([^\r]+)", request, re.MULTILINE)
    assert content_type is not None
    received = mtom.parse(content_type[1].decode(), request.partition(b"\r\n\r\n")[2])
    body = soap.read_envelope(received.root).body
    assert isinstance(body, etree._Element)
    return [etree.tostring(body[0]), *received.parts.values()]


@every_destination
def test_nothing_unsealed_or_altered_leaves(destination: Destination, key: SigningKey) -> None:
    seen: Seen = []
    whole = sealed(destination)
    assert whole.payload is not None
    with listener(world(destination, "accepts", seen)) as port:
        sender = client(destination, port, key)
        for wrong in (
            dataclasses.replace(whole, payload=None),
            dataclasses.replace(whole, payload_sha256=None),
            dataclasses.replace(whole, payload=whole.payload.replace(b"TILLEULS", b"TILLEUL")),
        ):
            with pytest.raises(NotAsSealed):
                sender.send(wrong, document())
    assert not seen


@every_destination
def test_what_a_destination_cannot_be_told_is_refused_before_it_is_sealed(destination: Destination) -> None:
    pdf = b"%PDF-1.4\n%fictif\n"
    of = dataclasses.replace(document(report_to_cda(REPORT, pdf)), pdf=pdf)
    assert package(REPORT, SUBMISSION, of, sealed(destination), nil="DEV-000000")
    if destination not in SHARED_RECORD:
        with pytest.raises(Refused):
            package(REPORT, SUBMISSION, of, sealed(destination), nil="")
    with pytest.raises(NotAsSealed):
        package(REPORT, SUBMISSION, document(cda=None), sealed(destination), nil="DEV-000000")


@every_destination
def test_the_code_of_a_receipt_holds_no_identity(destination: Destination, key: SigningKey) -> None:
    with listener(world(destination, "babbles", [])) as port:
        code = client(destination, port, key).send(sealed(destination), document()).code
    assert code in {"http-200", "nonsense"}
