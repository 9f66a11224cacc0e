"""Patches: JSON Patch and FHIRPath Patch (R4 4.0.1, https://hl7.org/fhir/R4/http.html#patch).

A patch is read once, and then is a function from a resource to the next: what comes out goes through the same checks
as an update. What it is given is never changed in place.
"""

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson

from mappings.fhir.json import parse
from mappings.fhir.patch.fhirpath import fhirpath_patch
from mappings.fhir.patch.json import json_patch
from mappings.issues import Issue, Refused

Resource = dict[str, Any]
Patch = Callable[[Resource], Resource]
#: What the Binary of an entry may hold.
JSON_PATCH: Final = "application/json-patch+json"

__all__ = ["JSON_PATCH", "Patch", "fhirpath_patch", "json_patch", "operations_of", "patch_of"]


def patch_of(resource: Mapping[str, Any], expression: str) -> Patch:
    """The patch that an entry of a Bundle holds: Parameters, or a Binary with a JSON Patch in it."""
    if resource.get("resourceType") == "Parameters":
        return fhirpath_patch(resource, expression)
    kind, data = resource.get("contentType"), resource.get("data")
    if resource.get("resourceType") == "Binary" and kind == JSON_PATCH and isinstance(data, str) and data.isascii():
        try:
            body = base64.b64decode(data, validate=True)
        except binascii.Error:
            body = b""
        return json_patch(operations_of(body), f"{expression}.data")
    text = "Un patch est une ressource Parameters (FHIRPath Patch) ou une Binary application/json-patch+json."
    raise Refused(Issue("structure", expression, text, "FHIR R4, http.html#patch"))


def operations_of(body: bytes) -> Any:
    """The array of a JSON Patch document, read as strictly as a resource: its numbers keep their digits."""
    return parse(b'{"patch":' + body + b"}")["patch"] if _alone(body) else None


def _alone(body: bytes) -> bool:
    """One JSON value and nothing beside it, so that it may stand in an object."""
    try:
        orjson.loads(body)
    except orjson.JSONDecodeError:
        return False
    return True
