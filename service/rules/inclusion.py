"""The patient was included in this version of the protocol on the act's date (CSP L4011-2)."""

from mappings.issues import Issue
from service.rules.case import Case, Faults

_EXPRESSION = "Procedure.basedOn[0]"


def inclusion_was_active(case: Case) -> Faults:
    inclusion = case.inclusion
    if inclusion is None:
        yield Issue("business-rule", _EXPRESSION, "L’inclusion du patient n’est pas connue.", "CSP L4011-2")
        return
    if inclusion.protocol != case.act.protocol:
        yield Issue("business-rule", _EXPRESSION, "L’inclusion vise une autre version du protocole.", "CSP L4011-2")
    # What has ended since keeps covering the acts of its period, however it ended.
    ended = inclusion.status in ("completed", "revoked") and inclusion.period.end is not None
    if not (inclusion.status == "active" or ended) or not inclusion.period.covers(case.day):
        yield Issue(
            "business-rule",
            _EXPRESSION,
            "L’inclusion du patient n’était pas active à la date de l’acte.",
            "CSP L4011-2",
        )


def patient_is_the_included_one(case: Case) -> Faults:
    if case.patient is None:
        yield Issue("business-rule", "Procedure.subject", "Le patient n’est pas connu.", "CSP R1111-8-1")
    if case.inclusion is not None and case.inclusion.patient_id != case.act.patient_id:
        yield Issue(
            "business-rule",
            "Procedure.subject",
            "Le patient de l’acte n’est pas celui de l’inclusion.",
            "CSP L4011-2",
        )


def team_covers_the_act(case: Case) -> Faults:
    """The team of the inclusion is the one of the act: same protocol version, same structure, active that day."""
    team = case.team
    if team is None:
        yield Issue("business-rule", "CarePlan.careTeam", "L’équipe n’est pas connue.", "CSP D4011-4")
        return
    same = team.protocol == case.act.protocol and team.organization_id == case.act.organization_id
    if not same:
        yield Issue(
            "business-rule",
            "CarePlan.careTeam",
            "L’équipe de l’inclusion n’est pas celle de l’acte (version du protocole ou structure).",
            "CSP D4011-4",
        )
    if team.status != "active" or not team.period.covers(case.day):
        yield Issue(
            "business-rule",
            "CarePlan.careTeam",
            "L’équipe n’était pas active à la date de l’acte.",
            "CSP D4011-4",
        )
