"""An exam may be on record before its act: of the inclusion that it names, and of nobody else's."""

from tests.house import House, Json, act_bundle, issues


def inclusions(house: House) -> list[Json]:
    return house.found("CarePlan?_count=10")


def exam(plan: Json, **elements: Json | list[Json]) -> Json:
    return {
        "resourceType": "QuestionnaireResponse",
        "status": "in-progress",
        "subject": plan["subject"],
        "basedOn": [{"reference": f"CarePlan/{plan['id']}"}],
    } | elements


def test_an_exam_names_the_inclusion_of_its_patient(house: House) -> None:
    first, *_ = inclusions(house)
    answer = house.fhir("POST", "/QuestionnaireResponse", exam(first))
    assert answer.status_code == 201, answer.json
    found = house.found(f"QuestionnaireResponse?based-on=CarePlan/{first['id']}")
    assert [one["subject"] for one in found] == [first["subject"]]


def test_an_exam_names_no_inclusion_of_another_patient(house: House) -> None:
    first, second, *_ = inclusions(house)
    answer = house.fhir("POST", "/QuestionnaireResponse", exam(first, subject=second["subject"]))
    assert answer.status_code == 422
    assert issues(answer) == [("business-rule", "QuestionnaireResponse.basedOn[0].reference")]


def test_what_is_attached_to_an_act_still_names_the_acts_inclusion(house: House) -> None:
    first, *_ = inclusions(house)
    again = {key: value for key, value in first.items() if key not in ("id", "meta")}
    again["identifier"] = [first["identifier"][0] | {"value": "INCL-AUTRE"}]
    other = house.fhir("POST", "/CarePlan", again)
    assert other.status_code == 201, other.json
    bundle = act_bundle()
    (told,) = [e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == "QuestionnaireResponse"]
    told["basedOn"] = [{"reference": f"CarePlan/{other.json['id']}"}]
    answer = house.fhir("POST", "", bundle)
    assert answer.status_code == 422
    assert [code for code, _ in issues(answer)] == ["business-rule"]
    assert issues(answer)[0][1].endswith("resource.basedOn[0].reference")
