"""The client of the shared record: one envelope published, replaced, withdrawn or changed, or looked up; one receipt."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from mappings.xds.query import get_documents_request
from service.clients.dmp.identity import sender_of
from service.clients.dmp.publish import publish
from service.clients.dmp.read import read_look_up, read_withdrawal_look_up
from service.clients.dmp.send import Access, SharedRecord
from service.clients.dmp.show import look_up as look_up_change
from service.clients.dmp.show import show
from service.clients.dmp.withdraw import withdraw
from service.clients.look_up import LookUp
from service.clients.sealed import cda_of, payload_of
from service.outbox.envelope import CHANGES_SHOWING, Document, Envelope
from service.outbox.receipt import Receipt

Deed = Callable[[SharedRecord, Envelope, Document], Receipt]

#: What an envelope is sent for. A replacement is published: its sealed document says what it replaces.
DEEDS: Final[Mapping[str, Deed]] = {
    "publish": publish,
    "replace": publish,
    "withdraw": withdraw,
    **dict.fromkeys(CHANGES_SHOWING, show),
}


@dataclass(frozen=True, slots=True)
class DmpClient:
    """Feeds, withdraws, changes how a document shows; asks by uniqueId."""

    record: SharedRecord

    def send(self, envelope: Envelope, document: Document) -> Receipt:
        return DEEDS[purpose_of(envelope)](self.record, envelope, document)

    def look_up(self, envelope: Envelope, document: Document) -> LookUp | None:
        """Whether what the envelope is for is done: the document is there, no longer shows, or shows as it was asked to."""
        access = Access(record=self.record, sender=sender_of(payload_of(envelope)), patient=envelope.recipient)
        if purpose_of(envelope) in CHANGES_SHOWING:
            return look_up_change(access, envelope, document)
        call = access.query(get_documents_request(document.unique_id))
        alone = self.record.structure_alone
        if purpose_of(envelope) == "withdraw":
            return read_withdrawal_look_up(call.answer, call.message_id, document.unique_id, references=alone)
        # Not a signature: XDS identifies content by SHA-1.
        sha1 = hashlib.sha1(cda_of(document), usedforsecurity=False).hexdigest()
        return read_look_up(call.answer, call.message_id, document.unique_id, sha1, references=alone)


def purpose_of(envelope: Envelope) -> str:
    return str(getattr(envelope, "purpose", "publish"))
