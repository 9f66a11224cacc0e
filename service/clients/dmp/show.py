"""How a document of ours shows in the shared record, changed (ITI-57; DMP, TD3.3): hidden, shown again, archived.

One envelope is one change, of one thing: what the record, its patient or another professional says besides stays as it is
found. Done already is done; a document that the record does not show has nothing to be changed.
"""

from dataclasses import replace

from mappings.codes.document import VISIBILITIES
from mappings.domain.showing import hidden_from, visible_after
from mappings.xds.found import DocumentEntry
from mappings.xds.namespaces import APPROVED, ARCHIVED, DELETED
from mappings.xds.query import get_documents_request
from mappings.xds.update import status_request, visibility_request
from service.clients.dmp.publish import refused_by_us
from service.clients.dmp.read import Unclear, found_in, raw_of, read
from service.clients.dmp.send import Access, Call, SharedRecord
from service.clients.dmp.withdraw import access_of, element_of, found_of, rank
from service.clients.exchange import Answer, NoAnswer
from service.clients.look_up import LookUp, Presence
from service.clients.sealed import payload_of
from service.outbox.envelope import Document, Envelope
from service.outbox.receipt import Outcome, Receipt


def show(record: SharedRecord, envelope: Envelope, document: Document) -> Receipt:
    """``envelope`` carries the sealed submission set of the change, ``document`` is what was published."""
    if record.structure_alone:
        return refused_by_us("professional-required")
    access = access_of(record, envelope)
    call, found = found_of(access, document)
    if isinstance(found, Receipt):
        return found
    if found is None or found.status == DELETED:
        return refused_by_us("not-shown", raw_of(call.answer))
    if _is_done(found, envelope.purpose):
        return Receipt(Outcome.ACCEPTED, "already", found.entry_uuid, raw_of(call.answer), shown=found.hidden_from)
    if envelope.purpose == "archive":
        return _archived(access, envelope, call, found)
    element = element_of(call, found.entry_uuid)
    if element is None:
        return refused_by_us("not-ours", raw_of(call.answer))
    wanted = visible_after(found.visibility, envelope.purpose).intersection(VISIBILITIES)
    done = access.update(visibility_request(payload_of(envelope), element, wanted))
    receipt = read(done.answer, done.message_id)
    told = receipt.outcome is Outcome.ACCEPTED and found.hidden_from is not None
    shown = hidden_from({"N", *visible_after(found.visibility, envelope.purpose)})
    return replace(receipt, shown=shown) if told else receipt


def look_up(access: Access, envelope: Envelope, document: Document) -> LookUp:
    """Whether the change is done."""
    call = access.query(get_documents_request(document.unique_id))
    return read_change_look_up(call.answer, call.message_id, document.unique_id, envelope.purpose)


def read_change_look_up(answer: Answer | NoAnswer, message_id: str, unique_id: str, change: str) -> LookUp:
    """THERE when the document shows as it was asked to, ABSENT when it does not, or does not show at all."""
    found = found_in(answer, message_id)
    if isinstance(found, Unclear):
        unclear = Receipt(Outcome.IN_DOUBT, found.code, raw=found.raw, retry_after=found.retry_after)
        return LookUp(Presence.NO_ANSWER, unclear)
    raw = raw_of(answer)
    if found.references or any(one.unique_id != unique_id for one in found.documents):
        return LookUp(Presence.NO_ANSWER, Receipt(Outcome.IN_DOUBT, "other-document", raw=raw))
    last = max(found.documents, key=rank, default=None)
    if last is not None and last.status != DELETED and _is_done(last, change):
        receipt = Receipt(Outcome.ACCEPTED, "changed", last.entry_uuid, raw, shown=last.hidden_from)
        return LookUp(Presence.THERE, receipt)
    return LookUp(Presence.ABSENT, Receipt(Outcome.UNREACHABLE, "absent", raw=raw))


def _is_done(found: DocumentEntry, change: str) -> bool:
    if change == "archive":
        return found.status == ARCHIVED
    return visible_after(found.visibility, change) == found.visibility


def _archived(access: Access, envelope: Envelope, call: Call, found: DocumentEntry) -> Receipt:
    if found.status != APPROVED:
        return refused_by_us("not-in-force", raw_of(call.answer))
    names = {"entry_uuid": found.entry_uuid, "before": found.status, "after": ARCHIVED}
    done = access.update(status_request(payload_of(envelope), **names))
    return read(done.answer, done.message_id)
