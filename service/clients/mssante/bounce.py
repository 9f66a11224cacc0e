"""A mail that was accepted and came back, as the envelope it was knows it. Read from notices in ``mappings.mail``."""

from dataclasses import dataclass
from typing import Final

from mappings.mail.message import Unreadable, opened
from mappings.mail.notices import Said, notice_of

#: Longest notice read at once, bytes.
_LONGEST: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Bounce:
    """A delivery that failed for good, as the receiver's operator tells it."""

    #: Message-ID of the mail that came back, with its angle brackets; empty when its headers were not returned.
    message_id: str
    #: ENVID we gave at submission; empty when not returned.
    envelope_id: str
    #: Enhanced status code (RFC 3463), e.g. ``5.1.1``; the receiver's own when its software refused.
    status: str


def read_bounce(message: bytes) -> Bounce | None:
    """The failure for good that ``message`` tells; None when it is any other mail, or too long for a notice."""
    if len(message) > _LONGEST:
        return None
    try:
        notice = notice_of(opened(message))
    except Unreadable:
        return None
    if notice is None or notice.said is not Said.FAILED:
        return None
    return Bounce(notice.message_id, notice.envelope_id, notice.code)
