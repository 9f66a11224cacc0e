"""What an answer says of whoever gave it, beside what it says of the document: does the destination work?

A breaker counts by this table. RFC 5321 section 4.2.3 (450, 451, 452 and 455 speak of the recipient or of this mail,
421 and 454 of the server); IHE ITI TF-3 4.2.4.1 (busy); RFC 9110 section 15.6 (5xx).
"""

from enum import StrEnum
from typing import Final

from service.outbox.receipt import CALLED_OFF, NOT_SHOWN, OUTSIDE, TOO_LONG, Outcome, Receipt


class Sign(StrEnum):
    """Of one attempt."""

    #: It answered, yes or no: it works.
    ANSWERED = "answered"
    #: This recipient cannot be reached now; others may.
    RECIPIENT_DOWN = "recipient-down"
    #: It does not answer, or says that it cannot work now.
    DOWN = "down"
    #: Nobody was asked.
    NONE = "none"


#: Codes of attempts that did not call anybody, or broke on our side.
_OURS: Final = CALLED_OFF | {"not-begun", "unconfirmed", "defect", TOO_LONG, OUTSIDE}
#: Replies that speak of one recipient or of one mail.
_OF_THE_RECIPIENT: Final = frozenset({"450", "451", "452", "455"})
#: An answer, although the document's fate is unclear by it.
_ANSWERS: Final = frozenset({"XDSDuplicateUniqueIdInRegistry", "absent", "found", NOT_SHOWN})


def sign_of(receipt: Receipt) -> Sign:
    """What the destination's breakers make of it."""
    if receipt.code in _OURS:
        return Sign.NONE
    if receipt.outcome in (Outcome.ACCEPTED, Outcome.REFUSED) or receipt.code in _ANSWERS:
        return Sign.ANSWERED
    return Sign.RECIPIENT_DOWN if receipt.code.partition(" ")[0] in _OF_THE_RECIPIENT else Sign.DOWN
