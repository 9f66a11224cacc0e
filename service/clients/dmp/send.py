"""The calls to the shared record, one function each, under a fresh assertion. The only I/O of this destination.

IHE ITI TF-2 3.41, 3.18, 3.43, 3.57 and appendix V; W3C MTOM; DMP, TD0.2, TD2, TD3.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from lxml import etree

from mappings.xds import mtom, soap
from mappings.xds.namespaces import (
    EXISTENCE,
    PROVIDE_AND_REGISTER,
    REGISTRY_STORED_QUERY,
    RETRIEVE_DOCUMENT_SET,
    UPDATE_DOCUMENT_SET,
)
from service.clients.connections import Kept
from service.clients.dmp.identity import Mode, Sender, Software, vihf
from service.clients.exchange import LONGEST_ANSWER, Answer, NoAnswer, exchange
from service.clients.seal import SigningKey
from service.clients.tls import LOOPBACK, Tls
from service.clock import Clock, Identifiers
from service.unusable import Unusable

#: Part of an attempt's time that a question asked before may take; what is done has the rest.
QUESTION: Final = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedRecord:
    """Where the record is, and all that a call to it needs."""

    #: ITI-41 and ITI-43, then ITI-18 and ITI-57 endpoints; plain HTTP towards this machine only.
    repository: str
    registry: str
    #: Endpoint of the test of existence (TD0.2); empty, nobody asks before feeding.
    existence: str = ""
    #: OID of this installation, below which its HL7 V3 messages are named.
    arc: str = ""
    tls: Tls = Tls()
    #: Total time of one attempt, with all that it asks.
    seconds: float
    key: SigningKey
    software: Software
    mode: Mode = "INDIRECTE"
    #: Whether each submission set is signed, and the signature travels with it.
    signed_sets: bool = False
    now: Clock
    identify: Identifiers
    #: Connections that are used again.
    kept: Kept = field(default_factory=Kept, compare=False, repr=False)

    def __post_init__(self) -> None:
        for url in filter(None, (self.repository, self.registry, self.existence)):
            parts = urlsplit(url)
            if parts.scheme != "https" and (parts.scheme != "http" or parts.hostname not in LOOPBACK):
                raise Unusable(
                    "BINOME_DMP_REPOSITORY, BINOME_DMP_REGISTRY et BINOME_DMP_PATIENTS doivent être en https, ou en http sur cette machine."
                )

    @property
    def structure_alone(self) -> bool:
        """The structure feeds and is told references; it neither reads nor changes what is shown."""
        return self.mode == "INDIRECTE"


@dataclass(frozen=True, slots=True)
class Call:
    """One call made: the MessageID it bore, and what came back."""

    message_id: str
    answer: Answer | NoAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Who goes to whose record, and for how long: ``patient`` is the INS in CX form, ``share`` a part of the attempt's time."""

    record: SharedRecord
    sender: Sender
    patient: str
    share: float = 1.0

    def provide(self, request: etree._Element, parts: Mapping[str, bytes]) -> Call:
        """ITI-41."""
        message_id, root = self._enveloped(request, PROVIDE_AND_REGISTER, self.record.repository)
        boundary = f"binome-{self.record.identify()}"
        content_type, body = mtom.build(root, parts, boundary=boundary, action=PROVIDE_AND_REGISTER)
        return Call(message_id, self._posted(self.record.repository, content_type, body))

    def query(self, request: etree._Element, *, longest: int = LONGEST_ANSWER) -> Call:
        """ITI-18."""
        return self._plain(request, REGISTRY_STORED_QUERY, self.record.registry, longest)

    def update(self, request: etree._Element) -> Call:
        """ITI-57."""
        return self._plain(request, UPDATE_DOCUMENT_SET, self.record.registry)

    def retrieve(self, request: etree._Element, *, longest: int) -> Call:
        """ITI-43: in MTOM form, as the transaction asks, with nothing beside the envelope."""
        message_id, root = self._enveloped(request, RETRIEVE_DOCUMENT_SET, self.record.repository)
        boundary = f"binome-{self.record.identify()}"
        content_type, body = mtom.build(root, {}, boundary=boundary, action=RETRIEVE_DOCUMENT_SET)
        return Call(message_id, self._posted(self.record.repository, content_type, body, longest))

    def ask_existence(self, request: etree._Element) -> Call:
        """TD0.2."""
        return self._plain(request, EXISTENCE, self.record.existence)

    def _plain(self, request: etree._Element, action: str, url: str, longest: int = LONGEST_ANSWER) -> Call:
        message_id, root = self._enveloped(request, action, url)
        content_type = f'application/soap+xml; charset=UTF-8; action="{action}"'
        return Call(message_id, self._posted(url, content_type, root, longest))

    def _enveloped(self, request: etree._Element, action: str, to: str) -> tuple[str, bytes]:
        """MessageID and bytes of the SOAP envelope around ``request``."""
        record = self.record
        message_id = f"urn:uuid:{record.identify()}"
        assertion = vihf(
            self.sender,
            self.patient,
            record.software,
            record.key,
            mode=record.mode,
            identifier=record.identify(),
            now=record.now(),
        )
        return message_id, soap.envelope(request, action=action, to=to, message_id=message_id, security=assertion)

    def _posted(self, url: str, content_type: str, body: bytes, longest: int = LONGEST_ANSWER) -> Answer | NoAnswer:
        return exchange(
            "POST",
            url,
            headers={"Content-Type": content_type},
            body=body,
            seconds=self.record.seconds * self.share,
            tls=self.record.tls,
            longest=longest,
            kept=self.record.kept,
        )
