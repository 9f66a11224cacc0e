"""The delegated act as the rules and the documents read it."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from mappings.domain.kinds import ActivityKind, PrescriptionKind

ActStatus = Literal["completed", "not-done"]
#: What the délégant did when the délégué called: gave advice, or took the patient over; empty without a call.
Recourse = Literal["", "advice", "take-over"]
#: An answer of a form: yes/no, number, code, text, date; None = asked and not known.
Answer = bool | Decimal | str | dt.date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One measured thing of the exam."""

    id: str
    #: LOINC or local code, its system, its words.
    code: str
    system: str
    display: str
    value: Answer
    #: UCUM; empty when the value has none.
    unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prescription:
    """A prescription under the protocol (MedicationRequest or ServiceRequest)."""

    id: str
    kind: PrescriptionKind
    #: ``B/ActivityDefinition/x|version`` that allows it.
    activity: str
    #: What is prescribed, in words.
    text: str
    #: Instructions in words; empty when none.
    instructions: str = ""
    #: It was prescribed, and is no longer to be followed.
    stopped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispense:
    """What the délégué handed over under the protocol (MedicationDispense)."""

    id: str
    #: ``B/ActivityDefinition/x|version`` that allows it.
    activity: str
    #: What was handed over, in words.
    text: str
    #: None = not said; ``unit`` in words, empty when it has none.
    quantity: Decimal | None = None
    unit: str = ""
    #: Aware, with the offset received.
    handed_over: dt.datetime
    #: Ids of the MedicationRequests that it answers; empty = the protocol alone allows it.
    prescriptions: tuple[str, ...] = ()
    #: Instructions in words; empty when none.
    instructions: str = ""


@dataclass(frozen=True, slots=True)
class Issued:
    """One thing that an act prescribes or dispenses, as the closed list of its protocol sees it."""

    kind: ActivityKind
    activity: str
    #: Its place among those that stand in one list of the act, from 0.
    place: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegatedAct:
    """One delegated act: who did what for whom on whose behalf, and what the exam had said."""

    id: str
    #: Business identifier, ``B/identifier/act``.
    identifier: str
    status: ActStatus
    #: Why it was not done; empty when it was.
    status_reason: str
    #: ``B/PlanDefinition/x|version`` and ``B/ActivityDefinition/y|version``.
    protocol: str
    activity: str
    inclusion_id: str
    patient_id: str
    delegatee_id: str
    delegatee_rpps: str
    delegator_id: str
    delegator_rpps: str
    organization_id: str
    derogatory: bool
    #: What was done, in words, and its CCAM code when it has one.
    text: str
    ccam: str = ""
    #: Aware, with the offset received.
    start: dt.datetime
    end: dt.datetime
    #: Answers of the exam by linkId.
    answers: dict[str, Answer]
    observations: tuple[Observation, ...] = ()
    prescriptions: tuple[Prescription, ...] = ()
    dispenses: tuple[Dispense, ...] = ()
    recourse: Recourse = ""
    #: Conclusion written by the délégué, sent with the report.
    conclusion: str = ""

    @property
    def issued(self) -> tuple[Issued, ...]:
        """What it prescribes, then what it dispenses."""
        prescribed = (Issued(one.kind, one.activity, n) for n, one in enumerate(self.prescriptions))
        dispensed = (Issued("MedicationDispense", one.activity, n) for n, one in enumerate(self.dispenses))
        return (*prescribed, *dispensed)
