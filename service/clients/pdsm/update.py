"""What we change of a document of ours in a FHIR record: withdrawn, archived, masked, shown again (PATCH).

PDSm 3.1.1, flux 03 and 04. Whatever is changed is found first by its uniqueId (ITI-67), and must be what we published. What
deletes differs: the volet as published says nothing of it, its working version sets an extension, the draft for the DMP
another status. ``deletion`` of the record says which, and by default none.
"""

import dataclasses
import hashlib
import json
import time
from typing import Any, Final

from mappings.domain.showing import visible_after
from mappings.pdsm import vocabulary
from mappings.pdsm.changes import Change, fhirpath_patch, flag_of, is_done, json_patch, shown_in, visibility_of
from mappings.pdsm.found import document_resources, found_documents, resource_in
from service.clients.exchange import Answer, NoAnswer
from service.clients.look_up import LookUp, Presence
from service.clients.pdsm.codes import OURS, of_update
from service.clients.pdsm.send import Deletion, PdsmRecord, ask, patch
from service.clients.sealed import cda_of
from service.outbox.envelope import Document, Envelope
from service.outbox.receipt import Outcome, Receipt

Resource = dict[str, Any]

#: How a document is told to be deleted, by the setting.
DELETIONS: Final[dict[Deletion, Change]] = {
    "is-deleted": Change(status="superseded", flags={vocabulary.IS_DELETED: True}),
    "entered-in-error": Change(status="entered-in-error"),
}
_ARCHIVED: Final = Change(flags={vocabulary.IS_ARCHIVED: True})
_GONE: Final = "already"


def withdraw(record: PdsmRecord, envelope: Envelope, document: Document) -> Receipt:
    """The document is told to be deleted: its act was entered in error. Done already, or not there, is done."""
    if record.deletion not in DELETIONS:
        return _refused_by_us("no-deletion")
    found = _found(record, envelope, document)
    if found is None or (not isinstance(found, Receipt) and _is_deleted(found)):
        return Receipt(Outcome.ACCEPTED, _GONE)
    if isinstance(found, Receipt):
        return found
    if found.get("status") != "current":
        # It is deleted with the version in force, and by nothing else.
        return _refused_by_us("not-in-force")
    return _changed(record, document, found, DELETIONS[record.deletion])


def show(record: PdsmRecord, envelope: Envelope, document: Document) -> Receipt:
    """One change of how the document shows, the envelope's purpose; what is said besides stays as it is found."""
    found = _found(record, envelope, document)
    if isinstance(found, Receipt):
        return found
    if found is None or _is_deleted(found):
        return _refused_by_us("not-shown")
    return _changed(record, document, found, _change(found, envelope.purpose))


def read_change_look_up(answer: Answer | NoAnswer, unique_id: str, change: str) -> LookUp:
    """Whether the document shows as it was asked to; ABSENT when it does not, or does not show at all."""
    shown = _shown(answer, unique_id)
    if isinstance(shown, LookUp):
        return shown
    done = [one for one in shown if not _is_deleted(one) and is_done(one, _change(one, change))]
    if done:
        receipt = Receipt(Outcome.ACCEPTED, _GONE, raw=_raw(answer), shown=shown_in(done[0]))
        return LookUp(Presence.THERE, receipt)
    return LookUp(Presence.ABSENT, Receipt(Outcome.UNREACHABLE, "absent", raw=_raw(answer)))


def read_withdrawal_look_up(answer: Answer | NoAnswer, unique_id: str) -> LookUp:
    """Whether a withdrawal is done: the document no longer shows, or says that it is deleted."""
    shown = _shown(answer, unique_id)
    if isinstance(shown, LookUp):
        return shown
    if all(_is_deleted(one) for one in shown):
        return LookUp(Presence.THERE, Receipt(Outcome.ACCEPTED, _GONE, raw=_raw(answer)))
    return LookUp(Presence.ABSENT, Receipt(Outcome.UNREACHABLE, "absent", raw=_raw(answer)))


def read_update(answer: Answer | NoAnswer, change: Change) -> Receipt:
    """What came of a PATCH: a yes is the document as it is from now on."""
    if isinstance(answer, NoAnswer):
        return Receipt(Outcome.IN_DOUBT if answer.sent else Outcome.UNREACHABLE, answer.code, raw=answer.partial)
    if answer.status == 200:
        said = resource_in(answer.body, "DocumentReference")
        if said is None or not is_done(said, change):
            return Receipt(Outcome.IN_DOUBT, "http-200", raw=answer.body)
        return Receipt(
            Outcome.ACCEPTED, "changed", f"DocumentReference/{said.get('id')}", answer.body, shown=shown_in(said)
        )
    meaning = of_update(answer.status)
    code = f"http-{answer.status}"
    return Receipt(meaning.outcome, code, raw=answer.body, told=meaning.told, retry_after=answer.retry_after)


def _shown(answer: Answer | NoAnswer, unique_id: str) -> list[Resource] | LookUp:
    """Our document in an answer to a search; a look-up without answer when the answer says nothing clear."""
    if isinstance(answer, NoAnswer):
        return LookUp(Presence.NO_ANSWER, Receipt(Outcome.IN_DOUBT, answer.code, raw=answer.partial))
    found = found_documents(answer.body) if answer.status == 200 else None
    if found is None or not found.whole or found.others:
        unclear = Receipt(Outcome.IN_DOUBT, f"http-{answer.status}", raw=answer.body, retry_after=answer.retry_after)
        return LookUp(Presence.NO_ANSWER, unclear)
    return [one for one in document_resources(answer.body) if _names(one, unique_id)]


def _raw(answer: Answer | NoAnswer) -> bytes:
    return answer.partial if isinstance(answer, NoAnswer) else answer.body


def _change(found: Resource, change: str) -> Change:
    return _ARCHIVED if change == "archive" else Change(visibility=visible_after(visibility_of(found), change))


def _changed(record: PdsmRecord, document: Document, found: Resource, change: Change) -> Receipt:
    if is_done(found, change):
        return Receipt(Outcome.ACCEPTED, _GONE, f"DocumentReference/{found.get('id')}", shown=shown_in(found))
    body = (json_patch if record.patch == "json" else fhirpath_patch)(found, change)
    version = str((found.get("meta") or {}).get("versionId") or "")
    return read_update(
        patch(record, document.unique_id, json.dumps(body, ensure_ascii=False).encode(), version), change
    )


def _found(record: PdsmRecord, envelope: Envelope, document: Document) -> Resource | Receipt | None:
    """The document as the record shows it; None when it shows none; else why nothing is changed. Half the time."""
    begun = time.monotonic()
    hasty = dataclasses.replace(record, seconds=record.seconds / 2)
    answer = ask(hasty, envelope, document.unique_id)
    if isinstance(answer, NoAnswer) or time.monotonic() - begun > hasty.seconds:
        return _refused_by_us("withdrawal-unknown")
    found = found_documents(answer.body) if answer.status == 200 else None
    if found is None or not found.whole or found.others:
        unknown = _refused_by_us("withdrawal-unknown", answer.body)
        return dataclasses.replace(unknown, retry_after=answer.retry_after)
    # Not a signature: IHE identifies content by SHA-1.
    sha1 = hashlib.sha1(cda_of(document), usedforsecurity=False).digest()
    if any(one.unique_id != document.unique_id or one.sha1 != sha1 for one in found.documents):
        return _refused_by_us("not-ours", answer.body)
    shown = document_resources(answer.body)
    if len(shown) > 1:
        return _refused_by_us("not-ours", answer.body)
    return shown[0] if shown else None


def _is_deleted(shown: Resource) -> bool:
    return shown.get("status") == "entered-in-error" or flag_of(shown, vocabulary.IS_DELETED)


def _names(shown: Resource, unique_id: str) -> bool:
    return str((shown.get("masterIdentifier") or {}).get("value")) == f"urn:oid:{unique_id}"


def _refused_by_us(code: str, raw: bytes = b"") -> Receipt:
    return Receipt(OURS[code].outcome, code, raw=raw, told=OURS[code].told)
