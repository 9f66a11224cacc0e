"""Feeding the shared record: a new document, or one that replaces another (ITI-41).

What was sealed leaves as it is. Four things are added at the call: the assertion, which expires; the signature of the
set, whose key is not the story's to know, and which comes out the same each time; and, of a replacement, what only the record
knows: the name under which it holds what is replaced, and from whom its patient, or somebody else, has hidden that.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import replace as changed
from typing import Final

from lxml import etree

from mappings import hardened_xml
from mappings.xds import signature
from mappings.xds.existence import Record
from mappings.xds.found import DocumentEntry
from mappings.xds.namespaces import APPROVED, ARCHIVED
from mappings.xds.provide import provide_request
from mappings.xds.query import get_documents_request
from mappings.xds.signed_set import SIGNATURE, add_signature, sealed_set
from mappings.xds.update import hiding, replacing
from service.clients.dmp.codes import ERRORS, OURS, Meaning
from service.clients.dmp.existence import existence
from service.clients.dmp.identity import sender_in
from service.clients.dmp.package import visibility_in
from service.clients.dmp.read import Unclear, found_in, raw_of, read
from service.clients.dmp.send import QUESTION, Access, SharedRecord
from service.clients.seal import SigningKey, signature_of
from service.clients.sealed import cda_of, payload_of
from service.outbox.envelope import Document, Envelope, Former
from service.outbox.receipt import NOT_SHOWN, Outcome, Receipt

#: Versions that the record is asked about, the latest first; each question takes a part of the attempt's time.
_MOST_FORMERS: Final = 3
_DOCUMENT_PART = "document@binome.example"
_SIGNATURE_PART = "signature@binome.example"
_NOT_OPEN: Mapping[Record, str] = {Record.CLOSED: "dmp-closed", Record.ABSENT: "dmp-absent"}


def publish(record: SharedRecord, envelope: Envelope, document: Document) -> Receipt:
    """The document, or a refusal of ours when the patient has no open record. A replacement finds its predecessor first."""
    sealed, cda = payload_of(envelope), cda_of(document)
    metadata, request = sealed, hardened_xml.parse(sealed)
    access = Access(record=record, sender=sender_in(request), patient=envelope.recipient)
    refusal = _not_open(changed(access, share=QUESTION)) if record.existence else None
    if refusal is not None:
        return refusal
    questions, hidden = int(bool(record.existence)), None
    for former in envelope.formers[:_MOST_FORMERS]:
        questions += 1
        target = _predecessor(changed(access, share=QUESTION), former)
        if isinstance(target, Receipt):
            return target
        hidden = hidden if hidden is not None else target.hidden_from
        if target.entry_uuid:
            metadata = replacing(metadata, entry_uuid=envelope.entry_uuid, replaced_uuid=target.entry_uuid)
            break
    taken_over = (hidden or frozenset()) - envelope.lifts
    if taken_over:
        metadata = hiding(metadata, entry_uuid=envelope.entry_uuid, codes=taken_over)
    if metadata is not sealed:
        request = hardened_xml.parse(metadata)
    signature_of_set = signed_set(request, cda, record.key) if record.signed_sets else b""
    fed = _fed(changed(access, share=1 - QUESTION * questions), request, envelope.entry_uuid, cda, signature_of_set)
    accepted = fed.outcome is Outcome.ACCEPTED and hidden is not None
    return changed(fed, shown=visibility_in(metadata)) if accepted else fed


def refused_by_us(code: str, raw: bytes = b"", retry_after: str = "") -> Receipt:
    """A receipt that the record did not give."""
    meaning: Meaning = OURS[code]
    return Receipt(meaning.outcome, code, raw=raw, told=meaning.told, retry_after=retry_after)


def _not_open(access: Access) -> Receipt | None:
    """Why nothing is fed; None when the record is open. Nothing was sent that could be kept: a failure is no doubt."""
    found = existence(access)
    if not isinstance(found, Unclear):
        return None if found.record is Record.OPEN else refused_by_us(_NOT_OPEN[found.record])
    if found.meaning.outcome is Outcome.REFUSED:
        return found.receipt()
    return refused_by_us("existence-unknown", found.raw, found.retry_after)


@dataclass(frozen=True, slots=True)
class _Held:
    """A former version as the record holds it: entryUUID of what is replaced, empty when nothing is; from whom it is hidden
    (TRE_A07), None when that is not told."""

    entry_uuid: str = ""
    hidden_from: frozenset[str] | None = None


def _predecessor(access: Access, former: Former) -> _Held | Receipt:
    """What is replaced, or why it cannot be told: then nothing is sent. Nothing: it never arrived."""
    unique_id = former.unique_id
    call = access.query(get_documents_request(unique_id))
    found = found_in(call.answer, call.message_id)
    if isinstance(found, Unclear):
        refused = found.meaning.outcome is Outcome.REFUSED
        return found.receipt() if refused else refused_by_us("predecessor-unknown", found.raw, found.retry_after)
    ours = [one for one in found.documents if one.unique_id == unique_id]
    if not ours and access.record.structure_alone and len(found.references) == 1 and not found.documents:
        return _Held(found.references[0])
    if not ours and not former.certain and not found.documents and not found.references:
        return _Held()
    if not ours:
        return refused_by_us(NOT_SHOWN, raw_of(call.answer))
    in_force = [one for one in ours if one.status == APPROVED]
    if not in_force and all(one.status == ARCHIVED for one in ours):
        # What was archived is out of force already, and is not replaced: the new version comes beside it.
        return _Held(hidden_from=max(ours, key=_version).hidden_from)
    if not in_force:
        told = ERRORS["XDSRegistryDeprecatedDocumentError"]
        return Receipt(told.outcome, "predecessor-not-in-force", raw=raw_of(call.answer), told=told.told)
    return _Held(in_force[0].entry_uuid, in_force[0].hidden_from)


def _version(entry: DocumentEntry) -> int:
    """Of its metadata."""
    return int(entry.version) if entry.version.isdecimal() else 0


def _fed(access: Access, request: etree._Element, entry_uuid: str, cda: bytes, signature_of_set: bytes) -> Receipt:
    documents, parts = {entry_uuid: _DOCUMENT_PART}, {_DOCUMENT_PART: cda}
    if signature_of_set:
        add_signature(request, signature_of_set)
        documents[SIGNATURE], parts[_SIGNATURE_PART] = _SIGNATURE_PART, signature_of_set
    call = access.provide(provide_request(request, documents), parts)
    return read(call.answer, call.message_id)


def signed_set(request: etree._Element, cda: bytes, key: SigningKey) -> bytes:
    """The signature of the sealed set, as it was read: same set, same document, same key, same bytes."""
    sealed = sealed_set(request)
    made: etree._Element = signature.unsigned(
        set_id=sealed.set_id,
        document_id=sealed.document_id,
        content=cda,
        signer=signature.Signer(
            certificate=key.certificate_der,
            issuer=key.issuer,
            serial=key.certificate.serial_number,
        ),
        identifier=f"signature-{sealed.set_id}",
        at=sealed.submitted_at,
    )
    return signature.with_value(made, signature_of(signature.to_sign(made), key))
