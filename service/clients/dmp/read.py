"""What the shared record answered. Pure: an answer in, a receipt or a look-up out.

IHE ITI TF-3 4.2.4 (errors), TF-2 appendix V (SOAP, WS-Addressing). Whatever is not a clear answer to our own
message is a doubt, never a yes and never a no.
"""

import re
from collections.abc import Sequence
from typing import Final

from lxml import etree

from mappings.issues import Refused
from mappings.xds import mtom, soap
from mappings.xds.namespaces import QUERY, RIM, RS
from mappings.xds.query import FoundDocument, read_query_response
from mappings.xds.response import FAILURE, SUCCESS, RegistryAnswer, RegistryError, read_registry_response
from service.clients.dmp.codes import ERRORS, FAULTS, UNKNOWN_ERROR, UNKNOWN_FAULT, of_status
from service.clients.exchange import LONGEST_ANSWER, Answer, NoAnswer
from service.clients.look_up import LookUp, Presence
from service.outbox.receipt import Outcome, Receipt

_RESPONSE: Final = f"{{{RS}}}RegistryResponse"
_QUERY_RESPONSE: Final = f"{{{QUERY}}}AdhocQueryResponse"
_APPROVED: Final = "urn:oasis:names:tc:ebxml-regrep:StatusType:Approved"
#: A foreign code that is a code; anything else could be a sentence with a name in it.
_CODE: Final = re.compile(r"[A-Za-z0-9:._-]{1,80}")
#: Of several errors, the one for a human speaks for all, then the one to look up.
_GRAVITY: Final = (Outcome.REFUSED, Outcome.IN_DOUBT, Outcome.UNREACHABLE)


def read(answer: Answer | NoAnswer, message_id: str) -> Receipt:
    """The receipt of one feed; ``message_id`` is the one our message bore."""
    if isinstance(answer, NoAnswer):
        return Receipt(Outcome.IN_DOUBT if answer.sent else Outcome.UNREACHABLE, answer.code, raw=answer.partial)
    message = _message(answer)
    if message is None:
        return Receipt(of_status(answer.status), f"http-{answer.status}", raw=answer.body)
    if message.relates_to not in ("", message_id):
        return Receipt(Outcome.IN_DOUBT, "other-answer", raw=answer.body)
    if isinstance(message.body, soap.Fault):
        outcome, code = _of_fault(message.body)
        return Receipt(outcome, code, raw=answer.body)
    said = _registry_answer(message.body, _RESPONSE)
    if said is None or answer.status != 200:
        return Receipt(of_status(answer.status), f"http-{answer.status}", raw=answer.body)
    outcome, code = _of_answer(said)
    return Receipt(outcome, code, raw=answer.body)


def read_look_up(answer: Answer | NoAnswer, message_id: str, unique_id: str, sha1: str) -> LookUp:
    """What the record has under ``unique_id``, held against the SHA-1 of our document (hexadecimal)."""
    if isinstance(answer, NoAnswer):
        return _no_answer(answer.code, answer.partial)
    message = _message(answer)
    if message is None or answer.status != 200:
        return _no_answer(f"http-{answer.status}", answer.body)
    if message.relates_to not in ("", message_id):
        return _no_answer("other-answer", answer.body)
    if isinstance(message.body, soap.Fault):
        return _no_answer(_of_fault(message.body)[1], answer.body)
    said = _registry_answer(message.body, _QUERY_RESPONSE)
    if said is None or said.status != SUCCESS:
        return _no_answer("http-200" if said is None else _of_answer(said)[1], answer.body)
    return _held(message.body, unique_id, sha1.lower(), answer.body)


def _held(body: etree._Element, unique_id: str, sha1: str, raw: bytes) -> LookUp:
    _, documents = read_query_response(body)
    objects = body.find(f"{{{RIM}}}RegistryObjectList")
    ours = [document for document in documents if document.unique_id == unique_id]
    if not ours:
        # References without metadata, or another document: nothing is said of ours.
        if objects is not None and len(objects):
            return _no_answer("other-document", raw)
        return LookUp(Presence.ABSENT, Receipt(Outcome.UNREACHABLE, "absent", raw=raw))
    if any(not document.hash for document in ours):
        return _no_answer("no-hash", raw)
    if any(document.hash.lower() != sha1 for document in ours):
        return LookUp(Presence.OTHER_BYTES, Receipt(Outcome.REFUSED, "other-bytes", _entry_uuid(ours), raw))
    return LookUp(Presence.THERE, Receipt(Outcome.ACCEPTED, "found", _entry_uuid(ours), raw))


def _entry_uuid(documents: Sequence[FoundDocument]) -> str:
    approved = [document for document in documents if document.status == _APPROVED]
    return (approved or documents)[0].entry_uuid


def _message(answer: Answer) -> soap.SoapMessage | None:
    """The SOAP message that the answer is; None when it is none, or only a part of one."""
    try:
        return soap.read_envelope(mtom.parse(answer.content_type, answer.body, size=LONGEST_ANSWER).root)
    except Refused:
        return None


def _registry_answer(body: etree._Element, tag: str) -> RegistryAnswer | None:
    if body.tag != tag:
        return None
    try:
        return read_registry_response(body)
    except Refused:
        return None


def _of_fault(fault: soap.Fault) -> tuple[Outcome, str]:
    for code in (*reversed(fault.subcodes), fault.code):
        if code in FAULTS:
            return FAULTS[code], code
    return UNKNOWN_FAULT, _code(fault.code)


def _of_answer(said: RegistryAnswer) -> tuple[Outcome, str]:
    errors = [error for error in said.errors if error.severity != "Warning"]
    if said.status == SUCCESS:
        # A yes that also complains contradicts itself.
        return (Outcome.IN_DOUBT, _code(errors[0].code)) if errors else (Outcome.ACCEPTED, "Success")
    if said.status != FAILURE:
        # PartialSuccess of one document, or a status of no specification: is it there?
        return Outcome.IN_DOUBT, _code(said.status.rpartition(":")[2])
    if not errors:
        return UNKNOWN_ERROR, "Failure"
    return min((_of_error(error) for error in errors), key=lambda each: _GRAVITY.index(each[0]))


def _of_error(error: RegistryError) -> tuple[Outcome, str]:
    return ERRORS.get(error.code, UNKNOWN_ERROR), _code(error.code)


def _code(code: str) -> str:
    return code if _CODE.fullmatch(code) else "unreadable-code"


def _no_answer(code: str, raw: bytes) -> LookUp:
    return LookUp(Presence.NO_ANSWER, Receipt(Outcome.IN_DOUBT, code, raw=raw))
