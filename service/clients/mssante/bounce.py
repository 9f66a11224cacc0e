"""A mail that was accepted and came back: the delivery status notification, read. Pure.

RFC 3464 (message/delivery-status), RFC 6522 (multipart/report), RFC 3461 section 4.4 (envelope identifier).
A bounce is what somebody sent us: it is parsed within bounds, and whether it answers a mail of ours is for
``acknowledge`` to check, against the box it came to and the message it names.
"""

import email
import email.policy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from typing import Final

#: Longest notification read, and how many parts within parts are followed.
_LONGEST: Final = 1 << 20
_PARTS: Final = 20
_CONTAINER: Final = re.compile(rb"(?im)^content-type:\s*(?:multipart|message)/")
_STATUS: Final = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")


@dataclass(frozen=True, slots=True)
class Bounce:
    """A delivery that failed for good, as the receiver's operator tells it."""

    #: Message-ID of the mail that came back, with its angle brackets; empty when its headers were not returned.
    message_id: str
    #: ENVID we gave at submission; empty when not returned.
    envelope_id: str
    #: Enhanced status code (RFC 3463), e.g. ``5.1.1``.
    status: str


def read_bounce(message: bytes) -> Bounce | None:
    """The bounce that ``message`` is; None when it is none (another mail, a delay, a success)."""
    if len(message) > _LONGEST or len(_CONTAINER.findall(message)) > _PARTS:
        return None
    report = email.message_from_bytes(message, policy=email.policy.compat32)
    if report.get_content_type() != "multipart/report" or str(report.get_param("report-type")) != "delivery-status":
        return None
    fields = [block for part in _parts(report, "message/delivery-status") for block in _blocks(part)]
    failed = next((block for block in fields if _field(block, "Action").lower() == "failed"), None)
    if failed is None or not (status := _STATUS.match(_field(failed, "Status"))):
        return None
    returned = [block for kind in ("message/rfc822", "text/rfc822-headers") for block in _returned(report, kind)]
    return Bounce(
        message_id=next((found for block in returned if (found := _field(block, "Message-ID"))), ""),
        envelope_id=next((found for block in fields if (found := _field(block, "Original-Envelope-Id"))), ""),
        status=status[0],
    )


def _parts(report: Message, content_type: str) -> Iterator[Message]:
    """Direct parts only: what lies inside the returned mail was written by its author."""
    payload = report.get_payload()
    for part in payload if isinstance(payload, list) else []:
        if isinstance(part, Message) and part.get_content_type() == content_type:
            yield part


def _blocks(part: Message) -> list[Message]:
    payload = part.get_payload()
    return [block for block in payload if isinstance(block, Message)] if isinstance(payload, list) else []


def _returned(report: Message, kind: str) -> Iterator[Message]:
    for part in _parts(report, kind):
        if kind == "message/rfc822":
            yield from _blocks(part)
        else:
            text = part.get_payload(decode=True)
            yield email.message_from_bytes(text if isinstance(text, bytes) else b"", policy=email.policy.compat32)


def _field(block: Message, name: str) -> str:
    """One header on one line."""
    return " ".join(str(block.get(name, "")).split())
