"""The exam was complete and let the patient in: unknown never means included (CSP L4011-2)."""

from mappings.domain.judgement import admits
from mappings.domain.logic import Truth
from mappings.issues import Issue
from service.rules.case import Case, Faults


def answers_are_admitted(case: Case) -> Faults:
    """Each answer is to a question of the protocol, and of those that the question admits: no other can be judged."""
    if case.protocol is None:
        return
    questions = {item.link_id: item for item in case.protocol.exam_items}
    for link_id, answer in case.act.answers.items():
        if link_id not in questions:
            yield Issue(
                "business-rule",
                "QuestionnaireResponse.item",
                "L’examen contient une réponse à une question que le protocole ne pose pas.",
                "CSP L4011-2",
            )
        elif not admits(questions[link_id], answer):
            yield Issue(
                "business-rule",
                f"QuestionnaireResponse.item.where(linkId='{link_id}').answer",
                "La réponse n’est pas de celles que la question du protocole admet.",
                "CSP L4011-2",
            )


def exam_is_complete(case: Case) -> Faults:
    if case.judgement is None or not case.derogates:
        return
    for item in case.judgement.missing:
        yield Issue(
            "business-rule",
            f"QuestionnaireResponse.item.where(linkId='{item.link_id}').answer",
            f"Une étape obligatoire de l’examen n’a pas de réponse : « {item.text} ».",
            "CSP L4011-2",
        )


def patient_is_eligible(case: Case) -> Faults:
    """Each criterion that fails, or that is not known, is named."""
    if case.judgement is None or not case.derogates:
        return
    for judged in case.judgement.criteria:
        if judged.admits is Truth.YES:
            continue
        criterion, truth = judged.criterion, judged.truth
        known = "ne peut être établi" if truth is Truth.UNKNOWN else "n’est pas rempli"
        if criterion.kind != "inclusion":
            known = "ne peut être écarté" if truth is Truth.UNKNOWN else "est présent"
        yield Issue(
            "business-rule",
            f"PlanDefinition.action.where(id='{criterion.id}').condition",
            f"Le critère « {criterion.text} » du protocole {known} : le patient ne peut pas être pris en charge "
            "par délégation et doit être réorienté.",
            "CSP L4011-2",
        )


def recourse_was_taken(case: Case) -> Faults:
    """A mandatory recourse to the délégant, also when the risk is not excluded, must be on the record."""
    if case.judgement is None or not case.derogates:
        return
    for judged in case.judgement.recourses:
        if not judged.satisfied:
            yield Issue(
                "business-rule",
                f"PlanDefinition.action.where(id='{judged.recourse.id}').condition",
                "Le recours au délégant est obligatoire dans cette situation et n’est pas tracé dans l’examen : "
                f"« {judged.recourse.text} ».",
                "CSP L4011-2",
            )
