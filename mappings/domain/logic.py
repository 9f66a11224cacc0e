"""Conditions of a protocol and their judgement in Kleene's strong three-valued logic.

Here lives what may be asked of the answers of a form, of an age and of a score, and how "not known" spreads:
it is never taken for "no". How a condition is spelled (TOML, FHIRPath) must not be known here.
"""

import datetime as dt
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Any, Final, Literal, assert_never

from mappings.domain.act import Answer
from mappings.domain.evidence import Certainty

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


@dataclass(frozen=True, slots=True)
class Undefined:
    """A condition that is known to exist and whose wording or value is not: always UNKNOWN."""

    #: What must be validated, in words.
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Points:
    """One line of a score: the points of the one case that holds."""

    id: str
    text: str
    cases: tuple[tuple["Expression", int], ...]
    #: When no case holds; None = the wording does not say, and the points are not known.
    otherwise: int | None
    source: str
    certainty: Certainty


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A sum of points."""

    id: str
    title: str
    points: tuple[Points, ...]


@dataclass(frozen=True, slots=True)
class Scored:
    """The score compares so with a number; decided only when all the values it may still take agree."""

    score: Score
    operator: Operator
    value: int


Leaf = Answered | Age | Undefined
Expression = Leaf | All | AnyOf | Not | Scored


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
        case Scored(score, comparison, value):
            low, high = bounds(score, answers, age)
            return _agreed(low, high, comparison, value)
        case Undefined():
            return Truth.UNKNOWN
    assert_never(expression)


def bounds(score: Score, answers: Mapping[str, Answer], age: int | None) -> tuple[int, int]:
    """The least and the greatest value that the score may take, given what is known."""
    ranges = [points_bounds(points, answers, age) for points in score.points]
    return sum(low for low, _ in ranges), sum(high for _, high in ranges)


def points_bounds(points: Points, answers: Mapping[str, Answer], age: int | None) -> tuple[int, int]:
    """One number when exactly one case holds, or none does and the wording says what then; else all they may be."""
    truths = [evaluate(condition, answers, age) for condition, _ in points.cases]
    if Truth.UNKNOWN not in truths:
        held = [value for (_, value), truth in zip(points.cases, truths, strict=True) if truth is Truth.YES]
        if not held and points.otherwise is not None:
            held = [points.otherwise]
        if len(held) == 1:
            return held[0], held[0]
    values = [value for _, value in points.cases] + ([] if points.otherwise is None else [points.otherwise])
    return min(values), max(values)


def conjunction(truths: Iterable[Truth]) -> Truth:
    """One NO decides; else one UNKNOWN leaves it open."""
    found = Truth.YES
    for truth in truths:
        if truth is Truth.NO:
            return Truth.NO
        if truth is Truth.UNKNOWN:
            found = Truth.UNKNOWN
    return found


def disjunction(truths: Iterable[Truth]) -> Truth:
    """One YES decides; else one UNKNOWN leaves it open."""
    found = Truth.NO
    for truth in truths:
        if truth is Truth.YES:
            return Truth.YES
        if truth is Truth.UNKNOWN:
            found = Truth.UNKNOWN
    return found


def negation(truth: Truth) -> Truth:
    return _OPPOSITE[truth]


def link_ids(expression: Expression) -> frozenset[str]:
    """The questions that a condition reads."""
    return frozenset(leaf.link_id for leaf in leaves(expression) if isinstance(leaf, Answered))


def leaves(expression: Expression) -> Iterator[Leaf]:
    """What a condition looks at, scores gone through."""
    match expression:
        case Answered() | Age() | Undefined():
            yield expression
        case All(parts) | AnyOf(parts):
            for part in parts:
                yield from leaves(part)
        case Not(part):
            yield from leaves(part)
        case Scored(score):
            for points in score.points:
                for condition, _ in points.cases:
                    yield from leaves(condition)
        case _:
            assert_never(expression)


_OPPOSITE: Final = {Truth.YES: Truth.NO, Truth.NO: Truth.YES, Truth.UNKNOWN: Truth.UNKNOWN}


def _compared(known: Answer | int, comparison: Operator, value: Answer | int) -> Truth:
    # An answer of another type than the question's says nothing about it, and must not pass for "no".
    if known is None or type(known) is not type(value):
        return Truth.UNKNOWN
    return Truth.YES if COMPARISONS[comparison](known, value) else Truth.NO


def _agreed(low: int, high: int, comparison: Operator, value: int) -> Truth:
    # Over a whole range an order is decided by its ends; an equality also by the value being outside.
    if low == high:
        return Truth.YES if COMPARISONS[comparison](low, value) else Truth.NO
    if comparison in ("=", "!="):
        outside = Truth.NO if comparison == "=" else Truth.YES
        return outside if value < low or value > high else Truth.UNKNOWN
    at_ends = {COMPARISONS[comparison](low, value), COMPARISONS[comparison](high, value)}
    if len(at_ends) == 2:
        return Truth.UNKNOWN
    return Truth.YES if at_ends.pop() else Truth.NO
