"""The questions of an exam as a flat record: all that is needed to answer them, the choices by their codes, the units as read in French too.

The same as the Questionnaire of the exam says to a FHIR client.
"""

import datetime as dt
from decimal import Decimal
from typing import Any

from mappings.codes.units import UNITS
from mappings.domain.logic import Answered
from mappings.domain.protocol import FormItem, Protocol

Record = dict[str, Any]


def exam_to_record(protocol: Protocol) -> list[Record]:
    """The questions in their order; null for what a question does not say."""
    return [_question(item) for item in protocol.exam_items]


def _question(item: FormItem) -> Record:
    return {
        "question": item.link_id,
        "type": item.type,
        "required": item.required,
        "text": item.text,
        "options": [{"code": one.code, "display": one.display} for one in item.options] or None,
        "unit": item.unit or None,
        "unit_display": UNITS[item.unit] or None if item.unit else None,
        "minimum": item.minimum,
        "maximum": item.maximum,
        "loinc": item.code.loinc if item.code else None,
        "asked_when": _condition(item.enabled_when) if item.enabled_when else None,
    }


def _condition(condition: Answered) -> Record:
    return {"question": condition.link_id, "operator": condition.operator, "value": _value(condition.value)}


def _value(value: bool | Decimal | str | dt.date) -> bool | int | float | str:
    match value:
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case dt.date():
            return value.isoformat()
        case _:
            return value
