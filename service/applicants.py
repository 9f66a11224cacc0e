"""Who applies a protocol: the délégué's enrolment, and that of the délégant who would answer for it."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from mappings.codes.systems import RPPS
from mappings.domain.cooperation import Enrolment, Function, Inclusion
from mappings.domain.logic import Truth
from mappings.domain.protocol import Protocol
from mappings.fhir.care_team import team_from_fhir
from mappings.fhir.practitioner_role import enrolment_from_fhir
from mappings.issues import Issue, Refused
from service.intake.knowledge import Knowledge

_ARTICLE = "CSP L4011-1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Applicant:
    """Who asks, as far as it is told: empty when it is not."""

    #: ``Practitioner/x`` or ``PractitionerRole/x``.
    practitioner: str = ""
    #: Of the professional behind the call.
    rpps: str = ""
    #: Id of the structure.
    organization_id: str = ""


def delegatee_of(
    applicant: Applicant, protocol: Protocol, inclusion: Inclusion | None, knowledge: Knowledge
) -> Enrolment:
    """Their enrolment in this version, whatever its state: the rules judge it."""
    enrolled = _of_version(_enrolments(applicant, knowledge), protocol, "DELEGATEE")
    if applicant.organization_id:
        enrolled = [one for one in enrolled if one.organization_id == applicant.organization_id]
    if not enrolled:
        text = "Ce professionnel n’adhère pas comme délégué à cette version du protocole dans cette structure."
        raise Refused(_issue("practitioner", text))
    if len(enrolled) > 1 and inclusion:
        # Of a délégué of several structures, the one of the inclusion.
        team = knowledge.reading("CareTeam", inclusion.team_id, team_from_fhir)
        enrolled = [one for one in enrolled if team and one.organization_id == team.organization_id] or enrolled
    active = [one for one in enrolled if one.status == "active"] or enrolled
    if len({one.organization_id for one in active}) > 1:
        text = "Le délégué adhère dans plusieurs structures : celle de l’acte doit être désignée."
        raise Refused(_issue("organization", text))
    return max(active, key=lambda one: one.period.start)


def delegator_of(delegatee: Enrolment, inclusion: Inclusion | None, knowledge: Knowledge, day: dt.date) -> Enrolment:
    """The délégant of the inclusion; before it, one in force for whom the délégué may act."""
    if inclusion:
        knowledge.look_up([("PractitionerRole", inclusion.delegator_id)])
        one = knowledge.reading("PractitionerRole", inclusion.delegator_id, enrolment_from_fhir)
        standing = [one] if one else []
    else:
        ids = knowledge.found("PractitionerRole", "organization", "Organization", delegatee.organization_id)
        standing = [
            one
            for one in _read(ids, knowledge)
            if one.function == "DELEGATOR"
            and one.protocol == delegatee.protocol
            and one.status == "active"
            and one.period.covers(day)
            and one.rpps != delegatee.rpps
            and (not delegatee.delegator_ids or one.id in delegatee.delegator_ids)
        ]
    if not standing:
        text = "Aucun délégant dont l’adhésion soit active ne peut répondre de l’acte dans cette structure."
        raise Refused(Issue("business-rule", "", text, _ARTICLE))
    # Of several, one who is there.
    away = {one.id: one.availability.absent_all_day(day) is Truth.YES for one in standing}
    return min(standing, key=lambda one: (away[one.id], one.period.start, one.id))


def _enrolments(applicant: Applicant, knowledge: Knowledge) -> list[Enrolment]:
    type_, _, id_ = applicant.practitioner.partition("/")
    if type_ == "PractitionerRole":
        return _read([id_], knowledge)
    if type_ == "Practitioner":
        return _read(knowledge.found("PractitionerRole", "practitioner", "Practitioner", id_), knowledge)
    if not applicant.rpps:
        text = "Le délégué qui applique le protocole doit être désigné."
        raise Refused(Issue("required", _expression("practitioner"), text, _ARTICLE))
    return [
        one
        for id_ in knowledge.found("Practitioner", "identifier", RPPS, applicant.rpps)
        for one in _read(knowledge.found("PractitionerRole", "practitioner", "Practitioner", id_), knowledge)
    ]


def _read(ids: Sequence[str], knowledge: Knowledge) -> list[Enrolment]:
    knowledge.look_up(("PractitionerRole", id_) for id_ in ids)
    read = (knowledge.reading("PractitionerRole", id_, enrolment_from_fhir) for id_ in ids)
    return [one for one in read if one]


def _of_version(enrolments: Sequence[Enrolment], protocol: Protocol, function: Function) -> list[Enrolment]:
    return [one for one in enrolments if one.function == function and one.protocol == protocol.canonical]


def _issue(parameter: str, text: str) -> Issue:
    return Issue("business-rule", _expression(parameter), text, _ARTICLE)


def _expression(parameter: str) -> str:
    return f"Parameters.parameter.where(name='{parameter}')"
