"""PATCH, both ways, through the same checks as an update (R4 4.0.1, http.html#patch), on both stores."""

import json
from typing import Any

import pytest

from mappings.fhir.xml import resource_to_xml
from tests.api.test_interactions import number, patient
from tests.house import House, Json, act_bundle, issues

JSON_PATCH = "application/json-patch+json"


def sent(both: House, path: str, patch: Any, kind: str = JSON_PATCH, **headers: str) -> Any:
    data = patch if isinstance(patch, bytes) else json.dumps(patch)
    named = {name.replace("_", "-"): value for name, value in headers.items()} | {"Content-Type": kind}
    return both.client.patch(f"/fhir{path}", data=data, headers=named)


def birth(day: str) -> Json:
    """The FHIRPath Patch that changes a day of birth."""
    parts = {"type": "valueCode", "path": "valueString", "value": "valueDate"}
    said = {"type": "replace", "path": "Patient.birthDate", "value": day}
    return {
        "resourceType": "Parameters",
        "parameter": [{"name": "operation", "part": [{"name": n, parts[n]: v} for n, v in said.items()]}],
    }


@pytest.fixture
def made(both: House) -> Json:
    created: Json = both.fhir("POST", "/Patient", patient()).json
    return created


def test_a_patch_is_a_new_version(both: House, made: Json) -> None:
    url = f"/Patient/{made['id']}"
    operations = [
        {"op": "test", "path": "/birthDate", "value": "1990-05-12"},
        {"op": "replace", "path": "/birthDate", "value": "1990-05-13"},
        {"op": "add", "path": "/name/0/given/-", "value": "MARIE"},
    ]
    answer = sent(both, url, operations, If_Match='W/"1"')
    assert (answer.status_code, answer.headers["ETag"]) == (200, 'W/"2"')
    assert answer.json == both.fhir("GET", url).json
    assert (answer.json["birthDate"], answer.json["name"][0]["given"]) == ("1990-05-13", ["LISE", "MARIE"])
    assert sent(both, url, operations, If_Match='W/"1"').status_code == 412
    again = sent(both, url, operations)
    assert (again.status_code, issues(again)) == (422, [("value", "[0]")])
    kinds = {"application/fhir+json": json.dumps(birth("1990-05-14")).encode()}
    kinds["application/fhir+xml"] = resource_to_xml(birth("1990-05-15"))
    for version, (kind, body) in enumerate(kinds.items(), 3):
        answer = sent(both, url, body, kind)
        assert (answer.status_code, answer.headers["ETag"]) == (200, f'W/"{version}"')
    assert both.fhir("GET", url).json["birthDate"] == "1990-05-15"
    unchanged = sent(both, url, [{"op": "replace", "path": "/birthDate", "value": "1990-05-15"}])
    assert (unchanged.status_code, unchanged.headers["ETag"]) == (200, 'W/"4"')


@pytest.mark.parametrize(
    ("operation", "status", "expression"),
    [
        ({"op": "replace", "path": "/gender", "value": "feminine"}, 422, "Patient.gender"),
        ({"op": "add", "path": "/nom", "value": "x"}, 400, "Patient.nom"),
        ({"op": "replace", "path": "/id", "value": "autre"}, 422, "Patient.id"),
        ({"op": "replace", "path": "/resourceType", "value": "Practitioner"}, 422, "Patient.id"),
        ({"op": "add", "path": "/generalPractitioner", "value": [{"reference": "Practitioner/x"}]}, 422, None),
        ({"op": "remove", "path": ""}, 422, "[0]"),
        ({"op": "replace", "path": "", "value": 1}, 400, None),
        ({"op": "add", "path": "/name/0/given", "value": []}, 400, None),
    ],
)
def test_what_a_patch_makes_is_checked_as_an_update(
    both: House, made: Json, operation: Json, status: int, expression: str | None
) -> None:
    standing = both.standing()
    answer = sent(both, f"/Patient/{made['id']}", [operation])
    assert answer.status_code == status, answer.text
    assert expression is None or [place for _, place in issues(answer)] == [expression]
    assert both.standing() == standing


def test_what_is_no_patch_is_told_so(both: House, made: Json) -> None:
    url = f"/Patient/{made['id']}"
    for body, kind, status in (
        (b"", JSON_PATCH, 400),
        (b"{}", JSON_PATCH, 400),
        (b"[{}]", JSON_PATCH, 400),
        (json.dumps(made).encode(), "application/fhir+json", 400),
        (b"[]", "application/json", 400),
        (b"<x/>", "application/xml-patch+xml", 415),
        (b"[]", "text/plain", 415),
    ):
        assert sent(both, url, body, kind).status_code == status


def test_only_what_is_there_and_may_change_is_patched(both: House, made: Json) -> None:
    nothing: list[Json] = []
    assert sent(both, "/Patient/never", nothing).status_code == 404
    assert sent(both, "/Foo/x", nothing).status_code == 404
    both.fhir("DELETE", f"/Patient/{made['id']}")
    assert sent(both, f"/Patient/{made['id']}", nothing).status_code == 410
    both.fhir("POST", "/", act_bundle())
    (procedure,) = both.found("Procedure")
    refused = sent(both, f"/Procedure/{procedure['id']}", [{"op": "replace", "path": "/code/text", "value": "Autre"}])
    assert (refused.status_code, issues(refused)) == (400, [("not-supported", "Procedure.code")])


def test_a_condition_finds_what_is_patched(both: House, made: Json) -> None:
    both.fhir("POST", "/Patient", patient())
    operations = [{"op": "replace", "path": "/birthDate", "value": "1990-05-13"}]
    answer = sent(both, f"/Patient?{number(made)}", operations)
    assert (answer.status_code, answer.json["id"], answer.json["birthDate"]) == (200, made["id"], "1990-05-13")
    assert sent(both, f"/Patient?{number(made)}x", operations).status_code == 404
    assert sent(both, f"/Patient?family={made['name'][0]['family']}", operations).status_code == 412
    assert sent(both, "/Patient", operations).status_code == 400
