"""What is known to fail is not sent: a message too long for its operator, a box outside the trust space. Pure.

« Référentiel socle MSSanté #2 »; document sizes of the operators and of Mon espace santé. The operator would refuse them
all the same, after all bytes had travelled, or by a notice that nobody reads.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from service.outbox.envelope import Destination, Envelope
from service.outbox.receipt import OUTSIDE, TOO_LONG, Outcome, Receipt

#: Longest message that Mon espace santé takes, in bytes.
TO_PATIENT: Final = 25_000_000
#: Longest message that any operator is sure to take, in bytes; each has its own limit.
ANY_OPERATOR: Final = 10_000_000
#: Code of what waits because no list says who belongs to the trust space.
UNLISTED: Final = "no-trust-list"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the operator of this installation takes."""

    longest: int = ANY_OPERATOR
    #: Whether a box is of the trust space, None when nobody can say now; without it, that is left to the operator.
    belongs: Callable[[str], bool | None] | None = None


def held_back(envelope: Envelope, message: bytes, limits: Limits) -> Receipt | None:
    """Why ``message`` is not sent to this box, None when it may leave."""
    most = min(limits.longest, TO_PATIENT) if envelope.destination is Destination.MSSANTE_PATIENT else limits.longest
    if len(message) > most:
        return Receipt(Outcome.REFUSED, TOO_LONG)
    if limits.belongs is None:
        return None
    belongs = limits.belongs(envelope.recipient)
    if belongs is None:
        return Receipt(Outcome.UNREACHABLE, UNLISTED)
    return None if belongs else Receipt(Outcome.REFUSED, OUTSIDE)
