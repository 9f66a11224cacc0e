"""What a resource is found by: the entries that its parameters make (FHIR R4 4.0.1, https://hl7.org/fhir/R4/search.html)."""

import unicodedata
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from mappings.fhir.search.dates import span
from mappings.fhir.search.parameters import Parameter, entered
from mappings.fhir.search.terms import term

Resource = dict[str, Any]

#: A text is found by its beginning; an index takes no long ones.
_COMPARED = 200


class Entries(NamedTuple):
    """All entries of one resource, each once."""

    terms: tuple[int, ...]
    #: (space, low, high): the instants [low, high[ in microseconds since 1970 UTC. A space is a type and a parameter.
    spans: tuple[tuple[int, int, int], ...]
    #: (space, folded text)
    texts: tuple[tuple[int, str], ...]
    #: One bit for each parameter that has a value, ``bit_of`` each.
    mask: int


def index_of(resource: Resource) -> Entries:
    """The entries of ``resource``."""
    type_: str = resource["resourceType"]
    terms: dict[int, None] = {term(type_): None}
    spans: dict[tuple[int, int, int], None] = {}
    texts: dict[tuple[int, str], None] = {}
    mask = 0
    for bit, (name, parameters) in enumerate(entered(type_)):
        for parameter in parameters:
            if not parameter.extension and parameter.path[0] not in resource:
                continue
            values = _values(resource, parameter)
            if not values:
                continue
            mask |= 1 << bit
            if parameter.kind == "date":
                space = term(type_, name)
                spans |= dict.fromkeys([(space, *span(value)) for value in values])
                continue
            if parameter.kind == "string":
                space = term(type_, name)
                texts |= dict.fromkeys([(space, folded(value)) for value in values])
            enter = _TERMS[parameter.kind]
            for value in values:
                for parts in enter(value):
                    terms[term(type_, name, *parts)] = None
    return Entries(tuple(terms), tuple(spans), tuple(texts), mask)


def folded(text: str) -> str:
    """As strings are compared: without case, accents or doubled spaces, and no further than ``_COMPARED`` characters."""
    plain = unicodedata.normalize("NFKD", text)
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).casefold().split())[:_COMPARED]


def _values(resource: Resource, parameter: Parameter) -> list[Any]:
    nodes: list[Any] = [resource]
    if parameter.extension:
        nodes = [e for e in resource.get("extension", ()) if e.get("url") == parameter.extension]
    for name in parameter.path:
        found: list[Any] = []
        for node in nodes:
            child = node.get(name) if isinstance(node, dict) else None
            if isinstance(child, list):
                found += [item for item in child if item is not None]  # null holds the place of a mere extension
            elif child is not None:
                found.append(child)
        nodes = found
    return nodes


def _token(value: Any) -> Iterable[tuple[str, ...]]:
    if isinstance(value, bool):
        return (("=", "true" if value else "false"),)
    if isinstance(value, str):
        return (("=", value),)
    code = value.get("code", value.get("value")) if isinstance(value, dict) else None
    if not isinstance(code, str):
        return ()
    system = value.get("system", "")
    entries = (("=", code), ("|", system, code))
    return (*entries, ("|", system)) if system else entries


def _reference(value: Any) -> Iterable[tuple[str, ...]]:
    literal = value.get("reference")
    if isinstance(literal, str) and "/" in literal and ":" not in literal:
        type_, _, rest = literal.partition("/")
        yield "/", type_, rest.partition("/")[0]
    identifier = value.get("identifier")
    if isinstance(identifier, dict):
        for sign, *parts in _token(identifier):
            yield f"identifier{sign}", *parts


def _uri(value: Any) -> Iterable[tuple[str, ...]]:
    url, bar, _ = value.partition("|")
    return (("=", url), ("=", value)) if bar else (("=", value),)


def _string(value: Any) -> Iterable[tuple[str, ...]]:
    return (("=", value),)


_TERMS: dict[str, Callable[[Any], Iterable[tuple[str, ...]]]] = {
    "token": _token,
    "reference": _reference,
    "uri": _uri,
    "string": _string,
}
