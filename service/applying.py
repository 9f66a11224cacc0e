"""A protocol applied to one patient, now: what it would propose, from what is on record. Nothing is written.

The law is asked first, as far as it can be told before the act: what the intake would refuse is not proposed.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from mappings.domain.act import Answer, DelegatedAct
from mappings.domain.cooperation import Enrolment, Inclusion
from mappings.domain.identity import team_id, team_identifier
from mappings.domain.judgement import admits
from mappings.domain.proposal import propose
from mappings.domain.protocol import Protocol
from mappings.domain.time import french_day
from mappings.fhir.act import answers_of
from mappings.fhir.care_plan import inclusion_from_fhir
from mappings.fhir.care_team import team_from_fhir
from mappings.fhir.consent import consent_from_fhir
from mappings.fhir.datatypes import rpps_reference
from mappings.fhir.json import parse
from mappings.fhir.organization import organization_from_fhir
from mappings.fhir.patient import patient_from_fhir
from mappings.fhir.practitioner import practitioner_from_fhir
from mappings.fhir.proposal import Setting, care_plan_of
from mappings.fhir.questionnaire import questionnaire_canonical
from mappings.issues import Issue, Refused
from service.applicants import Applicant, delegatee_of, delegator_of
from service.composition import Composition
from service.finding import page
from service.intake.addressees import no_delegator_there
from service.intake.knowledge import Knowledge
from service.intake.protocol_life import events_of, life_key
from service.rules import BEFORE_THE_ACT, BEFORE_THE_INCLUSION, faults
from service.rules.case import Case, judgement_of
from service.store import Store

Resource = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which protocol, to whom, by whom."""

    protocol: Protocol
    patient_id: str
    applicant: Applicant
    #: ``Encounter/x``; empty when none is told.
    encounter: str = ""


def applied(composition: Composition, asked: Asked) -> Resource:
    """The proposal as a CarePlan; ``Refused`` with all that the law has against it."""
    now, knowledge = composition.clock(), composition.intake.knowledge()
    inclusion = _inclusion(asked, knowledge, french_day(now))
    delegatee = delegatee_of(asked.applicant, asked.protocol, inclusion, knowledge)
    delegator = delegator_of(delegatee, inclusion, knowledge, french_day(now))
    case, consent_id = _case(asked, knowledge, inclusion, delegatee, delegator, now)
    included = inclusion is not None and inclusion.status != "draft"
    against = faults(case, BEFORE_THE_ACT if included else BEFORE_THE_INCLUSION)
    if not included:
        against += no_delegator_there(delegator, case.day, composition.store)
    if against:
        raise Refused([_of_the_caller(issue) for issue in against])
    response = _response(asked, composition.store, inclusion)
    answers = _believed(asked.protocol, answers_of(response) if response else {})
    judgement = judgement_of(asked.protocol, case.patient, replace(case.act, answers=answers), case.day)
    if case.patient is None or judgement is None:
        raise LookupError("a case without fault lacks its patient")
    support = [knowledge.versioned("Consent", consent_id)]
    if response:
        support.append(f"QuestionnaireResponse/{response['id']}/_history/{response['meta']['versionId']}")
    setting = Setting(
        patient=case.patient,
        delegatee=rpps_reference("PractitionerRole", delegatee.id, delegatee.rpps),
        delegator=rpps_reference("PractitionerRole", delegator.id, delegator.rpps),
        encounter=asked.encounter,
        inclusion=f"CarePlan/{inclusion.id}" if inclusion else "",
        team=f"CareTeam/{case.team.id}" if case.team else "",
        support=tuple(support),
        now=now,
    )
    profession = case.delegatee_practitioner.profession if case.delegatee_practitioner else ""
    proposal = propose(asked.protocol, judgement, answers, profession)
    return care_plan_of(asked.protocol, judgement, proposal, setting)


# ── what is on record ─────────────────────────────────────────────────────────────────────────────────────


#: Most forms looked through for the one that counts.
_LATEST: Final = 50
#: The inclusion that counts, first; what has ended is past.
_STANDING: Final = ("active", "on-hold", "draft")


def _inclusion(asked: Asked, knowledge: Knowledge, day: dt.date) -> Inclusion | None:
    """The patient's inclusion in this version; None when there is none that stands."""
    ids = knowledge.found("CarePlan", "patient", "Patient", asked.patient_id)
    knowledge.look_up([("Patient", asked.patient_id), *(("CarePlan", id_) for id_ in ids)])
    read = [knowledge.reading("CarePlan", id_, inclusion_from_fhir) for id_ in ids]
    standing = [one for one in read if one and one.protocol == asked.protocol.canonical and one.status in _STANDING]
    standing.sort(
        key=lambda one: (_STANDING.index(one.status), not one.period.covers(day), -one.period.start.toordinal())
    )
    return standing[0] if standing else None


def _case(
    asked: Asked,
    knowledge: Knowledge,
    inclusion: Inclusion | None,
    delegatee: Enrolment,
    delegator: Enrolment,
    now: dt.datetime,
) -> tuple[Case, str]:
    """What the rules look at, of an act that would be done now; and the consent's id."""
    structure = knowledge.reading("Organization", delegatee.organization_id, organization_from_fhir)
    identifier = team_identifier(asked.protocol.canonical, structure.finess if structure else "")
    team = inclusion.team_id if inclusion else team_id(identifier)
    consents = (
        [inclusion.consent_id] if inclusion else knowledge.found("Consent", "patient", "Patient", asked.patient_id)
    )
    knowledge.look_up(
        [
            ("CareTeam", team),
            life_key(asked.protocol.canonical),
            *(("Practitioner", one.practitioner_id) for one in (delegatee, delegator)),
            *(("Consent", id_) for id_ in consents),
        ]
    )
    read = [knowledge.reading("Consent", id_, consent_from_fhir) for id_ in consents]
    # Of what the patient decided of this protocol, the last word.
    decided = [one for one in read if one and (inclusion or one.protocol == asked.protocol.url)]
    consent = max(decided, key=lambda one: one.decided_at, default=None)
    case = Case(
        act=_act_of_now(asked, inclusion, delegatee, delegator, now),
        day=french_day(now),
        now=now,
        protocol=asked.protocol,
        patient=knowledge.reading("Patient", asked.patient_id, patient_from_fhir),
        inclusion=inclusion,
        consent=consent,
        team=knowledge.reading("CareTeam", team, team_from_fhir),
        delegatee=delegatee,
        delegator=delegator,
        delegatee_practitioner=knowledge.reading("Practitioner", delegatee.practitioner_id, practitioner_from_fhir),
        delegator_practitioner=knowledge.reading("Practitioner", delegator.practitioner_id, practitioner_from_fhir),
        organization=structure,
        judgement=None,
        events=events_of(asked.protocol.canonical, knowledge),
    )
    return case, consent.id if consent else ""


def _act_of_now(
    asked: Asked, inclusion: Inclusion | None, delegatee: Enrolment, delegator: Enrolment, now: dt.datetime
) -> DelegatedAct:
    """No act yet: only who, for whom, where and when."""
    return DelegatedAct(
        id="",
        identifier="",
        status="completed",
        status_reason="",
        protocol=asked.protocol.canonical,
        activity="",
        inclusion_id=inclusion.id if inclusion else "",
        patient_id=asked.patient_id,
        delegatee_id=delegatee.id,
        delegatee_rpps=delegatee.rpps,
        delegator_id=delegator.id,
        delegator_rpps=delegator.rpps,
        organization_id=delegatee.organization_id,
        derogatory=False,
        text="",
        start=now,
        end=now,
        answers={},
    )


def _response(asked: Asked, store: Store, inclusion: Inclusion | None) -> Resource | None:
    """The latest completed exam of this inclusion, else its latest eligibility form; of nobody else."""
    of = ("based-on", "CarePlan", inclusion.id) if inclusion else ("patient", "Patient", asked.patient_id)
    for form in ("examen", "eligibilite"):
        of_form = ("questionnaire", "", questionnaire_canonical(asked.protocol, form))
        filled = page(store, "QuestionnaireResponse", [of], [of_form], sort="authored", descending=True, count=_LATEST)
        for one in filled:
            response = parse(one.version.body)
            if _counts(response, asked, inclusion):
                return response
    return None


def _counts(response: Resource, asked: Asked, inclusion: Inclusion | None) -> bool:
    # Before an inclusion, the answers that went with another one are not taken.
    free = inclusion is not None or not response.get("basedOn")
    theirs = response.get("subject", {}).get("reference") == f"Patient/{asked.patient_id}"
    return response["status"] in ("completed", "amended") and free and theirs


def _believed(protocol: Protocol, answers: Mapping[str, Answer]) -> dict[str, Answer]:
    """Answers to the protocol's questions; one that the question does not admit says nothing."""
    questions = {item.link_id: item for item in protocol.exam_items}
    return {
        link_id: answer if admits(questions[link_id], answer) else None
        for link_id, answer in answers.items()
        if link_id in questions
    }


# ── what is told ──────────────────────────────────────────────────────────────────────────────────────────

#: Elements of an act, as the parameters that stand for them.
_PARAMETERS: Final[Iterable[tuple[str, str]]] = (
    ("Procedure.performer[0].onBehalfOf", "organization"),
    ("Procedure.performer[0].actor", "practitioner"),
    ("Procedure.instantiatesCanonical", "planDefinition"),
    ("Procedure.subject", "subject"),
)


def _of_the_caller(issue: Issue) -> Issue:
    for element, name in _PARAMETERS:
        if issue.expression.startswith(element):
            return replace(issue, expression=f"Parameters.parameter.where(name='{name}')")
    return replace(issue, expression="") if issue.expression.startswith("Procedure") else issue
