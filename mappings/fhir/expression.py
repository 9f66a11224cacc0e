"""A condition as FHIRPath, in the subset that independent engines agree on.

Variables: ``%reponses``, the QuestionnaireResponse; ``%age``, whole years, empty when not known. Empty is
"not known", never "no". https://hl7.org/fhirpath/N1/ (boolean logic, 6.5).
"""

import datetime as dt
from decimal import Decimal
from typing import assert_never

from mappings.domain.logic import Age, All, Answered, AnyOf, Expression, Not
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
    assert_never(expression)


def expression_of(expression: Expression) -> Json:
    """The Expression datatype."""
    return {"language": "text/fhirpath", "expression": to_fhirpath(expression)}


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
