"""Kleene's logic: what is decided stays decided, what is not known is never "no"."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.domain.act import Answer
from mappings.domain.logic import (
    Age,
    All,
    Answered,
    AnyOf,
    Expression,
    Not,
    Truth,
    conjunction,
    disjunction,
    evaluate,
    link_ids,
    negation,
)
from tests.mappings.domain.conditions import AGES, CONDITIONS, OPEN_CONDITIONS, answers_of

YES, NO, UNKNOWN = Truth.YES, Truth.NO, Truth.UNKNOWN


@pytest.mark.parametrize(
    ("left", "right", "both", "either"),
    [
        (YES, YES, YES, YES),
        (YES, NO, NO, YES),
        (YES, UNKNOWN, UNKNOWN, YES),
        (NO, NO, NO, NO),
        (NO, UNKNOWN, NO, UNKNOWN),
        (UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN),
    ],
)
def test_tables_of_kleene(left: Truth, right: Truth, both: Truth, either: Truth) -> None:
    assert conjunction([left, right]) is conjunction([right, left]) is both
    assert disjunction([left, right]) is disjunction([right, left]) is either


@pytest.mark.parametrize(("truth", "opposite"), [(YES, NO), (NO, YES), (UNKNOWN, UNKNOWN)])
def test_negation(truth: Truth, opposite: Truth) -> None:
    assert negation(truth) is opposite


@pytest.mark.parametrize(
    ("condition", "answer", "expected"),
    [
        (Answered("q", "=", True), True, YES),
        (Answered("q", "=", True), False, NO),
        (Answered("q", "=", True), None, UNKNOWN),
        (Answered("q", "!=", "absent"), "present", YES),
        (Answered("q", "<=", Decimal("3.1")), Decimal("3.10"), YES),
        (Answered("q", ">", Decimal(3)), Decimal(3), NO),
        (Answered("q", ">=", dt.date(2026, 3, 1)), dt.date(2026, 2, 28), NO),
        # An answer of another type says nothing, and "no" would have excluded nobody.
        (Answered("q", "=", True), "true", UNKNOWN),
        (Answered("q", "=", Decimal(1)), True, UNKNOWN),
        (Answered("q", "!=", "absent"), Decimal(1), UNKNOWN),
    ],
)
def test_one_answer(condition: Answered, answer: Answer, expected: Truth) -> None:
    assert evaluate(condition, {"q": answer}, None) is expected


def test_a_question_not_asked_is_unknown() -> None:
    assert evaluate(Answered("plaie", "=", True), {}, 30) is UNKNOWN


@pytest.mark.parametrize(("age", "expected"), [(17, NO), (18, YES), (None, UNKNOWN)])
def test_age(age: int | None, expected: Truth) -> None:
    assert evaluate(Age(">=", 18), {}, age) is expected


@pytest.mark.parametrize("value", [True, "absent"])
def test_what_has_no_order_is_not_ordered(value: bool | str) -> None:
    with pytest.raises(ValueError, match="needs a number or a date"):
        Answered("q", "<", value)


@given(condition=OPEN_CONDITIONS, answers=answers_of(unknown=False), age=st.integers(0, 5), data=st.data())
def test_learning_more_never_flips_what_was_decided(
    condition: Expression, answers: dict[str, Answer], age: int, data: st.DataObject
) -> None:
    known = data.draw(st.sets(st.sampled_from(sorted(answers))))
    less: dict[str, Answer] = {link_id: answers[link_id] for link_id in known}
    before = evaluate(condition, less, data.draw(st.sampled_from([age, None])))
    assert before in (UNKNOWN, evaluate(condition, answers, age))


@given(condition=CONDITIONS, answers=answers_of(unknown=False), age=st.integers(0, 5))
def test_all_known_is_decided(condition: Expression, answers: dict[str, Answer], age: int) -> None:
    assert evaluate(condition, answers, age) is not UNKNOWN


@given(parts=st.lists(OPEN_CONDITIONS, max_size=3).map(tuple), answers=answers_of(unknown=True), age=AGES)
def test_de_morgan(parts: tuple[Expression, ...], answers: dict[str, Answer], age: int | None) -> None:
    opposites = tuple(Not(part) for part in parts)
    assert evaluate(Not(All(parts)), answers, age) is evaluate(AnyOf(opposites), answers, age)
    assert evaluate(Not(AnyOf(parts)), answers, age) is evaluate(All(opposites), answers, age)


@given(condition=OPEN_CONDITIONS, answers=answers_of(unknown=True), age=AGES)
def test_only_the_questions_read_count(condition: Expression, answers: dict[str, Answer], age: int | None) -> None:
    read = {link_id: answer for link_id, answer in answers.items() if link_id in link_ids(condition)}
    assert evaluate(condition, read, age) is evaluate(condition, answers, age)
