"""Which exam, of those that were recorded before, is that of an act: finished, alone, of its inclusion, and named by its number."""

import pytest

from tests.house import House, act_record, issues
from tests.intake.beforehand import ACT, EXAM, belonging, create, lone, one_by_one, resources, simple
from tests.stores import EMBEDDED


@EMBEDDED
def test_an_act_without_its_exam_is_told_what_to_do(house: House) -> None:
    before = house.standing()
    answer = create(house, simple(house))
    assert issues(answer) == [("required", "QuestionnaireResponse.partOf")]
    assert "partOf.identifier" in answer.json["issue"][0]["details"]["text"]
    assert house.standing() == before


@EMBEDDED
@pytest.mark.parametrize("status", ["in-progress", "entered-in-error", "stopped"])
def test_what_is_not_finished_is_no_exam(house: House, status: str) -> None:
    told = simple(house)
    assert lone(house, "QuestionnaireResponse", told, status=status).status_code == 201
    assert issues(create(house, told)) == [("required", "QuestionnaireResponse.partOf")]


@EMBEDDED
def test_an_exam_entered_in_error_makes_room_for_the_right_one(house: House) -> None:
    told = simple(house)
    for _ in range(2):
        assert lone(house, "QuestionnaireResponse", told).status_code == 201
    # Two exams: none of them can be believed.
    assert issues(create(house, told)) == [("required", "QuestionnaireResponse.partOf")]
    wrong = house.found("QuestionnaireResponse?_count=10")[0]
    changed = house.fhir("PUT", f"/QuestionnaireResponse/{wrong['id']}", wrong | {"status": "amended"})
    assert changed.status_code == 405 or changed.status_code == 400, changed.json
    taken = house.fhir("PUT", f"/QuestionnaireResponse/{wrong['id']}", wrong | {"status": "entered-in-error"})
    assert taken.status_code == 200, taken.json
    assert create(house, told).status_code == 201


@EMBEDDED
def test_a_measure_entered_in_error_is_not_of_the_act(house: House) -> None:
    told = simple(house)
    for type_ in (*EXAM, "Observation"):
        assert lone(house, type_, told).status_code == 201
    wrong = house.found("Observation")[0]
    body = [{"op": "replace", "path": "/status", "value": "entered-in-error"}]
    answer = house.app.test_client().patch(
        f"/fhir/Observation/{wrong['id']}", json=body, headers={"Content-Type": "application/json-patch+json"}
    )
    assert answer.status_code == 200, answer.json
    act = create(house, told)
    assert act.status_code == 201, act.json
    measured = [one["id"] for one in belonging(house, "Observation", "ACTE-SEUL")]
    assert len(measured) == 1
    assert wrong["id"] not in measured
    # Its page, and the whole chain of it, are those of any act.
    client = house.app.test_client()
    client.set_cookie("binome-console", house.composition.issuer.token("99900002017"))
    assert client.get(f"/actes/{act.json['id']}").status_code == 200


@EMBEDDED
def test_an_exam_that_names_its_act_names_the_inclusion_of_its_patient(house: House) -> None:
    told = simple(house)
    for type_ in EXAM:
        assert issues(lone(house, type_, told, basedOn=None)) == [("required", f"{type_}.basedOn")]
    other = house.found("Patient?_count=10")
    strange = next(one["id"] for one in other if told[0]["subject"]["reference"] != f"Patient/{one['id']}")
    answer = lone(house, "QuestionnaireResponse", told, subject={"reference": f"Patient/{strange}"})
    assert ("business-rule", "QuestionnaireResponse.basedOn[0].reference") in issues(answer)


@EMBEDDED
def test_an_exam_of_another_inclusion_is_not_taken(house: House) -> None:
    """It bears the number of the act, and is of another patient: neither his exam nor in his way."""
    told = simple(house)
    plan = next(p for p in house.found("CarePlan") if told[0]["basedOn"][0]["reference"] != f"CarePlan/{p['id']}")
    strange = {"subject": plan["subject"], "basedOn": [{"reference": f"CarePlan/{plan['id']}"}]}
    assert lone(house, "QuestionnaireResponse", told, **strange).status_code == 201
    assert issues(create(house, told)) == [("required", "QuestionnaireResponse.partOf")]
    assert one_by_one(house, told).status_code == 201
    assert len(belonging(house, "QuestionnaireResponse", "ACTE-SEUL")) == 1


@EMBEDDED
def test_what_comes_after_its_act_is_refused(house: House) -> None:
    told = simple(house)
    assert one_by_one(house, told).status_code == 201
    for type_ in EXAM:
        assert issues(lone(house, type_, told)) == [("business-rule", f"{type_}.partOf[0]")]


@EMBEDDED
def test_an_element_is_of_one_act(house: House) -> None:
    told = simple(house)
    act = one_by_one(house, told).json
    part = {"type": "Procedure", "identifier": {"system": ACT, "value": "ACTE-AUTRE"}}
    both = lone(house, "Observation", told, partOf=[part, {"reference": f"Procedure/{act['id']}"}])
    assert {code for code, _ in issues(both)} == {"business-rule"}
    two = lone(house, "Observation", told, partOf=[part, part | {"identifier": {"system": ACT, "value": "AUTRE"}}])
    assert {code for code, _ in issues(two)} == {"business-rule"}


@EMBEDDED
def test_a_prescription_is_not_recorded_before_it_is_judged(house: House) -> None:
    told = resources(house, act_record(identifier="ACTE-SEUL"))
    (order, *_) = [one for one in told if one["resourceType"] == "ServiceRequest"]
    part = {"type": "Procedure", "identifier": told[0]["identifier"][0]}
    answer = house.fhir(
        "POST", "/ServiceRequest", {k: v for k, v in order.items() if k != "id"} | {"supportingInfo": [part]}
    )
    assert issues(answer) == [("business-rule", "ServiceRequest")]


@EMBEDDED
@pytest.mark.parametrize("measures", [0, 1, 2, 3, 9, 20])
def test_many_name_one_act_one_by_one(house: House, measures: int) -> None:
    told = simple(house)
    assert lone(house, "QuestionnaireResponse", told).status_code == 201
    for _ in range(measures):
        assert lone(house, "Observation", told).status_code == 201
    assert create(house, told).status_code == 201
    assert len(belonging(house, "Observation", "ACTE-SEUL")) == measures
    # Each had a turn of its own, in their order and without a hole.
    had = [n for n in range(1, 40) if house.store.request(f"awaited{n}:{ACT}", "ACTE-SEUL")]
    assert had == list(range(1, measures + 3))


@EMBEDDED
def test_an_exam_is_not_kept_in_memory_after_its_act(house: House) -> None:
    told = simple(house)
    assert one_by_one(house, told).status_code == 201
    readings = house.composition.intake.readings
    assert readings._kept, "what the act rests on is kept"
    assert not [key for key, kept in readings._kept.items() if isinstance(kept, dict)]


@EMBEDDED
def test_an_act_of_two_numbers_takes_what_names_it_by_either(house: House) -> None:
    told = simple(house)
    second = {"system": "urn:oid:1.2.250.1.999", "value": "DOSSIER-2"}
    assert lone(house, "QuestionnaireResponse", told).status_code == 201
    part = {"type": "Procedure", "identifier": second}
    assert lone(house, "Observation", told, partOf=[part]).status_code == 201
    told[0]["identifier"].append(second)
    assert create(house, told).status_code == 201
    assert len(belonging(house, "Observation", "ACTE-SEUL")) == 1


def test_a_number_longer_than_any_act_bears_is_no_key(house: House) -> None:
    part = {"type": "Procedure", "identifier": {"system": ACT, "value": "A" * 5_000}}
    assert lone(house, "Observation", simple(house), partOf=[part]).status_code == 201
