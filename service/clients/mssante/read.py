"""What the operator's last reply says. Pure.

RFC 5321 section 4.2, RFC 2034 (enhanced codes in replies).
"""

import re
from dataclasses import dataclass
from typing import Final

from service.clients.mssante.codes import OUTCOMES, Reply, Stage, family
from service.outbox.receipt import Outcome, Receipt

_ENHANCED: Final = re.compile(rb"([245]\.\d{1,3}\.\d{1,3})(?=\s|$)")
#: How mail servers name what they accepted: Postfix, Exim, Sendmail.
_QUEUE_ID: Final = (
    re.compile(rb"queued as ([A-Za-z0-9._-]{1,64})"),
    re.compile(rb"\bid=([A-Za-z0-9._-]{1,64})"),
    re.compile(rb"([A-Za-z0-9._-]{1,64}) Message accepted for delivery"),
)


@dataclass(frozen=True, slots=True)
class Said:
    """The reply that ended the dialogue, or how it ended without one."""

    stage: Stage
    #: None when no reply came.
    code: int | None
    text: bytes = b""
    #: ``connect``, ``tls``, ``no-starttls``, ``timeout``, ``cut``, or why there is no token, when no reply came.
    ending: str = ""


def read(said: Said) -> Receipt:
    """The receipt of one dialogue."""
    outcome = OUTCOMES[said.stage, family(said.code)]
    receiver_id = queue_id(said.text) if outcome is Outcome.ACCEPTED else ""
    if said.code is None:
        return Receipt(outcome, said.ending, raw=said.text)
    if family(said.code) is Reply.NONSENSE:
        return Receipt(outcome, "nonsense", raw=said.text)
    enhanced = _ENHANCED.match(said.text)
    code = f"{said.code} {enhanced[1].decode()}" if enhanced else str(said.code)
    # What is said of a token may hold the token.
    raw = b"" if said.stage is Stage.AUTH else b" " + said.text
    return Receipt(outcome, code, receiver_id, str(said.code).encode() + raw)


def queue_id(text: bytes) -> str:
    """What the receiver calls the message it accepted; empty when it does not say."""
    for form in _QUEUE_ID:
        if found := form.search(text):
            return found[1].decode()
    return ""
