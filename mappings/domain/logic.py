"""Conditions of a protocol and their judgement in Kleene's strong three-valued logic.

Here lives what may be asked of the answers of a form and of an age, and how "not known" spreads: it is
never taken for "no". How a condition is spelled (TOML, FHIRPath) must not be known here.
"""

import datetime as dt
import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Any, Final, Literal, assert_never

from mappings.domain.act import Answer

Operator = Literal["=", "!=", "<", "<=", ">", ">="]

COMPARISONS: Final[Mapping[Operator, Callable[[Any, Any], bool]]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class Truth(Enum):
    """What is known of a condition."""

    YES = "yes"
    NO = "no"
    #: An answer it needs is missing, or was asked and is not known.
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer to one question compares so with a value."""

    link_id: str
    operator: Operator
    #: Yes/no, number, code of a choice, or date; yes/no and codes have no order.
    value: bool | Decimal | str | dt.date

    def __post_init__(self) -> None:
        if isinstance(self.value, (bool, str)) and self.operator not in ("=", "!="):
            raise ValueError(f"{self.link_id}: {self.operator} needs a number or a date")


@dataclass(frozen=True, slots=True)
class Age:
    """The patient's age in whole years compares so with a number of years."""

    operator: Operator
    years: int


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds."""

    parts: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part holds."""

    parts: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: "Expression"


Expression = Answered | Age | All | AnyOf | Not


def evaluate(expression: Expression, answers: Mapping[str, Answer], age: int | None) -> Truth:
    """Judge a condition over the answers by linkId and the age; a missing or None answer is UNKNOWN."""
    match expression:
        case Answered(link_id, comparison, value):
            return _compared(answers.get(link_id), comparison, value)
        case Age(comparison, years):
            return _compared(age, comparison, years)
        case All(parts):
            return conjunction(evaluate(part, answers, age) for part in parts)
        case AnyOf(parts):
            return disjunction(evaluate(part, answers, age) for part in parts)
        case Not(part):
            return negation(evaluate(part, answers, age))
    assert_never(expression)


def conjunction(truths: Iterable[Truth]) -> Truth:
    """One NO decides; else one UNKNOWN leaves it open."""
    found = set(truths)
    if Truth.NO in found:
        return Truth.NO
    return Truth.UNKNOWN if Truth.UNKNOWN in found else Truth.YES


def disjunction(truths: Iterable[Truth]) -> Truth:
    """One YES decides; else one UNKNOWN leaves it open."""
    return negation(conjunction(negation(truth) for truth in truths))


def negation(truth: Truth) -> Truth:
    return _OPPOSITE[truth]


def link_ids(expression: Expression) -> frozenset[str]:
    """The questions that a condition reads."""
    match expression:
        case Answered(link_id):
            return frozenset({link_id})
        case Age():
            return frozenset()
        case All(parts) | AnyOf(parts):
            return frozenset().union(*(link_ids(part) for part in parts))
        case Not(part):
            return link_ids(part)
    assert_never(expression)


_OPPOSITE: Final = {Truth.YES: Truth.NO, Truth.NO: Truth.YES, Truth.UNKNOWN: Truth.UNKNOWN}


def _compared(known: Answer | int, comparison: Operator, value: Answer | int) -> Truth:
    # An answer of another type than the question's says nothing about it, and must not pass for "no".
    if known is None or type(known) is not type(value):
        return Truth.UNKNOWN
    return Truth.YES if COMPARISONS[comparison](known, value) else Truth.NO
