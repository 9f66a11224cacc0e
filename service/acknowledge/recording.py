"""What goes on record of an envelope's outcome: a publication, or a task for somebody.

Reads the act, the structure, the document that was sealed; writes nothing by itself.
"""

import datetime as dt
import hashlib
from dataclasses import dataclass, field
from typing import Any, Final

from mappings.cda.reading import Told, told
from mappings.fhir.json import parse
from mappings.fhir.organization import organization_from_fhir
from mappings.fhir.publication import Publication, communication, document_reference
from mappings.fhir.task import Duty, delivery_task
from mappings.remembered import Remembered
from service.clients import visibility_sealed
from service.clients.sealed import cda_of
from service.clock import Identifiers
from service.evidence import Sources, version_of
from service.outbox.envelope import SHARED_RECORD, Destination, Document, Envelope
from service.outbox.receipt import Receipt
from service.showing import changes_of
from service.store import Store
from service.store.unit import Write
from service.withdrawal import PLACES, Holding, withdrawal_duty
from service.writes import stamped, write_of

Resource = dict[str, Any]

#: Acts, documents, structures remembered, at least: the envelopes of one act are close together.
_REMEMBERED: Final = 200


@dataclass(frozen=True, slots=True)
class Recording:
    store: Store
    ids: Identifiers
    #: What never changes and is asked again for each envelope of an act, or each act of a structure.
    _acts: Sources = field(default_factory=lambda: Sources(_REMEMBERED), compare=False, repr=False)
    _told: Remembered[bytes, Told] = field(default_factory=lambda: Remembered(_REMEMBERED), compare=False, repr=False)
    _facilities: Remembered[tuple[str, int], str] = field(
        default_factory=lambda: Remembered(_REMEMBERED), compare=False, repr=False
    )

    def publication(self, envelope: Envelope, document: Document, receipt: Receipt, now: dt.datetime) -> Resource:
        procedure, version = self._act(document)
        cda = cda_of(document)
        sha1 = hashlib.sha1(cda, usedforsecurity=False).digest()  # IHE's content hash, not a protection
        filed = self._filed(cda, sha1)
        publication = Publication(
            id=self.ids(),
            procedure=procedure,
            version=version,
            unique_id=document.unique_id,
            sha1=sha1,
            size=len(cda),
            type_code=filed.type_code.code,
            class_code=filed.class_code.code,
            title=filed.type_code.display,
            format_code=filed.format_code.code,
            format_system=filed.format_code.system,
            practice_setting=filed.practice_setting,
            facility_type=self._facility(procedure),
            at=now,
            fictitious=_is_fictitious(procedure),
            visibility=self._sealed_as(envelope, procedure["id"]) if receipt.shown is None else receipt.shown,
        )
        if envelope.destination is Destination.DMP:
            return document_reference(publication, entry_uuid=receipt.receiver_id or envelope.entry_uuid)
        if envelope.destination is Destination.PDSM:
            # The record's own name of it is a reference, and stays in the journal of the attempt.
            return document_reference(publication, entry_uuid=envelope.entry_uuid)
        to: Any = "patient" if envelope.destination is Destination.MSSANTE_PATIENT else "delegator"
        return communication(publication, message_id=envelope.message_id.strip("<>"), to=to)

    def duty(self, envelope: Envelope, document: Document, reason: str, now: dt.datetime, *, id: str = "") -> Write:
        procedure, _ = self._act(document)
        duty = Duty(
            id=id or self.ids(),
            code="resolve-delivery",
            visit=procedure["identifier"][0]["value"],
            authored=now,
            until=None,
            fictitious=_is_fictitious(procedure),
            reason=f"{reason} Destination : {PLACES[envelope.destination]}.",
        )
        return write_of(stamped(delivery_task(procedure, duty), 1, now), 1)

    def to_withdraw(self, document: Document, destination: Destination, held: Holding, now: dt.datetime) -> Write:
        """Somebody's to have withdrawn from where it is, or may be."""
        procedure, _ = self._act(document)
        fictitious = _is_fictitious(procedure)
        return withdrawal_duty(procedure, {destination: held}, id=self.ids(), fictitious=fictitious, now=now)

    def _sealed_as(self, envelope: Envelope, procedure_id: str) -> frozenset[str]:
        """Hidden from whom the bytes that arrived say; they are read again only where somebody has asked for anything."""
        if envelope.destination not in SHARED_RECORD or not changes_of(self.store, procedure_id):
            return frozenset()
        return visibility_sealed(self.store.envelope(envelope.id) or envelope)

    def _facility(self, procedure: Resource) -> str:
        id_ = procedure["performer"][0]["onBehalfOf"]["reference"].partition("/")[2]
        stored = self.store.read("Organization", id_)
        if stored is None:
            return ""
        known = self._facilities.get((id_, stored.version))
        if known is None:
            known = organization_from_fhir(parse(stored.body)).facility_type
            self._facilities.keep((id_, stored.version), known)
        return known

    def _filed(self, cda: bytes, sha1: bytes) -> Told:
        """The envelopes of one document all ask how it is filed."""
        known = self._told.get(sha1)
        if known is None:
            known = told(cda)
            self._told.keep(sha1, known)
        return known

    def _act(self, document: Document) -> tuple[Resource, int]:
        return version_of(self.store, document.act, self._acts), int(document.act.rpartition("/")[2])


def _is_fictitious(resource: Resource) -> bool:
    return any(label.get("code") == "HTEST" for label in resource.get("meta", {}).get("security", ()))
