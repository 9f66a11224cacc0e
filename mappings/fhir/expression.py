"""A condition as FHIRPath, in the subset that independent engines agree on.

Variables: ``%reponses``, the QuestionnaireResponse; ``%age``, whole years, empty when not known. Empty is
"not known", never "no". https://hl7.org/fhirpath/N1/ (boolean logic, 6.5).
"""

import datetime as dt
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import assert_never

from mappings.domain.logic import Age, All, Answered, AnyOf, Expression, Not, Operator, Points, Score, Scored, Undefined
from mappings.elements import Json


def to_fhirpath(expression: Expression) -> str:
    match expression:
        case Answered(link_id, operator, value):
            # A coded answer is compared by its code.
            path = "answer.value.code" if isinstance(value, str) else "answer.value"
            return f"%reponses.repeat(item).where(linkId={_string(link_id)}).{path} {operator} {_literal(value)}"
        case Age(operator, years):
            return f"%age {operator} {years}"
        case All(parts):
            return " and ".join(f"({to_fhirpath(part)})" for part in parts) or "true"
        case AnyOf(parts):
            return " or ".join(f"({to_fhirpath(part)})" for part in parts) or "false"
        case Not(part):
            return f"({to_fhirpath(part)}).not()"
        case Scored(score, operator, value):
            return _agreed(score, operator, value)
        case Undefined():
            return "{}"
    assert_never(expression)


def bounds_of(score: Score) -> tuple[str, str]:
    """The least and the greatest value that the score may take, given what is known."""
    return " + ".join(_points(p, min) for p in score.points), " + ".join(_points(p, max) for p in score.points)


def expression_of(expression: Expression) -> Json:
    """The Expression datatype."""
    return {"language": "text/fhirpath", "expression": to_fhirpath(expression)}


def _agreed(score: Score, operator: Operator, value: int) -> str:
    """True or false when every value that the score may take agrees, else empty: ``iif`` without its third part."""
    low, high = bounds_of(score)
    match operator:
        case "=":
            return f"iif(({low} = {value}) and ({high} = {value}), true, {_outside(low, high, value)}, false))"
        case "!=":
            return f"iif(({low} = {value}) and ({high} = {value}), false, {_outside(low, high, value)}, true))"
        case ">" | ">=":
            return f"iif({low} {operator} {value}, true, iif(({high} {operator} {value}).not(), false))"
        case _:
            return f"iif({high} {operator} {value}, true, iif(({low} {operator} {value}).not(), false))"


def _outside(low: str, high: str, value: int) -> str:
    return f"iif(({low} > {value}) or ({high} < {value})"


def _points(points: Points, bound: Callable[[Iterable[int]], int]) -> str:
    """The points of the one case that holds, every other one being known not to; else all that they may be."""
    if len(points.cases) == 1 and points.otherwise is not None:
        ((expression, value),) = points.cases
        condition, other = to_fhirpath(expression), points.otherwise
        unsure = f"iif(({condition}).not(), {_integer(other)}, {_integer(bound([value, other]))})"
        return f"iif({condition}, {_integer(value)}, {unsure})"
    conditions = [to_fhirpath(condition) for condition, _ in points.cases]
    values = [value for _, value in points.cases]
    known = " + ".join(f"iif({condition}, 1, 0)" for condition in conditions)
    unknown = " or ".join(f"({condition}).empty()" for condition in conditions)
    otherwise = [] if points.otherwise is None else [points.otherwise]
    widest = _integer(bound([*values, *otherwise]))
    sums = " + ".join(f"iif({c}, {_integer(v)}, 0)" for c, v in zip(conditions, values, strict=True))
    exact = f"iif({known} = 1, {sums}, {_integer(otherwise[0]) if otherwise else widest})"
    return f"iif({unknown} or ({known} > 1), {widest}, {exact})"


def _integer(number: int) -> str:
    return str(number) if number >= 0 else f"(0 - {-number})"


def _literal(value: bool | Decimal | str | dt.date) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case Decimal():
            return f"{value:f}"
        case str():
            return _string(value)
        case _:
            return f"@{value.isoformat()}"


def _string(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
