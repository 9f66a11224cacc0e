"""All that the rules look at for one act: the act and what is on record around it, read once."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from mappings.domain.act import DelegatedAct, Issued
from mappings.domain.cooperation import Consent, Enrolment, Inclusion, Team
from mappings.domain.judgement import Judgement, age_on, judge
from mappings.domain.kinds import KINDS
from mappings.domain.life.events import Events
from mappings.domain.people import Organization, Patient, Practitioner
from mappings.domain.protocol import Protocol
from mappings.issues import Issue

#: What a rule gives back: its faults, none when it holds.
Faults = Iterable[Issue]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One act before its judges. None = not on record; the rule that needs it says so."""

    act: DelegatedAct
    #: Local day on which the act was performed: every rule is judged on it.
    day: dt.date
    #: Instant of the judgement.
    now: dt.datetime
    protocol: Protocol | None
    patient: Patient | None
    inclusion: Inclusion | None
    consent: Consent | None
    team: Team | None
    delegatee: Enrolment | None
    delegator: Enrolment | None
    delegatee_practitioner: Practitioner | None
    delegator_practitioner: Practitioner | None
    organization: Organization | None
    #: The protocol's own judgement of the exam; None when protocol or patient is not on record.
    judgement: Judgement | None
    #: What befell the protocol; None = it is on record, and does not read.
    events: Events | None = Events(protocol="")

    @property
    def is_fictitious(self) -> bool:
        """True when the identity of the patient belongs to nobody; an unknown patient is somebody."""
        return self.patient is not None and self.patient.is_fictitious

    @property
    def derogates(self) -> bool:
        """True when something was done, prescribed or dispensed under the protocol; a mere reorientation needs no eligibility."""
        return self.act.status == "completed" or bool(self.act.issued)

    def settled(self) -> "Settled":
        """All that a case without fault has; ``LookupError`` when the rules let a hole through (our defect)."""
        parts = {
            "protocol": self.protocol,
            "patient": self.patient,
            "inclusion": self.inclusion,
            "delegatee": self.delegatee,
            "delegator": self.delegator,
            "delegatee_practitioner": self.delegatee_practitioner,
            "delegator_practitioner": self.delegator_practitioner,
            "organization": self.organization,
        }
        missing = [name for name, part in parts.items() if part is None]
        if missing:
            raise LookupError(f"a case without fault lacks {', '.join(missing)}")
        return Settled(**parts)  # type: ignore[arg-type]  # none of them is None any more


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What a case rests on, once no rule has a fault to tell."""

    protocol: Protocol
    patient: Patient
    inclusion: Inclusion
    delegatee: Enrolment
    delegator: Enrolment
    delegatee_practitioner: Practitioner
    delegator_practitioner: Practitioner
    organization: Organization


def at_of(issued: Issued) -> str:
    """Where what was prescribed or dispensed names its activity."""
    return f"{issued.kind}[{issued.place}].{KINDS[issued.kind].named_at}"


def judgement_of(
    protocol: Protocol | None, patient: Patient | None, act: DelegatedAct, day: dt.date
) -> Judgement | None:
    """What the protocol says of the answers, at the patient's age on the act's day."""
    if protocol is None or patient is None:
        return None
    return judge(protocol, act.answers, age_on(patient.birth_date, day))
