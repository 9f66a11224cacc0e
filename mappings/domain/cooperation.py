"""The cooperation itself: enrolment, team, consent, inclusion. Each is judged on a date."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from mappings.domain.availability import NOTHING_AGREED, NOTHING_TOLD, Arrangement, Availability

Function = Literal["DELEGATOR", "DELEGATEE"]
EnrolmentStatus = Literal["declared", "active", "suspended", "ended", "refused"]
ConsentStatus = Literal["proposed", "active", "rejected", "inactive", "draft", "entered-in-error"]
InclusionStatus = Literal["draft", "active", "on-hold", "revoked", "completed", "entered-in-error", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """From ``start`` to ``end``, both days included; ``end`` None = open."""

    start: dt.date
    end: dt.date | None = None

    def covers(self, day: dt.date) -> bool:
        return self.start <= day and (self.end is None or day <= self.end)


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """A training that the protocol asks for, as traced."""

    module: str
    completed: dt.date
    valid_until: dt.date | None = None
    #: Followed; None when it was not told.
    hours: Decimal | None = None
    #: The délégant who trained; None when it was not told.
    trainer: "Trainer | None" = None
    #: Days on which the trainee and the trainer signed; None when it was not told.
    trainee_signed: dt.date | None = None
    trainer_signed: dt.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trainer:
    """The délégant who trained a délégué."""

    enrolment_id: str
    rpps: str


def lapsed_on(trainings: Iterable[Training], module: str, day: dt.date) -> dt.date | None:
    """The last day on which the module was valid, when it was completed and is no longer valid on ``day``."""
    ends = [t.valid_until or dt.date.max for t in trainings if t.module == module and t.completed <= day]
    last = max(ends, default=None)
    return last if last is not None and last < day else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """One person × protocol version × structure × function: the unit of enrolment (PractitionerRole)."""

    id: str
    #: Business identifier, ``B/identifier/enrolment``.
    identifier: str
    function: Function
    status: EnrolmentStatus
    #: ``B/PlanDefinition/x|version``.
    protocol: str
    period: Period
    practitioner_id: str
    rpps: str
    organization_id: str
    trainings: tuple[Training, ...] = ()
    #: Délégués only: enrolment ids of the délégants they may act for; empty = every active one of the team.
    delegator_ids: tuple[str, ...] = ()
    #: Délégants only: enrolment ids of who stands in when they are away, the first asked first.
    substitute_ids: tuple[str, ...] = ()
    availability: Availability = NOTHING_TOLD
    #: Day on which the professional signed their own commitment; None when it was not told.
    engaged_on: dt.date | None = None

    def was_active(self, day: dt.date) -> bool:
        """One that has ended since, or was suspended with its last day told, keeps covering the acts of its period."""
        told = self.status in ("active", "ended") or (self.status == "suspended" and self.period.end is not None)
        return told and self.period.covers(day)

    @property
    def suspended_since(self) -> dt.date | None:
        """The day after the last one that is told; None when it is not, or when this is not suspended."""
        if self.status != "suspended" or self.period.end is None:
            return None
        return self.period.end + dt.timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """A team: protocol × structure (CareTeam), a projection of its enrolments."""

    id: str
    identifier: str
    name: str
    status: Literal["proposed", "active", "suspended", "inactive", "entered-in-error"]
    protocol: str
    period: Period
    organization_id: str
    #: (function, enrolment id, period) of each member, in the order of enrolment.
    participants: tuple[tuple[Function, str, Period], ...]
    arrangement: Arrangement = NOTHING_AGREED


@dataclass(frozen=True, slots=True, kw_only=True)
class Information:
    """What the patient was told before deciding: which notice, and by whom (CSP L4011-1)."""

    #: Canonical of the notice with its version, or its title and version in words; empty when not said.
    notice: str = ""
    #: RPPS of the professional who gave it; empty when not said.
    rpps: str = ""


NO_INFORMATION: Final = Information()


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """The patient's consent to care under a protocol, or its refusal, or its withdrawal."""

    id: str
    identifier: str
    status: ConsentStatus
    patient_id: str
    #: Protocol canonical without version.
    protocol: str
    #: When the patient decided.
    decided_at: dt.datetime
    permits: bool
    period: Period
    organization_id: str
    #: CareTeam id the patient lets act; empty when not said.
    team_id: str = ""
    informed_at: dt.datetime | None = None
    information: Information = NO_INFORMATION
    #: The instant from which a withdrawal holds; None when only its day is known, or when there is none.
    withdrawn_at: dt.datetime | None = None

    @property
    def holds(self) -> bool:
        """It permits the care today, whatever it permitted before."""
        return self.status == "active" and self.permits


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharing:
    """What the patient allows to be sent where. True = nothing forbids it; the DMP asks for non-opposition."""

    patient_id: str
    dmp: bool = True
    patient_mailbox: bool = True
    professional_mailbox: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Inclusion:
    """A patient's inclusion in a protocol version (CarePlan)."""

    id: str
    identifier: str
    status: InclusionStatus
    #: ``B/PlanDefinition/x|version``.
    protocol: str
    patient_id: str
    period: Period
    #: Délégué enrolment that included the patient.
    author_id: str
    #: Délégant enrolment that answers for the inclusion.
    delegator_id: str
    team_id: str
    consent_id: str
    #: QuestionnaireResponse of eligibility; empty when none.
    eligibility_id: str = ""
