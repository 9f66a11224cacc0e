"""What the links prove: for every kind of reference, the bytes whose SHA-256 is ``Link.content``.

==============================  =====================================================================
``Procedure/x/_history/1``      the body of this version, as stored
``document/<id>/addressed``     identifiers of the document, and of the envelopes made in the same unit
``document/<id>``               SHA-256 of the CDA, then SHA-256 of the PDF
``envelope/<id>``               the payload
``attempt/<id>/<n>``            what is known of one settled attempt
==============================  =====================================================================

Texts are JSON arrays: no value can be taken for two. The writer of a link and its verifier both come here.
"""

import hashlib
from collections.abc import Iterable

import orjson

from service.outbox.envelope import Document, Envelope
from service.store.instants import micros


def version_reference(type: str, id: str, version: int) -> str:
    return f"{type}/{id}/_history/{version}"


def addressed_reference(document_id: str) -> str:
    return f"document/{document_id}/addressed"


def document_reference(document_id: str) -> str:
    return f"document/{document_id}"


def envelope_reference(envelope_id: str) -> str:
    return f"envelope/{envelope_id}"


def attempt_reference(envelope_id: str, number: int) -> str:
    return f"attempt/{envelope_id}/{number}"


def bytes_content(stored: bytes) -> bytes:
    """Of a version, or of a payload."""
    return hashlib.sha256(stored).digest()


def sealed_document_content(cda: bytes, pdf: bytes) -> bytes:
    return hashlib.sha256(hashlib.sha256(cda).digest() + hashlib.sha256(pdf).digest()).digest()


def addressed_content(document: Document, envelopes: Iterable[Envelope]) -> bytes:
    """What must never change of a document and of its envelopes, before a byte of them is made."""
    lines = [
        [
            e.id,
            e.destination.value,
            e.recipient,
            e.submission_id,
            e.message_id,
            e.set_uuid,
            e.entry_uuid,
            micros(e.created_at),
            micros(e.deadline),
            # Told by what follows another alone: what was proved before there was such a thing stays proved.
            *([e.follows] if e.follows else ()),
            *([e.purpose] if e.purpose != "publish" else ()),
        ]
        for e in sorted(envelopes, key=lambda e: e.id)
    ]
    d = document
    identity = [d.id, d.act, d.chain, d.unique_id, d.set_id, d.version, micros(d.created_at)]
    return _of_text(["binome-addressed-v1", identity, lines])


def attempt_content(
    *,
    envelope_id: str,
    number: int,
    token: str,
    worker: str,
    started: int,
    finished: int,
    outcome: str,
    code: str,
    receiver_id: str,
    raw: bytes,
    state: str,
) -> bytes:
    raw_digest = hashlib.sha256(raw).hexdigest()
    known = [token, worker, started, finished, outcome, code, receiver_id, raw_digest, state]
    return _of_text(["binome-attempt-v1", envelope_id, number, *known])


def _of_text(values: list[object]) -> bytes:
    return hashlib.sha256(orjson.dumps(values)).digest()
