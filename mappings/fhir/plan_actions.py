"""The steps of a patient's episode, and the decision tree, as the actions of a PlanDefinition.

The id of an action is that of the step, criterion, recourse, outcome, branch or act that it says: an issue can
point to it. An act of the tree stands under each branch that lists it, its id after that of the branch. A
condition that is empty, for want of an answer, neither includes nor frees from a recourse (``textEquivalent``).
"""

from typing import Final

from mappings.codes.systems import CODE_SYSTEM, PROFESSION, ROLE_CODE
from mappings.domain.kinds import KINDS
from mappings.domain.logic import All, AnyOf, Expression, Not, Score
from mappings.domain.protocol import (
    STEPS,
    Activity,
    Branch,
    Criterion,
    CriterionKind,
    ExamSection,
    Fact,
    Outcome,
    Profession,
    Protocol,
    Recourse,
    TreeStep,
)
from mappings.domain.reporting import REORIENTATION_REASONS
from mappings.elements import Json
from mappings.fhir.certainty import citation, shown
from mappings.fhir.datatypes import codeable_concept, coding
from mappings.fhir.expression import bounds_of, expression_of
from mappings.fhir.questionnaire import questionnaire_canonical

STEP: Final = f"{CODE_SYSTEM}binome-step"
REASON: Final = f"{CODE_SYSTEM}binome-reorientation-reason"


def actions_from_protocol(protocol: Protocol) -> list[Json]:
    return _in_order(_steps(protocol))


def _steps(protocol: Protocol) -> list[Json]:
    """In their order; a group without a part is left out."""
    information, inclusion, exclusion, exam, withdrawal, recourse, decision, report = STEPS
    included = _of_kind(protocol, "inclusion")
    excluded = _of_kind(protocol, "red-flag", "exclusion")
    leaving = _of_kind(protocol, "withdrawal")
    eligible = _eligible(included, [*excluded, *leaving])
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
        | {"definitionCanonical": questionnaire_canonical(protocol, "examen")}
        | _parts([*_exam_steps(protocol), *(_score(score) for score in protocol.scores)]),
        _group(withdrawal, "withdrawal", "Critères de sortie", "any", [_criterion(c) for c in leaving])
        | {"textEquivalent": "Un critère de sortie inconnu ne laisse pas le patient dans le protocole."},
        _group(recourse, "recourse", "Recours au délégant", "any", [_recourse(r, protocol) for r in protocol.recourses])
        | {"textEquivalent": f"{_words(protocol.contact)}. Une condition inconnue oblige au recours."}
        | _documented(protocol.contact),
        _group(decision, "decision", "Décision", "exactly-one", _outcomes(protocol, eligible))
        | {"textEquivalent": "Si aucune issue n’est établie, le patient est réorienté vers le délégant."},
        _step(report, "report", _words(protocol.report)) | delegatee | _documented(protocol.report),
    ]
    return [step for step in steps if step.get("action") != []]


def _of_kind(protocol: Protocol, *kinds: CriterionKind) -> list[Criterion]:
    return [criterion for criterion in protocol.criteria if criterion.kind in kinds]


def _parts(parts: list[Json]) -> Json:
    return {"action": parts} if parts else {}


def _exam_steps(protocol: Protocol) -> list[Json]:
    """Only the steps that say more than their questions: who goes through them, what stops the exam after them."""
    return [_exam_step(section, protocol) for section in protocol.exam if section.stops or section.role == "DELEGATOR"]


def _exam_step(section: ExamSection, protocol: Protocol) -> Json:
    who = protocol.delegators if section.role == "DELEGATOR" else protocol.delegatees
    step = _step(f"examen-{section.link_id}", "exam", section.title) | _performed_by(section.role, who)
    stops = [criterion for criterion in protocol.criteria if criterion.id in section.stops]
    conditions = [
        {
            "kind": "stop",
            "expression": expression_of(c.expression if c.kind != "inclusion" else Not(c.expression)),
        }
        for c in stops
    ]
    return step | ({"condition": conditions} if conditions else {})


def _score(score: Score) -> Json:
    """Least and greatest value, given what is known: one number when they are equal."""
    lines = [f"- {shown(points.text, points.certainty)}" for points in score.points]
    low, high = bounds_of(score)
    return _step(score.id, "score", score.title) | {
        "textEquivalent": "\n".join(["Somme de points ; avec un élément inconnu, un intervalle.", "", *lines]),
        "documentation": [
            {**citation(points.source, points.certainty), "display": points.text} for points in score.points
        ],
        "dynamicValue": [
            {"expression": {"name": f"{score.id}-{name}", "language": "text/fhirpath", "expression": expression}}
            for name, expression in (("minimum", low), ("maximum", high))
        ],
    }


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


_CODES: Final[dict[CriterionKind, str]] = {
    "inclusion": "eligibility",
    "exclusion": "exclusion",
    "red-flag": "exclusion",
    "withdrawal": "withdrawal",
}


def _criterion(criterion: Criterion) -> Json:
    code = "emergency" if criterion.emergency else _CODES[criterion.kind]
    when = _when(criterion.expression)
    if criterion.kind == "withdrawal":
        when["condition"][0]["kind"] = "stop"
    action = _step(criterion.id, code, _words(criterion)) | when | _documented(criterion)
    return action if criterion.kind == "inclusion" else action | _because(criterion.reason)


def _recourse(recourse: Recourse, protocol: Protocol) -> Json:
    return (
        _step(recourse.id, "recourse", _words(recourse))
        | _when(recourse.mandatory)
        | _performed_by("DELEGATOR", protocol.delegators)
        | {"requiredBehavior": "must"}
        | _documented(recourse)
    )


def _outcomes(protocol: Protocol, eligible: Expression) -> list[Json]:
    return [
        _group(outcome.id, "delegated-act", _words(outcome), "any", _acts(protocol))
        | _when(eligible)
        | _documented(outcome)
        if outcome.when == "eligible"
        else _step(outcome.id, "reorientation", _words(outcome))
        | _when(Not(eligible))
        | _performed_by("DELEGATOR", protocol.delegators)
        | _documented(outcome)
        for outcome in protocol.outcomes
    ]


def _acts(protocol: Protocol) -> list[Json]:
    """The tree from its root; without a tree, the closed list."""
    if protocol.tree:
        return [_tree_step(protocol.tree[0], protocol)]
    return [_activity(activity, protocol) for activity in protocol.activities]


def _tree_step(step: TreeStep, protocol: Protocol) -> Json:
    branches = [_branch(branch, protocol) for branch in step.branches]
    return _group(step.id, "decision", step.text, "exactly-one", branches) | {
        "textEquivalent": "Si aucune branche n’est établie, ou si deux le sont, aucun acte n’est permis."
    }


def _branch(branch: Branch, protocol: Protocol) -> Json:
    steps = {step.id: step for step in protocol.tree}
    acts = [activity for activity in protocol.activities if activity.id in branch.acts]
    parts = [_activity(activity, protocol) | {"id": f"{branch.id}.{activity.id}"} for activity in acts]
    if branch.then:
        parts.append(_tree_step(steps[branch.then], protocol))
    code = "reorientation" if branch.reorientation else "recourse" if branch.recourse else "decision"
    action = _step(branch.id, code, _words(branch)) | _when(branch.condition) | _documented(branch)
    if branch.reorientation:
        action |= _because(branch.reorientation)
    if branch.reorientation or branch.recourse:
        action |= _performed_by("DELEGATOR", protocol.delegators)
    return action | _parts(parts)


def _activity(activity: Activity, protocol: Protocol) -> Json:
    action = (
        _step(activity.id, KINDS[activity.kind].step, shown(activity.title, activity.certainty))
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


def _because(reason: str) -> Json:
    """Why the patient goes back to the délégant."""
    return {"reason": [codeable_concept(coding(REASON, reason, REORIENTATION_REASONS[reason]))]}


def _documented(fact: Fact | Criterion | Recourse | Outcome | Activity | Branch) -> Json:
    return {"documentation": [citation(fact.source, fact.certainty)]}


def _words(fact: Fact | Criterion | Recourse | Outcome | Branch) -> str:
    return shown(fact.text, fact.certainty)
