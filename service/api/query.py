"""A search URL read: known parameters, modifiers and prefixes only; the rest is refused, never ignored.

R4 4.0.1, https://hl7.org/fhir/R4/search.html.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from mappings.fhir.search import PARAMETERS, date_range
from mappings.issues import Issue, Refused

_MAX_COUNT: Final = 500
_FIRST: Final = -(2**62)
_LAST: Final = 2**62
#: Parameters of the answer rather than of the search.
_CONTROL: Final = frozenset({"_format", "_pretty"})
#: Most values in one search, alternatives included.
_MOST_VALUES: Final = 200
#: What a parameter's name looks like; anything else may be anything, and is not repeated.
_NAME: Final = re.compile(r"_?[A-Za-z][A-Za-z0-9:-]{0,39}")


@dataclass(slots=True)
class Query:
    """What to ask the store."""

    tokens: list[list[tuple[str, str | None, str]]] = field(default_factory=list)
    without: list[list[tuple[str, str | None, str]]] = field(default_factory=list)
    dates: list[tuple[str, int, int]] = field(default_factory=list)
    within: list[tuple[str, int, int]] = field(default_factory=list)
    ids: list[str] | None = None
    sort: tuple[str, bool] | None = None
    count: int = 50


def read_query(type_: str, pairs: list[tuple[str, str]]) -> Query:
    """The query that ``pairs`` of a search on ``type_`` ask; ``Refused`` with every fault."""
    kinds = {parameter.name: parameter.kind for parameter in PARAMETERS[type_]}
    query, issues = Query(), []
    if sum(1 + value.count(",") for _, value in pairs) > _MOST_VALUES:
        text = f"Une recherche porte sur {_MOST_VALUES} valeurs au plus."
        raise Refused(Issue("too-costly", "", text, "FHIR R4, search.html"))
    for key, value in pairs:
        try:
            _add(query, kinds, key, value)
        except ValueError as fault:
            named = f"Paramètre « {key} »" if _NAME.fullmatch(key) else "Un paramètre"
            issues.append(Issue("not-supported", "", f"{named} : {fault}", "FHIR R4, search.html"))
    if not issues and query.ids is not None and len({key for key, _ in pairs} - _CONTROL - {"_count"}) > 1:
        issues.append(Issue("not-supported", "", "_id ne se combine à aucun autre paramètre.", "FHIR R4, search.html"))
    if issues:
        raise Refused(issues)
    return query


def _add(query: Query, kinds: Mapping[str, str], key: str, value: str) -> None:
    name, _, modifier = key.partition(":")
    if key in _CONTROL:
        return
    if "\x00" in value:
        raise ValueError("un caractère interdit.")
    if key == "_id":
        query.ids = value.split(",")
    elif key == "_count":
        if not (value.isdecimal() and len(value) < 10 and int(value) <= _MAX_COUNT):
            raise ValueError(f"un nombre de 0 à {_MAX_COUNT} est attendu.")
        query.count = int(value)
    elif key == "_sort":
        descending = value.startswith("-")
        if kinds.get(value.lstrip("-")) != "date":
            raise ValueError("le tri se fait sur un paramètre de date.")
        query.sort = (value.lstrip("-"), descending)
    elif name not in kinds:
        raise ValueError("ce paramètre n’est pas connu pour ce type.")
    elif kinds[name] == "date":
        if modifier:
            raise ValueError("ce modificateur n’est pas admis.")
        _add_date(query, name, value)
    else:
        _add_token(query, kinds[name], name, modifier, value)


def _add_date(query: Query, name: str, value: str) -> None:
    prefix, text = (value[:2], value[2:]) if value[:2].isalpha() else ("eq", value)
    try:
        low, high = date_range(text.replace(" ", "+"))
    except (ValueError, OverflowError):
        raise ValueError("ce n’est pas une date FHIR.") from None
    match prefix:
        case "eq":
            query.within.append((name, low, high))
        case "ge":
            query.dates.append((name, low, _LAST))
        case "gt":
            query.dates.append((name, high, _LAST))
        case "le":
            query.dates.append((name, _FIRST, high))
        case "lt":
            query.dates.append((name, _FIRST, low))
        case "sa":
            query.within.append((name, high, _LAST))
        case "eb":
            query.within.append((name, _FIRST, low))
        case _:
            raise ValueError("ce préfixe n’est pas admis.")


def _add_token(query: Query, kind: str, name: str, modifier: str, value: str) -> None:
    if modifier == "identifier" and kind == "reference":
        query.tokens.append([_token(f"{name}:identifier", one) for one in value.split(",")])
    elif modifier == "not" and kind == "token":
        query.without.append([_token(name, one) for one in value.split(",")])
    elif modifier:
        raise ValueError("ce modificateur n’est pas admis.")
    elif kind == "reference":
        query.tokens.append([_reference(name, one) for one in value.split(",")])
    elif kind == "uri":
        query.tokens.append(
            [(name, "", one if name == "instantiates-canonical" else one.partition("|")[0]) for one in value.split(",")]
        )
    elif kind == "string":
        query.tokens.append([(name, "", one.casefold()) for one in value.split(",")])
    else:
        query.tokens.append([_token(name, one) for one in value.split(",")])


def _token(name: str, text: str) -> tuple[str, str | None, str]:
    system, bar, value = text.rpartition("|")
    if not value:
        raise ValueError("une valeur est attendue.")
    return name, (system if bar else None), value


def _reference(name: str, text: str) -> tuple[str, str | None, str]:
    type_, _, id_ = text.rpartition("/")
    return name, (type_ or None), id_
