"""What a destination says when it is asked whether it has a document."""

from dataclasses import dataclass
from enum import StrEnum

from service.outbox.receipt import Receipt


class Presence(StrEnum):
    """Where the document stands at the destination."""

    #: There, with the bytes we sealed.
    THERE = "there"
    #: Not there: sending it is safe.
    ABSENT = "absent"
    #: Our identifier is there with other bytes: an alarm, never sent again.
    OTHER_BYTES = "other-bytes"
    #: The question had no usable answer: the doubt stays.
    NO_ANSWER = "no-answer"


@dataclass(frozen=True, slots=True)
class LookUp:
    """One look-up: what it says, and the receipt that settles the doubtful attempt with it.

    The receipt's outcome is ACCEPTED when there, UNREACHABLE (surely not stored) when absent, REFUSED for
    other bytes, and IN_DOUBT without an answer: a question that failed says nothing of the attempt before it.
    """

    presence: Presence
    receipt: Receipt
