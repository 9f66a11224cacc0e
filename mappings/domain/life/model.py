"""What is told of the life of a protocol: standings of people, states of teams, the yearly review."""

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from mappings.domain.cooperation import Enrolment
from mappings.domain.life.events import Reviewed, Suspension
from mappings.domain.protocol import Protocol

Obstacle = Literal[
    "version-unknown",
    "version-not-begun",
    "version-superseded",
    "version-ended",
    "version-undated",
    "protocol-suspended",
    "suspensions-unreadable",
    "enrolment-suspended",
    "enrolment-not-begun",
    "enrolment-ended",
    "enrolment-not-active",
    "team-suspended",
    "team-not-active",
    "profession-removed",
    "structure-removed",
    "training-missing",
    "training-expired",
]
TeamState = Literal["active", "dormant", "incomplete", "suspended"]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why somebody may not act."""

    obstacle: Obstacle
    #: First day on which it stands in the way; None = no such day is known.
    since: dt.date | None = None
    #: What it is about: a training, a version.
    about: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """An enrolment with what the protocol asks of the person and of the structure."""

    enrolment: Enrolment
    profession: str
    specialty: str
    #: TRE_R02.
    facility_type: str
    #: Day of the last act done under this enrolment, as a délégué; None = there is none.
    last_act: dt.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Whether one enrolment lets its holder act on the day, and what then."""

    member: Member
    version: str
    reasons: tuple[Reason, ...]
    #: Last day of the right as far as it is known; None = none is known, or there is no right.
    until: dt.date | None
    #: True: with identities that belong to nobody only.
    fictitious_only: bool
    #: The version in force, when it is another; empty else.
    current: str
    #: The holder is enrolled in it already.
    renewed: bool
    #: What would stand in the way of an enrolment in it.
    renewal: tuple[Reason, ...]

    @property
    def may_act(self) -> bool:
        return not self.reasons


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamLife:
    """One structure under the protocol."""

    organization_id: str
    state: TeamState
    delegators: int
    delegatees: int
    last_act: dt.date | None
    #: Since when it sleeps; None while it does not.
    dormant_since: dt.date | None
    standings: tuple[Standing, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """The yearly look at the definition: a new version is one, a check against the annex too."""

    last: dt.date
    due: dt.date
    overdue: bool
    #: The review that was told by somebody, when it is the last one.
    recorded: Reviewed | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """All of it."""

    day: dt.date
    #: In force on the day; None = no version is.
    version: Protocol | None
    review: Review | None
    teams: tuple[TeamLife, ...]
    #: Of the whole protocol, on the day.
    suspension: Suspension | None = None
