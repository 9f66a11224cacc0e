"""``GET /records/declarations``: what it says, what it refuses, and that it is as described."""

from typing import Any

import jsonschema_rs
import pytest

from mappings.records.dossier import declaration_from_dossier
from service.clock import random_identifiers
from service.declarations import Keeping
from service.intake.knowledge import Readings
from service.records.declarations import PARAMETERS
from service.records.openapi import description
from tests.declarations.scene import FORM, line, lines, lodged, team
from tests.doors import NOW, House, act, expressions, furnished, house, outcome, shared

__all__ = ["furnished", "house", "shared"]

Json = dict[str, Any]
ASKED = "/records/declarations?protocol=pc-torsion-cheville&finess=380999990"


def declare(house: House, node: Json) -> None:
    declared = declaration_from_dossier(node, FORM, house.composition.catalogue)
    assert declared is not None
    Keeping(store=house.store, clock=lambda: NOW, ids=random_identifiers, readings=Readings()).keep(declared)


def told(house: House, more: str = "") -> Json:
    answer = house.client.get(ASKED + more)
    assert answer.status_code == 200, answer.text
    body: Json = answer.get_json()
    document = description()
    schema = {"$ref": "#/components/schemas/Declaration", "components": document["components"]}
    assert [error.message for error in jsonschema_rs.Draft202012Validator(schema).iter_errors(body)] == []
    return body


def test_before_and_after_a_declaration(house: House) -> None:
    assert house.client.post("/records/acts", json=act()).status_code == 201
    before = told(house)
    assert before["declared"] is None
    assert len(before["difference"]["joined"]) == 20
    assert [one["reasons"] for one in before["uncovered_acts"]] == [["no-declaration"]]

    declare(house, lodged(1001, "2026-08-25", [line(team()[0], rpps="1"), *lines(team()[1:])]))
    after = told(house, "&date=2026-11-21")
    assert after["declared"]["declared_on"] == "2026-08-25"
    assert after["declared"]["receipt"] == "1001"
    assert len(after["declared"]["members"]) == 19
    assert [one["rpps"] for one in after["difference"]["joined"]] == [team()[0]["rpps"]]
    assert [one["reasons"] for one in after["uncovered_acts"]] == [["delegatee-not-listed"]]
    assert after["remarks"] == [
        {"dossier": "999001-1001", "row": 1, "aside": True, "text": "le numéro RPPS ne compte pas 11 chiffres."}
    ]
    assert told(house, "&date=2026-08-24")["declared"] is None
    assert told(house, "&date=2026-08-24")["uncovered_acts"] == []


def test_the_directory_is_asked_only_when_wanted(house: House) -> None:
    declare(house, lodged(1001, "2026-08-25", lines(team())))
    assert "checks" not in told(house)
    checks = told(house, "&verify=true")["checks"]
    assert len(checks) == 20
    assert {one["known"] for one in checks} == {"unverified"}


@pytest.mark.parametrize(
    ("query", "status", "places"),
    [
        ("", 422, ["protocol", "finess"]),
        ("?protocol=pc-torsion-cheville&finess=38099999", 422, ["finess"]),
        ("?protocol=pc-inconnu&finess=380999990", 404, ["protocol"]),
        ("?protocol=pc-torsion-cheville&finess=380999990&date=2026-11", 422, ["date"]),
        ("?protocol=pc-torsion-cheville&finess=380999990&verify=1", 422, ["verify"]),
        ("?protocol=pc-torsion-cheville&finess=380999990&autre=1", 400, ["autre"]),
    ],
)
def test_what_is_asked_wrong(shared: House, query: str, status: int, places: list[str]) -> None:
    assert expressions(outcome(shared.client.get(f"/records/declarations{query}"), status)) == places


def test_a_structure_without_anything_has_an_empty_answer(shared: House) -> None:
    answer = shared.client.get("/records/declarations?protocol=pc-torsion-cheville&finess=380999982").get_json()
    assert answer["declared"] is None
    assert answer["difference"] == {"joined": [], "left": [], "changed": [], "named": []}
    assert answer["uncovered_acts"] == answer["remarks"] == []


def test_the_parameters_are_those_described() -> None:
    parameters = description()["paths"]["/declarations"]["get"]["parameters"]
    assert [one["name"] for one in parameters] == list(PARAMETERS)
