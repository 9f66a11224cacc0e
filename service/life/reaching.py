"""Who of a team can be reached at an instant, as it stands on record: for the pages and for the flat door."""

import datetime as dt
from dataclasses import dataclass, replace

from mappings.domain.availability import Arrangement, Contact
from mappings.domain.cooperation import Enrolment
from mappings.domain.holidays import Holiday, Territory, holiday_on
from mappings.domain.logic import Truth, disjunction
from mappings.domain.reach import Reach, is_in_force, reach
from mappings.domain.time import french_day
from mappings.fhir.care_team import team_from_fhir
from mappings.fhir.json import parse
from mappings.fhir.practitioner import practitioner_from_fhir
from service.intake.teams import members_of
from service.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamReach:
    """The délégants in force, each with who stands in for them."""

    team_id: str
    at: dt.datetime
    #: The public holiday that the instant falls on, if any.
    holiday: Holiday | None
    arrangement: Arrangement
    delegators: tuple[Reach, ...]

    @property
    def reachable(self) -> Truth:
        """Whether anybody is; nobody at all is no."""
        return disjunction(one.reachable for each in self.delegators for one in each.candidates)


def team_reach(store: Store, team_id: str, at: dt.datetime, territory: Territory) -> TeamReach | None:
    """None when there is no such team."""
    stored = store.read("CareTeam", team_id)
    if stored is None or not stored.body:
        return None
    team = team_from_fhir(parse(stored.body))
    members = [_with_mailbox(one, store) for one in members_of(team.protocol, team.organization_id, store)]
    delegators = sorted(
        (one for one in members if one.function == "DELEGATOR" and is_in_force(one, at)),
        key=lambda one: (one.period.start, one.identifier),
    )
    return TeamReach(
        team_id=team_id,
        at=at,
        holiday=holiday_on(french_day(at), territory),
        arrangement=team.arrangement,
        delegators=tuple(reach(one, members, at, team.arrangement, territory) for one in delegators),
    )


def _with_mailbox(enrolment: Enrolment, store: Store) -> Enrolment:
    """The professional's own MSSanté mailbox is a channel too, after those told for the team."""
    stored = store.read("Practitioner", enrolment.practitioner_id)
    address = practitioner_from_fhir(parse(stored.body)).mailbox if stored and stored.body else ""
    told = enrolment.availability
    if not address or any(one.value == address for one in told.contacts):
        return enrolment
    contacts = (*told.contacts, Contact(channel="mssante", value=address))
    return replace(enrolment, availability=replace(told, contacts=contacts))
