"""What the shared record answered. Pure: an answer in, a receipt or a look-up out.

IHE ITI TF-3 4.2.4 (errors), TF-2 appendix V (SOAP, WS-Addressing). Whatever is not a clear answer to our own
message is a doubt, never a yes and never a no.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from lxml import etree

from mappings.issues import Refused
from mappings.xds import mtom, soap
from mappings.xds.found import DocumentEntry, Registered, read_query_response
from mappings.xds.namespaces import APPROVED, DELETED, QUERY, RS
from mappings.xds.response import FAILURE, SUCCESS, RegistryAnswer, RegistryError, read_registry_response
from service.clients.dmp.codes import (
    ERRORS,
    FAULTS,
    SILENT,
    UNCLEAR,
    UNKNOWN_ERROR,
    UNKNOWN_FAULT,
    YES,
    Meaning,
    of_status,
)
from service.clients.exchange import Answer, NoAnswer
from service.clients.look_up import LookUp, Presence
from service.outbox.receipt import Outcome, Receipt

_RESPONSE: Final = f"{{{RS}}}RegistryResponse"
QUERY_RESPONSE: Final = f"{{{QUERY}}}AdhocQueryResponse"
#: A foreign code that is a code; anything else could be a sentence with a name in it.
_CODE: Final = re.compile(r"[A-Za-z0-9:._-]{1,80}")
#: Of several errors, the one for a human speaks for all, then the one to look up.
_GRAVITY: Final = (Outcome.REFUSED, Outcome.IN_DOUBT, Outcome.UNREACHABLE)


@dataclass(frozen=True, slots=True)
class Unclear:
    """An answer that is none: what it means for what was asked, and under which code."""

    meaning: Meaning
    code: str
    raw: bytes
    #: The Retry-After of the answer, as it came.
    retry_after: str = ""

    def receipt(self) -> Receipt:
        return Receipt(
            self.meaning.outcome, self.code, raw=self.raw, told=self.meaning.told, retry_after=self.retry_after
        )


@dataclass(frozen=True, slots=True)
class Said:
    """The element that answers our own message, what a registry says of it, and the parts beside it."""

    body: etree._Element
    answer: RegistryAnswer
    parts: Mapping[str, bytes]


def read(answer: Answer | NoAnswer, message_id: str) -> Receipt:
    """The receipt of one feed or of one change; ``message_id`` is the one our message bore."""
    said = body_of(answer, message_id, _RESPONSE)
    if isinstance(said, Unclear):
        return said.receipt()
    meaning, code = meaning_of(said.answer)
    return Receipt(meaning.outcome, code, raw=raw_of(answer), told=meaning.told)


def read_look_up(
    answer: Answer | NoAnswer, message_id: str, unique_id: str, sha1: str, *, references: bool = False
) -> LookUp:
    """What the record has under ``unique_id``, held against the SHA-1 of our document (hexadecimal).

    ``references``: we come as a structure, which is told entryUUIDs and no metadata; one entry under a name that only
    we give is then our own, for the record refuses other bytes under a known name.
    """
    found = found_in(answer, message_id)
    if isinstance(found, Unclear):
        return _no_answer(found.code, found.raw, found.retry_after)
    raw = raw_of(answer)
    if references and not found.documents and len(found.references) == 1:
        return LookUp(Presence.THERE, Receipt(Outcome.ACCEPTED, "found-reference", found.references[0], raw))
    return _held(found, unique_id, sha1.lower(), raw)


def read_withdrawal_look_up(
    answer: Answer | NoAnswer, message_id: str, unique_id: str, *, references: bool = False
) -> LookUp:
    """Whether a document of ours is by now withdrawn: THERE when it is, ABSENT when it still shows."""
    found = found_in(answer, message_id)
    if isinstance(found, Unclear):
        return _no_answer(found.code, found.raw, found.retry_after)
    raw = raw_of(answer)
    shown = [one for one in found.documents if one.unique_id == unique_id and one.status != DELETED]
    if shown or (references and found.references):
        return LookUp(Presence.ABSENT, Receipt(Outcome.UNREACHABLE, "still-there", raw=raw))
    if found.references or any(one.unique_id != unique_id for one in found.documents):
        return _no_answer("other-document", raw)
    return LookUp(Presence.THERE, Receipt(Outcome.ACCEPTED, "withdrawn", raw=raw))


def found_in(answer: Answer | NoAnswer, message_id: str) -> Registered | Unclear:
    """What a registry holds of what was asked; anything but its plain success is unclear."""
    said = body_of(answer, message_id, QUERY_RESPONSE)
    if isinstance(said, Unclear):
        return said
    meaning, code = meaning_of(said.answer)
    if meaning.outcome is not Outcome.ACCEPTED:
        return Unclear(meaning, code, raw_of(answer))
    try:
        return read_query_response(said.body)[1]
    except Refused:
        return Unclear(UNCLEAR, "no-list", raw_of(answer))


def body_of(answer: Answer | NoAnswer, message_id: str, tag: str, *, status: str = ".") -> Said | Unclear:
    """The one element ``tag`` that answers our message; ``status``: path to what bears the registry's status."""
    opened = opened_answer(answer, message_id, tag)
    if isinstance(opened, Unclear):
        return opened
    element, parts = opened
    bearer = element.find(status)
    try:
        if bearer is not None:
            return Said(element, read_registry_response(bearer), parts)
    except Refused:
        pass
    return Unclear(UNCLEAR, "http-200", raw_of(answer))


def opened_answer(
    answer: Answer | NoAnswer, message_id: str, tag: str
) -> tuple[etree._Element, Mapping[str, bytes]] | Unclear:
    """The element ``tag`` of a message that answers ours, and the parts beside it.

    How long it may be was decided where it was received, by what was asked, and is not decided again.
    """
    if isinstance(answer, NoAnswer):
        return Unclear(UNCLEAR if answer.sent else SILENT, answer.code, answer.partial)
    by_status = Unclear(of_status(answer.status), f"http-{answer.status}", answer.body, answer.retry_after)
    try:
        packed = mtom.parse(answer.content_type, answer.body, size=len(answer.body))
        message = soap.read_envelope(packed.root)
    except Refused:
        return by_status
    if message.relates_to not in ("", message_id):
        return Unclear(UNCLEAR, "other-answer", answer.body)
    if isinstance(message.body, soap.Fault):
        meaning, code = _of_fault(message.body)
        return Unclear(meaning, code, answer.body, answer.retry_after)
    if message.body.tag != tag or answer.status != 200:
        return by_status
    return message.body, packed.parts


def meaning_of(said: RegistryAnswer) -> tuple[Meaning, str]:
    errors = [error for error in said.errors if error.severity != "Warning"]
    if said.status == SUCCESS:
        # A yes that also complains contradicts itself.
        return (UNCLEAR, _code(errors[0].code)) if errors else (YES, "Success")
    if said.status != FAILURE:
        # PartialSuccess of one document, or a status of no specification: is it there?
        return UNCLEAR, _code(said.status.rpartition(":")[2])
    if not errors:
        return UNKNOWN_ERROR, "Failure"
    return min((_of_error(error) for error in errors), key=lambda each: _GRAVITY.index(each[0].outcome))


def _held(found: Registered, unique_id: str, sha1: str, raw: bytes) -> LookUp:
    ours = [document for document in found.documents if document.unique_id == unique_id]
    if not ours:
        # References without metadata, or another document: nothing is said of ours.
        if found != Registered():
            return _no_answer("other-document", raw)
        return LookUp(Presence.ABSENT, Receipt(Outcome.UNREACHABLE, "absent", raw=raw))
    if any(not document.hash for document in ours):
        return _no_answer("no-hash", raw)
    if any(document.hash != sha1 for document in ours):
        told = ERRORS["XDSNonIdenticalHash"].told
        return LookUp(
            Presence.OTHER_BYTES, Receipt(Outcome.REFUSED, "other-bytes", entry_uuid_of(ours), raw, told=told)
        )
    entry = _in_force(ours)
    receipt = Receipt(Outcome.ACCEPTED, "found", entry.entry_uuid, raw, shown=entry.hidden_from)
    return LookUp(Presence.THERE, receipt)


def entry_uuid_of(documents: Sequence[DocumentEntry]) -> str:
    return _in_force(documents).entry_uuid


def _in_force(documents: Sequence[DocumentEntry]) -> DocumentEntry:
    """The one in force, else any."""
    approved = [document for document in documents if document.status == APPROVED]
    return (approved or documents)[0]


def _of_fault(fault: soap.Fault) -> tuple[Meaning, str]:
    for code in (*reversed(fault.subcodes), fault.code):
        if code in FAULTS:
            return FAULTS[code], code
    return UNKNOWN_FAULT, _code(fault.code)


def _of_error(error: RegistryError) -> tuple[Meaning, str]:
    return ERRORS.get(error.code, UNKNOWN_ERROR), _code(error.code)


def _code(code: str) -> str:
    return code if _CODE.fullmatch(code) else "unreadable-code"


def raw_of(answer: Answer | NoAnswer) -> bytes:
    return answer.partial if isinstance(answer, NoAnswer) else answer.body


def _no_answer(code: str, raw: bytes, retry_after: str = "") -> LookUp:
    return LookUp(Presence.NO_ANSWER, Receipt(Outcome.IN_DOUBT, code, raw=raw, retry_after=retry_after))
