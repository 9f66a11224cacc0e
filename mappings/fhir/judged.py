"""What a protocol judged, as an OperationOutcome: each criterion with its truth, and the way that was followed.

https://hl7.org/fhir/R4/operationoutcome.html. ``details.coding`` says true, false or undetermined (``binome-truth``);
``expression`` points at the action of the PlanDefinition. No answer and no score is told, only what it comes to.
"""

from collections.abc import Iterator
from typing import Final

from mappings.codes.systems import CODE_SYSTEM
from mappings.domain.judgement import CriterionJudgement, Judgement, RecourseJudgement
from mappings.domain.logic import Truth
from mappings.domain.proposal import Proposal
from mappings.domain.protocol import Protocol
from mappings.domain.walking import Walk
from mappings.elements import Json
from mappings.fhir.certainty import shown
from mappings.fhir.datatypes import coding

TRUTH: Final = f"{CODE_SYSTEM}binome-truth"
#: Codes of ``binome-truth``.
CODES: Final = {Truth.YES: "true", Truth.NO: "false", Truth.UNKNOWN: "undetermined"}

_KINDS: Final = {
    "inclusion": "Critère d’inclusion",
    "exclusion": "Critère d’exclusion",
    "red-flag": "Signe d’alerte",
    "withdrawal": "Critère de sortie",
}
_MET: Final = {Truth.YES: "rempli", Truth.NO: "non rempli", Truth.UNKNOWN: "indéterminé"}
_PRESENT: Final = {Truth.YES: "présent", Truth.NO: "absent", Truth.UNKNOWN: "indéterminé"}
_ELIGIBLE: Final = {
    Truth.YES: "Le patient répond aux critères du protocole.",
    Truth.NO: "Le patient ne peut pas être pris en charge par délégation.",
    Truth.UNKNOWN: "L’éligibilité n’est pas établie : un critère inconnu n’inclut jamais.",
}
_STANDS: Final = {
    "undetermined": "aucune branche n’est établie, une réponse manque",
    "no-branch": "aucune branche ne correspond",
    "conflict": "deux branches correspondent à la fois",
}


def outcome_of(protocol: Protocol, judgement: Judgement, proposal: Proposal) -> Json:
    """The whole judgement; a warning is what keeps an act from being proposed."""
    issues = [
        _issue(judgement.eligible, judgement.eligible is not Truth.YES, _ELIGIBLE[judgement.eligible], ""),
        *(_criterion(judged) for judged in judgement.criteria),
        *_stop(judgement),
        *_missing(judgement),
        *_scores(judgement),
        *(_recourse(judged) for judged in judgement.recourses),
        *_way(judgement.walk),
        *_acts(protocol, judgement, proposal),
    ]
    return {"resourceType": "OperationOutcome", "issue": issues}


def _criterion(judged: CriterionJudgement) -> Json:
    criterion = judged.criterion
    words = _MET if criterion.kind == "inclusion" else _PRESENT
    text = f"{_KINDS[criterion.kind]} « {shown(criterion.text, criterion.certainty)} » : {words[judged.truth]}."
    return _issue(judged.truth, judged.admits is not Truth.YES, text, _action(criterion.id, "condition"))


def _stop(judgement: Judgement) -> Iterator[Json]:
    if judgement.stop is not None:
        text = f"L’examen s’arrête après l’étape « {judgement.stop.title} »."
        yield _issue(None, True, text, _action(f"examen-{judgement.stop.link_id}", "condition"))


def _missing(judgement: Judgement) -> Iterator[Json]:
    for item in judgement.missing:
        text = f"Question obligatoire sans réponse : « {shown(item.text, item.certainty)} »."
        yield _issue(Truth.UNKNOWN, True, text, f"QuestionnaireResponse.repeat(item).where(linkId='{item.link_id}')")


def _scores(judgement: Judgement) -> Iterator[Json]:
    for judged in judgement.scores:
        known = "établi" if judged.value is not None else "non établi, un élément est inconnu"
        yield _issue(
            None, False, f"Score « {judged.score.title} » : {known}.", _action(judged.score.id, "dynamicValue")
        )


def _recourse(judged: RecourseJudgement) -> Json:
    if judged.satisfied:
        known = "obligatoire, et tracé dans l’examen"
    elif judged.mandatory is Truth.UNKNOWN:
        known = "sa condition est inconnue, il est donc obligatoire ; il n’est pas tracé dans l’examen"
    else:
        known = "obligatoire, et non tracé dans l’examen"
    text = f"Recours au délégant « {shown(judged.recourse.text, judged.recourse.certainty)} » : {known}."
    return _issue(judged.mandatory, not judged.satisfied, text, _action(judged.recourse.id, "condition"))


def _way(walk: Walk | None) -> Iterator[Json]:
    if walk is None:
        return
    for branch in walk.path:
        text = f"Branche suivie : « {shown(branch.text, branch.certainty)} »."
        yield _issue(Truth.YES, False, text, _action(branch.id, "condition"))
    if walk.step is not None:
        text = f"Étape « {walk.step.text} » : {_STANDS[walk.state]} ; aucun acte n’est permis."
        yield _issue(Truth.UNKNOWN, True, text, _action(walk.step.id))


def _acts(protocol: Protocol, judgement: Judgement, proposal: Proposal) -> Iterator[Json]:
    proposed = {activity.id for activity in proposal.acts}
    for activity in protocol.activities:
        truth = judgement.activities[activity.canonical]
        if truth is Truth.UNKNOWN:
            text = f"« {activity.title} » : ses conditions ne sont pas établies, l’acte n’est pas proposé."
            yield _issue(truth, True, text, _activity(activity.canonical))
        elif truth is Truth.NO:
            text = f"« {activity.title} » : le protocole ne le permet pas dans cette situation."
            yield _issue(truth, False, text, _activity(activity.canonical))
        elif activity.id in proposal.others:
            text = f"« {activity.title} » : le protocole le confie à une autre profession que celle du délégué."
            yield _issue(truth, False, text, _activity(activity.canonical))
        elif activity.id not in proposed:
            text = f"« {activity.title} » : permis par l’arbre, non proposé tant qu’un point reste ouvert."
            yield _issue(truth, True, text, _activity(activity.canonical))


def _activity(canonical: str) -> str:
    return f"PlanDefinition.repeat(action).where(definition='{canonical}')"


def _action(id_: str, element: str = "") -> str:
    return f"PlanDefinition.repeat(action).where(id='{id_}')" + (f".{element}" if element else "")


def _issue(truth: Truth | None, blocks: bool, text: str, expression: str) -> Json:
    told = {"coding": [coding(TRUTH, CODES[truth])]} if truth is not None else {}
    issue: Json = {
        "severity": "warning" if blocks else "information",
        "code": "business-rule" if blocks else "informational",
        "details": told | {"text": text},
    }
    return issue | ({"expression": [expression]} if expression else {})
