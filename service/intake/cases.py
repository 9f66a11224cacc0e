"""One delegated act as the rules look at it: what its entries tell, and all that is on record about it."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from mappings.domain.act import DelegatedAct
from mappings.domain.cooperation import Enrolment
from mappings.domain.people import Practitioner
from mappings.domain.protocol import Protocol
from mappings.domain.time import french_day
from mappings.fhir.act import ISSUED, act_from_fhir
from mappings.fhir.care_plan import inclusion_from_fhir
from mappings.fhir.care_team import team_from_fhir
from mappings.fhir.consent import consent_from_fhir
from mappings.fhir.organization import organization_from_fhir
from mappings.fhir.patient import patient_from_fhir
from mappings.fhir.practitioner import practitioner_from_fhir
from mappings.fhir.practitioner_role import enrolment_from_fhir
from service.intake.knowledge import Knowledge
from service.intake.placement import Placed
from service.intake.protocol_life import events_of, life_key
from service.intake.sharing import consents_of
from service.rules.case import Case, judgement_of

Resource = dict[str, Any]


def read_act(procedure: Placed, placed: Sequence[Placed]) -> DelegatedAct:
    """The act that a Procedure and the entries around it tell; ``Refused`` with every fault."""
    me = f"Procedure/{procedure.id}"

    def mine(type_: str, element: str) -> list[Resource]:
        return [
            item.resource
            for item in placed
            if item.entry.type == type_ and any(r.get("reference") == me for r in item.resource.get(element, ()))
        ]

    issued = [r for type_, row in ISSUED.items() for r in mine(type_, row.act)]
    return act_from_fhir(
        procedure.resource, mine("QuestionnaireResponse", "partOf"), mine("Observation", "partOf"), issued
    )


def case_of(act: DelegatedAct, knowledge: Knowledge, catalogue: Mapping[str, Protocol], now: dt.datetime) -> Case:
    """Everything the rules look at, read in two rounds: what the act names, then what those name."""
    knowledge.look_up(
        [
            ("CarePlan", act.inclusion_id),
            ("Patient", act.patient_id),
            ("PractitionerRole", act.delegatee_id),
            ("PractitionerRole", act.delegator_id),
            ("Organization", act.organization_id),
            life_key(act.protocol),
        ]
    )
    inclusion = knowledge.reading("CarePlan", act.inclusion_id, inclusion_from_fhir)
    delegatee = knowledge.reading("PractitionerRole", act.delegatee_id, enrolment_from_fhir)
    delegator = knowledge.reading("PractitionerRole", act.delegator_id, enrolment_from_fhir)
    patient = knowledge.reading("Patient", act.patient_id, patient_from_fhir)
    keys = [("Practitioner", e.practitioner_id) for e in (delegatee, delegator) if e]
    if inclusion:
        keys += [("Consent", inclusion.consent_id), ("CareTeam", inclusion.team_id)]
    keys += [("Consent", id_) for id_ in consents_of(act.patient_id, knowledge)]
    knowledge.look_up_after(("CarePlan", act.inclusion_id), keys)
    protocol = catalogue.get(act.protocol)
    day = french_day(act.start)
    return Case(
        act=act,
        day=day,
        now=now,
        protocol=protocol,
        patient=patient,
        inclusion=inclusion,
        consent=knowledge.reading("Consent", inclusion.consent_id, consent_from_fhir) if inclusion else None,
        team=knowledge.reading("CareTeam", inclusion.team_id, team_from_fhir) if inclusion else None,
        delegatee=delegatee,
        delegator=delegator,
        delegatee_practitioner=_practitioner(delegatee, knowledge),
        delegator_practitioner=_practitioner(delegator, knowledge),
        organization=knowledge.reading("Organization", act.organization_id, organization_from_fhir),
        judgement=judgement_of(protocol, patient, act, day),
        events=events_of(act.protocol, knowledge),
    )


def _practitioner(enrolment: Enrolment | None, knowledge: Knowledge) -> Practitioner | None:
    if enrolment is None:
        return None
    return knowledge.reading("Practitioner", enrolment.practitioner_id, practitioner_from_fhir)
