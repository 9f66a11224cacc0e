"""An act corrected: what a correction is, what it brings with it, and who is told."""

from typing import Any

import pytest

from service.ledger.verify import verify
from service.outbox.envelope import State
from service.store import Store
from tests.house import House, Json
from tests.intake.correcting import WHY, correct, note, part, proofs, reason, recorded, token
from tests.stores import EMBEDDED

DELEGATEE, DELEGATOR = "99900001019", "99900002017"


def envelopes(house: House, act: Json, version: int) -> list[Any]:
    return house.store.envelopes_of(f"Procedure/{act['id']}/_history/{version}")


@EMBEDDED
def test_a_correction_is_a_version_with_its_proof(house: House) -> None:
    act = recorded(house)
    answer = correct(house, note(act), version=1, Authorization=token(house, DELEGATEE))
    assert (answer.status_code, answer.headers["ETag"]) == (200, 'W/"2"'), answer.text
    assert answer.json["note"] == [{"text": "Conclusion corrigée."}]
    assert house.fhir("GET", f"/Procedure/{act['id']}/_history/1").json == act
    (proof,) = proofs(house, act, 2)
    assert proof["reason"] == [{"text": WHY}]
    assert proof["activity"]["coding"][0]["code"] == "UPDATE"
    enterer = proof["agent"][0]
    assert enterer["role"][0]["coding"][0]["code"] == "DELEGATEE"
    assert enterer["onBehalfOf"]["identifier"]["value"] == DELEGATOR
    revised = [one["what"]["reference"] for one in proof["entity"] if one["role"] == "revision"]
    assert revised == [f"Procedure/{act['id']}/_history/1"]
    (event,) = [one for one in house.found("AuditEvent") if one["subtype"][0]["code"] == "act-amended"]
    assert (event["action"], event["agent"][0]["who"]["identifier"]["value"]) == ("U", DELEGATEE)
    assert {one.state for one in envelopes(house, act, 1)} == {State.CANCELLED}
    assert {one.state for one in envelopes(house, act, 2)} == {State.QUEUED}
    assert verify(house.store) == []


@EMBEDDED
def test_what_an_act_is_made_of_corrected_is_the_act_corrected(house: House) -> None:
    """Whoever corrects a measure, or the exam, makes a version of the act, which says what it said."""
    act = recorded(house)
    measure = part(house, act)
    answer = correct(house, measure | {"status": "corrected", "valueQuantity": measure["valueQuantity"] | {"value": 4}})
    assert (answer.status_code, answer.json["meta"]["versionId"]) == (200, "2"), answer.text
    now = house.fhir("GET", f"/Procedure/{act['id']}").json
    assert now["meta"]["versionId"] == "2"
    assert {k: v for k, v in now.items() if k != "meta"} == {k: v for k, v in act.items() if k != "meta"}
    (proof,) = proofs(house, act, 2)
    assert [one["reference"] for one in proof["target"]] == [
        f"Procedure/{act['id']}/_history/2",
        f"Observation/{measure['id']}/_history/2",
    ]
    sources = {one["what"]["reference"] for one in proof["entity"] if one["role"] == "source"}
    exam = part(house, act, "QuestionnaireResponse")
    assert f"QuestionnaireResponse/{exam['id']}/_history/1" in sources
    assert verify(house.store) == []


def test_several_at_once_are_one_version(house: House) -> None:
    act = recorded(house)
    measure, exam = part(house, act), part(house, act, "QuestionnaireResponse")
    changed = [
        measure | {"status": "corrected", "note": [{"text": "Relue."}]},
        exam | {"status": "amended", "item": [*exam["item"]]},
        note(act),
    ]
    bundle = {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [
            {"resource": one, "request": {"method": "PUT", "url": f"{one['resourceType']}/{one['id']}"}}
            for one in changed
        ],
    }
    answer = house.fhir("POST", "", bundle, X_Provenance=reason())
    assert answer.status_code == 200, answer.text
    assert [one["response"]["etag"] for one in answer.json["entry"]] == ['W/"2"'] * 3
    assert len({one.document_id for one in envelopes(house, act, 2)}) == 1
    assert envelopes(house, act, 3) == []
    (proof,) = proofs(house, act, 2)
    assert len(proof["target"]) == 3
    assert verify(house.store) == []


@EMBEDDED
def test_by_patch(house: House) -> None:
    act = recorded(house)
    patch = {
        "resourceType": "Parameters",
        "parameter": [
            {
                "name": "operation",
                "part": [
                    {"name": "type", "valueCode": "replace"},
                    {"name": "path", "valueString": "Procedure.note[0].text"},
                    {"name": "value", "valueString": "Autrement."},
                ],
            }
        ],
    }
    answer = house.fhir("PATCH", f"/Procedure/{act['id']}", patch, X_Provenance=reason())
    assert (answer.status_code, answer.json["note"]) == (200, [{"text": "Autrement."}]), answer.text
    assert len(proofs(house, act, 2)) == 1


@EMBEDDED
def test_a_measure_that_was_not_made_is_taken_back_and_one_forgotten_is_added(house: House) -> None:
    act = recorded(house)
    measure = part(house, act)
    forgotten = {k: v for k, v in measure.items() if k not in ("id", "meta")} | {"note": [{"text": "Oubliée."}]}
    bundle = {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [
            {
                "resource": measure | {"status": "entered-in-error"},
                "request": {"method": "PUT", "url": f"Observation/{measure['id']}"},
            },
            {"resource": forgotten, "request": {"method": "POST", "url": "Observation"}},
        ],
    }
    answer = house.fhir("POST", "", bundle, X_Provenance=reason())
    assert answer.status_code == 200, answer.text
    again = correct(house, measure | {"status": "final"})
    assert again.status_code == 400, "there is no way back"
    from service.evidence import evidence_of

    (now,) = evidence_of(house.store, act["id"]).observations
    assert now["note"] == [{"text": "Oubliée."}]
    (then,) = evidence_of(house.store, act["id"], 1).observations
    assert (then["id"], then["status"]) == (measure["id"], "final")


@EMBEDDED
def test_the_same_again_changes_nothing(house: House) -> None:
    act = recorded(house)
    first = correct(house, note(act), version=1, Idempotency_Key="k-1")
    standing = house.standing()
    again = correct(house, note(act), version=1, Idempotency_Key="k-1")
    assert (again.status_code, again.headers["Idempotent-Replayed"], again.json) == (200, "true", first.json)
    assert correct(house, first.json).status_code == 200
    assert house.standing() == standing


@EMBEDDED
def test_a_correction_that_shows_that_the_act_ought_not_to_have_been(house: House) -> None:
    """It was done: the correction is kept, and the délégant has the patient back."""
    act = recorded(house)
    exam = part(house, act, "QuestionnaireResponse")
    items = [
        {"linkId": "plaie", "answer": [{"valueBoolean": True}]} if one["linkId"] == "plaie" else one
        for one in exam["item"]
    ]
    answer = correct(house, exam | {"status": "amended", "item": items})
    assert answer.status_code == 200, answer.text
    (task,) = house.found("Task?code=reorient")
    assert (task["priority"], task["owner"]["identifier"]["value"]) == ("urgent", DELEGATOR)
    assert task["reasonCode"]["coding"][0]["code"] == "exclusion-other"
    assert task["reasonCode"]["text"].startswith("Acte corrigé : ")
    # The alert is there: another correction does not add one.
    assert correct(house, note(house.fhir("GET", f"/Procedure/{act['id']}").json)).status_code == 200
    assert len(house.found("Task?code=reorient")) == 1
    assert {one.state for one in envelopes(house, act, 3)} == {State.QUEUED}


@EMBEDDED
@pytest.mark.parametrize("who", [DELEGATEE, DELEGATOR])
def test_the_new_version_is_read_by_whoever_did_not_make_it(house: House, who: str) -> None:
    act = recorded(house)
    (task,) = house.found("Task?code=acknowledge")
    assert correct(house, note(act), Authorization=token(house, who)).status_code == 200
    assert len(house.found("Task?code=acknowledge")) == 1, "the former is still to be read: reading shows the latest"
    read = house.fhir("POST", f"/Task/{task['id']}/$acknowledge", Authorization=token(house, DELEGATOR))
    assert read.status_code == 200
    current = house.fhir("GET", f"/Procedure/{act['id']}").json
    assert correct(house, note(current, "Encore."), Authorization=token(house, who)).status_code == 200
    waiting = house.found("Task?code=acknowledge&status=requested")
    assert len(waiting) == (who == DELEGATEE)
    if waiting:
        assert waiting[0]["reasonCode"]["text"] == "Acte corrigé : une nouvelle version est à lire."


def test_of_two_who_correct_at_once_each_makes_a_version(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    act = recorded(house)
    measure = part(house, act)
    commit, left = Store.commit, [1]

    def overtaken(store: Store, unit: Any) -> Any:
        if left and any(write.type == "Observation" for write in unit.writes):
            left.clear()
            assert correct(house, note(act)).status_code == 200
        return commit(store, unit)

    monkeypatch.setattr(Store, "commit", overtaken)
    answer = correct(house, measure | {"status": "corrected", "note": [{"text": "Relue."}]})
    assert answer.status_code == 200, answer.text
    now = house.fhir("GET", f"/Procedure/{act['id']}").json
    assert (now["meta"]["versionId"], now["note"]) == ("3", [{"text": "Conclusion corrigée."}])
    assert [len(proofs(house, act, version)) for version in (1, 2, 3)] == [1, 1, 1]
    assert verify(house.store) == []


@EMBEDDED
def test_the_trace_tells_every_version(house: House) -> None:
    act = recorded(house)
    measure = part(house, act)
    correct(house, measure | {"status": "corrected", "note": [{"text": "Relue."}]})
    correct(house, note(house.fhir("GET", f"/Procedure/{act['id']}").json))
    bundle = house.fhir("GET", f"/Procedure/{act['id']}/$trace").json
    names = [
        (one["resource"]["resourceType"], one["resource"]["meta"]["versionId"])
        for one in bundle["entry"]
        if one["resource"]["resourceType"] in ("Procedure", "Observation")
    ]
    assert sorted(names) == [
        ("Observation", "1"), ("Observation", "2"), ("Procedure", "1"), ("Procedure", "2"), ("Procedure", "3"),
    ]  # fmt: skip
