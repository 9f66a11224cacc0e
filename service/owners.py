"""Whose a task is: those of a professional, and those of the teams where they are a délégant."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from mappings.codes import systems
from mappings.domain.cooperation import Enrolment
from mappings.domain.identity import team_id, team_identifier
from mappings.fhir.care_team import team_from_fhir
from mappings.fhir.datatypes import reference_id, rpps_reference
from mappings.fhir.json import parse
from mappings.fhir.organization import organization_from_fhir
from mappings.fhir.practitioner_role import enrolment_from_fhir
from mappings.issues import Refused
from service.finding import Match, found
from service.store import Store

Resource = dict[str, Any]


def tasks_of(store: Store, rpps: str, day: dt.date) -> Sequence[Match]:
    """What finds the tasks that a professional may answer: their own, those others have in their place, their teams'."""
    own = ("practitioner:identifier", systems.RPPS, rpps)
    is_delegator = ("role", systems.ROLE_CODE, "DELEGATOR")
    enrolments = [_read(parse(one.body)) for one in found(store, "PractitionerRole", [own], [is_delegator])]
    teams = [_team_of(one, store) for one in enrolments if one and one.was_active(day)]
    return (
        ("owner:identifier", systems.RPPS, rpps),
        ("delegator:identifier", systems.RPPS, rpps),
        *(("owner", "CareTeam", team) for team in dict.fromkeys(teams) if team),
    )


def enrolments_in(store: Store, rpps: str, organization_id: str, day: dt.date) -> list[Enrolment]:
    """Those of a professional that are in force in a structure, whatever the function."""
    there = ("organization", "Organization", organization_id)
    return [one for one in _own(store, rpps, [there]) if one.status == "active" and one.period.covers(day)]


def structures_of(store: Store, rpps: str, day: dt.date) -> list[str]:
    """Ids of the structures where a professional has an enrolment in force, each once."""
    in_force = (one for one in _own(store, rpps) if one.status == "active" and one.period.covers(day))
    return sorted({one.organization_id for one in in_force})


def _own(store: Store, rpps: str, *conditions: Sequence[Match]) -> list[Enrolment]:
    own = ("practitioner:identifier", systems.RPPS, rpps)
    read = (_read(parse(one.body)) for one in found(store, "PractitionerRole", [own], *conditions))
    return [one for one in read if one]


def team_delegators(store: Store, owner: Resource, day: dt.date) -> list[Resource]:
    """The délégants in force of the team that owns a task, each as an owner."""
    stored = store.read("CareTeam", reference_id(owner, "CareTeam"))
    if stored is None or not stored.body:
        return []
    team = team_from_fhir(parse(stored.body))
    keys = [("PractitionerRole", id_) for function, id_, _ in team.participants if function == "DELEGATOR"]
    enrolments = [_read(parse(one.body)) for one in store.read_many(keys) if one.body]
    return [
        rpps_reference("PractitionerRole", one.id, one.rpps)
        for one in enrolments
        if one and one.status == "active" and one.period.covers(day)
    ]


def _team_of(enrolment: Enrolment, store: Store) -> str:
    stored = store.read("Organization", enrolment.organization_id)
    if stored is None or not stored.body:
        return ""
    return team_id(team_identifier(enrolment.protocol, organization_from_fhir(parse(stored.body)).finess))


def _read(resource: Resource) -> Enrolment | None:
    try:
        return enrolment_from_fhir(resource)
    except Refused:
        return None
