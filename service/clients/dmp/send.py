"""The two calls to the shared record: feed (ITI-41) and look up (ITI-18). The only I/O of this destination.

IHE ITI TF-2 3.41, 3.18 and appendix V; W3C MTOM.
"""

from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from lxml import etree

from mappings.xds import mtom, soap
from mappings.xds.namespaces import PROVIDE_AND_REGISTER, REGISTRY_STORED_QUERY
from mappings.xds.provide import provide_request
from mappings.xds.query import get_documents_request
from service.clients.dmp.identity import Software, sender_of, vihf
from service.clients.exchange import Answer, NoAnswer, exchange
from service.clients.seal import SigningKey
from service.clients.sealed import cda_of, payload_of
from service.clients.tls import LOOPBACK, Tls
from service.clock import Clock, Identifiers
from service.outbox.envelope import Document, Envelope

_DOCUMENT_PART = "document@binome.example"


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedRecord:
    """Where the record is, and all that a call to it needs."""

    #: ITI-41 and ITI-18 endpoints; plain HTTP towards this machine only.
    repository: str
    registry: str
    tls: Tls = Tls()
    #: Total time of one call.
    seconds: float
    key: SigningKey
    software: Software
    mode: Literal["DIRECTE", "INDIRECTE", "INDIRECTE_RENFORCEE"] = "INDIRECTE"
    now: Clock
    identify: Identifiers

    def __post_init__(self) -> None:
        for url in (self.repository, self.registry):
            parts = urlsplit(url)
            if parts.scheme != "https" and (parts.scheme != "http" or parts.hostname not in LOOPBACK):
                raise ValueError("the shared record is reached by https only")


@dataclass(frozen=True, slots=True)
class Call:
    """One call made: the MessageID it bore, and what came back."""

    message_id: str
    answer: Answer | NoAnswer


def feed(record: SharedRecord, envelope: Envelope, document: Document) -> Call:
    """The sealed metadata and the sealed document, as they are; only the assertion is made now."""
    request = provide_request(payload_of(envelope), entry_uuid=envelope.entry_uuid, content_id=_DOCUMENT_PART)
    message_id, root = _enveloped(record, envelope, request, PROVIDE_AND_REGISTER, record.repository)
    content_type, body = mtom.build(
        root,
        {_DOCUMENT_PART: cda_of(document)},
        boundary=f"binome-{record.identify()}",
        action=PROVIDE_AND_REGISTER,
    )
    return Call(message_id, _posted(record, record.repository, content_type, body))


def ask(record: SharedRecord, envelope: Envelope, document: Document) -> Call:
    """GetDocuments by the document's uniqueId."""
    request = get_documents_request(document.unique_id)
    message_id, root = _enveloped(record, envelope, request, REGISTRY_STORED_QUERY, record.registry)
    content_type = f'application/soap+xml; charset=UTF-8; action="{REGISTRY_STORED_QUERY}"'
    return Call(message_id, _posted(record, record.registry, content_type, root))


def _enveloped(
    record: SharedRecord, envelope: Envelope, request: etree._Element, action: str, to: str
) -> tuple[str, bytes]:
    """MessageID and bytes of the SOAP envelope around ``request``."""
    message_id = f"urn:uuid:{record.identify()}"
    assertion = vihf(
        sender_of(payload_of(envelope)),
        envelope.recipient,
        record.software,
        record.key,
        mode=record.mode,
        identifier=record.identify(),
        now=record.now(),
    )
    return message_id, soap.envelope(request, action=action, to=to, message_id=message_id, security=assertion)


def _posted(record: SharedRecord, url: str, content_type: str, body: bytes) -> Answer | NoAnswer:
    headers = {"Content-Type": content_type}
    return exchange("POST", url, headers=headers, body=body, seconds=record.seconds, tls=record.tls)
