"""Two conditions hold together when a patient could meet both: no patient escapes the cases that are tried."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.domain.act import Answer
from mappings.domain.logic import Age, All, Answered, AnyOf, Expression, Not, Truth, evaluate
from mappings.domain.overlap import hold_together
from mappings.domain.protocol import FormItem, Option
from tests.mappings.domain.conditions import OPEN_CONDITIONS, answers_of


def question(link_id: str, type_: str, *codes: str) -> FormItem:
    options = tuple(Option(code=code, display=code) for code in codes)
    return FormItem(link_id=link_id, text=link_id, type=type_, options=options, source="essai", certainty="S")  # type: ignore[arg-type]


QUESTIONS = {
    item.link_id: item
    for item in (
        question("plaie", "boolean"),
        question("chute", "boolean"),
        question("delai", "decimal"),
        question("risque", "choice", "absent", "present", "non-exclu"),
        question("jour", "date"),
        question("nombre", "integer"),
    )
}


@given(OPEN_CONDITIONS, OPEN_CONDITIONS, answers_of(unknown=False), st.integers(0, 6))
def test_a_patient_who_meets_both_is_always_found(
    first: Expression, second: Expression, answers: dict[str, Answer], age: int
) -> None:
    both = evaluate(first, answers, age) is evaluate(second, answers, age) is Truth.YES
    if both:
        assert hold_together(first, second, QUESTIONS) is not False


@given(OPEN_CONDITIONS)
def test_a_condition_and_its_opposite_never_do(condition: Expression) -> None:
    assert not hold_together(condition, Not(condition), QUESTIONS)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (Age("<=", 15), Age(">", 15), False),
        (Age("<=", 15), Age(">=", 15), True),
        (Answered("delai", ">", Decimal(3)), Answered("delai", "<", Decimal(4)), True),
        # No whole number stands between 3 and 4.
        (Answered("nombre", ">", Decimal(3)), Answered("nombre", "<", Decimal(4)), False),
        (Answered("risque", "=", "absent"), Answered("risque", "!=", "present"), True),
        (AnyOf(()), All(()), False),
        (All(()), All(()), True),
    ],
)
def test_cases(first: Expression, second: Expression, expected: bool) -> None:
    assert hold_together(first, second, QUESTIONS) is expected


def test_too_many_cases_say_nothing() -> None:
    questions = {f"q{n}": question(f"q{n}", "boolean") for n in range(20)}
    many = AnyOf(tuple(Answered(link_id, "=", True) for link_id in questions))
    assert hold_together(many, many, questions) is None
