"""The world's answer, a value and never an exception. The raw answer is always kept beside its reading."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

#: Code of what is not sent, or not sent again, because the patient objects to its destination.
OBJECTION: Final = "patient-objection"
#: The same because the patient took back the consent that its act rests on.
CONSENT_WITHDRAWN: Final = "consent-withdrawn"
#: Code of what is not sent, or not sent again, because its act was entered in error.
RETRACTED: Final = "entered-in-error"
#: Code of what is not sent, or not sent again, because a later version of the report is on its way there.
SUPERSEDED: Final = "superseded"
#: Code of a mail that is not sent because its document is by now hidden from whom it goes to.
HIDDEN: Final = "document-hidden"
#: Code of a mail that is taken up again because its document is no longer hidden from whom it goes to.
SHOWN_AGAIN: Final = "document-shown-again"
#: Code of a change that is not sent because its document never went to the record.
NOTHING_THERE: Final = "report-not-there"
#: Code of what waits because the record, asked, does not show yet what it replaces.
NOT_SHOWN: Final = "predecessor-not-shown"
#: Codes of what we did not send: no answer of the world's.
CALLED_OFF: Final = frozenset({OBJECTION, CONSENT_WITHDRAWN, RETRACTED, SUPERSEDED, HIDDEN, NOTHING_THERE})
#: Code of what is not sent because it is longer than its operator takes.
TOO_LONG: Final = "too-long"
#: Code of what is not sent because its box is of no domain of the trust space.
OUTSIDE: Final = "outside-trust-space"


class Outcome(StrEnum):
    """What an answer means for us; each destination's foreign codes map here by a literal table."""

    #: The destination has the document (a confirmed duplicate of ours counts).
    ACCEPTED = "accepted"
    #: Permanent: trying again the same bytes cannot help.
    REFUSED = "refused"
    #: Temporary, and surely not stored: try again later.
    UNREACHABLE = "unreachable"
    #: No clear answer: the document may or may not be there.
    IN_DOUBT = "in-doubt"


@dataclass(frozen=True, slots=True)
class Receipt:
    """One answer, read: outcome, the foreign code as it came, what the receiver calls the thing, the raw answer."""

    outcome: Outcome
    #: Foreign code: ``XDSRepositoryBusy``, ``250``, ``connect``, ``timeout``… never an identity.
    code: str
    #: What the receiver named: queue id, entryUUID, repositoryUniqueId…
    receiver_id: str = ""
    raw: bytes = b""
    #: A sentence of ours, in French, for whoever has a task of it; names no one.
    told: str = ""
    #: From whom the record says, by this answer, that it hides the document (TRE_A07); None when it says nothing of it.
    shown: frozenset[str] | None = None
    #: When it asked to be called again (``Retry-After``), as it came; empty when it did not.
    retry_after: str = ""
