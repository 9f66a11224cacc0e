"""The délégué called the délégant: advice, or the patient taken over; kept on the act, told in its tasks and its report."""

from typing import Any

import pytest

from tests.house import House, Json, act_bundle, act_record, issues

URL = "https://binome.example/fhir/StructureDefinition/recourse"


def tasks(house: House) -> dict[str, str]:
    """What each task says of its reason, by its code."""
    return {
        task["code"]["coding"][0]["code"]: task.get("reasonCode", {}).get("text", "") for task in house.found("Task")
    }


@pytest.mark.parametrize(
    ("recourse", "told"),
    [
        ("advice", {"acknowledge": "Le délégant, appelé, a donné son avis."}),
        ("take-over", dict.fromkeys(("acknowledge", "reorient"), "Le délégant, appelé, reprend la suite.")),
    ],
)
@pytest.mark.parametrize("door", ["records", "fhir"])
def test_a_recourse_is_kept_and_told(house: House, door: str, recourse: str, told: Json) -> None:
    if door == "records":
        answer = house.post("acts", act_record(recourse=recourse))
    else:
        bundle = act_bundle()
        bundle["entry"][0]["resource"]["extension"].append({"url": URL, "valueCode": recourse})
        answer = house.fhir("POST", "/", bundle)
    assert answer.status_code in (200, 201), answer.text
    (act,) = house.found(f"Procedure?recourse={recourse}")
    assert [one["valueCode"] for one in act["extension"] if one["url"] == URL] == [recourse]
    assert tasks(house) == told


def test_no_call_is_no_recourse(house: House) -> None:
    assert house.post("acts", act_record()).status_code == 201
    (act,) = house.found("Procedure")
    assert [one for one in act["extension"] if one["url"] == URL] == []
    assert house.found("Procedure?recourse=advice,take-over") == []
    assert tasks(house) == {"acknowledge": ""}


NOT_DONE: Any = {"status": "not-done", "prescriptions": []}


def test_who_was_not_reached_did_nothing(house: House) -> None:
    record = act_record(**NOT_DONE, status_reason="no-delegant-reachable", recourse="advice")
    answer = house.post("acts", record)
    assert issues(answer) == [("business-rule", "Procedure.extension('recourse').value")]
    assert house.post("acts", act_record(**NOT_DONE, status_reason="no-delegant-reachable")).status_code == 201


def test_another_recourse_is_none_of_ours(house: House) -> None:
    assert issues(house.post("acts", act_record(recourse="autre"))) == [("code-invalid", "act.recourse")]
    bundle = act_bundle()
    bundle["entry"][0]["resource"]["extension"].append({"url": URL, "valueCode": "autre"})
    told = issues(house.fhir("POST", "/", bundle))
    assert [code for code, _ in told] == ["code-invalid"]
