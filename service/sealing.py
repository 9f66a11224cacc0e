"""Before the first attempt: the report is rendered once, and every envelope that carries it is sealed with it.

Rendering costs too much for a caller to wait for it. It happens here, from the very versions that the act
rested on, and is committed before any byte leaves; a retry sends these bytes and no others.
"""

import hashlib
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from mappings.cda import report_to_cda
from mappings.cda.reading import told
from mappings.domain.protocol import Protocol
from mappings.domain.report import ActReport, Submission
from mappings.domain.reporting import Edition
from mappings.fhir.execution import execution_from
from mappings.fhir.json import parse
from mappings.fhir.provenance import countersigned_at, reason_of
from mappings.pdf.report import report_to_pdf
from service import failpoints
from service.clients import package
from service.clock import Clock
from service.config import Settings
from service.evidence import Readings, Sources, evidence_of, report_from
from service.outbox.envelope import CHANGES_SHOWING, SHARED_RECORD, Document, Envelope
from service.showing import changes_of, lifting_of, showing_of
from service.store import Store
from service.store.unit import Seal, Unit
from service.unusable import Unusable
from service.versions import formers, replaced_by

#: Versions remembered, at least.
_SOURCES: Final = 500
#: Envelopes in hand, at most: what the lanes claim ahead of their calls, a quarter of a megabyte each.
_IN_HAND: Final = 48


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealing:
    """Renders and seals; the first seal of a document wins, whoever makes it."""

    store: Store
    catalogue: Mapping[str, Protocol]
    #: OID of the sending system, and product reference of the X-MSS-NIL header.
    source_id: str
    nil: str
    #: Over FHIR, one resource (ITI-105) instead of a transaction (ITI-65).
    simplified: bool = False
    clock: Clock
    #: Level of the CDA where no model rules it.
    level: Literal[1, 3] = 3
    #: What the acts sealed lately rested on. Read only: it is every act's.
    _known: Sources = field(default_factory=lambda: Sources(_SOURCES), compare=False, repr=False)
    #: What has just been sealed, until it leaves.
    _in_hand: "InHand" = field(default_factory=lambda: InHand(_IN_HAND), compare=False, repr=False)
    _read: Readings = field(default_factory=lambda: Readings(_SOURCES), compare=False, repr=False)

    def sealed(self, document_id: str, envelope_id: str) -> tuple[Document, Envelope]:
        """The document and the envelope with their sealed bytes, sealing them first if nobody has."""
        if in_hand := self._in_hand.take(envelope_id):
            return in_hand
        document, envelope = self._stored(document_id, envelope_id)
        if _is_open(document, envelope):
            self._seal(document, envelope)
            return self._in_hand.take(envelope_id) or self._stored(document_id, envelope_id)
        return document, envelope

    def seal(self, document_id: str, envelope_id: str) -> None:
        """The same ahead of whoever asks for the bytes: they are not read back."""
        document, envelope = self._stored(document_id, envelope_id)
        if _is_open(document, envelope):
            self._seal(document, envelope)

    def _stored(self, document_id: str, envelope_id: str) -> tuple[Document, Envelope]:
        document, envelope = self.store.document(document_id), self.store.envelope(envelope_id)
        if document is None or envelope is None:
            raise LookupError(f"envelope {envelope_id} or its document is not on record")
        if not envelope.follows:
            return document, envelope
        asked = changes_of(self.store, document.act.split("/")[1]) if envelope.destination in SHARED_RECORD else []
        return document, replace(envelope, formers=formers(self.store, envelope), lifts=lifting_of(asked))

    def _seal(self, document: Document, wanted: Envelope) -> None:
        _, procedure_id, _, version = document.act.split("/")
        evidence = evidence_of(self.store, procedure_id, int(version), self._known)
        execution = execution_from(evidence.provenance)
        # what was sealed once is filed as it is, whatever this installation asks for by now
        level = told(document.cda).level if document.cda else self.level
        replaced = replaced_by(self.store, document) if document.version > 1 else None
        edition = Edition(
            version=document.version,
            replaces=replaced.unique_id if replaced else "",
            reason=reason_of(evidence.provenance),
            countersigned_at=countersigned_at(evidence.provenance),
        )
        report = report_from(
            evidence, self.catalogue, document, execution=execution, level=level, edition=edition, known=self._read
        )
        pdf = document.pdf or report_to_pdf(report)
        cda = document.cda or report_to_cda(report, pdf)
        seals = [Seal(document_id=document.id, cda=cda, pdf=pdf)] if document.cda is None else []
        now = self.clock()
        rendered = replace(document, cda=cda, pdf=pdf, sealed_at=document.sealed_at or now)
        payloads = [
            (envelope, self._payload(envelope, self._shown(envelope, report, procedure_id), rendered))
            for envelope in self.store.envelopes_of(document.act)
            if envelope.payload is None and envelope.document_id == document.id
            # What the others follow may still be under way: what they replace is not known yet.
            if envelope.id == wanted.id or not envelope.follows
        ]
        seals += [Seal(envelope_id=envelope.id, payload=payload) for envelope, payload in payloads]
        failpoints.reach("K11")
        links = self.store.commit(Unit(chain=document.chain, recorded=now, seals=tuple(seals)))
        failpoints.reach("K12")
        # As many links as seals: each of them is the first, and what is on record.
        if len(links) == len(seals):
            self._in_hand.keep(rendered, [(one, payload) for one, payload in payloads if not one.follows])

    def _shown(self, envelope: Envelope, report: ActReport, procedure_id: str) -> ActReport:
        """As the shared record is to show it: hidden from whom the team has asked; a change, by whoever asked for it."""
        if envelope.destination not in SHARED_RECORD:
            return report
        if envelope.purpose in CHANGES_SHOWING:
            asked = self.store.read("Task", envelope.id)
            by = parse(asked.body)["requester"].get("identifier", {}).get("value") if asked else ""
            return replace(report, delegatee=report.delegator) if by == report.delegator.rpps else report
        return replace(report, visibility=showing_of(self.store, procedure_id).visibility)

    def _payload(self, envelope: Envelope, report: ActReport, document: Document) -> bytes:
        submission = Submission(
            unique_id=envelope.submission_id,
            source_id=self.source_id,
            set_uuid=envelope.set_uuid,
            entry_uuid=envelope.entry_uuid,
            submitted_at=envelope.created_at,
        )
        told = replace(envelope, formers=formers(self.store, envelope))
        return package(report, submission, document, told, nil=self.nil, simplified=self.simplified)


class InHand:
    """Envelopes that were just sealed, each given once; beyond ``most`` the oldest is let go, and read from the store."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._held: dict[str, tuple[Document, Envelope]] = {}

    def keep(self, document: Document, payloads: Sequence[tuple[Envelope, bytes]]) -> None:
        sealed = [replace(one, payload=its, payload_sha256=hashlib.sha256(its).digest()) for one, its in payloads]
        with self._lock:
            self._held.update((one.id, (document, one)) for one in sealed)
            while len(self._held) > self._most:
                del self._held[next(iter(self._held))]

    def take(self, envelope_id: str) -> tuple[Document, Envelope] | None:
        with self._lock:
            return self._held.pop(envelope_id, None)


def _is_open(document: Document, envelope: Envelope) -> bool:
    return document.cda is None or envelope.payload is None


def level_of(settings: Settings) -> Literal[1, 3]:
    """The level that this installation asked for; ``ValueError`` for one that is not written."""
    match settings.cda_level:
        case 1 | 3 as level:
            return level
    raise Unusable("BINOME_CDA_LEVEL prend l’une de ces valeurs : 1, 3.")
