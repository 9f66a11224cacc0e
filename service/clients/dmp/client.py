"""The client of the shared record: one envelope fed or looked up, one receipt."""

import hashlib
from dataclasses import dataclass

from service.clients.dmp.read import read, read_look_up
from service.clients.dmp.send import SharedRecord, ask, feed
from service.clients.look_up import LookUp
from service.clients.sealed import cda_of
from service.outbox.envelope import Document, Envelope
from service.outbox.receipt import Receipt


@dataclass(frozen=True, slots=True)
class DmpClient:
    """Feeds; asks by uniqueId."""

    record: SharedRecord

    def send(self, envelope: Envelope, document: Document) -> Receipt:
        call = feed(self.record, envelope, document)
        return read(call.answer, call.message_id)

    def look_up(self, envelope: Envelope, document: Document) -> LookUp | None:
        call = ask(self.record, envelope, document)
        # Not a signature: XDS identifies content by SHA-1.
        sha1 = hashlib.sha1(cda_of(document), usedforsecurity=False).hexdigest()
        return read_look_up(call.answer, call.message_id, document.unique_id, sha1)
