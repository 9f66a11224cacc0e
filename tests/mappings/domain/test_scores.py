"""A score is an interval while an answer is missing, and says nothing where its wording does not."""

from decimal import Decimal

import pytest

from mappings.domain.act import Answer
from mappings.domain.logic import Age, All, Answered, Points, Score, Scored, Truth, bounds, evaluate

YES, NO, UNKNOWN = Truth.YES, Truth.NO, Truth.UNKNOWN


def line(id_: str, *cases: tuple[object, int], otherwise: int | None = 0) -> Points:
    return Points(id=id_, text=id_, cases=cases, otherwise=otherwise, source="essai", certainty="S")  # type: ignore[arg-type]


FEVER = line("fievre", (Answered("temperature", ">", Decimal(38)), 1))
COUGH = line("toux", (Answered("toux", "=", False), 1))
AGE = line(
    "age",
    (All((Age(">=", 3), Age("<=", 14))), 1),
    (All((Age(">=", 15), Age("<=", 44))), 0),
    (Age(">", 45), -1),
    otherwise=None,
)
SCORE = Score(id="essai", title="Essai", points=(FEVER, COUGH, AGE))
FEVERISH: dict[str, Answer] = {"temperature": Decimal("38.5"), "toux": False}


@pytest.mark.parametrize(
    ("answers", "age", "expected"),
    [
        (FEVERISH, 10, (3, 3)),
        (FEVERISH, 30, (2, 2)),
        (FEVERISH, 46, (1, 1)),
        ({"temperature": Decimal(38), "toux": True}, 30, (0, 0)),
        # An answer that is missing widens the score by its points.
        ({"temperature": Decimal("38.5")}, 30, (1, 2)),
        ({}, 30, (0, 2)),
        # The wording says nothing of 45 years, nor below 3: any of its points are possible.
        (FEVERISH, 45, (1, 3)),
        (FEVERISH, 2, (1, 3)),
        (FEVERISH, None, (1, 3)),
    ],
)
def test_bounds(answers: dict[str, Answer], age: int | None, expected: tuple[int, int]) -> None:
    assert bounds(SCORE, answers, age) == expected


@pytest.mark.parametrize(
    ("operator", "value", "expected"),
    [
        (">=", 1, YES),
        (">=", 2, UNKNOWN),
        (">=", 4, NO),
        (">", 0, YES),
        (">", 3, NO),
        ("<", 4, YES),
        ("<", 1, NO),
        ("<=", 2, UNKNOWN),
        ("=", 4, NO),
        ("=", 2, UNKNOWN),
        ("!=", 0, YES),
        ("!=", 3, UNKNOWN),
    ],
)
def test_a_comparison_is_decided_when_every_value_agrees(operator: str, value: int, expected: Truth) -> None:
    assert bounds(SCORE, FEVERISH, 45) == (1, 3)
    assert evaluate(Scored(SCORE, operator, value), FEVERISH, 45) is expected  # type: ignore[arg-type]


def test_two_cases_at_once_are_not_known() -> None:
    both = line("age", (Age(">", 10), 1), (Age(">", 20), 2), otherwise=None)
    score = Score(id="essai", title="Essai", points=(both,))
    assert bounds(score, {}, 15) == (1, 1)
    assert bounds(score, {}, 25) == (1, 2)
