"""Whose a task is when the délégant is away: who stands in, else the whole team. Looked for only then.

The act stays the délégant's, who answers for the delegation: only what must be done today goes to somebody else, and
the task names both.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from mappings.domain.cooperation import Enrolment
from mappings.domain.identity import team_id, team_identifier
from mappings.domain.logic import Truth
from mappings.domain.reach import addressee, all_absent
from mappings.elements import Json
from mappings.fhir.care_plan import inclusion_from_fhir
from mappings.fhir.care_team import team_reference
from mappings.fhir.datatypes import reference_id, rpps_reference
from mappings.fhir.organization import organization_from_fhir
from mappings.fhir.practitioner_role import enrolment_from_fhir
from mappings.fhir.task import readdressed
from mappings.issues import Issue
from service.intake.conditions import located
from service.intake.knowledge import Knowledge
from service.intake.placement import Placed
from service.intake.teams import members_of
from service.store import Store

Resource = dict[str, Any]

TO_A_SUBSTITUTE: Final = "Le délégant est absent : adressée à un remplaçant."
TO_THE_TEAM: Final = "Le délégant est absent, sans remplaçant présent : adressée à tous les délégants de l’équipe."
_NOBODY: Final = "Tous les délégants de l’équipe sont absents ce jour-là : le patient n’est pas inclus, il suit le parcours habituel."


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressee:
    """To whom, in whose place, and why."""

    owner: Json
    delegator: Json
    reason: str
    #: Substitute; None when it is the team.
    enrolment: Enrolment | None

    def takes(self, task: Resource, at: dt.datetime) -> Resource:
        return readdressed(task, owner=self.owner, delegator=self.delegator, reason=self.reason, at=at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressees:
    """What it is looked for in."""

    store: Store
    knowledge: Knowledge

    def instead_of(self, delegator: Enrolment | None, at: dt.datetime) -> Addressee | None:
        """Who has the tasks of ``delegator`` at an instant; None = the délégant, as long as no absence is known."""
        if delegator is None or delegator.availability.absent(at) is not Truth.YES:
            return None
        members = {one.id: one for one in members_of(delegator.protocol, delegator.organization_id, self.store)}
        return self.named(delegator, addressee(delegator, members, at), TO_A_SUBSTITUTE, TO_THE_TEAM)

    def named(self, delegator: Enrolment, one: Enrolment | None, to_one: str, to_all: str) -> Addressee:
        me = rpps_reference("PractitionerRole", delegator.id, delegator.rpps)
        if one is not None:
            owner = rpps_reference("PractitionerRole", one.id, one.rpps)
            return Addressee(owner=owner, delegator=me, reason=to_one, enrolment=one)
        return Addressee(owner=self.team(delegator), delegator=me, reason=to_all, enrolment=None)

    def team(self, delegator: Enrolment) -> Json:
        """The team of ``delegator`` as an owner; an enrolment in a structure that is gone leaves it the structure's."""
        structure = self.knowledge.reading("Organization", delegator.organization_id, organization_from_fhir)
        if structure is None:
            return {"reference": f"Organization/{delegator.organization_id}"}
        identifier = team_identifier(delegator.protocol, structure.finess)
        return team_reference(team_id(identifier), identifier)

    def addressed(self, task: Resource, at: dt.datetime) -> Resource:
        """``task`` of a délégant, to whoever stands in for them."""
        id_ = reference_id(task["owner"], "PractitionerRole")
        delegator = self.knowledge.reading("PractitionerRole", id_, enrolment_from_fhir) if id_ else None
        instead = self.instead_of(delegator, at)
        return instead.takes(task, at) if instead else task


def inclusions_without_delegator(placed: Sequence[Placed], knowledge: Knowledge, store: Store) -> list[Issue]:
    """New inclusions that begin on a day when every délégant of the team is known to be away.

    Only what is known refuses; an inclusion on record is never undone by an absence told later.
    """
    issues = []
    for item in placed:
        if not (item.stays and item.entry.type == "CarePlan" and item.resource.get("status") == "active"):
            continue
        if item.previous is not None and item.previous.get("status") == "active":
            continue
        inclusion = inclusion_from_fhir(item.resource)
        delegator = knowledge.reading("PractitionerRole", inclusion.delegator_id, enrolment_from_fhir)
        if delegator is not None and nobody_there(delegator, inclusion.period.start, store):
            issues.append(Issue("business-rule", located("CarePlan.period.start", item.entry), _NOBODY))
    return issues


def no_delegator_there(delegator: Enrolment, day: dt.date, store: Store) -> list[Issue]:
    """The same of an inclusion that is only proposed."""
    return [Issue("business-rule", "", _NOBODY)] if nobody_there(delegator, day, store) else []


def nobody_there(delegator: Enrolment, day: dt.date, store: Store) -> bool:
    """The délégant of the inclusion is asked first: while they are there, nobody else is looked for."""
    if delegator.availability.absent_all_day(day) is not Truth.YES:
        return False
    return all_absent(members_of(delegator.protocol, delegator.organization_id, store), day) is Truth.YES
