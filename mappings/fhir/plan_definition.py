"""A protocol as one nested PlanDefinition. https://hl7.org/fhir/R4/plandefinition.html

The id of an action is that of the step, criterion, recourse, outcome or act that it says: an issue can point to it.
A condition that is empty, for want of an answer, neither includes nor frees from a recourse (``textEquivalent`` says so).
"""

import datetime as dt
from typing import Final

from mappings.codes.systems import CODE_SYSTEM, FACILITY, IDENTIFIER, PROFESSION, PROFILE, ROLE_CODE
from mappings.domain.logic import All, AnyOf, Expression, Not
from mappings.domain.protocol import (
    STEPS,
    Activity,
    Criterion,
    Fact,
    LegalReference,
    Outcome,
    Profession,
    Protocol,
    Recourse,
    TrainingRequirement,
)
from mappings.elements import Json
from mappings.fhir.certainty import citation, shown, told
from mappings.fhir.datatypes import codeable_concept, coding, identifier, meta, print_date, print_period
from mappings.fhir.expression import expression_of
from mappings.fhir.questionnaire import questionnaire_canonical

STEP: Final = f"{CODE_SYSTEM}binome-step"
USAGE_CONTEXT: Final = "http://terminology.hl7.org/CodeSystem/usage-context-type"
PLAN_TYPE: Final = "http://terminology.hl7.org/CodeSystem/plan-definition-type"
JURISDICTION: Final = codeable_concept(coding("urn:iso:std:iso:3166", "FR"))


def plan_definition_from_protocol(protocol: Protocol, date: dt.date) -> Json:
    """``date`` is that of the publication of this definition."""
    # lost: the periods of professions and structures, no counterpart in useContext; the rules judge them by date.
    definition: Json = {
        "resourceType": "PlanDefinition",
        "id": protocol.id,
        "meta": meta(f"{PROFILE}binome-protocol"),
        "url": protocol.url,
        "identifier": [identifier(f"{IDENTIFIER}protocol", protocol.id)],
        "version": protocol.version,
        "name": protocol.id.title().replace("-", ""),
        "title": protocol.title,
        "type": codeable_concept(coding(PLAN_TYPE, "clinical-protocol")),
        "status": protocol.status,
        "date": print_date(date),
        "description": told(protocol.source, protocol.certainty),
        "useContext": _use_contexts(protocol),
        "jurisdiction": [JURISDICTION],
        "approvalDate": print_date(protocol.ordered),
        "effectivePeriod": print_period(protocol.period),
        "relatedArtifact": _related_artifacts(protocol),
        "action": _in_order(_steps(protocol)),
    }
    if protocol.annex_check is not None:
        definition["lastReviewDate"] = print_date(protocol.annex_check.on)
    if protocol.gaps:
        gaps = [f"- {shown(gap.text, gap.certainty)}" for gap in protocol.gaps]
        definition["usage"] = "\n".join(["Ce qui manque :", "", *gaps])
    return definition


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
        *(_law(reference) for reference in (protocol.order, *protocol.references)),
        *(_training(training) for training in protocol.trainings),
        *({"type": "depends-on", "resource": canonical} for canonical in (*forms, *acts)),
    ]


def _law(reference: LegalReference) -> Json:
    artifact = {"type": "derived-from", "label": reference.certainty, "citation": reference.citation}
    return artifact | ({"url": reference.url} if reference.url else {})


def _training(training: TrainingRequirement) -> Json:
    display = f"{training.module} : {training.hours} h sur {training.days} jours, par un {training.trainer}"
    return {
        "type": "documentation",
        "label": training.certainty,
        "display": shown(display, training.certainty),
        "citation": told(training.source, training.certainty),
    }


# ── action tree ───────────────────────────────────────────────────────────────────────────────────────────


def _steps(protocol: Protocol) -> list[Json]:
    """The steps of a patient's episode, in their order; a group without a part is left out."""
    information, inclusion, exclusion, exam, recourse, decision, report = STEPS
    included = [c for c in protocol.criteria if c.kind == "inclusion"]
    excluded = [c for c in protocol.criteria if c.kind == "exclusion"]
    eligible = _eligible(included, excluded)
    delegatee = _performed_by("DELEGATEE", protocol.delegatees)
    steps = [
        _step(information, "information-consent", _words(protocol.consent))
        | delegatee
        | {"definitionCanonical": questionnaire_canonical(protocol, "information")}
        | _documented(protocol.consent),
        _group(inclusion, "eligibility", "Critères d’inclusion", "all", [_criterion(c) for c in included])
        | {"definitionCanonical": questionnaire_canonical(protocol, "eligibilite")},
        _group(exclusion, "exclusion", "Critères d’exclusion", "any", [_criterion(c) for c in excluded])
        | {"textEquivalent": "Un critère inconnu ne vaut jamais absence d’exclusion."},
        _step(exam, "exam", "Examen")
        | delegatee
        | {"definitionCanonical": questionnaire_canonical(protocol, "examen")},
        _group(recourse, "recourse", "Recours au délégant", "any", [_recourse(r, protocol) for r in protocol.recourses])
        | {"textEquivalent": f"{_words(protocol.contact)}. Une condition inconnue oblige au recours."}
        | _documented(protocol.contact),
        _group(decision, "decision", "Décision", "exactly-one", _outcomes(protocol, eligible))
        | {"textEquivalent": "Si aucune issue n’est établie, le patient est réorienté vers le délégant."},
        _step(report, "report", _words(protocol.report)) | delegatee | _documented(protocol.report),
    ]
    return [step for step in steps if step.get("action") != []]


def _eligible(included: list[Criterion], excluded: list[Criterion]) -> Expression:
    conditions = tuple(criterion.expression for criterion in included)
    if not excluded:
        return All(conditions)
    return All((*conditions, Not(AnyOf(tuple(criterion.expression for criterion in excluded)))))


def _in_order(steps: list[Json]) -> list[Json]:
    """Each step after the end of the one before."""
    first, *rest = steps
    return [first] + [
        step | {"relatedAction": [{"actionId": before["id"], "relationship": "after-end"}]}
        for before, step in zip(steps, rest, strict=False)
    ]


def _criterion(criterion: Criterion) -> Json:
    code = "eligibility" if criterion.kind == "inclusion" else "exclusion"
    return _step(criterion.id, code, _words(criterion)) | _when(criterion.expression) | _documented(criterion)


def _recourse(recourse: Recourse, protocol: Protocol) -> Json:
    return (
        _step(recourse.id, "recourse", _words(recourse))
        | _when(recourse.mandatory)
        | _performed_by("DELEGATOR", protocol.delegators)
        | {"requiredBehavior": "must"}
        | _documented(recourse)
    )


def _outcomes(protocol: Protocol, eligible: Expression) -> list[Json]:
    acts = [_activity(activity, protocol) for activity in protocol.activities]
    return [
        _group(outcome.id, "delegated-act", _words(outcome), "any", acts) | _when(eligible) | _documented(outcome)
        if outcome.when == "eligible"
        else _step(outcome.id, "reorientation", _words(outcome))
        | _when(Not(eligible))
        | _performed_by("DELEGATOR", protocol.delegators)
        | _documented(outcome)
        for outcome in protocol.outcomes
    ]


def _activity(activity: Activity, protocol: Protocol) -> Json:
    code = "delegated-act" if activity.kind == "Procedure" else "prescription"
    action = (
        _step(activity.id, code, shown(activity.title, activity.certainty))
        | _performed_by("DELEGATEE", protocol.delegatees)
        | {"requiredBehavior": "could", "definitionCanonical": activity.canonical}
        | _documented(activity)
    )
    if activity.limit is not None:
        action["textEquivalent"] = f"{activity.title}. {_words(activity.limit)}."
    return action | (_when(activity.condition) if activity.condition is not None else {})


# ── parts of an action ────────────────────────────────────────────────────────────────────────────────────


def _step(id_: str, code: str, title: str) -> Json:
    return {"id": id_, "title": title, "code": [codeable_concept(coding(STEP, code))]}


def _group(id_: str, code: str, title: str, selection: str, parts: list[Json]) -> Json:
    return _step(id_, code, title) | {
        "groupingBehavior": "logical-group",
        "selectionBehavior": selection,
        "action": parts,
    }


def _when(expression: Expression) -> Json:
    return {"condition": [{"kind": "applicability", "expression": expression_of(expression)}]}


def _performed_by(role: str, professions: tuple[Profession, ...]) -> Json:
    codings = [coding(PROFESSION, profession.code) for profession in professions]
    return {"participant": [{"type": "practitioner", "role": codeable_concept(coding(ROLE_CODE, role), *codings)}]}


def _documented(fact: Fact | Criterion | Recourse | Outcome | Activity) -> Json:
    return {"documentation": [citation(fact.source, fact.certainty)]}


def _words(fact: Fact | Criterion | Recourse | Outcome) -> str:
    return shown(fact.text, fact.certainty)
