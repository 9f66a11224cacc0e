"""No authority had suspended the protocol, or its implementation by the team, on the act's date (CSP L4011-3).

A suspension never takes back the cover of what was done before it, nor of what is done after its end.
"""

from mappings.domain.life.events import Suspension
from mappings.domain.protocol import Protocol
from mappings.issues import Issue
from service.rules.case import Case, Faults


def protocol_was_not_suspended(case: Case) -> Faults:
    expression = "Procedure.instantiatesCanonical[0]"
    if case.events is None:
        text = "Les suspensions enregistrées de ce protocole ne se lisent plus : rien ne dit qu’il était applicable."
        yield Issue("business-rule", expression, text, article_of(case.protocol))
        return
    suspension = case.events.suspended(case.act.organization_id, case.day)
    if suspension is None:
        return
    subject = "La mise en œuvre du protocole par cette équipe" if suspension.organization_id else "Ce protocole"
    verb = "était suspendue" if suspension.organization_id else "était suspendu"
    yield Issue(
        "business-rule",
        "CarePlan.careTeam" if suspension.organization_id else expression,
        f"{subject} {verb} à la date de l’acte : {decision_of(suspension)}.",
        article_of(case.protocol),
    )


def decision_of(suspension: Suspension) -> str:
    """Who decided, of which days, and where it can be read."""
    period = suspension.period
    days = (
        f"du {period.start:%d/%m/%Y} au {period.end:%d/%m/%Y}" if period.end else f"depuis le {period.start:%d/%m/%Y}"
    )
    return f"décision de « {suspension.authority} », {days} ({suspension.source})"


def article_of(protocol: Protocol | None) -> str:
    return "CSP L4011-4-4 et suivants" if protocol is not None and protocol.regime == "local" else "CSP L4011-3"
