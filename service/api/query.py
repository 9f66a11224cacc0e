"""A search URL read: known parameters, modifiers and prefixes only; the rest is refused, never ignored.

R4 4.0.1, https://hl7.org/fhir/R4/search.html.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from mappings.fhir.search import Kind, bit_of, date_range, entered_as, folded, parameters_of, targets, term
from mappings.issues import Issue, Refused
from service.store.search import Bits, Condition, Named, Order, Span, Text

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

    every: list[Condition]
    none: list[Condition] = field(default_factory=list)
    order: Order = Order()
    count: int = 50


def read_query(type_: str, pairs: list[tuple[str, str]]) -> Query:
    """The query that ``pairs`` of a search on ``type_`` ask; ``Refused`` with every fault."""
    query, issues = Query(every=[[term(type_)]]), []
    if sum(1 + value.count(",") for _, value in pairs) > _MOST_VALUES:
        text = f"Une recherche porte sur {_MOST_VALUES} valeurs au plus."
        raise Refused(Issue("too-costly", "", text, "FHIR R4, search.html"))
    for key, value in pairs:
        try:
            _add(query, type_, key, value)
        except ValueError as fault:
            named = f"Paramètre « {key} »" if _NAME.fullmatch(key) else "Un paramètre"
            issues.append(Issue("not-supported", "", f"{named} : {fault}", "FHIR R4, search.html"))
    if issues:
        raise Refused(issues)
    return query


def _add(query: Query, type_: str, key: str, value: str) -> None:
    name, _, modifier = key.partition(":")
    if key in _CONTROL:
        return
    if "\x00" in value:
        raise ValueError("un caractère interdit.")
    known = parameters_of(type_)
    if key == "_id":
        query.every.append([Named(type_, tuple(value.split(",")))])
    elif key == "_count":
        if not (value.isdecimal() and len(value) < 10 and int(value) <= _MAX_COUNT):
            raise ValueError(f"un nombre de 0 à {_MAX_COUNT} est attendu.")
        query.count = int(value)
    elif key == "_sort":
        wanted = known.get(value.lstrip("-"))
        if wanted is None or wanted.kind != "date":
            raise ValueError("le tri se fait sur un paramètre de date.")
        query.order = Order(term(type_, entered_as(type_, wanted.name)), value.startswith("-"))
    elif name not in known:
        raise ValueError("ce paramètre n’est pas connu pour ce type.")
    elif modifier == "missing":
        if value not in ("true", "false"):
            raise ValueError("true ou false est attendu.")
        query.every.append([Bits(bit_of(type_, name), are_set=value == "false")])
    else:
        _CONDITIONS[known[name].kind](query, type_, name, modifier, value)


def _date(query: Query, type_: str, name: str, modifier: str, value: str) -> None:
    _no(modifier)
    prefix, text = (value[:2], value[2:]) if value[:2].isalpha() else ("eq", value)
    try:
        low, high = date_range(text.replace(" ", "+"))
    except (ValueError, OverflowError):
        raise ValueError("ce n’est pas une date FHIR.") from None
    space = term(type_, entered_as(type_, name))
    match prefix:
        case "eq":
            span = Span(space, low, high, inside=True)
        case "ge":
            span = Span(space, low, _LAST)
        case "gt":
            span = Span(space, high, _LAST)
        case "le":
            span = Span(space, _FIRST, high)
        case "lt":
            span = Span(space, _FIRST, low)
        case "sa":
            span = Span(space, high, _LAST, inside=True)
        case "eb":
            span = Span(space, _FIRST, low, inside=True)
        case _:
            raise ValueError("ce préfixe n’est pas admis.")
    query.every.append([span])


def _token(query: Query, type_: str, name: str, modifier: str, value: str) -> None:
    terms = [_token_term(type_, entered_as(type_, name), "", one) for one in value.split(",")]
    if modifier == "not":
        query.none.append(terms)
    else:
        _no(modifier)
        query.every.append(terms)


def _token_term(type_: str, name: str, of: str, text: str) -> int:
    system, bar, value = text.rpartition("|")
    if not value and not system:
        raise ValueError("une valeur est attendue.")
    if not value:
        return term(type_, name, f"{of}|", system)
    return term(type_, name, f"{of}|", system, value) if bar else term(type_, name, f"{of}=", value)


def _reference(query: Query, type_: str, name: str, modifier: str, value: str) -> None:
    entered = entered_as(type_, name)
    if modifier == "identifier":
        query.every.append([_token_term(type_, entered, "identifier", one) for one in value.split(",")])
        return
    _no(modifier)
    terms = []
    for one in value.split(","):
        target, _, id_ = one.rpartition("/")
        terms += [term(type_, entered, "/", kind, id_) for kind in ([target] if target else targets(type_, name))]
    query.every.append(terms)


def _uri(query: Query, type_: str, name: str, modifier: str, value: str) -> None:
    _no(modifier)
    query.every.append([term(type_, entered_as(type_, name), "=", one) for one in value.split(",")])


def _string(query: Query, type_: str, name: str, modifier: str, value: str) -> None:
    entered = entered_as(type_, name)
    if modifier == "exact":
        query.every.append([term(type_, entered, "=", one) for one in value.split(",")])
        return
    _no(modifier)
    query.every.append([Text(term(type_, entered), folded(one)) for one in value.split(",")])


def _no(modifier: str) -> None:
    if modifier:
        raise ValueError("ce modificateur n’est pas admis.")


_CONDITIONS: Final[Mapping[Kind, Callable[[Query, str, str, str, str], None]]] = {
    "date": _date,
    "reference": _reference,
    "string": _string,
    "token": _token,
    "uri": _uri,
}
