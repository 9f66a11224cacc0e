"""Every case by its name: the good resources, the mutations of the profiles, what is drawn and what is written."""

from collections.abc import Mapping
from functools import cache

from conformance.agreement.composed import composed
from conformance.agreement.families import drawn
from conformance.agreement.material import MATERIAL
from conformance.agreement.written import written
from mappings.elements import Json
from mappings.fhir.json import parse
from tests.profiles.test_profiles import MUTATIONS, mutated


@cache
def cases() -> Mapping[str, Json]:
    made = [
        *((f"good: {name}", resource) for name, resource in MATERIAL.items()),
        *((f"profile: {name}", mutated(parse(path.read_bytes()), mutation)) for name, path, mutation in MUTATIONS),
        *drawn(),
        *written(),
        *composed(),
    ]
    named = dict(made)
    assert len(named) == len(made), "two cases bear one name"
    return named
