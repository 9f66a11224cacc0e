"""Parameters of the answer rather than of the search (R4 4.0.1, https://hl7.org/fhir/R4/search.html#return)."""

from collections.abc import Callable, Mapping
from typing import Final, get_args, get_type_hints

from mappings.fhir.definitions import definition
from mappings.fhir.search import LONG, PARAMETERS, codes, entered_as, members, parameters_of, single, term
from service.api.query.asking import Include, Malformed, Query, Unknown
from service.store.search import Key, Order

MAX_COUNT: Final = 500
_MOST_KEYS: Final = 5
_ORDERED_AS_THEY_ARE: Final = {"_id": "id", "_lastUpdated": "recorded"}


def _count(query: Query, value: str) -> None:
    if not (value.isascii() and value.isdecimal() and len(value) < 10):
        raise Malformed("un nombre de neuf chiffres au plus est attendu.")
    # A page may hold less than was asked, never more (https://hl7.org/fhir/R4/search.html#count).
    query.count = min(int(value), MAX_COUNT)


def _sort(query: Query, value: str) -> None:
    if query.order.keys:
        raise ValueError("le tri se dit une fois, ses clés séparées par des virgules.")
    names = value.split(",")
    if len(names) > _MOST_KEYS:
        raise ValueError(f"le tri porte sur {_MOST_KEYS} clés au plus.")
    query.order = Order(tuple(_key(query.of, name.removeprefix("-"), name.startswith("-")) for name in names))


def _key(types: tuple[str, ...], name: str, descending: bool) -> Key:
    if name in _ORDERED_AS_THEY_ARE:
        return Key(_ORDERED_AS_THEY_ARE[name], (), descending)  # type: ignore[arg-type]  # literal table
    if len(types) > 1:
        raise ValueError("sur plusieurs types, le tri se fait sur _id ou _lastUpdated.")
    (type_,) = types
    parameter = parameters_of(type_).get(name)
    if parameter is None:
        raise ValueError("le tri nomme un paramètre que ce type n’a pas.")
    if parameter.kind == "string":
        return Key("text", tuple(term(type_, entered_as(type_, one)) for one in members(type_, name)), descending)
    entered = entered_as(type_, name)
    if not parameter.union and parameter.kind in ("date", "number", "quantity"):
        return Key("span", (term(type_, entered), term(type_, entered, LONG)), descending, single(type_, name))
    if ranked := codes(type_, name):
        return Key("rank", tuple(term(type_, entered, "=", code) for code in sorted(ranked)), descending)
    raise ValueError(
        "le tri se fait sur _id, _lastUpdated, une date, un nombre, une quantité, un texte, ou un code dont toutes les "
        "valeurs sont connues."
    )


def _total(query: Query, value: str) -> None:
    query.total = _one_of("total", value)  # type: ignore[assignment]  # one of the literals


def _summary(query: Query, value: str) -> None:
    query.summary = _one_of("summary", value)  # type: ignore[assignment]  # one of the literals
    _one_way(query)


def _elements(query: Query, value: str) -> None:
    names = frozenset(value.split(","))
    known = {name for type_ in query.of for e in definition(type_).elements.values() for name in (e.name, e.path_name)}
    if names - known:
        raise Malformed("des éléments du premier niveau de la ressource sont attendus.")
    query.elements = names
    _one_way(query)


def _one_way(query: Query) -> None:
    if query.elements and query.summary != "false":
        raise ValueError("_elements et _summary ne vont pas ensemble.")


def _one_of(field: str, value: str) -> str:
    allowed = get_args(get_type_hints(Query)[field])
    if value not in allowed:
        raise Malformed(f"{', '.join(allowed)} : l’un d’eux est attendu.")
    return value


#: By name, without modifier.
RESULTS: Final[Mapping[str, Callable[[Query, str], None]]] = {
    "_count": _count,
    "_sort": _sort,
    "_total": _total,
    "_summary": _summary,
    "_elements": _elements,
}
#: Read elsewhere.
ELSEWHERE: Final = frozenset({"_format", "_pretty", "_type"})
#: With ``:iterate``, and with what it was called before R4.
INCLUDES: Final = {
    f"{name}{modifier}": (name, bool(modifier))
    for name in ("_include", "_revinclude")
    for modifier in ("", ":iterate", ":recurse")
}


def include(query: Query, key: str, value: str) -> None:
    name, iterate = INCLUDES[key]
    source, _, rest = value.partition(":")
    param, _, target = rest.partition(":")
    if value == "*" and name == "_include":
        query.includes += [Include(type_, "*", "", iterate) for type_ in query.of]
        return
    if value == "*":
        raise ValueError("seul _include prend toutes les références à la fois.")
    if not (source and param):
        raise Malformed("Type:paramètre ou Type:paramètre:Type est attendu.")
    if source not in PARAMETERS or (target and target not in PARAMETERS):
        raise Unknown("ce type n’est pas tenu ici.")
    parameter = parameters_of(source).get(param)
    if param != "*" and parameter is None:
        raise Unknown
    if parameter is not None and parameter.kind != "reference":
        raise ValueError("un paramètre de référence de ce type est attendu.")
    (query.includes if name == "_include" else query.revincludes).append(Include(source, param, target, iterate))
