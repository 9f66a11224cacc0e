"""A condition from its TOML table, checked against the questions that exist.

``{ question = "plaie", est = true }``, ``{ age-minimum = 18 }``, ``{ tous = […] }``, ``{ au-moins-un = […] }``,
``{ non = {…} }``.
"""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from mappings.domain.logic import Age, All, Answered, AnyOf, Expression, Not, Operator
from mappings.domain.protocol import FormItem, ItemType
from mappings.records.table import Table

COMPARISONS: Final[Mapping[str, Operator]] = {
    "est": "=",
    "n-est-pas": "!=",
    "moins-de": "<",
    "maximum": "<=",
    "plus-de": ">",
    "minimum": ">=",
}
AGES: Final[Mapping[str, Operator]] = {"age-minimum": ">=", "age-maximum": "<="}
#: The TOML types that answer a question of this type; a free text decides nothing.
VALUE_TYPES: Final[Mapping[ItemType, tuple[type, ...]]] = {
    "boolean": (bool,),
    "decimal": (int, Decimal),
    "integer": (int,),
    "date": (dt.date,),
    "choice": (str,),
}
#: Stands for a condition that was refused, until the whole is.
PLACEHOLDER: Final = All(())

SHAPES: Final = frozenset({"question", "tous", "au-moins-un", "non", *AGES})


def condition_from_toml(table: Table, questions: Mapping[str, FormItem]) -> Expression:
    """Exactly one shape a table; faults go to the table's issues."""
    shapes = sorted(SHAPES.intersection(table.keys()))
    if len(shapes) != 1:
        table.refuse("structure", "condition", f"Une condition a une seule forme parmi : {', '.join(sorted(SHAPES))}.")
        return PLACEHOLDER
    condition = _shaped(shapes[0], table, questions)
    table.close()
    return condition


def _shaped(shape: str, table: Table, questions: Mapping[str, FormItem]) -> Expression:
    match shape:
        case "tous":
            return All(tuple(condition_from_toml(part, questions) for part in table.tables("tous")))
        case "au-moins-un":
            return AnyOf(tuple(condition_from_toml(part, questions) for part in table.tables("au-moins-un")))
        case "non":
            return Not(condition_from_toml(table.table("non"), questions))
        case "question":
            return _answered(table, questions)
        case _:
            return Age(AGES[shape], table.whole(shape))


def _answered(table: Table, questions: Mapping[str, FormItem]) -> Expression:
    link_id = table.text("question")
    keys = [key for key in COMPARISONS if key in table]
    if len(keys) != 1:
        table.refuse("structure", "question", f"Une comparaison a une seule clé parmi : {', '.join(COMPARISONS)}.")
        return PLACEHOLDER
    value = table.value(keys[0])
    if link_id not in questions:
        table.refuse("not-found", "question", f"La question « {link_id} » n’existe pas dans l’examen.")
        return PLACEHOLDER
    item = questions[link_id]
    if not _comparable(item, COMPARISONS[keys[0]], value):
        table.refuse("value", keys[0], f"La valeur ne se compare pas ainsi à la question « {link_id} ».")
        return PLACEHOLDER
    return Answered(link_id, COMPARISONS[keys[0]], Decimal(value) if type(value) is int else value)


def _comparable(item: FormItem, comparison: Operator, value: Any) -> bool:
    if type(value) not in VALUE_TYPES.get(item.type, ()):
        return False
    if item.type == "choice" and value not in [option.code for option in item.options]:
        return False
    return comparison in ("=", "!=") or item.type not in ("boolean", "choice")
