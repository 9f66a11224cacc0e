"""What each reply of each stage of an SMTP dialogue means for the message.

RFC 5321 sections 4.2 and 4.5.3.2; RFC 1047 (the window between the final dot and its reply).
The first digit decides, and whether the message was spoken of yet: a 5xx about it is for a human, for a mail
system's own policy is not second-guessed; a 5xx before MAIL is about the line or about us (RFC 5321 section 3.1: a
server that gives no service says 554 as it opens), and refuses no message. Enhanced codes (RFC 3463) are kept in the receipt for whoever reads it.
"""

from enum import StrEnum
from typing import Final

from service.outbox.receipt import Outcome


class Stage(StrEnum):
    """The step whose reply is awaited."""

    CONNECT = "connect"
    EHLO = "ehlo"
    STARTTLS = "starttls"
    #: Who we are to the operator, when it is a token that says it.
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    #: The DATA command, and the message up to its final dot.
    DATA = "data"
    #: All bytes have left, the final dot among them.
    FINAL_DOT = "final-dot"


class Reply(StrEnum):
    """The family of a reply."""

    POSITIVE = "2xx"
    INTERMEDIATE = "3xx"
    TEMPORARY = "4xx"
    PERMANENT = "5xx"
    #: The line was cut, or the time was over.
    NONE = "none"
    #: Something that is no SMTP reply.
    NONSENSE = "nonsense"


_FAMILIES: Final = {2: Reply.POSITIVE, 3: Reply.INTERMEDIATE, 4: Reply.TEMPORARY, 5: Reply.PERMANENT}

#: Before the final dot the receiver cannot have the message: what is not a refusal can be tried again.
_BEFORE_THE_DOT: Final = {
    # A yes where it ends the dialogue is a protocol fault: 250 to DATA, 220 without a TLS session.
    Reply.POSITIVE: Outcome.UNREACHABLE,
    Reply.INTERMEDIATE: Outcome.UNREACHABLE,
    Reply.TEMPORARY: Outcome.UNREACHABLE,
    Reply.PERMANENT: Outcome.REFUSED,
    Reply.NONE: Outcome.UNREACHABLE,
    Reply.NONSENSE: Outcome.UNREACHABLE,
}

#: A no about the line or about us says nothing of the message: the same bytes go once the line or the session is mended.
_BEFORE_THE_MESSAGE: Final = {**_BEFORE_THE_DOT, Reply.PERMANENT: Outcome.UNREACHABLE}

_OF_THE_SESSION: Final = (Stage.CONNECT, Stage.EHLO, Stage.STARTTLS, Stage.AUTH)

_AFTER_THE_DOT: Final = {
    # The receiver has taken responsibility.
    Reply.POSITIVE: Outcome.ACCEPTED,
    # No reply to a message is intermediate: we cannot tell what it did.
    Reply.INTERMEDIATE: Outcome.IN_DOUBT,
    # 4xx and 5xx say that the receiver did not take responsibility.
    Reply.TEMPORARY: Outcome.UNREACHABLE,
    Reply.PERMANENT: Outcome.REFUSED,
    Reply.NONE: Outcome.IN_DOUBT,
    Reply.NONSENSE: Outcome.IN_DOUBT,
}

OUTCOMES: Final[dict[tuple[Stage, Reply], Outcome]] = {
    **{(stage, reply): outcome for stage in Stage for reply, outcome in _BEFORE_THE_DOT.items()},
    **{(stage, reply): no for stage in _OF_THE_SESSION for reply, no in _BEFORE_THE_MESSAGE.items()},
    **{(Stage.FINAL_DOT, reply): outcome for reply, outcome in _AFTER_THE_DOT.items()},
}


#: Operators' own words for a message that is longer than they take (RFC 3463, X.2.3 and X.3.4).
_TOO_LONG: Final = ("5.2.3", "5.3.4")


def is_too_long(code: str) -> bool:
    """Whether a receipt's code says that the message is longer than the operator takes (523, or the enhanced codes)."""
    basic, _, enhanced = code.partition(" ")
    return basic == "523" or enhanced in _TOO_LONG


def family(code: int | None) -> Reply:
    """The family of a three-digit code; None stands for no reply."""
    if code is None:
        return Reply.NONE
    return _FAMILIES.get(code // 100, Reply.NONSENSE)
