"""The four doors by which XML of the shared record's comes in, each with the answer that would be its yes.

A hostile answer is made of the valid one, so that reading on in spite of what is wrong with it would show as a yes.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from lxml import etree

from mappings.cda import report_to_cda
from mappings.xds import mtom, soap
from mappings.xds.found import read_query_response
from mappings.xds.namespaces import XDSB, XOP
from mappings.xds.response import SUCCESS, RegistryAnswer, registry_response
from service.clients.dmp import send
from service.clients.dmp.consult import find, retrieve
from service.clients.dmp.existence import existence
from service.clients.dmp.identity import Software, sender_for
from service.clients.dmp.publish import publish
from service.clients.dmp.read import Unclear
from service.clients.dmp.send import Access, SharedRecord
from service.clients.exchange import Answer, NoAnswer
from service.clients.seal import SigningKey
from service.outbox.receipt import Outcome
from service.sandbox import existence as theirs
from tests.clients.record import DOCUMENT, PATIENT, sealed
from tests.clients.sealed_things import NOW, UNIQUE_ID
from tests.clients.test_dmp import APPROVED, query_answer
from tests.mappings.reports import DELEGATEE, ORGANIZATION, REPORT
from tests.waiting import PATIENCE

#: What each identifier asked for is, so that an answer can name its question.
NAME = "00000000-0000-4000-8000-000000000001"
CONTENT = report_to_cda(REPORT, b"%PDF-1.4 fictif")
_SOAP = "application/soap+xml; charset=UTF-8"


@dataclass(frozen=True)
class Door:
    """``valid``: the envelope that would be a yes; ``ask``: what we do, True when we took it for one."""

    valid: Callable[[], bytes]
    ask: Callable[[SharedRecord], bool]
    #: How bytes are answered.
    packed: Callable[[bytes], Answer] = lambda body: Answer(200, _SOAP, body)


def _enveloped(body: etree._Element) -> bytes:
    return soap.envelope(body, action="urn:x", to="urn:y", message_id="urn:z", relates_to=f"urn:uuid:{NAME}")


def _access(record: SharedRecord) -> Access:
    return Access(record=record, sender=sender_for(DELEGATEE, ORGANIZATION), patient=PATIENT)


def _entries() -> etree._Element:
    body = query_answer((UNIQUE_ID, hashlib.sha1(CONTENT, usedforsecurity=False).hexdigest(), APPROVED))
    rim = body[0][0].nsmap.get(None) or etree.QName(body[0][0]).namespace
    scheme = "urn:uuid:58a6f841-87b3-4a3e-92fd-a8ffeff98427"
    etree.SubElement(body[0][0], f"{{{rim}}}ExternalIdentifier", identificationScheme=scheme, value=PATIENT)
    return body


def _found(record: SharedRecord) -> bool:
    return bool(find(_access(record)).documents)


def _retrieved() -> etree._Element:
    body = etree.Element(f"{{{XDSB}}}RetrieveDocumentSetResponse")
    body.append(registry_response(RegistryAnswer(status=SUCCESS)))
    response = etree.SubElement(body, f"{{{XDSB}}}DocumentResponse")
    for name, text in (("RepositoryUniqueId", "1.2.3"), ("DocumentUniqueId", UNIQUE_ID), ("mimeType", "text/xml")):
        etree.SubElement(response, f"{{{XDSB}}}{name}").text = text
    document = etree.SubElement(response, f"{{{XDSB}}}Document")
    etree.SubElement(document, f"{{{XOP}}}Include", href="cid:d@x")
    return body


def shown(record: SharedRecord, content: bytes) -> bool:
    """Whether these bytes, under a hash and a size that are theirs, are shown as the document."""
    _, registered = read_query_response(_entries())
    entry = replace(
        registered.documents[0],
        repository_unique_id="1.2.3",
        mime_type="text/xml",
        size=len(content),
        hash=hashlib.sha1(content, usedforsecurity=False).hexdigest(),
    )
    got = retrieve(_access(record), entry)
    assert got.answered or (not got.content and got.told)
    return got.answered


def _question() -> etree._Element:
    asked = theirs.Question(("1.2.1", NAME), ("1.2.2", NAME), ("1.2.250.1.213.1.4.10", "258066799900794"))
    return theirs.write_answer(asked, "open")


def _beside(body: bytes, content: bytes = CONTENT) -> Answer:
    return Answer(200, *mtom.build(body, {"d@x": content}, boundary="b-1", action="urn:x"))


DOORS = {
    "feed": Door(
        lambda: _enveloped(registry_response(RegistryAnswer(status=SUCCESS))),
        lambda record: publish(replace(record, existence=""), sealed(), DOCUMENT).outcome is Outcome.ACCEPTED,
    ),
    "search": Door(lambda: _enveloped(_entries()), _found),
    "existence": Door(
        lambda: _enveloped(_question()), lambda record: not isinstance(existence(_access(record)), Unclear)
    ),
    "retrieval": Door(lambda: _enveloped(_retrieved()), lambda record: shown(record, CONTENT), _beside),
}


def record(key: SigningKey) -> SharedRecord:
    url = "https://dmp.example/x"
    return SharedRecord(
        repository=url,
        registry=url,
        existence=url,
        arc="1.2.250.1.999",
        seconds=PATIENCE,
        key=key,
        software=Software(id="LPS-1", name="Binôme", version="0.1", approval="NH-FICTIF"),
        mode="INDIRECTE_RENFORCEE",
        now=lambda: NOW,
        identify=lambda: NAME,
    )


def answering(monkeypatch: pytest.MonkeyPatch, answer: Answer) -> None:
    """The network gives this answer, as far as the caller reads."""

    def exchanged(*_: Any, longest: int, **__: Any) -> Answer | NoAnswer:
        if len(answer.body) > longest:
            return NoAnswer("too-long", True, answer.body[:longest])
        return answer

    monkeypatch.setattr(send, "exchange", exchanged)


def beside(content: bytes) -> Answer:
    """A valid retrieval of this document."""
    return _beside(_enveloped(_retrieved()), content)
