"""Good resources of every profile, and mutations that read like mistakes: what the validation tests are made of."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mappings.elements import Json
from mappings.fhir import json
from tests.mappings.fhir.mutations import Place, at, places, replaced, without

GOOD = {
    path.stem: json.parse(path.read_bytes())
    for path in sorted((Path(__file__).parents[3] / "profiles" / "good").glob("*.json"))
}
_TYPES = ("Patient", "Group", "PractitionerRole", "Practitioner", "Organization", "Procedure", "Device", "CarePlan")


def mistakes(seed: int) -> Iterator[tuple[str, Json]]:
    """Without end: an element left out, repeated, negated, or with another value of its kind; and what was done."""
    draw = random.Random(seed)
    while True:
        name = draw.choice(sorted(GOOD))
        good = GOOD[name]
        place = draw.choice(list(places(good)))
        # another type, or a profile nobody knows, is told by other tests
        if place == ("resourceType",) or place[:2] == ("meta", "profile"):
            continue
        spoilt = _spoilt(draw, good, place)
        if spoilt is not None and spoilt != good:
            yield f"{name} {'/'.join(map(str, place))}", spoilt


def _spoilt(draw: random.Random, good: Json, place: Place) -> Json | None:
    value = at(good, place)
    if draw.randrange(3) == 0:
        spoilt = without(good, place)
        return spoilt if at(spoilt, place[:-1]) not in ({}, []) else None
    if isinstance(value, list):
        return replaced(good, place, [*value, value[0]])
    if isinstance(value, bool):
        return replaced(good, place, not value)
    return replaced(good, place, _other(draw, good, place, value)) if isinstance(value, str) else None


def _other(draw: random.Random, good: Json, place: Place, value: str) -> str:
    if place[-1] == "reference":
        return f"{draw.choice(_TYPES)}/x1"
    if value.startswith("http"):
        return draw.choice(["http://example.org/x", f"{value}x"])
    alike: list[Any] = [at(good, each) for each in places(good) if each[-1] == place[-1]]
    return draw.choice([*(text for text in alike if isinstance(text, str)), "autre", "official", "2026-01-01"])
