"""A mail that was accepted and came back, as the envelope it was knows it. Read from notices in ``mappings.mail``."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bounce:
    """A delivery that failed for good, as the receiver's operator tells it."""

    #: Message-ID of the mail that came back, with its angle brackets; empty when its headers were not returned.
    message_id: str
    #: ENVID we gave at submission; empty when not returned.
    envelope_id: str
    #: Enhanced status code (RFC 3463), e.g. ``5.1.1``; the receiver's own when its software refused.
    status: str
