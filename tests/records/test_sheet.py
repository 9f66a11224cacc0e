"""The sheet as JSON: of the shape that is published, on the day asked, of the version asked."""

import copy
from typing import Any

import jsonschema_rs
import pytest

from mappings.domain.evidence import TO_VALIDATE
from mappings.domain.protocol import Protocol
from service.records.openapi import SCHEMAS
from tests.doors import House, furnished, house, shared
from tests.mappings.catalogue import shipped

__all__ = ["furnished", "house", "shared"]

Json = dict[str, Any]


def read(house: House, protocol: str, **asked: str) -> Json:
    answer = house.client.get(f"/records/protocols/{protocol}/sheet", query_string=asked)
    assert answer.status_code == 200, answer.text
    assert answer.mimetype == "application/json"
    told: Json = answer.get_json()
    return told


def published() -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(
        {"$ref": "#/components/schemas/Fiche", "components": {"schemas": copy.deepcopy(SCHEMAS)}}
    )


@pytest.mark.parametrize("protocol", shipped(), ids=lambda p: f"{p.id}-{p.version}")
def test_is_of_the_shape_that_is_published(shared: House, protocol: Protocol) -> None:
    told = read(shared, protocol.id, version=protocol.version)
    published().validate(told)
    assert told["protocol"] == f"{protocol.id}|{protocol.version}"
    assert told["definition"] == protocol.canonical
    items = {item["item"]: item for question in told["questions"] for item in question["items"]}
    said = {line["text"] for line in items["public"]["statements"] + items["exclusions"]["statements"]}
    said |= {line["text"] for line in items["sortie"]["statements"]}
    assert all(any(criterion.text in words for words in said) for criterion in protocol.criteria)
    assert {gap["text"] for gap in told["gaps"]} == {gap.text for gap in protocol.gaps}
    assert all(line["to_validate"] is (line["certainty"] in TO_VALIDATE) for line in told["gaps"])


def test_a_key_more_is_not_of_the_shape(shared: House) -> None:
    told = read(shared, "pc-odynophagie")
    assert not published().is_valid(told | {"autre": 1})
    assert not published().is_valid({key: value for key, value in told.items() if key != "missing"})


@pytest.mark.parametrize(
    ("day", "version", "in_force"),
    [
        ("2019-12-31", "2020.1", False),
        ("2023-03-13", "2020.1", True),
        ("2023-03-14", "2023.1", True),
        ("2024-06-16", "2023.2", True),
        ("2024-06-17", "2024.1", True),
    ],
)
def test_the_version_of_the_day(shared: House, day: str, version: str, in_force: bool) -> None:
    told = read(shared, "pc-odynophagie", on=day)
    assert (told["protocol"], told["in_force"], told["on"]) == (f"pc-odynophagie|{version}", in_force, day)
    assert [line["version"] for line in told["versions"] if line["in_force"]] == ([version] if in_force else [])


def test_what_changed_is_told_with_the_version_before(shared: House) -> None:
    told = read(shared, "pc-odynophagie", version="2024.1")
    assert told["previous"] == "2023.2"
    assert {"heading": "Professions", "kind": "removed", "before": "Pharmacien (délégué)", "after": ""} in told[
        "changes"
    ]


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/records/protocols/pc-inconnu/sheet", 404),
        ("/records/protocols/pc-odynophagie/sheet?version=1999.1", 404),
        ("/records/protocols/pc-odynophagie/sheet?on=hier", 422),
        ("/records/protocols/pc-odynophagie/sheet?on=2026-02-30", 422),
    ],
)
def test_what_is_not_there(shared: House, address: str, status: int) -> None:
    answer = shared.client.get(address)
    assert answer.status_code == status
    assert answer.get_json()["resourceType"] == "OperationOutcome"
