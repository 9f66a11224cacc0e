"""What a robot tells of a mail of ours: delivery status (RFC 3464) and disposition (RFC 8098, RFC 3798). Pure.

ANS CI-SIS « volet transmission LPS – courriel » 1.1.3 for the notices of integration: ``processed`` when a software
took the document in, ``processed/Error: <code>^<libellé>`` when it could not, or the same in the subject of an ordinary
mail. A missing notice proves nothing, and none proves that a person has read.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesParser
from enum import StrEnum
from typing import Final

from mappings.mail.headers import address_of, field, is_automatic, message_ids, text
from mappings.mail.message import content_of, direct_parts

_STATUS: Final = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_ERROR: Final = re.compile(r"(\d{3})\b")
#: Modifiers of a disposition that is none, among others (RFC 8098 section 3.2.6.3, RFC 3798).
_WRONG: Final = re.compile(r"(?:^|,)\s*(?:error|failure)\b", re.IGNORECASE)
#: Subject of an integration that failed, whatever stands behind it.
_KO: Final = re.compile(r"\s*\[\s*KO\s+Int[ée]gration\s+syst[èe]me\s*!?\s*\]\s*\[\s*(\d{3})\s*\]", re.IGNORECASE)


class Said(StrEnum):
    """What a notice says became of the mail."""

    #: It was given back, or never got there.
    FAILED = "bounced"
    #: The receiver's software could not take the document in.
    NOT_INTEGRATED = "not-integrated"
    #: It lies in the box.
    DELIVERED = "delivered"
    #: A software took it in.
    PROCESSED = "processed"
    #: The box says that it was displayed.
    READ = "read"
    #: On its way still: nothing is known.
    PENDING = "pending"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One notice, as it claims."""

    said: Said
    #: Enhanced status (RFC 3463), or the receiver's error code of three digits; empty when none.
    code: str
    #: Message-ID of the mail it speaks of, with its angle brackets, and ENVID; empty when not told.
    message_id: str
    envelope_id: str
    #: The boxes it speaks of: as addressed (Original-Recipient) where told, else as delivered to; lower case.
    recipients: tuple[str, ...]
    #: True for what a box says of itself: only that box may say it.
    from_the_box: bool


_ACTIONS: Final = {
    "failed": Said.FAILED,
    "delivered": Said.DELIVERED,
    "delayed": Said.PENDING,
    # Beyond what tells its fate: somebody else's server has it.
    "relayed": Said.PENDING,
    "expanded": Said.PENDING,
}
_DISPOSITIONS: Final = {
    "displayed": Said.READ,
    "processed": Said.PROCESSED,
    "dispatched": Said.PROCESSED,
    # It was there; nobody can tell whether it was seen before.
    "deleted": Said.DELIVERED,
    "failed": Said.NOT_INTEGRATED,
}


def notice_of(message: Message) -> Notice | None:
    """The notice that a mail is; None when it is none, or says nothing that can be told."""
    if message.get_content_type() == "multipart/report":
        kind = str(message.get_param("report-type", "")).lower()
        if kind == "delivery-status":
            return _delivery(message)
        if kind == "disposition-notification":
            return _disposition(message)
        return None
    return _integration(message)


def is_notice_like(message: Message) -> bool:
    """Whether a mail comes from a mail system rather than from somebody: a bounce that says so in its words alone."""
    sender = field(message, "From").lower()
    null = field(message, "Return-Path") == "<>"
    return "mailer-daemon@" in sender or "postmaster@" in sender or null


def _delivery(message: Message) -> Notice | None:
    blocks = [block for part in _parts(message, "message/delivery-status") for block in _blocks(part)]
    told = [(block, _ACTIONS.get(field(block, "Action").lower())) for block in blocks]
    known = [(block, said) for block, said in told if said is not None]
    if not known:
        return None
    # One notice may speak of several boxes: what failed is told before what did not.
    worst = min((said for _, said in known), key=list(Said).index)
    block = next(block for block, said in known if said is worst)
    status = _STATUS.match(field(block, "Status"))
    if worst is Said.FAILED and status is None:
        return None
    return Notice(
        said=worst,
        code=status[0] if status else "",
        message_id=_returned_id(message),
        envelope_id=next((found for one in blocks if (found := field(one, "Original-Envelope-Id"))), ""),
        recipients=tuple(filter(None, (_box(one) for one, said in known if said is worst))),
        from_the_box=False,
    )


def _disposition(message: Message) -> Notice | None:
    block = next(
        (block for part in _parts(message, "message/disposition-notification") for block in _fields_of(part)), None
    )
    if block is None:
        return None
    mode, _, rest = field(block, "Disposition").partition(";")
    type_, _, modifier = rest.partition("/")
    said = _DISPOSITIONS.get(type_.strip().lower())
    if said is None:
        return None
    code = ""
    if _WRONG.search(modifier) is not None:
        # The code stands behind the modifier (CI-SIS), or in the field of that name (RFC 8098 section 3.2.7).
        found = _ERROR.search(modifier) or _ERROR.search(field(block, "Error"))
        said, code = Said.NOT_INTEGRATED, found[1] if found else ""
    elif said is Said.READ and ("automatic-action" in mode.lower() or is_automatic(message)):
        # A robot that says displayed has displayed it to nobody.
        said = Said.PROCESSED
    ids = message_ids(block, "Original-Message-ID")
    return Notice(
        said=said,
        code=code,
        message_id=ids[0] if len(ids) == 1 else "" if ids else _returned_id(message),
        envelope_id=field(block, "Original-Envelope-Id"),
        recipients=tuple(filter(None, (_box(block),))),
        from_the_box=True,
    )


def _integration(message: Message) -> Notice | None:
    """No notification was asked: an ordinary mail with the same kind of subject."""
    found = _KO.match(text(message, "Subject"))
    if found is None:
        return None
    answered = (*message_ids(message, "In-Reply-To"), *reversed(message_ids(message, "References")))
    sender = address_of(field(message, "From"))
    return Notice(
        said=Said.NOT_INTEGRATED,
        code=found[1],
        message_id=answered[0] if answered else "",
        envelope_id="",
        recipients=(sender,) if sender else (),
        from_the_box=True,
    )


def _parts(message: Message, content_type: str) -> Iterator[Message]:
    return (part for part in direct_parts(message) if part.get_content_type() == content_type)


def _blocks(part: Message) -> list[Message]:
    """The blocks of a delivery status, or the one message of a message/rfc822."""
    return direct_parts(part)


def _fields_of(part: Message) -> Iterator[Message]:
    """The fields of a disposition, which the parser leaves as the part's text."""
    blocks = direct_parts(part)
    yield from blocks or [BytesParser().parsebytes(content_of(part).lstrip(b"\r\n"), headersonly=True)]


def _returned_id(message: Message) -> str:
    """Message-ID of the mail that came back, from its headers; empty unless there is exactly one."""
    returned = [block for part in _parts(message, "message/rfc822") for block in _blocks(part)]
    for part in _parts(message, "text/rfc822-headers"):
        returned.append(BytesParser().parsebytes(content_of(part), headersonly=True))
    ids = {found for block in returned for found in message_ids(block, "Message-ID")}
    return ids.pop() if len(ids) == 1 else ""


def _box(block: Message) -> str:
    """``rfc822; box@domain``, as addressed before as delivered."""
    for name in ("Original-Recipient", "Final-Recipient"):
        kind, _, box = field(block, name).partition(";")
        if kind.strip().lower() == "rfc822" and (found := address_of(box)):
            return found
    return ""
