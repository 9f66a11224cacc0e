"""The generated FHIRPath says what the condition says, to an engine that others wrote."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from fhirpathpy import evaluate as fhirpath
from fhirpathpy.models import models
from hypothesis import given, settings

from mappings.domain.act import Answer
from mappings.domain.logic import Age, All, Answered, AnyOf, Expression, Not, Points, Score, Scored, Truth, evaluate
from mappings.fhir.expression import to_fhirpath
from tests.mappings.domain.conditions import AGES, OPEN_CONDITIONS, answers_of

RESULTS = {Truth.YES: [True], Truth.NO: [False], Truth.UNKNOWN: []}


def response(answers: dict[str, Answer]) -> dict[str, Any]:
    """A QuestionnaireResponse; every other question stands in a group, as it may in a form."""
    items = [_item(link_id, answer) for link_id, answer in answers.items()]
    group = {"linkId": "groupe", "item": items[1::2]}
    return {"resourceType": "QuestionnaireResponse", "status": "completed", "item": [*items[::2], group]}


def _item(link_id: str, answer: Answer) -> dict[str, Any]:
    match answer:
        case None:
            return {"linkId": link_id}
        case bool():
            value: dict[str, Any] = {"valueBoolean": answer}
        case Decimal():
            value = {"valueDecimal": answer}
        case dt.date():
            value = {"valueDate": answer.isoformat()}
        case _:
            value = {"valueCoding": {"code": answer}}
    return {"linkId": link_id, "answer": [value]}


# Without the R4 model the engine finds no answer at all, and everything would be unknown. It takes a long time for each.
@settings(max_examples=100, deadline=None)
@given(condition=OPEN_CONDITIONS, answers=answers_of(unknown=True), age=AGES)
def test_engine_and_domain_agree(condition: Expression, answers: dict[str, Answer], age: int | None) -> None:
    context = {"reponses": response(answers), "age": [] if age is None else age}
    found = fhirpath({"resourceType": "Patient"}, to_fhirpath(condition), context, models["r4"])
    assert found == RESULTS[evaluate(condition, answers, age)]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (Age("<=", 55), "%age <= 55"),
        (Answered("plaie", "=", True), "%reponses.repeat(item).where(linkId='plaie').answer.value = true"),
        (Answered("r", "!=", "absent"), "%reponses.repeat(item).where(linkId='r').answer.value.code != 'absent'"),
        (Answered("d", ">", Decimal("1E+2")), "%reponses.repeat(item).where(linkId='d').answer.value > 100"),
        (
            Answered("j", "<", dt.date(2026, 1, 2)),
            "%reponses.repeat(item).where(linkId='j').answer.value < @2026-01-02",
        ),
        (All((Age(">=", 18), Not(Age(">", 55)))), "(%age >= 18) and ((%age > 55).not())"),
        (AnyOf((Age("<", 18), Age(">", 55))), "(%age < 18) or (%age > 55)"),
        (All(()), "true"),
        (AnyOf(()), "false"),
        (Answered("q'", "=", "a\\'b"), r"%reponses.repeat(item).where(linkId='q\'').answer.value.code = 'a\\\'b'"),
    ],
)
def test_spelling(condition: Expression, expected: str) -> None:
    assert to_fhirpath(condition) == expected


@pytest.mark.parametrize(("age", "expected"), [(0, [False]), (1, [True]), (5, []), (None, [])])
def test_two_cases_of_a_score_at_once_are_not_known(age: int | None, expected: list[bool]) -> None:
    line = Points(
        id="p", text="P", cases=((Age(">", 0), 1), (Age(">", 1), 2)), otherwise=0, source="essai", certainty="S"
    )
    condition = Scored(Score(id="s", title="S", points=(line,)), ">=", 1)
    context = {"reponses": response({}), "age": [] if age is None else age}
    assert fhirpath({}, to_fhirpath(condition), context, models["r4"]) == expected
    assert RESULTS[evaluate(condition, {}, age)] == expected
