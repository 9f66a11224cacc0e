"""The bytes of a sealed envelope and of its document, held against what was sealed.

A byte that changed in the store, or an envelope that was never sealed, must not leave: that is our defect, raised.
"""

import hashlib

from service.outbox.envelope import Document, Envelope


class NotAsSealed(Exception):
    """Nothing may be sent: the envelope, or its document, is not sealed or is not what was sealed."""


def payload_of(envelope: Envelope) -> bytes:
    if envelope.payload is None or hashlib.sha256(envelope.payload).digest() != envelope.payload_sha256:
        raise NotAsSealed(f"payload of envelope {envelope.id}")
    return envelope.payload


def cda_of(document: Document) -> bytes:
    if document.cda is None:
        raise NotAsSealed(f"document {document.id}")
    return document.cda


def pdf_of(document: Document) -> bytes:
    if document.pdf is None:
        raise NotAsSealed(f"PDF of document {document.id}")
    return document.pdf
