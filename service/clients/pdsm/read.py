"""What a FHIR record answered. Pure: an answer in, a receipt or a look-up out.

IHE MHD 4.2.3, 3.65.4.2 and 3.67.4.2; FHIR R4 http.html. Whatever is not a clear answer to our own request is a
doubt, never a yes and never a no.
"""

from mappings.domain.shared import SharedDocument
from mappings.domain.showing import hidden_from
from mappings.pdsm.found import (
    document_in,
    found_documents,
    outcome_codes,
    reference_of_location,
    stored_entries,
)
from service.clients.exchange import Answer, NoAnswer
from service.clients.look_up import LookUp, Presence
from service.clients.pdsm.codes import ISSUES, of_status
from service.outbox.receipt import NOT_SHOWN, Outcome, Receipt

#: Place of the DocumentReference in our transaction.
_DOCUMENT = 1
_NOT_IN_FORCE = "Le document à remplacer l’a déjà été, ou n’est plus en vigueur : vérifier ce que montre le dossier."


def read(answer: Answer | NoAnswer, entries: int) -> Receipt:
    """The receipt of one feed; ``entries`` is how many our transaction had, 0 for a simplified publish."""
    if isinstance(answer, NoAnswer):
        return Receipt(Outcome.IN_DOUBT if answer.sent else Outcome.UNREACHABLE, answer.code, raw=answer.partial)
    if answer.status // 100 != 2:
        return _refused(answer)
    return _of_transaction(answer, entries) if entries else _of_creation(answer)


def _of_transaction(answer: Answer, entries: int) -> Receipt:
    stored = stored_entries(answer.body) if answer.status == 200 else None
    if stored is None or len(stored) != entries:
        return Receipt(Outcome.IN_DOUBT, f"http-{answer.status}", raw=answer.body)
    if any(one.status // 100 != 2 for one in stored):
        # A transaction is whole or is not: this answer contradicts itself.
        return Receipt(Outcome.IN_DOUBT, "partial", raw=answer.body)
    return Receipt(Outcome.ACCEPTED, "stored", stored[_DOCUMENT].location, answer.body)


def _of_creation(answer: Answer) -> Receipt:
    if answer.status != 201:
        return Receipt(Outcome.IN_DOUBT, f"http-{answer.status}", raw=answer.body)
    said = document_in(answer.body)
    return Receipt(
        Outcome.ACCEPTED, "stored", reference_of_location(answer.location) or (said[0] if said else ""), answer.body
    )


def _refused(answer: Answer) -> Receipt:
    for code in outcome_codes(answer.body) or ():
        if code in ISSUES:
            return Receipt(ISSUES[code], code, raw=answer.body, retry_after=answer.retry_after)
    code = f"http-{answer.status}"
    return Receipt(of_status(answer.status), code, raw=answer.body, retry_after=answer.retry_after)


def read_look_up(answer: Answer | NoAnswer, unique_id: str, sha1: bytes) -> LookUp:
    """What the record has under ``unique_id``, held against the SHA-1 of our document."""
    if isinstance(answer, NoAnswer):
        return _no_answer(answer.code, answer.partial)
    found = found_documents(answer.body) if answer.status == 200 else None
    if found is None:
        return _no_answer(f"http-{answer.status}", answer.body, answer.retry_after)
    ours = [one for one in found.documents if one.unique_id == unique_id]
    if ours:
        return _held(ours, sha1, answer.body)
    if found.documents or found.others or not found.whole:
        # Another document, or a part of the answer: nothing is said of ours.
        return _no_answer("other-document", answer.body)
    return LookUp(Presence.ABSENT, Receipt(Outcome.UNREACHABLE, "absent", raw=answer.body))


def read_former(answer: Answer | NoAnswer, unique_id: str, *, certain: bool) -> SharedDocument | Receipt | None:
    """A former version as the record holds it, or why it cannot be told: nothing is sent. None: it never arrived."""
    raw = answer.partial if isinstance(answer, NoAnswer) else answer.body
    found = found_documents(answer.body) if isinstance(answer, Answer) and answer.status == 200 else None
    if found is None:
        later = "" if isinstance(answer, NoAnswer) else answer.retry_after
        return Receipt(Outcome.UNREACHABLE, "predecessor-unknown", raw=raw, retry_after=later)
    ours = [one for one in found.documents if one.unique_id == unique_id]
    if not ours:
        absent = not (found.documents or found.others) and found.whole
        return None if absent and not certain else Receipt(Outcome.UNREACHABLE, NOT_SHOWN, raw=raw)
    current = [one for one in ours if one.status == "current"]
    if not current:
        return Receipt(Outcome.REFUSED, "predecessor-not-in-force", raw=raw, told=_NOT_IN_FORCE)
    return current[0]


def _held(ours: list[SharedDocument], sha1: bytes, raw: bytes) -> LookUp:
    if any(not one.sha1 for one in ours):
        return _no_answer("no-hash", raw)
    current = [one for one in ours if one.status == "current"]
    one = (current or ours)[0]
    if any(each.sha1 != sha1 for each in ours):
        return LookUp(Presence.OTHER_BYTES, Receipt(Outcome.REFUSED, "other-bytes", one.entry, raw))
    return LookUp(Presence.THERE, Receipt(Outcome.ACCEPTED, "found", one.entry, raw, shown=hidden_from(one.labels)))


def _no_answer(code: str, raw: bytes, retry_after: str = "") -> LookUp:
    return LookUp(Presence.NO_ANSWER, Receipt(Outcome.IN_DOUBT, code, raw=raw, retry_after=retry_after))
