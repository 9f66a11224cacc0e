"""What is published of a protocol and of an exam, and what an engine of others should find of each expression in it."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from mappings.domain.act import Answer
from mappings.domain.judgement import Judgement
from mappings.domain.logic import Truth, evaluate
from mappings.domain.protocol import Protocol
from mappings.fhir.act import Placement, act_to_fhir
from mappings.fhir.json import dump, parse
from mappings.fhir.plan_definition import plan_definition_from_protocol
from mappings.fhir.questionnaire import questionnaire_canonical
from tests.rules.cases import changed, good

Json = dict[str, Any]

#: True, false, or nothing when it is not known.
RESULTS = {Truth.YES: [True], Truth.NO: [False], Truth.UNKNOWN: []}


def response_of(protocol: Protocol, answers: dict[str, Answer]) -> Json:
    """The QuestionnaireResponse as it leaves, through JSON."""
    placement = Placement(
        questionnaire_response_id="examen",
        questionnaire=questionnaire_canonical(protocol, "examen"),
        item_types={item.link_id: item.type for item in protocol.exam_items},
        fictitious=True,
    )
    act = changed(good(), {"act.answers": answers, "act.prescriptions": (), "judgement": None}).act
    made = act_to_fhir(act, placement)
    (response,) = [one for one in made if one["resourceType"] == "QuestionnaireResponse"]
    return parse(dump(response))


def actions(parent: Json) -> Iterator[Json]:
    for action in parent.get("action", []):
        yield action
        yield from actions(action)


def expected(
    protocol: Protocol, judgement: Judgement, answers: dict[str, Answer], age: int | None
) -> Iterator[tuple[str, list[Any]]]:
    """Each expression of the published PlanDefinition with what it must give, told by our own engine."""
    plan = parse(dump(plan_definition_from_protocol(protocol, dt.date(2026, 11, 1))))
    tree = {action["id"]: action for action in actions(plan)}
    said: set[str] = set()

    def condition(id_: str, truth: Truth) -> tuple[str, list[Any]]:
        (one,) = tree[id_]["condition"]
        said.add(id_)
        return one["expression"]["expression"], RESULTS[truth]

    for judged in judgement.criteria:
        yield condition(judged.criterion.id, judged.truth)
    for recourse in protocol.recourses:
        yield condition(recourse.id, evaluate(recourse.mandatory, answers, age))
    for outcome in protocol.outcomes:
        opposite = {Truth.YES: Truth.NO, Truth.NO: Truth.YES, Truth.UNKNOWN: Truth.UNKNOWN}[judgement.eligible]
        yield condition(outcome.id, judgement.eligible if outcome.when == "eligible" else opposite)
    for step in protocol.tree:
        for branch in step.branches:
            yield condition(branch.id, evaluate(branch.condition, answers, age))
    for activity in protocol.activities:
        if activity.condition is not None:
            truth = evaluate(activity.condition, answers, age)
            yield from (condition(id_, truth) for id_ in tree if id_ == activity.id or id_.endswith(f".{activity.id}"))
    admits = {judged.criterion.id: judged.admits for judged in judgement.criteria}
    for section in protocol.exam:
        stops = [c for c in protocol.criteria if c.id in section.stops]
        ends = [{Truth.YES: [False], Truth.NO: [True], Truth.UNKNOWN: []}[admits[c.id]] for c in stops]
        told = tree.get(f"examen-{section.link_id}", {}).get("condition", [])
        said.add(f"examen-{section.link_id}")
        yield from zip((one["expression"]["expression"] for one in told), ends, strict=True)
    for score in judgement.scores:
        low, high = (one["expression"]["expression"] for one in tree[score.score.id]["dynamicValue"])
        yield low, [score.low]
        yield high, [score.high]
    # Nothing that is published is left unasked.
    assert {id_ for id_, action in tree.items() if "condition" in action} <= said


def plain(result: list[Any]) -> list[Any]:
    """Numbers of an engine as they compare."""
    return [int(one) if isinstance(one, Decimal) and one == one.to_integral_value() else one for one in result]
