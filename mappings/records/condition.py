"""A condition from its TOML table, checked against the questions and the scores that exist.

``{ question = "plaie", est = true }``, ``{ score = "mac-isaac", minimum = 2 }``, ``{ age-minimum = 18 }``,
``{ tous = […] }``, ``{ au-moins-un = […] }``, ``{ non = {…} }``, ``{ a-valider = "…" }``.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from mappings.domain.logic import Age, All, Answered, AnyOf, Expression, Not, Operator, Score, Scored, Undefined
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
AGES: Final[Mapping[str, Operator]] = {
    "age-minimum": ">=",
    "age-maximum": "<=",
    "age-plus-de": ">",
    "age-moins-de": "<",
}
#: The TOML types that answer a question of this type; a free text decides nothing.
VALUE_TYPES: Final[Mapping[ItemType, tuple[type, ...]]] = {
    "boolean": (bool,),
    "decimal": (int, Decimal),
    "integer": (int,),
    "date": (dt.date,),
    "choice": (str,),
}
_OLDEST: Final = 150
#: Stands for a condition that was refused, until the whole is.
PLACEHOLDER: Final = All(())

SHAPES: Final = frozenset({"question", "score", "tous", "au-moins-un", "non", "a-valider", *AGES})


@dataclass(frozen=True, slots=True)
class Known:
    """What a condition may speak of."""

    questions: dict[str, FormItem] = field(default_factory=dict)
    scores: dict[str, Score] = field(default_factory=dict)


def condition_from_toml(table: Table, known: Known) -> Expression:
    """Exactly one shape a table; faults go to the table's issues."""
    shapes = sorted(SHAPES.intersection(table.keys()))
    if len(shapes) != 1:
        table.refuse("structure", "condition", f"Une condition a une seule forme parmi : {', '.join(sorted(SHAPES))}.")
        return PLACEHOLDER
    condition = _shaped(shapes[0], table, known)
    table.close()
    return condition


def _shaped(shape: str, table: Table, known: Known) -> Expression:
    match shape:
        case "tous":
            return All(tuple(condition_from_toml(part, known) for part in table.tables("tous")))
        case "au-moins-un":
            return AnyOf(tuple(condition_from_toml(part, known) for part in table.tables("au-moins-un")))
        case "non":
            return Not(condition_from_toml(table.table("non"), known))
        case "question":
            return _answered(table, known.questions)
        case "score":
            return _scored(table, known.scores)
        case "a-valider":
            return Undefined(table.text("a-valider"))
        case _:
            return Age(AGES[shape], _years(table, shape))


def _years(table: Table, key: str) -> int:
    years = table.whole(key)
    if not 0 <= years <= _OLDEST:
        table.refuse("value", key, f"Un âge se compare à un nombre d’années, de 0 à {_OLDEST}.")
    return years


def _answered(table: Table, questions: Mapping[str, FormItem]) -> Expression:
    link_id = table.text("question")
    key = _comparison(table, "question")
    if key is None:
        return PLACEHOLDER
    value = table.value(key)
    if link_id not in questions:
        table.refuse("not-found", "question", f"La question « {link_id} » n’existe pas dans l’examen.")
        return PLACEHOLDER
    item = questions[link_id]
    if not _comparable(item, COMPARISONS[key], value):
        table.refuse("value", key, f"La valeur ne se compare pas ainsi à la question « {link_id} ».")
        return PLACEHOLDER
    if not _reachable(item, value):
        table.refuse("value", key, f"Aucune réponse à la question « {link_id} » n’atteint cette valeur.")
        return PLACEHOLDER
    return Answered(link_id, COMPARISONS[key], Decimal(value) if type(value) is int else value)


def _scored(table: Table, scores: Mapping[str, Score]) -> Expression:
    id_ = table.text("score")
    key = _comparison(table, "score")
    if key is None:
        return PLACEHOLDER
    value = table.whole(key)
    if id_ not in scores:
        table.refuse("not-found", "score", f"Le score « {id_} » n’existe pas.")
        return PLACEHOLDER
    return Scored(scores[id_], COMPARISONS[key], value)


def _comparison(table: Table, shape: str) -> str | None:
    keys = [key for key in COMPARISONS if key in table]
    if len(keys) == 1:
        return keys[0]
    table.refuse("structure", shape, f"Une comparaison a une seule clé parmi : {', '.join(COMPARISONS)}.")
    return None


def _comparable(item: FormItem, comparison: Operator, value: Any) -> bool:
    if type(value) not in VALUE_TYPES.get(item.type, ()) or (isinstance(value, Decimal) and not value.is_finite()):
        return False
    if item.type == "choice" and value not in [option.code for option in item.options]:
        return False
    return comparison in ("=", "!=") or item.type not in ("boolean", "choice")


def _reachable(item: FormItem, value: Any) -> bool:
    """A bound that no admitted answer comes near would decide the same for everybody."""
    if not isinstance(value, int | Decimal) or isinstance(value, bool):
        return True
    low, high = item.minimum, item.maximum
    return (low is None or value >= low) and (high is None or value <= high)
