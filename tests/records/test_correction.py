"""An act corrected through the flat door: only what differs changes, as a FHIR client would have changed it."""

import copy
from pathlib import Path
from typing import Any

import pytest

from service.evidence import evidence_of
from service.store import Store
from tests.house import House, Json, act_record, issues
from tests.intake.correcting import proofs, token
from tests.stores import EMBEDDED, database, postgres_server, store

__all__ = ["database", "postgres_server", "store"]


@pytest.fixture
def house(store: Store, tmp_path: Path) -> House:  # the imported fixture
    return House(store, tmp_path, people=1)


def put(house: House, id_: str, record: Json, why: str = "Erreur de saisie.", **headers: str) -> Any:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    body = {"reason": why, "act": record}
    return house.app.test_client().put(f"/records/acts/{id_}", json=body, headers=named)


def recorded(house: House, **changes: Any) -> tuple[Json, str]:
    record = act_record(**changes)
    answer = house.post("acts", record)
    assert answer.status_code == 201, answer.text
    return record, answer.json["act"].partition("/")[2]


def measured(record: Json) -> str:
    """The question of the scenario whose answer is a measure too."""
    return "douleur" if "douleur" in record["exam"] else next(k for k in record["exam"] if "douleur" in k)


@EMBEDDED
def test_a_conclusion(house: House) -> None:
    record, id_ = recorded(house)
    answer = put(house, id_, record | {"conclusion": "Autrement."}, If_Match='W/"1"')
    assert (answer.status_code, answer.headers["ETag"]) == (200, 'W/"2"'), answer.text
    assert answer.json["resources"] == [f"Procedure/{id_}/_history/2"]
    assert [one["destination"] for one in answer.json["deliveries"]]
    act = house.fhir("GET", f"/Procedure/{id_}").json
    assert act["note"] == [{"text": "Autrement."}]
    (proof,) = proofs(house, act, 2)
    assert proof["reason"] == [{"text": "Erreur de saisie."}]


@EMBEDDED
def test_a_measure_is_corrected_where_the_answer_is(house: House) -> None:
    record, id_ = recorded(house)
    told = copy.deepcopy(record)
    told["exam"][measured(record)] = 3
    answer = put(house, id_, told)
    assert answer.status_code == 200, answer.text
    evidence = evidence_of(house.store, id_)
    (measure,) = evidence.observations
    assert (measure["status"], measure["valueQuantity"]["value"]) == ("corrected", 3)
    (exam,) = evidence.responses
    assert exam["status"] == "amended"
    assert [one["meta"]["versionId"] for one in (measure, exam, evidence.procedure)] == ["2", "2", "2"]


def test_a_measure_that_is_not_known_after_all_and_then_is(house: House) -> None:
    record, id_ = recorded(house)
    told = copy.deepcopy(record)
    told["exam"][measured(record)] = None
    assert put(house, id_, told).status_code == 200
    assert evidence_of(house.store, id_).observations == ()
    assert put(house, id_, record).status_code == 200
    (measure,) = evidence_of(house.store, id_).observations
    assert (measure["status"], measure["meta"]["versionId"]) == ("final", "1")
    assert house.fhir("GET", f"/Procedure/{id_}").json["meta"]["versionId"] == "3"


@EMBEDDED
def test_what_a_fhir_client_said_besides_stays(house: House) -> None:
    record, id_ = recorded(house)
    act = house.fhir("GET", f"/Procedure/{id_}").json
    said = '{"resourceType":"Provenance","reason":[{"text":"Oubli."}]}'
    assert house.fhir("PUT", f"/Procedure/{id_}", act | {"bodySite": [{"text": "Droite"}]}, X_Provenance=said).json
    assert put(house, id_, record | {"conclusion": "Autrement."}).status_code == 200
    now = house.fhir("GET", f"/Procedure/{id_}").json
    assert (now["bodySite"], now["note"]) == ([{"text": "Droite"}], [{"text": "Autrement."}])


@EMBEDDED
def test_the_same_act_changes_nothing(house: House) -> None:
    record, id_ = recorded(house)
    standing = house.standing()
    answer = put(house, id_, record)
    assert (answer.status_code, answer.json["resources"]) == (200, [f"Procedure/{id_}/_history/1"])
    assert house.standing() == standing


@EMBEDDED
@pytest.mark.parametrize(
    ("change", "expression"),
    [
        ({"identifier": "ACTE-0404"}, "act.identifier"),
        ({"status": "not-done", "status_reason": "worsening"}, "act.status"),
        ({"structure_finess": "670999982"}, "act.structure_finess"),
        ({"inclusion": "INCL-0404"}, "act.inclusion"),
    ],
)
def test_another_act_is_refused_by_its_keys(house: House, change: Json, expression: str) -> None:
    record, id_ = recorded(house)
    standing = house.standing()
    answer = put(house, id_, record | change)
    assert ("not-supported", expression) in issues(answer), answer.text
    assert "entered-in-error" in answer.json["issue"][0]["diagnostics"]
    assert house.standing() == standing


@EMBEDDED
def test_what_is_not_a_correction(house: House) -> None:
    record, id_ = recorded(house)
    standing = house.standing()
    other = record | {"conclusion": "Autrement."}
    assert issues(put(house, "unknown", other))[0][0] == "not-found"
    assert put(house, id_, other, If_Match='W/"2"').status_code == 412
    assert issues(put(house, id_, other, why=""))[0][1] == "correction.reason"
    assert put(house, id_, other, Authorization=token(house, "99900001027")).status_code == 403
    assert house.app.test_client().put(f"/records/acts/{id_}", data="x").status_code == 415
    assert house.standing() == standing
