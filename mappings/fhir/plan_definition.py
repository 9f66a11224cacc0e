"""A protocol as one nested PlanDefinition. https://hl7.org/fhir/R4/plandefinition.html

Its header is here, its tree of actions in ``plan_actions``.
"""

import datetime as dt
from collections.abc import Iterator
from typing import Final

from mappings.codes.systems import FACILITY, IDENTIFIER, PROFESSION, PROFILE
from mappings.domain.protocol import Fact, LegalReference, Protocol, TrainingRequirement
from mappings.elements import Json
from mappings.fhir.certainty import shown, told
from mappings.fhir.datatypes import codeable_concept, coding, identifier, meta, print_date, print_period
from mappings.fhir.plan_actions import actions_from_protocol
from mappings.fhir.questionnaire import questionnaire_canonical

USAGE_CONTEXT: Final = "http://terminology.hl7.org/CodeSystem/usage-context-type"
PLAN_TYPE: Final = "http://terminology.hl7.org/CodeSystem/plan-definition-type"
JURISDICTION: Final = codeable_concept(coding("urn:iso:std:iso:3166", "FR"))


def plan_definition_from_protocol(protocol: Protocol, date: dt.date) -> Json:
    """``date`` is that of the publication of this definition."""
    # lost: the periods of professions and structures, no counterpart in useContext; the rules judge them by date.
    definition: Json = {
        "resourceType": "PlanDefinition",
        "id": protocol.resource_id(protocol.id),
        **_claimed(protocol),
        "url": protocol.url,
        "identifier": [identifier(f"{IDENTIFIER}protocol", protocol.id)],
        "version": protocol.version,
        "name": protocol.id.title().replace("-", ""),
        "title": protocol.title,
        "type": codeable_concept(coding(PLAN_TYPE, "clinical-protocol")),
        "status": protocol.status,
        "date": print_date(date),
        "description": told(protocol.dating.source, protocol.dating.certainty),
        "useContext": _use_contexts(protocol),
        "jurisdiction": [JURISDICTION],
        "relatedArtifact": _related_artifacts(protocol),
        "action": actions_from_protocol(protocol),
    }
    if protocol.ordered is not None:
        definition["approvalDate"] = print_date(protocol.ordered)
    if protocol.period is not None:
        definition["effectivePeriod"] = print_period(protocol.period)
    if protocol.objective is not None:
        definition["purpose"] = _words(protocol.objective)
    if protocol.annex_check is not None:
        definition["lastReviewDate"] = print_date(protocol.annex_check.on)
    if usage := "\n\n".join(_usage(protocol)):
        definition["usage"] = usage
    return definition


def _claimed(protocol: Protocol) -> Json:
    """The profile asks for the dates of the order and of effect: a draft that does not know them cannot claim it."""
    dated = protocol.ordered is not None and protocol.period is not None
    return {"meta": meta(f"{PROFILE}binome-protocol")} if dated else {}


def _usage(protocol: Protocol) -> Iterator[str]:
    """What no element of the definition has room for."""
    blocks = {
        "Organisation :": [f for f in (protocol.availability, protocol.risks, protocol.insurance) if f is not None],
        "Indicateurs :": protocol.indicators,
        "Rémunération :": protocol.pay,
        "Ce qui manque :": protocol.gaps,
    }
    for title, facts in blocks.items():
        if facts:
            yield "\n".join([title, "", *(f"- {_words(fact)}" for fact in facts)])


# ── header ────────────────────────────────────────────────────────────────────────────────────────────────


def _use_contexts(protocol: Protocol) -> list[Json]:
    users = [_use_context("user", PROFESSION, p.code, shown(p.display, p.certainty)) for p in protocol.delegatees]
    venues = [_use_context("venue", FACILITY, s.code, shown(s.display, s.certainty)) for s in protocol.structures]
    regime = codeable_concept(text=f"Protocole de coopération {protocol.regime}")
    return [*users, *venues, {"code": coding(USAGE_CONTEXT, "program"), "valueCodeableConcept": regime}]


def _use_context(kind: str, system: str, code: str, text: str) -> Json:
    return {
        "code": coding(USAGE_CONTEXT, kind),
        "valueCodeableConcept": codeable_concept(coding(system, code), text=text),
    }


def _related_artifacts(protocol: Protocol) -> list[Json]:
    forms = [questionnaire_canonical(protocol, form) for form in ("information", "eligibilite", "examen")]
    acts = [activity.canonical for activity in protocol.activities]
    return [
        *(_law(reference) for reference in (protocol.order, *protocol.references) if reference is not None),
        *([_recommendation(protocol.recommendation)] if protocol.recommendation is not None else []),
        *([{"type": "predecessor", "resource": protocol.predecessor}] if protocol.predecessor else []),
        *(_training(training) for training in protocol.trainings),
        *({"type": "depends-on", "resource": canonical} for canonical in (*forms, *acts)),
    ]


def _law(reference: LegalReference) -> Json:
    artifact = {
        "type": "derived-from",
        "label": reference.certainty,
        "citation": shown(reference.citation, reference.certainty),
    }
    return artifact | ({"url": reference.url} if reference.url else {})


def _recommendation(fact: Fact) -> Json:
    return {
        "type": "justification",
        "label": fact.certainty,
        "display": _words(fact),
        "citation": told(fact.source, fact.certainty),
    }


def _training(training: TrainingRequirement) -> Json:
    hours = "durée inconnue" if training.hours is None else f"{training.hours} h"
    over = "" if training.days is None else f" sur {training.days} jours"
    by = f", par un {training.trainer}" if training.trainer else ""
    display = f"{training.module} : {hours}{over}{by}"
    return {
        "type": "documentation",
        "label": training.certainty,
        "display": shown(display, training.certainty),
        "citation": told(training.source, training.certainty),
    }


def _words(fact: Fact) -> str:
    return shown(fact.text, fact.certainty)
