"""A document of ours withdrawn from the shared record (ITI-57); and how a document that is to be changed is found.

DMP, TD3.3. Deletion is logical and only of one's own document. Whatever is changed is found first by its uniqueId, and
must be what we published, in the record of the same patient.
"""

import hashlib
from typing import Final

from lxml import etree

from mappings.xds.existence import ins_of
from mappings.xds.found import DocumentEntry
from mappings.xds.namespaces import APPROVED, ARCHIVED, DELETED, DEPRECATED, RIM
from mappings.xds.query import get_documents_request
from mappings.xds.update import status_request
from service.clients.dmp.identity import sender_of
from service.clients.dmp.publish import refused_by_us
from service.clients.dmp.read import QUERY_RESPONSE, Unclear, body_of, found_in, raw_of, read
from service.clients.dmp.send import Access, Call, SharedRecord
from service.clients.sealed import cda_of, payload_of
from service.outbox.envelope import Document, Envelope
from service.outbox.receipt import Outcome, Receipt

#: From which statuses an entry may pass to deleted.
_FROM: Final = frozenset({APPROVED, DEPRECATED, ARCHIVED})


def withdraw(record: SharedRecord, envelope: Envelope, document: Document) -> Receipt:
    """The document is told to be deleted: its act was entered in error. Done already, or not there, is done.

    ``envelope`` carries the sealed submission set of the withdrawal, ``document`` is what was published.
    """
    access = access_of(record, envelope)
    call, found = found_of(access, document)
    if isinstance(found, Receipt):
        return found
    if found is None or found.status == DELETED:
        return Receipt(Outcome.ACCEPTED, "already", raw=raw_of(call.answer))
    if found.status not in _FROM:
        return refused_by_us("not-ours", raw_of(call.answer))
    request = status_request(payload_of(envelope), entry_uuid=found.entry_uuid, before=found.status, after=DELETED)
    done = access.update(request)
    return read(done.answer, done.message_id)


def access_of(record: SharedRecord, envelope: Envelope) -> Access:
    """Half the time to find, half to change."""
    sender = sender_of(payload_of(envelope))
    return Access(record=record, sender=sender, patient=envelope.recipient, share=0.5)


def found_of(access: Access, document: Document) -> tuple[Call, DocumentEntry | Receipt | None]:
    """The entry of our document, its last version; None when the record shows none; else why nothing is changed."""
    call = access.query(get_documents_request(document.unique_id))
    found = found_in(call.answer, call.message_id)
    if isinstance(found, Unclear):
        refused = found.meaning.outcome is Outcome.REFUSED
        unknown = refused_by_us("withdrawal-unknown", found.raw, found.retry_after)
        return call, found.receipt() if refused else unknown
    raw = raw_of(call.answer)
    if found.references:
        # A reference says neither whose it is nor in which state.
        return call, refused_by_us("professional-required", raw)
    # Not a signature: XDS identifies content by SHA-1.
    sha1 = hashlib.sha1(cda_of(document), usedforsecurity=False).hexdigest()
    for one in found.documents:
        if one.unique_id != document.unique_id or one.hash != sha1 or not _same_patient(one, access):
            return call, refused_by_us("not-ours", raw)
    return call, max(found.documents, key=rank, default=None)


def rank(entry: DocumentEntry) -> tuple[bool, int]:
    """In force first, then the last version of the metadata."""
    return entry.status == APPROVED, int(entry.version) if entry.version.isdecimal() else 0


def _same_patient(entry: DocumentEntry, access: Access) -> bool:
    try:
        return ins_of(entry.patient) == ins_of(access.patient)
    except ValueError:
        return False


def element_of(call: Call, entry_uuid: str) -> etree._Element | None:
    """The entry as it came, when it can be the base of another version."""
    said = body_of(call.answer, call.message_id, QUERY_RESPONSE)
    assert not isinstance(said, Unclear), "it was read before"
    for each in said.body.iterfind(f"{{{RIM}}}RegistryObjectList/{{{RIM}}}ExtrinsicObject"):
        versioned = each.get("lid") and each.find(f"{{{RIM}}}VersionInfo") is not None
        if each.get("id") == entry_uuid and versioned:
            return each
    return None
