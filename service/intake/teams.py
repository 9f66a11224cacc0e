"""Teams follow from enrolments: whenever one changes, the CareTeam of its protocol and structure is written anew."""

import datetime as dt
from collections.abc import Iterable

from mappings.domain.availability import NOTHING_AGREED
from mappings.domain.cooperation import Enrolment
from mappings.domain.identity import team_id, team_identifier
from mappings.domain.time import french_day
from mappings.fhir.care_team import team_from_fhir, team_of, team_to_fhir
from mappings.fhir.json import parse
from mappings.fhir.organization import organization_from_fhir
from mappings.fhir.practitioner_role import enrolment_from_fhir
from mappings.issues import Refused
from service.finding import found
from service.intake.knowledge import Knowledge
from service.store import Store
from service.store.unit import Write
from service.writes import stamped, unchanged, write_of


def team_writes(changed: Iterable[Enrolment], knowledge: Knowledge, store: Store, now: dt.datetime) -> Iterable[Write]:
    """The CareTeam versions that the ``changed`` enrolments call for, none when a team stays as it is."""
    changed = list(changed)
    for protocol, organization_id in dict.fromkeys((e.protocol, e.organization_id) for e in changed):
        organization = knowledge.reading("Organization", organization_id, organization_from_fhir)
        if organization is None:
            continue  # the dangling reference is refused on its own
        members = {e.id: e for e in members_of(protocol, organization_id, store)}
        members |= {e.id: e for e in changed if (e.protocol, e.organization_id) == (protocol, organization_id)}
        identifier = team_identifier(protocol, organization.finess)
        before = knowledge.reading("CareTeam", team_id(identifier), team_from_fhir)
        team = team_of(
            members.values(),
            protocol,
            organization,
            name=f"Équipe {protocol.rpartition('/')[2].partition('|')[0]} – {organization.name}",
            on=french_day(now),
            declared=True,
            arrangement=before.arrangement if before else NOTHING_AGREED,
        )
        version = knowledge.version("CareTeam", team.id)
        previous = knowledge.resource("CareTeam", team.id) if version else None
        resource = team_to_fhir(team)
        if previous is None or not unchanged(previous, resource):
            resource = stamped(resource, version + 1, now)
            knowledge.add(resource, version + 1)
            yield write_of(resource, version + 1, previous=previous)


def members_of(protocol: str, organization_id: str, store: Store) -> Iterable[Enrolment]:
    """Every enrolment on record in this version of a protocol and this structure, whatever its state."""
    of_protocol = [("protocol", "", protocol.partition("|")[0])]
    of_structure = [("organization", "Organization", organization_id)]
    for stored in found(store, "PractitionerRole", of_protocol, of_structure, count=1000):
        try:
            enrolment = enrolment_from_fhir(parse(stored.body))
        except Refused:
            continue  # what was accepted once and no longer reads as it should is nobody's enrolment
        if enrolment.protocol == protocol:
            yield enrolment
