"""From the store to the life of a protocol: enrolments, teams and last acts of the structures of one professional."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mappings.codes import systems
from mappings.domain.cooperation import Enrolment
from mappings.domain.life import Life, Member, life_of
from mappings.domain.people import Organization, Practitioner
from mappings.domain.protocol import Protocol
from mappings.domain.time import french_day
from mappings.fhir.care_team import team_from_fhir
from mappings.fhir.json import parse
from mappings.fhir.organization import organization_from_fhir
from mappings.fhir.practitioner import practitioner_from_fhir
from mappings.fhir.practitioner_role import enrolment_from_fhir
from service.composition import Composition
from service.console.views import performed_from
from service.finding import Match, found, ids_with, page
from service.intake.protocol_life import events_of
from service.store import Store

Resource = dict[str, Any]
#: Enrolments, and teams, of one structure that are looked at.
_MOST = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The life of a protocol as one professional may see it, and the names it is told with."""

    life: Life
    #: By the id of the Practitioner.
    people: Mapping[str, Practitioner]
    #: By the id of the Organization.
    structures: Mapping[str, Organization]


def life_seen_by(composition: Composition, rpps: str, versions: Sequence[Protocol], day: dt.date) -> Seen:
    store, protocol = composition.store, ("protocol", "", versions[0].url)
    ours = _structures_of(store, rpps, protocol)
    enrolments = [
        enrolment_from_fhir(role)
        for structure in ours
        for role in _found(store, "PractitionerRole", [protocol], [("organization", "Organization", structure)])
    ]
    people = {
        id_: practitioner_from_fhir(resource)
        for id_, resource in _many(store, "Practitioner", [e.practitioner_id for e in enrolments]).items()
    }
    structures = {id_: organization_from_fhir(resource) for id_, resource in _many(store, "Organization", ours).items()}
    members = [
        Member(
            enrolment=enrolment,
            profession=people[enrolment.practitioner_id].profession,
            specialty=people[enrolment.practitioner_id].specialty,
            facility_type=structures[enrolment.organization_id].facility_type,
            last_act=_last_act(store, enrolment),
        )
        for enrolment in enrolments
    ]
    teams = [
        team_from_fhir(team)
        for structure in ours
        for team in _found(store, "CareTeam", [protocol], [("managing-organization", "Organization", structure)])
    ]
    life = life_of(
        versions,
        members,
        teams,
        day,
        dormant_months=composition.settings.dormant_months,
        events=events_of(versions[0].canonical, composition.intake.knowledge()),
    )
    return Seen(life=life, people=people, structures=structures)


def _structures_of(store: Store, rpps: str, protocol: Match) -> list[str]:
    """Where the professional is enrolled in the protocol, whatever the version."""
    mine = [
        ("practitioner", "Practitioner", id_)
        for id_ in ids_with(store, "Practitioner", "identifier", systems.RPPS, rpps)
    ]
    roles = _found(store, "PractitionerRole", [protocol], mine) if mine else []
    return sorted({enrolment_from_fhir(role).organization_id for role in roles})


def _found(store: Store, type_: str, *conditions: Sequence[Match]) -> list[Resource]:
    return [parse(version.body) for version in found(store, type_, *conditions, count=_MOST)]


def _last_act(store: Store, enrolment: Enrolment) -> dt.date | None:
    """A reorientation is an act of the protocol as well."""
    if enrolment.function != "DELEGATEE":
        return None
    by = [("performer", "PractitionerRole", enrolment.id)]
    acts = page(store, "Procedure", by, sort="date", descending=True, count=1)
    return french_day(performed_from(parse(acts[0].version.body))) if acts else None


def _many(store: Store, type_: str, ids: Sequence[str]) -> dict[str, Resource]:
    keys = [(type_, id_) for id_ in dict.fromkeys(ids)]
    return {version.id: parse(version.body) for version in store.read_many(keys)}
