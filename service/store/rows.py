"""Rows of documents and envelopes, read back as what they are, under whatever alias the statement gives them."""

from service.outbox.envelope import Destination, Document, Envelope, State
from service.store.engine import Row
from service.store.instants import instant
from service.store.unit import StoredVersion

#: Columns of ``stored_version``, of a row aliased ``v``.
VERSION = "v.number, v.type, v.id, v.version, v.recorded, v.body"
#: Columns of ``document``, of rows aliased ``d`` and, for the seal, ``s``.
DOCUMENT = "d.id, d.act, d.chain, d.unique_id, d.set_id, d.version, d.created"
DOCUMENT_SEAL = "s.cda, s.pdf, s.sealed"
#: Columns of ``envelope``, of rows aliased ``e`` and, for the seal, ``s``.
ENVELOPE = (
    "e.id, e.document_id, e.destination, e.recipient, e.submission_id, e.message_id, e.set_uuid, e.entry_uuid,"
    " e.created, e.deadline, e.state, e.attempts, e.next_attempt, e.follows, e.purpose"
)
ENVELOPE_SEAL = "s.payload, s.sha256"


def stored_version(row: Row) -> StoredVersion:
    number, type, id, version, recorded, body = row
    return StoredVersion(number, type, id, version, instant(recorded), body)


def document(row: Row) -> Document:
    """With the seal's columns or without."""
    id, act, chain, unique_id, set_id, version, created, *seal = row
    cda, pdf, sealed = seal or (None, None, None)
    return Document(
        id=id,
        act=act,
        chain=chain,
        unique_id=unique_id,
        set_id=set_id,
        version=version,
        created_at=instant(created),
        cda=cda,
        pdf=pdf,
        sealed_at=None if sealed is None else instant(sealed),
    )


def envelope(row: Row) -> Envelope:
    """With the seal's columns or without."""
    id, document_id, destination, recipient, submission_id, message_id, set_uuid, entry_uuid, *rest = row
    created, deadline, state, attempts, next_attempt, follows, purpose, *seal = rest
    payload, sha256 = seal or (None, None)
    return Envelope(
        id=id,
        document_id=document_id,
        destination=Destination(destination),
        recipient=recipient,
        submission_id=submission_id,
        message_id=message_id,
        set_uuid=set_uuid,
        entry_uuid=entry_uuid,
        created_at=instant(created),
        deadline=instant(deadline),
        follows=follows,
        purpose=purpose,
        state=State(state),
        attempts=attempts,
        next_attempt_at=instant(next_attempt),
        payload=payload,
        payload_sha256=sha256,
    )
