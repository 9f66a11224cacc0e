"""What the server claims to do, and what every client says to it."""

import json
import re
from typing import Any
from uuid import uuid4

import pytest
import requests

from conformance.server import ROOT
from tests.waiting import PATIENCE

#: Local identifiers of the fictitious patients.
LOCAL = "urn:oid:1.2.250.1.999.1.1.20260.2"

Json = dict[str, Any]


class Claims:
    """The CapabilityStatement; a test that needs what it does not claim is skipped, and says so."""

    def __init__(self, fhir: str) -> None:
        statement: Json = requests.get(f"{fhir}/metadata", timeout=PATIENCE).json()
        self._rest: Json = statement["rest"][0]

    def types(self) -> list[str]:
        """Those that can be searched."""
        return [row["type"] for row in self._rest["resource"] if self.interaction(row["type"], "search-type")]

    def of(self, type_: str) -> Json:
        return next((row for row in self._rest["resource"] if row["type"] == type_), {})

    def interaction(self, type_: str, code: str) -> bool:
        return any(one["code"] == code for one in self.of(type_).get("interaction", ()))

    def includes(self, type_: str, name: str) -> bool:
        return any(one.startswith(name) for one in self.of(type_).get("searchInclude", ()))

    def need(self, claim: object) -> None:
        if not claim:
            pytest.skip("not claimed in the CapabilityStatement")


def patient(**changes: Any) -> Json:
    """A fictitious patient with an identifier of its own."""
    identifier = {
        "use": "usual",
        "type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "PI"}]},
        "system": LOCAL,
        "value": f"PYTHON-{uuid4()}",
    }
    return {
        "resourceType": "Patient",
        "meta": {"security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST"}]},
        "identifier": [identifier],
        "name": [{"use": "official", "family": "TEST-ORME", "given": ["ALIX"]}],
        "gender": "female",
        "birthDate": "1988-03-02",
    } | changes


def act() -> Json:
    """An act as a transaction, under an identifier of its own."""
    text = (ROOT / "fixtures/scenarios/acte-simple/1-request.fhir.json").read_text(encoding="utf-8")
    bundle: Json = json.loads(text.replace("ACTE-1001", f"ACTE-{uuid4()}"))
    return bundle


def reference_of(location: str) -> str:
    """The literal reference, without version, in a Location."""
    found = re.search(r"([A-Z][A-Za-z]+/[A-Za-z0-9.-]+)(/_history/.*)?$", location)
    assert found is not None, location
    return found[1]
