"""CareTeam as ``binome-team``: a projection of the enrolments of one protocol version in one structure.

Nobody writes its participants: they follow from the enrolments, on a day.
"""

import datetime as dt
from collections.abc import Iterable
from typing import Final, Literal

from mappings.codes import systems
from mappings.domain.availability import NOTHING_AGREED, Arrangement
from mappings.domain.cooperation import Enrolment, Period, Team
from mappings.domain.identity import team_id, team_identifier
from mappings.domain.people import Organization
from mappings.elements import Json
from mappings.fhir.availability import arrangement_from_fhir, arrangement_to_fhir
from mappings.fhir.datatypes import (
    FhirElement,
    codeable_concept,
    coding,
    extension,
    identifier,
    meta,
    print_period,
    reference,
)
from mappings.fhir.practitioner_role import FUNCTIONS

PROFILE: Final = f"{systems.PROFILE}binome-team"
IDENTIFIER: Final = f"{systems.IDENTIFIER}team"

TeamStatus = Literal["proposed", "active", "suspended", "inactive", "entered-in-error"]
_STATUSES: Final[dict[str, TeamStatus]] = {
    "proposed": "proposed",
    "active": "active",
    "suspended": "suspended",
    "inactive": "inactive",
    "entered-in-error": "entered-in-error",
}


def team_of(
    enrolments: Iterable[Enrolment],
    protocol: str,
    organization: Organization,
    *,
    name: str,
    on: dt.date,
    declared: bool,
    suspended: bool = False,
    arrangement: Arrangement = NOTHING_AGREED,
) -> Team:
    """The team as its enrolments make it on a day; ``declared`` and ``suspended`` are the ARS's side,
    ``arrangement`` is the team's own.

    Participants are the members in force and those who have left (their period ends); who is only declared,
    suspended or refused is not among them, since a participant has no status to say so.
    """
    ours = sorted(
        (e for e in enrolments if (e.protocol, e.organization_id) == (protocol, organization.id)),
        key=lambda e: (e.period.start, e.identifier),
    )
    if not ours:
        raise ValueError("a team is made of enrolments: none was given for this protocol and structure")
    status = _status(ours, on, declared=declared, suspended=suspended)
    ends = [e.period.end for e in ours if e.period.end]
    business_identifier = team_identifier(protocol, organization.finess)
    return Team(
        id=team_id(business_identifier),
        identifier=business_identifier,
        name=name,
        status=status,
        protocol=protocol,
        period=Period(start=ours[0].period.start, end=max(ends) if status == "inactive" and ends else None),
        organization_id=organization.id,
        participants=tuple((e.function, e.id, e.period) for e in ours if e.status in {"active", "ended"}),
        arrangement=arrangement,
    )


def team_from_fhir(resource: Json) -> Team:
    team = FhirElement.of_resource(resource, "CareTeam")
    business_identifier = team.identifier(IDENTIFIER)
    protocol = team.extension(systems.EXT_PROTOCOL)
    if team.has("subject"):
        team.fault("business-rule", "subject", "Une équipe de coopération n’a pas de patient.")
    read = Team(
        id=team.id_or(team_id(business_identifier)),
        identifier=business_identifier,
        name=team.text("name"),
        status=team.one_of("status", _STATUSES),
        protocol=protocol.protocol("valueCanonical", protocol.text("valueCanonical"), versioned=True),
        period=team.period(),
        organization_id=_managing_organization(team),
        participants=tuple(
            (
                each.code("role", systems.ROLE_CODE, FUNCTIONS),
                each.reference("member", "PractitionerRole"),
                each.period(),
            )
            for each in team.children("participant")
        ),
        arrangement=arrangement_from_fhir(team),
    )
    if read.status == "active" and {function for function, _, _ in read.participants} != set(FUNCTIONS):
        text = "Une équipe active a au moins un délégant et un délégué."
        team.fault("invariant", "participant", text, "binome-team-1")
    team.refuse_faults()
    return read


def team_to_fhir(team: Team) -> Json:
    participants = [
        {
            "role": [codeable_concept(coding(systems.ROLE_CODE, function))],
            "member": reference("PractitionerRole", enrolment),
            "period": print_period(period),
        }
        for function, enrolment, period in team.participants
    ]
    telecom, reachability = arrangement_to_fhir(team.arrangement)
    return (
        {
            "resourceType": "CareTeam",
            "id": team.id,
            "meta": meta(PROFILE),
            "extension": [extension(systems.EXT_PROTOCOL, valueCanonical=team.protocol), *reachability],
            "identifier": [identifier(IDENTIFIER, team.identifier)],
            "status": team.status,
            "name": team.name,
            "period": print_period(team.period),
        }
        | ({"participant": participants} if participants else {})
        | {"managingOrganization": [reference("Organization", team.organization_id)]}
        | telecom
    )


def team_reference(id: str, business_identifier: str) -> Json:
    """The team as the owner of a task, with its business identifier."""
    return reference("CareTeam", id, identifier(IDENTIFIER, business_identifier))


def _status(enrolments: list[Enrolment], on: dt.date, *, declared: bool, suspended: bool) -> TeamStatus:
    """Active asks for the declaration and for one délégant and one délégué in force on that day."""
    if all(e.status in {"ended", "refused"} for e in enrolments):
        return "inactive"
    if suspended:
        return "suspended"
    if not declared:
        return "proposed"
    in_force = {e.function for e in enrolments if e.status == "active" and e.period.covers(on)}
    return "active" if in_force == set(FUNCTIONS) else "suspended"


def _managing_organization(team: FhirElement) -> str:
    if len(team.children("managingOrganization")) > 1:
        team.fault("structure", "managingOrganization", "Une équipe relève d’une seule structure.")
    return team.first("managingOrganization").self_reference("Organization")
