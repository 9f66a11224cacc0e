"""Members of value sets, and the order of codes in a code system.

FHIR R4 4.0.1: https://hl7.org/fhir/R4/valueset.html#compositions and codesystem.html#hierarchy. Filters are those the
definitions held here use on code systems held here; anything else makes the whole set unknown.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Final

from mappings.elements import Json
from mappings.fhir.terminology.definitions import CodeSystem, canonicals, code_system, value_set

#: System and code.
Code = tuple[str, str]
Codes = frozenset[Code]

#: Names by which a filter says « the code itself ».
_CONCEPT: Final = frozenset({"concept", "code"})
_NONE: Final[Codes] = frozenset()


def codes_of(value_set_url: str) -> Codes | None:
    """Every (system, code) of a value set; None when it is not held, or its members cannot be listed here."""
    url = value_set_url.partition("|")[0]
    return _codes(url) if url in canonicals("ValueSet") else None


def expanded(value_set_url: str) -> tuple[Code, ...] | None:
    """The same codes in the order of their definitions; None as for ``codes_of``."""
    members = codes_of(value_set_url)
    if members is None:
        return None
    order = {code: place for place, code in reversed(list(enumerate(_in_order(value_set_url, frozenset()))))}
    return tuple(sorted(members, key=lambda code: order.get(code, len(order))))


def descendants(system: str, code: str) -> frozenset[str]:
    """``code`` and every code that stands under it, at any depth; the code alone when the system is not held."""
    held = code_system(system)
    return _closure(code, _children(held.url)) if held else frozenset({code})


def ancestors(system: str, code: str) -> frozenset[str]:
    """``code`` and every code that it stands under, at any depth; the code alone when the system is not held."""
    held = code_system(system)
    if held is None:
        return frozenset({code})
    return _closure(code, {concept.code: concept.parents for concept in held.concepts.values()})


def subsumes(system: str, a: str, b: str) -> str | None:
    """``equivalent``, ``subsumes``, ``subsumed-by`` or ``not-subsumed``; None when one of the codes is not known."""
    held = code_system(system)
    if held is None or a not in held.concepts or b not in held.concepts:
        return None
    if a == b:
        return "equivalent"
    if b in descendants(system, a):
        return "subsumes"
    return "subsumed-by" if a in descendants(system, b) else "not-subsumed"


def display_of(system: str, code: str, value_set_url: str = "") -> str:
    """The words for a code, those of the value set first where it has its own; empty when they are not known here."""
    url = value_set_url.partition("|")[0]
    if url in canonicals("ValueSet") and (words := _displays(url).get((system, code))):
        return words
    held = code_system(system)
    if held is None:
        return _every_display().get((system, code), "")
    return held.concepts[code].display if code in held.concepts else ""


@cache
def _codes(url: str, within: frozenset[str] = frozenset()) -> Codes | None:
    """``within``: the value sets that led here, so that sets which take each other in end."""
    defined = value_set(url)
    if defined is None or url in within:
        return None
    taken = _union(defined.include, within | {url})
    left = _union(defined.exclude, within | {url})
    return None if taken is None or left is None else taken - left


def _union(parts: Iterable[Json], within: frozenset[str]) -> Codes | None:
    codes = _NONE
    for part in parts:
        found = _part(part, within)
        if found is None:
            return None
        codes |= found
    return codes


def _part(part: Json, within: frozenset[str]) -> Codes | None:
    """One ``include``: what its system gives, cut down to what is in all its value sets."""
    found = _of_system(part) if "system" in part else None
    if "system" in part and found is None:
        return None
    for url in part.get("valueSet", ()):
        members = _codes(url.partition("|")[0], within)
        if members is None:
            return None
        found = members if found is None else found & members
    return found


def _of_system(part: Json) -> Codes | None:
    system = part["system"]
    if "concept" in part:
        return frozenset((system, concept["code"]) for concept in part["concept"])
    held = code_system(system)
    if held is None:
        return None
    codes = frozenset(held.concepts)
    for filter_ in part.get("filter", ()):
        matching = _filtered(held, filter_)
        if matching is None:
            return None
        codes &= matching
    return frozenset((system, code) for code in codes)


def _filtered(system: CodeSystem, filter_: Json) -> frozenset[str] | None:
    """Codes that a filter keeps (https://hl7.org/fhir/R4/valueset-filter-operator.html); None for one not known here."""
    if filter_["property"] not in _CONCEPT:
        return None
    value = filter_["value"]
    match filter_["op"]:
        case "is-a":
            return descendants(system.url, value)
        case "descendent-of":
            return descendants(system.url, value) - {value}
        case "is-not-a":
            return frozenset(system.concepts) - descendants(system.url, value)
        case "in":
            return frozenset(value.split(",")) & system.concepts.keys()
    return None


def _in_order(url: str, within: frozenset[str]) -> Iterator[Code]:
    """Every code that might be a member, part after part."""
    defined = value_set(url)
    if defined is None or defined.url in within:
        return
    for part in defined.include:
        system = part.get("system", "")
        held = code_system(system) if "concept" not in part else None
        for code in [concept["code"] for concept in part.get("concept", ())] or (held.concepts if held else ()):
            yield system, code
        for other in part.get("valueSet", ()):
            yield from _in_order(other, within | {defined.url})


@cache
def _children(url: str) -> Mapping[str, tuple[str, ...]]:
    held = code_system(url)
    children: dict[str, list[str]] = {}
    for concept in held.concepts.values() if held else ():
        for parent in concept.parents:
            children.setdefault(parent, []).append(concept.code)
    return {code: tuple(below) for code, below in children.items()}


def _closure(code: str, steps: Mapping[str, Iterable[str]]) -> frozenset[str]:
    reached, waiting = {code}, [code]
    while waiting:
        new = set(steps.get(waiting.pop(), ())) - reached
        reached |= new
        waiting.extend(new)
    return frozenset(reached)


@cache
def _displays(url: str) -> Mapping[Code, str]:
    """Words that a value set gives itself."""
    defined = value_set(url)
    return {
        (part["system"], concept["code"]): concept["display"]
        for part in (defined.include if defined else ())
        for concept in part.get("concept", ())
        if "display" in concept
    }


@cache
def _every_display() -> Mapping[Code, str]:
    """Words for codes of systems that are not held; of several, those of the last value set by URL."""
    words: dict[Code, str] = {}
    for url in sorted(canonicals("ValueSet")):
        words |= _displays(url)
    return words
