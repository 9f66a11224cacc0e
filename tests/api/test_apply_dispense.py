"""``$apply`` under a version that lets a pharmacist dispense: asked of him as a Task, and of nobody else."""

import datetime as dt
from pathlib import Path

import pytest

from mappings.codes import systems
from service.store import open_store
from tests.dispensing import DISPENSE, act_record, pharmacy
from tests.house import House, Json

CANONICAL = f"{systems.ACTIVITY_DEFINITION}{DISPENSE}|2023.2"


@pytest.fixture
def house(tmp_path: Path) -> House:
    """The day of the scenario, the exam being filled in before any act."""
    house = pharmacy(open_store(f"sqlite:///{tmp_path / 'binome.sqlite'}", test=True), tmp_path)
    (plan,) = house.found("CarePlan")
    asked = act_record()["exam"]
    items = [{"linkId": link_id, "answer": [_answer(value)]} for link_id, value in asked.items()]
    exam = {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": f"{systems.QUESTIONNAIRE}odyno-examen|2023.2",
        "status": "completed",
        "subject": plan["subject"],
        "basedOn": [{"reference": f"CarePlan/{plan['id']}"}],
        "authored": "2023-10-02T10:10:00+02:00",
        "item": items,
    }
    answer = house.fhir("POST", "/QuestionnaireResponse", exam)
    assert answer.status_code == 201, answer.json
    house.clock.now = dt.datetime(2023, 10, 2, 8, 15, tzinfo=dt.UTC)
    return house


def _answer(value: object) -> Json:
    match value:
        case bool():
            return {"valueBoolean": value}
        case float():
            return {"valueDecimal": value}
    return {"valueCoding": {"system": f"{systems.CODE_SYSTEM}binome-answer", "code": value}}


def applied(house: House) -> Json:
    (plan,) = house.found("CarePlan")
    asked = f"subject={plan['subject']['reference']}&practitioner={plan['author']['reference']}"
    answer = house.fhir("GET", f"/PlanDefinition/pc-odynophagie-2023.2/$apply?{asked}")
    assert answer.status_code == 200, answer.json
    told: Json = answer.json
    return told


def test_a_dispensing_is_asked_of_the_pharmacist_as_a_task(house: House) -> None:
    plan = applied(house)
    tasks = [one for one in plan["contained"] if one["resourceType"] == "Task"]
    (task,) = tasks
    assert task["instantiatesCanonical"] == CANONICAL
    assert (task["status"], task["intent"], task["owner"]) == ("draft", "proposal", plan["author"])
    assert task["input"] == [{"type": {"text": "Produit"}, "valueCodeableConcept": {"text": "Antibiotique"}}]
    (group,) = (one for one in plan["contained"] if one["resourceType"] == "RequestGroup")
    steps = {action["id"]: action["code"][0]["coding"][0]["code"] for action in group["action"]}
    assert steps == {
        "odyno-prise-en-charge": "delegated-act",
        "odyno-trod": "delegated-act",
        "odyno-symptomatique": "prescription",
        "odyno-antibiotique": "prescription",
        DISPENSE: "dispense",
    }
    assert house.fhir("POST", "/CarePlan/$validate", plan).json["issue"][0]["severity"] != "error"


def test_it_is_defined_as_a_task_and_says_whose_it_is(house: House) -> None:
    (definition,) = house.found(f"ActivityDefinition?url={CANONICAL.partition('|')[0]}&version=2023.2")
    assert definition["kind"] == "Task"
    assert "Réservé aux délégués de profession : pharmacien." in definition["description"]
    assert house.found(f"ActivityDefinition?url={CANONICAL.partition('|')[0]}&version=2024.1") == []
    (plan,) = house.found(f"PlanDefinition?url={systems.PLAN_DEFINITION}pc-odynophagie&version=2023.2")
    assert CANONICAL in str(plan)


def test_a_nurse_is_not_asked_for_what_is_a_pharmacists(house: House) -> None:
    (practitioner,) = house.found("Practitioner?family=OLLIVIER-FICTIF")
    text = str(practitioner["qualification"])
    assert "'code': '21'" in text
    for qualification in practitioner["qualification"]:
        for coding in qualification["code"]["coding"]:
            if coding["code"] == "21":
                coding["code"] = "60"
                coding.pop("display", None)
    answer = house.fhir("PUT", f"/Practitioner/{practitioner['id']}", practitioner, If_Match='W/"1"')
    assert answer.status_code == 200, answer.json
    plan = applied(house)
    assert [one for one in plan["contained"] if one["resourceType"] == "Task"] == []
    (told,) = (one for one in plan["contained"] if one["resourceType"] == "OperationOutcome")
    said = [issue["details"]["text"] for issue in told["issue"]]
    assert any("le confie à une autre profession que celle du délégué" in text for text in said)
    # Nor may he do it all the same.
    house.clock.now = dt.datetime(2026, 11, 20, 11, 0, tzinfo=dt.UTC)
    refused = house.post("acts", act_record())
    assert refused.status_code == 422
    assert [issue["expression"] for issue in refused.json["issue"]] == [
        ["MedicationDispense[0].extension('instantiates-canonical').value"]
    ]
