"""What is not corrected, by whom and when not: nothing is recorded, and what to do is told."""

from collections.abc import Callable
from typing import Any

import pytest

from mappings.codes import systems
from tests.house import House, Json, issues
from tests.intake.correcting import correct, note, part, reason, recorded, token


@pytest.fixture
def house(refusing: House) -> House:
    """One for all that is refused: nothing of it stays."""
    return refusing


def _set(element: str, value: Any) -> Callable[[Json], Json]:
    return lambda resource: resource | {element: value}


def _other_delegator(act: Json) -> Json:
    others = [one for one in act["extension"] if one["url"] != systems.EXT_DELEGATOR]
    return act | {"extension": others}


#: Another act: element changed, and where it is told.
ANOTHER: dict[str, tuple[Callable[[Json], Json], str]] = {
    "another patient": (_set("subject", {"reference": "Patient/x"}), "Procedure.subject"),
    "another délégué": (_set("performer", [{"actor": {"reference": "PractitionerRole/x"}}]), "Procedure.performer"),
    "another délégant": (_other_delegator, "Procedure.extension('delegator')"),
    "another inclusion": (_set("basedOn", [{"reference": "CarePlan/x"}]), "Procedure.basedOn"),
    "another protocol": (_set("instantiatesCanonical", ["urn:x"]), "Procedure.instantiatesCanonical"),
    "another identifier": (_set("identifier", [{"system": "urn:x", "value": "1"}]), "Procedure.identifier"),
    "another status": (_set("status", "not-done"), "Procedure.status"),
    "something else done": (_set("code", {"text": "Autre"}), "Procedure.code"),
    "another day": (_set("performedPeriod", {"start": "2026-11-19T10:05:00+01:00"}), "Procedure.performed"),
}


@pytest.mark.parametrize("name", ANOTHER)
def test_another_act_is_not_a_correction(house: House, name: str) -> None:
    act = recorded(house, house.ids())
    change, expression = ANOTHER[name]
    standing = house.standing()
    answer = correct(house, change(act))
    assert (answer.status_code, issues(answer)) == (400, [("not-supported", expression)]), answer.text
    if name != "another status":
        assert "entered-in-error" in answer.json["issue"][0]["diagnostics"]
    assert house.standing() == standing


def test_another_hour_of_the_same_day_is(house: House) -> None:
    act = recorded(house, house.ids())
    period = {"start": "2026-11-20T10:00:00+01:00", "end": "2026-11-20T10:20:00+01:00"}
    assert correct(house, act | {"performedPeriod": period}).status_code == 200


@pytest.mark.parametrize("type_", ["QuestionnaireResponse", "Observation"])
@pytest.mark.parametrize("element", ["subject", "partOf"])
def test_what_belongs_to_an_act_stays_its_own(house: House, type_: str, element: str) -> None:
    act = recorded(house, house.ids())
    other = recorded(house, house.ids())
    moved = {"subject": {"reference": "Patient/x"}, "partOf": [{"reference": f"Procedure/{other['id']}"}]}
    standing = house.standing()
    answer = correct(house, part(house, act, type_) | {element: moved[element]})
    assert (answer.status_code, issues(answer)) == (400, [("not-supported", f"{type_}.{element}")]), answer.text
    assert house.standing() == standing


@pytest.mark.parametrize("why", ["", "x" * 501])
def test_why_is_told(house: House, why: str) -> None:
    act = recorded(house, house.ids())
    standing = house.standing()
    answer = correct(house, note(act), why=why)
    assert (answer.status_code, issues(answer)) == (422, [("required", "Provenance.reason")]), answer.text
    assert house.standing() == standing


@pytest.mark.parametrize(
    "header", ["motif", "[]", '{"resourceType":"Provenance"}', '{"resourceType":"Task","reason":1}']
)
def test_a_header_that_does_not_say_it(house: House, header: str) -> None:
    act = recorded(house, house.ids())
    answer = house.fhir("PUT", f"/Procedure/{act['id']}", note(act), X_Provenance=header)
    assert issues(answer) == [("value", "Provenance.reason")]


def test_somebody_else(house: House) -> None:
    act = recorded(house, house.ids())
    standing = house.standing()
    answer = correct(house, note(act), Authorization=token(house, "99900001027"))
    assert (answer.status_code, issues(answer)) == (403, [("forbidden", "Procedure.performer")]), answer.text
    assert house.standing() == standing


def test_what_was_not_seen(house: House) -> None:
    act = recorded(house, house.ids())
    assert correct(house, note(act), version=1).status_code == 200
    standing = house.standing()
    assert correct(house, note(act, "Autrement."), version=1).status_code == 412
    assert house.standing() == standing


def test_an_answer_that_the_question_does_not_admit(house: House) -> None:
    act = recorded(house, house.ids())
    exam = part(house, act, "QuestionnaireResponse")
    strange = [*exam["item"], {"linkId": "inconnue", "answer": [{"valueBoolean": True}]}]
    standing = house.standing()
    answer = correct(house, exam | {"item": strange})
    assert (answer.status_code, issues(answer)) == (422, [("business-rule", "QuestionnaireResponse.item")])
    assert house.standing() == standing


def test_an_act_in_error_and_what_belongs_to_it(house: House) -> None:
    act = recorded(house, house.ids())
    measure = part(house, act)
    retracted = house.fhir("PUT", f"/Procedure/{act['id']}", act | {"status": "entered-in-error"}).json
    standing = house.standing()
    for changed in (note(retracted), measure | {"note": [{"text": "Relue."}]}):
        answer = correct(house, changed)
        assert (answer.status_code, issues(answer)[0][0]) == (400, "not-supported"), answer.text
    assert house.standing() == standing


def test_in_error_and_corrected_at_once(house: House) -> None:
    act = recorded(house, house.ids())
    measure = part(house, act) | {"status": "corrected", "note": [{"text": "Relue."}]}
    bundle = {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [
            {"resource": one, "request": {"method": "PUT", "url": f"{one['resourceType']}/{one['id']}"}}
            for one in (act | {"status": "entered-in-error"}, measure)
        ],
    }
    standing = house.standing()
    answer = house.fhir("POST", "", bundle, X_Provenance=reason())
    assert (answer.status_code, issues(answer)[0][0]) == (400, "not-supported"), answer.text
    assert house.standing() == standing
