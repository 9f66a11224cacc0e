"""Good resources, and every small way of spoiling one: the material of the structure tests."""

import copy
import pathlib
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from mappings.elements import Json
from mappings.fhir import json

GOOD = {
    path.stem: json.parse(path.read_bytes())
    for path in sorted((pathlib.Path(__file__).parent / "resources").glob("*.json"))
}

Place = tuple[str | int, ...]

#: What a member may be replaced by; some are right somewhere.
STRANGERS: tuple[Any, ...] = (
    None, "", " x", "x y", "é", "2026-02-30", "2026-13", "2026-11-20T10:05:00", "Patient/pat1", "Binary/b", "#nowhere",
    "urn:oid:1.2.3", 0, 1, -1, 2**31, Decimal("1.50"), True, [], {}, ["x"], [{}], [None], {"id": "a"}, {"text": "x"},
    {"reference": "Patient/pat1"}, {"reference": "Device/x"}, {"reference": "#a"}, "a" * 65,
)  # fmt: skip
#: What may be added to an object.
ADDED: tuple[tuple[str, Any], ...] = (
    ("unknown", "x"), ("fhir_comments", "x"), ("id", "ok"), ("extension", [{"url": "http://e", "valueCode": "a"}]),
    ("extension", [{"url": "http://e"}]), ("extension", [{"valueCode": "a"}]), ("language", "fr"),
    ("valueString", "x"), ("valueBoolean", True), ("_status", {"extension": [{"url": "http://e", "valueId": "a"}]}),
    ("_status", {"id": "x"}), ("_given", [None]), ("performedString", "x"), ("subjectCanonical", "http://e"),
    ("modifierExtension", [{"url": "http://e", "valueRatioRange": {}}]), ("resourceType", "Patient"),
    ("contained", [{"resourceType": "Basic", "id": "b", "code": {"text": "x"}}]), ("reference", "#b"),
)  # fmt: skip


def places(value: Any, here: Place = ()) -> Iterator[Place]:
    """Every member and item, outside in."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in members:
        yield (*here, key)
        yield from places(member, (*here, key))


def at(resource: Any, place: Place) -> Any:
    for key in place:
        resource = resource[key]
    return resource


def without(resource: Json, place: Place) -> Json:
    spoilt = copy.deepcopy(resource)
    del at(spoilt, place[:-1])[place[-1]]
    return spoilt


def replaced(resource: Json, place: Place, stranger: Any) -> Json:
    spoilt = copy.deepcopy(resource)
    at(spoilt, place[:-1])[place[-1]] = copy.deepcopy(stranger)
    return spoilt


def added(resource: Json, place: Place, name: str, value: Any) -> Json:
    spoilt = copy.deepcopy(resource)
    at(spoilt, place)[name] = copy.deepcopy(value)
    return spoilt


def mutants(resource: Json) -> Iterator[Json]:
    """All of them."""
    for name, value in ADDED:
        yield added(resource, (), name, value)
    for place in places(resource):
        yield without(resource, place)
        yield replaced(resource, place, [at(resource, place)])
        for stranger in STRANGERS:
            yield replaced(resource, place, stranger)
        if isinstance(at(resource, place), dict):
            for name, value in ADDED:
                yield added(resource, place, name, value)


@st.composite
def mutant(draw: st.DrawFn) -> Json:
    """Any of them."""
    good = GOOD[draw(st.sampled_from(sorted(GOOD)))]
    place = draw(st.sampled_from([(), *places(good)]))
    here = at(good, place)
    if isinstance(here, dict) and draw(st.booleans()):
        return added(good, place, *draw(st.sampled_from(ADDED)))
    if not place or draw(st.booleans()):
        return without(good, place or (draw(st.sampled_from(sorted(good))),))
    return replaced(good, place, draw(st.sampled_from([*STRANGERS, [here]])))
