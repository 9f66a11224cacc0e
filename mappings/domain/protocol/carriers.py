"""Who may carry a protocol: professions, structures, and the training they must have."""

import datetime as dt
from dataclasses import dataclass

from mappings.domain.cooperation import Period
from mappings.domain.evidence import MAY_DECIDE, Certainty


@dataclass(frozen=True, slots=True, kw_only=True)
class Profession:
    """A profession that may hold one of the two functions, while the period lasts."""

    #: TRE_G15.
    code: str
    display: str
    #: TRE_R38, any of them; empty = no condition of specialty.
    specialties: tuple[str, ...]
    period: Period
    source: str
    certainty: Certainty

    def admits(self, profession: str, specialty: str, day: dt.date) -> bool:
        return (
            self.certainty in MAY_DECIDE
            and self.period.covers(day)
            and self.code == profession
            and (not self.specialties or specialty in self.specialties)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    """A type of structure that may carry the protocol, while the period lasts."""

    #: TRE_R02.
    code: str
    display: str
    period: Period
    #: Doubtful, yet played in the demonstration, with fictitious people only.
    demonstration_only: bool
    source: str
    certainty: Certainty


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingRequirement:
    """A training that a délégué must have completed."""

    #: What ``cooperation.Training.module`` must equal.
    module: str
    #: None = not known; the training is required all the same.
    hours: int | None
    days: int | None
    #: Who gives it, in words; empty when not known.
    trainer: str
    source: str
    certainty: Certainty
