"""What befell a protocol, as a decision may rest on it: that nothing is on record is relied on too."""

from collections.abc import Mapping, Sequence

from mappings.domain.cooperation import Inclusion
from mappings.domain.identity import life_id
from mappings.domain.life.events import Events
from mappings.domain.protocol import Protocol
from mappings.fhir.care_plan import inclusion_from_fhir
from mappings.fhir.care_team import team_from_fhir
from mappings.fhir.protocol_life import events_from_fhir
from mappings.issues import Issue
from service.intake.conditions import located
from service.intake.knowledge import Knowledge
from service.intake.placement import Placed
from service.rules.suspension import article_of, decision_of

Key = tuple[str, str]


def life_key(protocol: str) -> Key:
    """Where the events of a protocol are, whatever the version that ``protocol`` names."""
    return "Basic", life_id(protocol.partition("|")[0])


def events_of(protocol: str, knowledge: Knowledge) -> Events | None:
    """None = something is on record that no longer reads as it should: nobody knows what it says."""
    key = life_key(protocol)
    if not knowledge.version(*key):
        knowledge.rely_on(*key)
        return Events(protocol=protocol.partition("|")[0])
    return knowledge.reading(*key, events_from_fhir)


def begun_while_suspended(
    placed: Sequence[Placed], knowledge: Knowledge, catalogue: Mapping[str, Protocol]
) -> list[Issue]:
    """Inclusions that would begin on a day on which the protocol is suspended: nobody enters it on such a day."""
    issues = []
    for item in placed:
        if item.entry.type != "CarePlan" or not item.stays:
            continue
        inclusion = inclusion_from_fhir(item.resource)
        if inclusion.status != "active" or (item.previous and item.previous["status"] == "active"):
            continue
        why = _against(inclusion, knowledge)
        if why:
            article = article_of(catalogue.get(inclusion.protocol))
            issues.append(Issue("business-rule", located("CarePlan.period.start", item.entry), why, article))
    return issues


def _against(inclusion: Inclusion, knowledge: Knowledge) -> str:
    events = events_of(inclusion.protocol, knowledge)
    if events is None:
        return "Les suspensions enregistrées de ce protocole ne se lisent plus : aucun patient n’y entre."
    team = knowledge.reading("CareTeam", inclusion.team_id, team_from_fhir)
    suspension = events.suspended(team.organization_id if team else "", inclusion.period.start)
    return f"Aucun patient n’entre dans un protocole suspendu : {decision_of(suspension)}." if suspension else ""
