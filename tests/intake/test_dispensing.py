"""An act that dispenses: the same through both doors, found, refused when the list or the hand-over is not what it must be."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mappings.codes import systems
from service.ledger.verify import verify
from service.store import Store, open_store
from tests.dispensing import (
    DELEGATEE,
    DELEGATOR,
    act_record,
    pharmacy,
    prescribed_and_dispensed,
    recorded,
    transaction,
)
from tests.house import House, Json, issues

__all__ = ["transaction"]

_ACT = f"{systems.IDENTIFIER}act"
_TYPES = ("Procedure", "QuestionnaireResponse", "Observation", "MedicationRequest", "MedicationDispense")


@pytest.fixture
def both(store: Store, tmp_path: Path) -> House:
    """Over each engine."""
    return pharmacy(store, tmp_path)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    opened = open_store(f"sqlite:///{tmp_path / 'binome.sqlite'}", test=True)
    yield pharmacy(opened, tmp_path)
    opened.close()


def written(house: House) -> list[Json]:
    """Every resource of the act, its ids replaced by their order."""
    found = [one for type_ in _TYPES for one in house.found(f"{type_}?_count=100")]
    names = {one["id"]: f"{one['resourceType']}-{n}" for n, one in enumerate(found)}
    return [_renamed(one, names) for one in found]


def _renamed(node: Any, names: dict[str, str]) -> Any:
    if isinstance(node, dict):
        return {key: _renamed(value, names) for key, value in node.items()}
    if isinstance(node, list):
        return [_renamed(item, names) for item in node]
    if isinstance(node, str):
        for id_, name in names.items():
            node = node.replace(id_, name)
    return node


def test_both_doors_give_the_same_resources(both: House, transaction: Json, tmp_path: Path) -> None:
    other = open_store(f"sqlite:///{tmp_path / 'other.sqlite'}", test=True)
    try:
        twin = pharmacy(other, tmp_path)
        assert both.post("acts", prescribed_and_dispensed()).status_code == 201
        answer = twin.fhir("POST", "/", transaction)
        assert (answer.status_code, {e["response"]["status"] for e in answer.json["entry"]}) == (200, {"201 Created"})
        by_record, by_fhir = written(both), written(twin)
        assert [one["resourceType"] for one in by_record].count("MedicationDispense") == 1
        assert by_record == by_fhir
        assert verify(both.store) == verify(other) == []
    finally:
        other.close()


def test_what_is_dispensed_says_who_did_it_on_whose_behalf_under_what(house: House) -> None:
    made = recorded(house, prescribed_and_dispensed())
    (dispense,), (act,), (order,) = made["MedicationDispense"], made["Procedure"], made["MedicationRequest"]
    assert dispense["partOf"] == [{"reference": f"Procedure/{act['id']}"}]
    assert dispense["authorizingPrescription"] == [{"reference": f"MedicationRequest/{order['id']}"}]
    assert (dispense["status"], dispense["whenHandedOver"]) == ("completed", "2023-10-02T10:22:00+02:00")
    assert dispense["quantity"] == {"value": 1, "unit": "boîte"}
    assert dispense["performer"][0]["actor"]["identifier"]["value"] == DELEGATEE
    assert [one["value"] for one in (order["identifier"][0], dispense["identifier"][0])] == [
        "ACTE-ODYNO-0001.1",
        "ACTE-ODYNO-0001.2",
    ]
    said = {one["url"].rpartition("/")[2]: one for one in dispense["extension"]}
    assert said["delegator"]["valueReference"]["identifier"]["value"] == DELEGATOR
    canonicals = [one["valueCanonical"] for one in dispense["extension"] if "valueCanonical" in one]
    assert canonicals == [
        f"{systems.PLAN_DEFINITION}pc-odynophagie|2023.2",
        f"{systems.ACTIVITY_DEFINITION}odyno-antibiotique-delivrance|2023.2",
    ]
    # The proof of the act covers what it dispensed, in its chain.
    answer = house.fhir("GET", f"/Procedure/{act['id']}/$trace")
    assert dispense["id"] in [entry["resource"]["id"] for entry in answer.json["entry"]]
    assert verify(house.store) == []


#: Each finds the dispensing.
QUERIES = [
    f"identifier={_ACT}|ACTE-ODYNO-0001.2",
    "status=completed",
    "whenhandedover=2023-10-02",
    f"performer:identifier={systems.RPPS}|{DELEGATEE}",
    f"delegator:identifier={systems.RPPS}|{DELEGATOR}",
    "code:text=antibiotique",
    f"protocol={systems.PLAN_DEFINITION}pc-odynophagie",
    f"instantiates-canonical={systems.ACTIVITY_DEFINITION}odyno-antibiotique-delivrance|2023.2",
    f"instantiates-canonical={systems.ACTIVITY_DEFINITION}odyno-antibiotique-delivrance",
    "derogatory=true",
]


def test_it_is_found_by_what_it_says(house: House) -> None:
    made = recorded(house, prescribed_and_dispensed())
    (dispense,), (act,), (order,) = made["MedicationDispense"], made["Procedure"], made["MedicationRequest"]
    patient = dispense["subject"]["reference"]
    pointing = [
        f"subject={patient}",
        f"patient={patient}",
        f"prescription=MedicationRequest/{order['id']}",
        f"part-of=Procedure/{act['id']}",
        f"performer={dispense['performer'][0]['actor']['reference']}",
    ]
    for query in (*QUERIES, *pointing):
        assert [one["id"] for one in house.found(f"MedicationDispense?{query}")] == [dispense["id"]], query
    for query in (
        "status=entered-in-error",
        "whenhandedover=lt2023-10-02",
        f"identifier={_ACT}|ACTE-ODYNO-0001.3",
        f"performer:identifier={systems.RPPS}|{DELEGATOR}",
        f"delegator:identifier={systems.RPPS}|{DELEGATEE}",
        f"instantiates-canonical={systems.ACTIVITY_DEFINITION}odyno-antibiotique|2023.2",
        "derogatory=false",
        "whenprepared=2023",
        "type=x",
        "receiver=Patient/x",
        "destination=Location/x",
        "context=Encounter/x",
        "responsibleparty=PractitionerRole/x",
        "medication=Medication/x",
    ):
        assert house.found(f"MedicationDispense?{query}") == [], query
    assert [one["id"] for one in house.found(f"{patient}/MedicationDispense")] == [dispense["id"]]
    together = house.found(f"Procedure?_id={act['id']}&_revinclude=MedicationDispense:part-of")
    assert {one["id"] for one in together} == {act["id"], dispense["id"]}
    allowed_by = house.found(
        f"MedicationDispense?_id={dispense['id']}&_include=MedicationDispense:instantiates-canonical"
    )
    assert {one["resourceType"] for one in allowed_by} == {"MedicationDispense", "ActivityDefinition", "PlanDefinition"}
    everything = house.found(f"{patient}/$everything?_type=MedicationDispense&start=2023-10-01&end=2023-10-31")
    assert [one["id"] for one in everything] == [dispense["id"]]
    assert house.found(f"{patient}/$everything?_type=MedicationDispense&start=2024-01-01") == []
    (team,) = house.found("CareTeam")
    of_team = house.found(f"CareTeam/{team['id']}/$everything")
    assert dispense["id"] in [one["id"] for one in of_team]


def test_an_act_in_error_takes_what_it_dispensed_with_it(both: House) -> None:
    made = recorded(both, prescribed_and_dispensed())
    (dispense,), (act,) = made["MedicationDispense"], made["Procedure"]
    answer = both.fhir("PUT", f"/Procedure/{act['id']}", act | {"status": "entered-in-error"}, If_Match='W/"1"')
    assert answer.status_code == 200, answer.json
    now = both.fhir("GET", f"/MedicationDispense/{dispense['id']}").json
    assert (now["status"], now["meta"]["versionId"]) == ("entered-in-error", "2")
    assert {**now, "status": "completed", "meta": dispense["meta"]} == dispense
    proof = both.found(f"Provenance?target=MedicationDispense/{dispense['id']}")
    assert [one["activity"]["coding"][0]["code"] for one in proof] == ["NULLIFY"]
    assert verify(both.store) == []


def test_it_is_neither_changed_without_a_reason_nor_deleted_nor_added_afterwards(house: House) -> None:
    (dispense,) = recorded(house, act_record())["MedicationDispense"]
    standing = house.standing()
    address = f"/MedicationDispense/{dispense['id']}"
    assert house.fhir("DELETE", address).status_code == 405
    # Corrected, it says why: tests/intake/test_issued_corrected.py.
    unsaid = house.fhir("PUT", address, dispense | {"quantity": {"value": 9}})
    assert (unsaid.status_code, issues(unsaid)) == (422, [("required", "Provenance.reason")])
    late = {key: value for key, value in dispense.items() if key not in ("id", "meta", "identifier")}
    answer = house.fhir("POST", "/MedicationDispense", late)
    assert (answer.status_code, issues(answer)[0][0]) == (422, "business-rule")
    assert [one["details"]["text"] for one in answer.json["issue"]] == [
        "Une délivrance déléguée se transmet avec l’acte (Procedure) qui la fonde."
    ]
    assert house.standing() == standing


def test_a_record_that_does_not_say_when_says_the_end_of_the_act(house: House) -> None:
    told = act_record(dispenses=[{"activity": "odyno-antibiotique-delivrance"}])
    (dispense,) = recorded(house, told)["MedicationDispense"]
    assert dispense["whenHandedOver"] == told["performed"]["end"]
    assert dispense["medicationCodeableConcept"] == {"text": "Antibiotique"}
    assert not dispense.keys() & {"quantity", "dosageInstruction", "authorizingPrescription"}


def test_it_is_announced(house: House) -> None:
    told = {one["type"]: one for one in house.fhir("GET", "/metadata").json["rest"][0]["resource"]}
    mine = told["MedicationDispense"]
    assert mine["supportedProfile"] == [f"{systems.PROFILE}binome-delegated-medication-dispense"]
    assert {one["code"] for one in mine["interaction"]} & {"update", "patch", "delete"} == {"update", "patch"}
    assert {one["name"] for one in mine["searchParam"]} >= {"whenhandedover", "prescription", "part-of", "receiver"}
    pointing = {
        type_
        for type_, one in told.items()
        if "MedicationDispense:instantiates-canonical" in one.get("searchRevInclude", ())
    }
    # A canonical names a definition, and nothing else.
    assert pointing == {"ActivityDefinition", "PlanDefinition", "Questionnaire"}
    assert "MedicationDispense:part-of" in told["Procedure"]["searchRevInclude"]
