"""An adverse event of a delegated act, as reported (CSP L4011-4: reported at once; D4011-4: counted every year)."""

import datetime as dt
from dataclasses import dataclass
from typing import Final, Literal

EventStatus = Literal["draft", "submitted", "acknowledged", "closed"]
Actuality = Literal["actual", "potential"]
#: What makes an event serious, or that nothing does.
Seriousness = Literal[
    "non-serious",
    "serious",
    "death",
    "life-threatening",
    "hospitalization",
    "disability",
    "birth-defect",
    "intervention",
]
Severity = Literal["", "mild", "moderate", "severe"]
EventOutcome = Literal["", "resolved", "recovering", "ongoing", "resolvedWithSequelae", "fatal", "unknown"]
#: Nature of an event, which the yearly report asks for.
Nature = Literal[
    "clinical", "diagnosis", "prescription", "dispensing", "organisation", "information", "equipment", "other"
]
#: A report does not go back.
ORDER: Final[tuple[EventStatus, ...]] = ("draft", "submitted", "acknowledged", "closed")


@dataclass(frozen=True, slots=True, kw_only=True)
class AdverseEvent:
    """One event about one act. What the act says of patient, protocol and délégant, the event says too."""

    id: str
    #: Business identifier, ``B/identifier/adverse-event``.
    identifier: str
    status: EventStatus
    actuality: Actuality
    nature: Nature
    #: What happened, in words.
    text: str
    act_id: str
    patient_id: str
    #: ``B/PlanDefinition/x|version``.
    protocol: str
    delegator_id: str
    delegator_rpps: str
    #: Enrolment of who reports it; empty when not said.
    recorder_id: str
    recorder_rpps: str
    detected: dt.datetime
    seriousness: Seriousness
    severity: Severity = ""
    outcome: EventOutcome = ""

    @property
    def is_told(self) -> bool:
        return self.status != "draft"

    @property
    def is_serious(self) -> bool:
        return self.seriousness != "non-serious"
