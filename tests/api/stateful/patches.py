"""Patches: the JSON Patch, the FHIRPath Patch that says the same, and what either makes of a patient."""

import base64
import copy
import json
from typing import Any

from tests.api.stateful.model import Impossible
from tests.api.stateful.pair import JSON, JSON_PATCH
from tests.api.stateful.resources import Json

BIRTH, GIVEN, ADDRESS, NEVER = "birth", "given", "address", "never"


def patch_of(name: str, birth: str, kind: str) -> tuple[Any, Any]:
    """What is sent, and what it makes of a resource, or refuses to."""

    def born(body: Json) -> Json:
        return {**body, "birthDate": birth}

    def given(body: Json) -> Json:
        made = copy.deepcopy(body)
        made["name"][0]["given"].append("É")
        return made

    def addressed(body: Json) -> Json:
        made = copy.deepcopy(body)
        made.setdefault("address", []).append({"city": "🌳"})
        return made

    def refused(body: Json) -> Json:
        raise Impossible("422")

    makes = {BIRTH: born, GIVEN: given, ADDRESS: addressed, NEVER: refused}[name]
    if kind == JSON:
        return fhirpath_patch(name, birth), makes
    return {
        BIRTH: [{"op": "replace", "path": "/birthDate", "value": birth}],
        GIVEN: [{"op": "add", "path": "/name/0/given/-", "value": "É"}],
        ADDRESS: [{"op": "add", "path": "/address", "value": [{"city": "🌳"}]}],
        NEVER: [{"op": "test", "path": "/birthDate", "value": "1789-07-14"}],
    }[name], (makes if name != ADDRESS else lambda body: {**body, "address": [{"city": "🌳"}]})


def fhirpath_patch(name: str, birth: str) -> Json:
    def operation(**said: Json) -> Json:
        return {"name": "operation", "part": [{"name": key, **value} for key, value in said.items()]}

    def at(type_: str, path: str) -> Json:
        return {"type": {"valueCode": type_}, "path": {"valueString": path}}

    operations = {
        BIRTH: operation(**at("replace", "Patient.birthDate"), value={"valueDate": birth}),
        GIVEN: operation(**at("add", "Patient.name[0]"), name={"valueString": "given"}, value={"valueString": "É"}),
        ADDRESS: operation(
            **at("add", "Patient"), name={"valueString": "address"}, value={"valueAddress": {"city": "🌳"}}
        ),
        NEVER: operation(**at("replace", "Patient.contact[3].gender"), value={"valueCode": "male"}),
    }
    return {"resourceType": "Parameters", "parameter": [operations[name]]}


def binary(operations: Any) -> Json:
    """A JSON Patch as an entry of a Bundle holds it."""
    data = base64.b64encode(json.dumps(operations).encode()).decode()
    return {"resourceType": "Binary", "contentType": JSON_PATCH, "data": data}
