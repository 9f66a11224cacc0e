"""Dates, periods and conditions of a protocol in French words, for whoever reads it rather than executes it."""

import datetime as dt
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Final, assert_never

from mappings.codes.health_professions import HEALTH_PROFESSIONS
from mappings.codes.units import UNITS
from mappings.domain.cooperation import Period
from mappings.domain.logic import Age, All, Answered, AnyOf, Expression, Not, Operator, Scored, Undefined
from mappings.domain.protocol import Activity, FormItem, TrainingRequirement

#: No-break space: what it joins stays on one line.
NBSP: Final = "\u00a0"
MONTHS: Final = (
    *("janvier", "février", "mars", "avril", "mai", "juin"),
    *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
)
_SIGNS: Final[Mapping[Operator, str]] = {"=": "=", "!=": "≠", "<": "<", "<=": "≤", ">": ">", ">=": "≥"}
_OPPOSITE: Final[Mapping[Operator, Operator]] = {"=": "!=", "!=": "=", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_BEFORE_SIGN: Final = re.compile(r" (?=[:;?!»%])")
_AFTER_GUILLEMET: Final = re.compile(r"(?<=«) ")


def day(date: dt.date) -> str:
    """``20 novembre 2026``."""
    number = "1er" if date.day == 1 else str(date.day)
    return f"{number}{NBSP}{MONTHS[date.month - 1]}{NBSP}{date.year}"


def period(said: Period | None) -> str:
    """``depuis le …``, ``du … au …``; a period that is not known is said so."""
    if said is None:
        return "date d’effet non connue"
    if said.end is None:
        return f"depuis le {day(said.start)}"
    return f"du {day(said.start)} au {day(said.end)}"


def typeset(text: str) -> str:
    """``text`` with curved apostrophes and no-break spaces, for the eye only: the record keeps its bytes."""
    return _AFTER_GUILLEMET.sub(NBSP, _BEFORE_SIGN.sub(NBSP, text.replace("'", "’")))


def counted(count: int, singular: str, plural: str) -> str:
    """``1 acte``, ``3 actes``; zero is singular in French."""
    return f"{count}{NBSP}{plural if count > 1 else singular}"


def number(value: Decimal | int) -> str:
    """``37,5``: a comma, as French writes it."""
    return format(value, "f").replace(".", ",") if isinstance(value, Decimal) else str(value)


def reserved(activity: Activity) -> str:
    """Whose the act is, among the délégués; empty when it is anyone's."""
    names = " ou ".join(HEALTH_PROFESSIONS.get(code, code).lower() for code in activity.professions)
    return f"Réservé aux délégués de profession : {names}" if names else ""


def condition(expression: Expression, items: Mapping[str, FormItem]) -> str:
    """A condition as a sentence would say it; ``items`` gives each question by its linkId."""
    match expression:
        case Answered():
            return _answered(expression, items.get(expression.link_id))
        case Age(comparison, years):
            return f"âge {_SIGNS[comparison]} {counted(years, 'an', 'ans')}"
        case Scored(score, comparison, value):
            return f"{score.title} {_SIGNS[comparison]} {value}"
        case Undefined(text):
            return f"{text} (à valider)"
        case All(parts):
            return _joined(parts, " et ", items) or "toujours"
        case AnyOf(parts):
            return _joined(parts, " ou ", items) or "jamais"
        case Not(Answered(link_id, comparison, value)):
            return condition(Answered(link_id, _OPPOSITE[comparison], value), items)
        case Not(part):
            return f"non ({condition(part, items)})"
    assert_never(expression)


def _joined(parts: tuple[Expression, ...], word: str, items: Mapping[str, FormItem]) -> str:
    """Parts that join others themselves stand between brackets, unless there is only one."""
    if len(parts) == 1:
        return condition(parts[0], items)
    said = [condition(part, items) for part in parts]
    # What a colon is within is closed by a semicolon.
    close = f"{NBSP};" if any(":" in words for words in said) else ""
    return f"{close}{word}".join(
        f"({words})" if isinstance(part, All | AnyOf) and len(part.parts) > 1 else words
        for part, words in zip(parts, said, strict=True)
    )


def _answered(asked: Answered, item: FormItem | None) -> str:
    label = item.text if item else asked.link_id
    equal = asked.operator == "="
    match asked.value:
        case bool():
            return f"{label} : {'oui' if asked.value is equal else 'non'}"
        case str():
            choices = {option.code: option.display for option in item.options} if item else {}
            chosen = choices.get(asked.value, asked.value)
            return f"{label} : {'' if equal else 'toute autre réponse que '}« {chosen} »"
        case Decimal():
            unit = UNITS.get(item.unit, item.unit) if item and item.unit else ""
            return f"{label} {_SIGNS[asked.operator]} {number(asked.value)}{NBSP if unit else ''}{unit}"
        case dt.date():
            return f"{label} {_SIGNS[asked.operator]} {day(asked.value)}"
    assert_never(asked.value)


def training(required: TrainingRequirement) -> str:
    """``Formation …, 10 heures sur 3 jours, formateur : médecin``."""
    spans = []
    if required.hours is not None:
        spans.append(counted(required.hours, "heure", "heures"))
    if required.days is not None:
        spans.append(counted(required.days, "jour", "jours"))
    parts = [required.module, " sur ".join(spans) or "durée inconnue"]
    if required.trainer:
        parts.append(f"formateur : {required.trainer}")
    return ", ".join(parts)
