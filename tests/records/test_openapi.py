"""The published description holds against the routes, the readings and the service itself."""

import copy
import re
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest

from mappings.records import act as act_record
from mappings.records import adverse_event, consent, enrolment, inclusion, people
from service.api.identity import LONGEST_KEY
from service.records.openapi import SCHEMAS, description
from tests.doors import House, act, furnished, house, outcome, shared

__all__ = ["furnished", "house", "shared"]

Json = dict[str, Any]


@pytest.fixture(scope="module")
def told(shared: House) -> Json:
    answer = shared.client.get("/records/openapi.json")
    assert answer.mimetype == "application/json"
    told: Json = answer.get_json()
    return told


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        yield from ([node["$ref"]] if "$ref" in node else ())
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def test_every_route_is_described_and_nothing_else(shared: House, told: Json) -> None:
    routes = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule.removeprefix("/records")), method.lower())
        for rule in shared.app.url_map.iter_rules()
        if rule.rule.startswith("/records/")
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    assert routes == {(path, method) for path, methods in told["paths"].items() for method in methods}


def test_every_reference_leads_somewhere_and_every_schema_is_used(told: Json) -> None:
    seen = set(references(told))
    for reference in seen:
        node: Any = told
        for step in reference.removeprefix("#/").split("/"):
            node = node[step]
    assert {f"#/components/schemas/{name}" for name in told["components"]["schemas"]} <= seen
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+", name) for name in told["components"]["schemas"])


@pytest.mark.parametrize(
    ("schema", "keys"),
    [
        ("Adhesion", enrolment._KEYS),
        ("Consentement", consent._KEYS),
        ("Inclusion", inclusion._KEYS),
        ("Acte", act_record._KEYS),
        ("EvenementIndesirable", adverse_event._KEYS),
        ("Patient", (*people._TRAITS, *people._DESIGNATION)),
    ],
)
def test_the_keys_are_those_that_are_read(schema: str, keys: tuple[str, ...]) -> None:
    assert set(SCHEMAS[schema]["properties"]) == set(keys)
    assert set(SCHEMAS[schema]["required"]) <= set(keys)


@pytest.mark.parametrize(
    ("schema", "key", "choices"),
    [
        ("Adhesion", "function", enrolment._FUNCTIONS),
        ("Adhesion", "status", enrolment._STATUSES),
        ("Consentement", "decision", consent._DECISIONS),
        ("Inclusion", "status", inclusion._STATUSES),
        ("Acte", "status", act_record._STATUSES),
        ("Acte", "recourse", act_record._RECOURSES),
        ("EvenementIndesirable", "status", adverse_event._STATUSES),
        ("EvenementIndesirable", "actuality", adverse_event._ACTUALITIES),
        ("EvenementIndesirable", "nature", adverse_event._NATURES),
        ("EvenementIndesirable", "seriousness", adverse_event._SERIOUSNESS),
        ("EvenementIndesirable", "severity", adverse_event._SEVERITIES),
        ("EvenementIndesirable", "outcome", adverse_event._OUTCOMES),
        ("EvenementIndesirable", "reported_by", adverse_event._REPORTERS),
        ("Patient", "gender", people._GENDERS),
        ("Patient", "identity_status", people._STATUSES),
    ],
)
def test_the_choices_are_those_that_are_read(schema: str, key: str, choices: Json) -> None:
    assert set(SCHEMAS[schema]["properties"][key]["enum"]) == set(choices)


def test_the_key_is_as_long_as_it_may_be(told: Json) -> None:
    assert told["components"]["parameters"]["IdempotencyKey"]["schema"]["maxLength"] == LONGEST_KEY


def examples(told: Json) -> Iterator[tuple[str, Json]]:
    for path, methods in told["paths"].items():
        for body in (methods[m]["requestBody"] for m in methods if "requestBody" in methods[m]):
            if "application/json" in body["content"]:
                yield path, body["content"]["application/json"]["examples"]["fictif"]["value"]


def test_the_examples_are_accepted_in_order(house: House, told: Json) -> None:
    for path, record in examples(told):
        if path.startswith("/acts/{act}"):
            continue  # of an act that is there: below
        answer = house.client.post(f"/records{path}", json=record)
        assert answer.status_code in (200, 201), answer.text
        assert str(answer.status_code) in told["paths"][path]["post"]["responses"]


def test_the_example_of_a_correction_is_accepted(house: House, told: Json) -> None:
    shown = dict(examples(told))
    made = house.client.post("/records/acts", json=shown["/acts"]).get_json()
    answer = house.client.put(f"/records/acts/{made['act'].partition('/')[2]}", json=shown["/acts/{act}"])
    assert (answer.status_code, answer.get_json()["act"]) == (200, made["act"]), answer.text
    assert "200" in told["paths"]["/acts/{act}"]["put"]["responses"]


@pytest.mark.parametrize("path", ["/enrolments", "/consents", "/inclusions", "/acts", "/adverse-events"])
def test_what_is_required_is_asked_for_and_the_rest_is_not(house: House, told: Json, path: str) -> None:
    record = dict(examples(told))[path]
    if path == "/adverse-events":
        assert house.client.post("/records/acts", json=dict(examples(told))["/acts"]).status_code == 201
    body = told["paths"][path]["post"]["requestBody"]["content"]["application/json"]
    name = body["schema"]["$ref"].rpartition("/")[2]
    for key in SCHEMAS[name]["required"]:
        spoilt = {k: v for k, v in fresh(record).items() if k != key}
        refused = outcome(house.client.post(f"/records{path}", json=spoilt), 422)
        assert any(issue.code == "required" for issue in refused.issue), key
    whole = {k: v for k, v in fresh(record).items() if k in SCHEMAS[name]["required"]}
    # A délégué is trained, and an act that was done has its exam.
    whole |= {
        "/enrolments": {"function": "DELEGATOR"},
        "/acts": {"status": "not-done", "status_reason": "patient-choice"},
    }.get(path, {})
    answer = house.client.post(f"/records{path}", json=whole)
    assert answer.status_code in (200, 201), answer.text


def fresh(record: Json) -> Json:
    """The record under an identifier that nothing bears yet."""
    record = copy.deepcopy(record)
    if "identifier" in record:
        record["identifier"] = act()["identifier"]
    return record


def test_the_answers_hold_what_is_said(house: House) -> None:
    answer = house.client.post("/records/acts", json=act()).get_json()
    assert set(answer) == set(SCHEMAS["Resultat"]["properties"])
    for name, schema in SCHEMAS["Protocols"]["items"]["properties"].items():
        assert all(name in protocol for protocol in house.client.get("/records/protocols").get_json()), schema


def test_the_catalogue_is_as_described(house: House) -> None:
    """Every question of every version, null where it says nothing."""
    schema = {"$ref": "#/components/schemas/Protocols", "components": description()["components"]}
    told = house.client.get("/records/protocols").get_json()
    assert [error.message for error in jsonschema_rs.Draft202012Validator(schema).iter_errors(told)] == []
    told[0]["exam"][0]["unit"] = ""
    assert not jsonschema_rs.Draft202012Validator(schema).is_valid(told)
