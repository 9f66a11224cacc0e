"""Mistakes made from good resources by rule, family by family; of the many that each could make, some are drawn.

What is drawn rests on the digest of a name and on nothing else: the same material gives the same cases everywhere.
"""

from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from itertools import islice
from typing import Any, Final

from conformance.agreement.material import MATERIAL, items, members
from mappings.elements import Json
from mappings.fhir.definitions import definition
from tests.mappings.fhir.mutations import Place, added, at, places, replaced, without

#: What was done, and what came of it.
Spoilt = Iterator[tuple[str, Json]]

#: What the values of a primitive type must not look like.
WRONG: Final[Mapping[str, tuple[Any, ...]]] = {
    "date": ("2026-02-30", "2026-13-01", "20261120", "20/11/2026", "2026-11-20T10:05:00Z", "26-11-20"),
    "dateTime": ("2026-02-30", "2026-11-20T10:05", "2026-11-20T10:05:00", "2026-11-20T25:00:00Z", "2026-11-20 10:05:00Z"),
    "instant": ("2026-11-20", "2026-11-20T10:05:00", "2026-11-31T10:05:00Z", "2026-11-20T10:05:00+2"),
    "time": ("8:15", "25:00:00", "08:15:00Z"),
    "id": ("a b", "a_b", "a" * 65, "é"),
    "uri": ("a b", "urn:oid:1.02", "urn:uuid:1234", " http://example.org"),
    "url": ("a b",),
    "canonical": ("a b", " http://example.org"),
    "code": ("a  b", " a", "a "),
    "positiveInt": (0, -1),
    "unsignedInt": (-1,),
    "integer": (2147483648,),
    "base64Binary": ("é", "AAA", "A=AA"),
    "string": ("", " "),
    "markdown": ("",),
}  # fmt: skip
_STRANGERS: Final[Mapping[type, tuple[Any, ...]]] = {
    str: (7, True, {"x": "y"}),
    bool: ("true", 1),
    int: ("1", True),
}
_TARGETS: Final = ("Group/x1", "Binary/x1", "#nowhere", "nothing", "http://example.org/fhir/Group/x1")
_EMPTIES: Final[tuple[Any, ...]] = ({}, [], None, "", [None], [{}])


def required(good: Json) -> Spoilt:
    for place, element, _ in members(good):
        if element.required and not element.choice:
            yield _named(place), without(good, place)


def removed(good: Json) -> Spoilt:
    for place in places(good):
        spoilt = without(good, place)
        if at(spoilt, place[:-1]) not in ({}, []) and place != ("resourceType",):
            yield _named(place), spoilt


def cardinality(good: Json) -> Spoilt:
    for place, element, value in members(good):
        if not element.many:
            yield f"{_named(place)} in an array", replaced(good, place, [value])
        else:
            yield f"{_named(place)} twice", replaced(good, place, [*value, value[0]])
            yield f"{_named(place)} out of its array", replaced(good, place, value[0])


def json_types(good: Json) -> Spoilt:
    for place, value in _primitives(good):
        for stranger in _STRANGERS.get(type(value), ()):
            yield f"{_named(place)} as {stranger!r}", replaced(good, place, stranger)


def formats(good: Json) -> Spoilt:
    for member in members(good):
        for wrong in WRONG.get(member.element.type, ()):
            if member.element.codes is None:
                place, _ = next(items(member))
                yield f"{_named(place)} as {wrong!r:.30}", replaced(good, place, wrong)


def codes(good: Json) -> Spoilt:
    for member in members(good):
        known = member.element.codes or frozenset()
        for place, value in items(member) if known else ():
            yield f"{_named(place)} unknown", replaced(good, place, "autre")
            other = min(known - {value}, default="autre")
            yield f"{_named(place)} as {other}", replaced(good, place, other)


def codings(good: Json) -> Spoilt:
    for member in members(good):
        for place, value in items(member) if member.element.type in ("Coding", "CodeableConcept") else ():
            if member.element.type == "CodeableConcept":
                yield f"{_named(place)} as text", replaced(good, place, {"text": "autre"})
                continue
            for name in ("system", "code"):
                if name in value:
                    other = "http://example.org/x" if name == "system" else "autre"
                    yield f"{_named(place)}/{name} unknown", replaced(good, (*place, name), other)
                    yield f"{_named(place)}/{name} left out", without(good, (*place, name))


def values(good: Json) -> Spoilt:
    """Other values of the right form, where a profile may fix one."""
    for place, value in _primitives(good):
        if isinstance(value, bool):
            yield f"{_named(place)} the other way", replaced(good, place, not value)
        elif isinstance(value, str) and value.startswith(("http", "urn:")):
            yield f"{_named(place)} elsewhere", replaced(good, place, f"{value}x")


def references(good: Json) -> Spoilt:
    for member in members(good):
        for place, value in items(member) if member.element.type == "Reference" else ():
            if "reference" in value:
                for other in _TARGETS:
                    yield f"{_named(place)} to {other}", replaced(good, (*place, "reference"), other)


def unknown(good: Json) -> Spoilt:
    for place in _objects(good):
        yield f"{_named(place)} with a stranger", added(good, place, "stranger", "x")
        yield f"{_named(place)} with the companion of nothing", added(good, place, "_stranger", {"id": "x"})


def empties(good: Json) -> Spoilt:
    for place, _, _ in members(good):
        for nothing in _EMPTIES:
            yield f"{_named(place)} as {nothing!r}", replaced(good, place, nothing)


def choices(good: Json) -> Spoilt:
    for place, element, value in members(good):
        if element.choice:
            table = definition(_table(good, place)).elements.values()
            for other in (each for each in table if each.choice == element.choice and each.type in _SHORT):
                if other.name != element.name:
                    beside = added(good, place[:-1], other.name, _SHORT[other.type])
                    yield f"{_named(place)} and {other.name}", beside
                    yield f"{_named(place)} as {other.name}", without(beside, place)
        elif element.type == "boolean" and value:
            yield f"{_named(place)} as a choice", without(added(good, place[:-1], f"{element.name}Code", "x"), place)


#: A short value for some of the types that a choice may have.
_SHORT: Final[Mapping[str, Any]] = {
    "boolean": True, "string": "x", "dateTime": "2026", "code": "x", "integer": 1, "uri": "urn:x",
    "Period": {"start": "2026"}, "CodeableConcept": {"text": "x"}, "Quantity": {"value": 1},
}  # fmt: skip

#: How many are drawn of each family.
FAMILIES: Final[Mapping[Callable[[Json], Spoilt], int]] = {
    required: 40,
    removed: 60,
    cardinality: 45,
    json_types: 30,
    formats: 60,
    codes: 20,
    codings: 40,
    values: 40,
    references: 35,
    unknown: 15,
    empties: 30,
    choices: 25,
}


def drawn() -> Iterator[tuple[str, Json]]:
    for family, many in FAMILIES.items():
        made = {
            f"{family.__name__}: {name} {done}": spoilt
            for name, good in MATERIAL.items()
            for done, spoilt in family(good)
            if spoilt != good
        }
        chosen = islice(sorted(made, key=lambda name: sha256(name.encode()).digest()), many)
        yield from ((name, made[name]) for name in sorted(chosen))


def _named(place: Place) -> str:
    return "/".join(map(str, ("", *place))) or "/"


def _primitives(good: Json) -> Iterator[tuple[Place, Any]]:
    for member in members(good):
        if member.element.primitive:
            yield from items(member)


def _objects(good: Json) -> Iterator[Place]:
    yield ()
    yield from (place for place in places(good) if isinstance(at(good, place), dict))


def _table(good: Json, place: Place) -> str:
    """The name of the table that an element stands in."""
    above = place[:-1]
    for member in members(good):
        for where, value in items(member):
            if where == above:
                return str(value["resourceType"]) if member.element.type == "Resource" else member.element.type
    return str(good["resourceType"])
