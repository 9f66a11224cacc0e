"""The client of a FHIR record: one envelope fed, withdrawn, changed or looked up, one receipt."""

import hashlib
import time
from dataclasses import dataclass, replace

from mappings.domain.showing import hidden_from
from service.clients.look_up import LookUp
from service.clients.pdsm.holder import read_holder
from service.clients.pdsm.package import visibility_in
from service.clients.pdsm.read import read, read_former, read_look_up
from service.clients.pdsm.send import PdsmRecord, ask, feed, holder
from service.clients.pdsm.update import read_change_look_up, read_withdrawal_look_up, show, withdraw
from service.clients.sealed import cda_of, payload_of
from service.outbox.envelope import CHANGES_SHOWING, Document, Envelope
from service.outbox.receipt import Outcome, Receipt


@dataclass(frozen=True, slots=True)
class PdsmClient:
    """Feeds, withdraws, changes how a document shows; asks by uniqueId."""

    record: PdsmRecord

    def send(self, envelope: Envelope, document: Document) -> Receipt:
        if envelope.purpose == "withdraw":
            return withdraw(self.record, envelope, document)
        if envelope.purpose in CHANGES_SHOWING:
            return show(self.record, envelope, document)
        begun = time.monotonic()
        if self.record.asks_for_patient:
            closed = read_holder(holder(self.record, envelope))
            if closed is not None:
                return closed
        replaced, hidden = "", None
        for former in envelope.formers:
            left = self.record.seconds - (time.monotonic() - begun)
            if left <= 0:
                return Receipt(Outcome.UNREACHABLE, "timeout")
            answer = ask(self.record, envelope, former.unique_id, seconds=left)
            found = read_former(answer, former.unique_id, certain=former.certain)
            if isinstance(found, Receipt):
                return found
            if found:
                replaced, hidden = found.entry, hidden_from(found.labels)
                break
        left = self.record.seconds - (time.monotonic() - begun)
        if left <= 0:
            # The lease of this attempt covers one call: nothing of the report has left.
            return Receipt(Outcome.UNREACHABLE, "timeout")
        taken_over = (hidden or frozenset()) - envelope.lifts
        receipt = read(*feed(self.record, envelope, document, seconds=left, replaced=replaced, hidden=taken_over))
        if receipt.outcome is not Outcome.ACCEPTED or hidden is None:
            return receipt
        return replace(receipt, shown=visibility_in(payload_of(envelope)) | taken_over)

    def look_up(self, envelope: Envelope, document: Document) -> LookUp | None:
        if envelope.purpose == "withdraw":
            return read_withdrawal_look_up(ask(self.record, envelope, document.unique_id), document.unique_id)
        if envelope.purpose in CHANGES_SHOWING:
            answer = ask(self.record, envelope, document.unique_id)
            return read_change_look_up(answer, document.unique_id, envelope.purpose)
        # Not a signature: IHE identifies content by SHA-1.
        sha1 = hashlib.sha1(cda_of(document), usedforsecurity=False).digest()
        return read_look_up(ask(self.record, envelope, document.unique_id), document.unique_id, sha1)
