"""What an enrolment asks of others and of its own past: substitutes of the team, a délégant as trainer, a signature."""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Final

from mappings.domain.cooperation import Enrolment
from mappings.fhir.practitioner_role import enrolment_from_fhir
from mappings.issues import Issue
from service.intake.conditions import located
from service.intake.knowledge import Knowledge
from service.intake.placement import Placed

_SUBSTITUTE: Final = "Un remplaçant est un délégant de la même équipe : même version du protocole, même structure."
_TRAINER: Final = "Un délégué est formé par un délégant, que désignent son adhésion et son numéro RPPS."
_UNSIGNED: Final = (
    "Une adhésion déclarée ne devient active qu’avec un engagement signé : le jour de la signature est à dire, "
    "et il n’est pas à venir."
)


def enrolments_in_order(placed: Sequence[Placed], knowledge: Knowledge, today: dt.date) -> list[Issue]:
    """The faults of every enrolment of a request that its own words do not show."""
    return [
        issue
        for item in placed
        if item.stays and item.entry.type == "PractitionerRole"
        for issue in _faults(item, enrolment_from_fhir(item.resource), knowledge, today)
    ]


def _faults(item: Placed, enrolment: Enrolment, knowledge: Knowledge, today: dt.date) -> Iterator[Issue]:
    for id_ in enrolment.substitute_ids:
        other = knowledge.reading("PractitionerRole", id_, enrolment_from_fhir)
        if other is not None and not _is_of_the_team(other, enrolment):
            place = located("PractitionerRole.extension('substitute').value", item.entry)
            yield Issue("business-rule", place, _SUBSTITUTE, "CSP L4011-1")
    place = located("PractitionerRole.extension('training')", item.entry)
    for trainer in (one.trainer for one in enrolment.trainings if one.trainer):
        other = knowledge.reading("PractitionerRole", trainer.enrolment_id, enrolment_from_fhir)
        if other is not None and (other.function != "DELEGATOR" or other.rpps != trainer.rpps):
            yield Issue("business-rule", place, _TRAINER, "CSP L4011-2")
    if _becomes_active(item, enrolment) and (enrolment.engaged_on is None or enrolment.engaged_on > today):
        place = located("PractitionerRole.extension('engagement')", item.entry)
        yield Issue("business-rule", place, _UNSIGNED, "CSP L4011-1")


def _becomes_active(item: Placed, enrolment: Enrolment) -> bool:
    """From declared to active; a team that was at work before it came here is taken over as it is."""
    if item.previous is None or enrolment.status != "active":
        return False
    return enrolment_from_fhir(item.previous).status == "declared"


def _is_of_the_team(other: Enrolment, enrolment: Enrolment) -> bool:
    team = (other.function, other.protocol, other.organization_id)
    return team == ("DELEGATOR", enrolment.protocol, enrolment.organization_id)
