"""An act whose exam was recorded before it, one resource after the other: the same act as by one transaction, or the same refusal."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.evidence import evidence_of
from service.ledger.verify import verify
from service.store import Store, open_store
from tests.house import House, Json, team_records
from tests.intake.beforehand import (
    EXAM,
    act_of,
    belonging,
    bundle,
    one_by_one,
    resources,
    simple,
    whole,
)


@pytest.fixture
def houses(store: Store, tmp_path: Path) -> Iterator[tuple[House, House]]:
    """One that is told one by one, and its twin, which is told in transactions."""
    other = open_store(f"sqlite:///{tmp_path / 'twin.sqlite'}", test=True)
    yield House(store, tmp_path / "one"), House(other, tmp_path / "two")
    other.close()


def answered(told: list[Json], pain: int | None) -> list[Json]:
    """The same with another answer, which the question does not admit."""
    for item in told[1]["item"]:
        if pain is not None and item["linkId"] == "douleur":
            item["answer"] = [{"valueInteger": pain}]
    return told


def told_of(answer: Any) -> list[tuple[str, str]]:
    """Of a refusal, its faults, without where they stood in the request."""
    faults = [(one["code"], one["details"]["text"]) for one in answer.json["issue"]]
    return sorted(set(faults))


#: Done and not done, of the two who are on record in the house.
ACTS = [
    one | {"inclusion": by["inclusion"], "delegatee_rpps": by["delegatee_rpps"], "delegator_rpps": by["delegator_rpps"]}
    for one, by in zip(team_records("acts"), [*team_records("acts")[:2], team_records("acts")[0]], strict=True)
]


@st.composite
def records(draw: st.DrawFn) -> Json:
    """The acts of the fixtures, with findings that the protocol allows, and that it does not."""
    record: Json = copy.deepcopy(draw(st.sampled_from(ACTS)))
    exam = record["exam"]
    exam["douleur"] = draw(st.integers(0, 10))
    for name in draw(st.sets(st.sampled_from(["plaie", "deformation", "ottawa-malleoles", "chute-malaise"]))):
        exam[name] = draw(st.sampled_from([True, False, None]))
    if draw(st.booleans()):
        record["prescriptions"] = []
    if draw(st.booleans()):
        record["conclusion"] = "Entorse, revue à une semaine."
    return record


_NUMBERS = iter(range(1, 10_000))


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(record=records(), beyond=st.sampled_from([None, None, None, 11]))
def test_an_act_told_one_by_one_is_the_act_of_a_transaction(
    houses: tuple[House, House], record: Json, beyond: int | None
) -> None:
    """The same rows, duties, envelopes and report; or refused in the same words, and nothing is left but the exam."""
    here, twin = houses
    identifier = f"ACTE-SEUL-{next(_NUMBERS)}"
    record = record | {"identifier": identifier}
    answer = one_by_one(here, answered(resources(here, record), beyond))
    same = twin.fhir("POST", "/", bundle(answered(resources(twin, record), beyond)))
    assert (answer.status_code in (200, 201)) == (same.status_code == 200), (answer.json, same.json)
    if same.status_code != 200:
        assert told_of(answer) == told_of(same)
        assert act_of(here, identifier) == []
        return
    judged, one = whole(here, identifier)
    none, other = whole(twin, identifier)
    assert one == other
    # The proof names what was on record before, as it was then.
    exam = [f"{type_}/{x['id']}/_history/1" for type_ in EXAM for x in belonging(here, type_, identifier)]
    assert (sorted(judged), none) == (sorted(exam), [])


def test_an_exam_becomes_part_of_its_act_in_the_commit_of_the_act(house: House) -> None:
    told = simple(house)
    answer = one_by_one(house, told)
    assert (answer.status_code, answer.json["resourceType"]) == (201, "Procedure"), answer.json
    for type_ in EXAM:
        for one in belonging(house, type_, "ACTE-SEUL"):
            first = house.fhir("GET", f"/{type_}/{one['id']}/_history/1").json
            assert one["partOf"] == [{"reference": f"Procedure/{answer.json['id']}", **first["partOf"][0]}]
            assert one["meta"]["versionId"] == "2"
            drop = ("meta", "partOf")
            assert {k: v for k, v in one.items() if k not in drop} == {k: v for k, v in first.items() if k not in drop}
    assert verify(house.store) == []
    again = house.fhir("POST", "/Procedure", {key: value for key, value in told[0].items() if key != "id"})
    assert again.json["id"] == answer.json["id"]
    assert [entry for entry in house.fhir("GET", f"/Procedure/{answer.json['id']}/$trace").json["entry"]]


def test_it_is_then_corrected_and_taken_back_as_any_other(house: House) -> None:
    act = one_by_one(house, simple(house)).json
    (exam,) = belonging(house, "QuestionnaireResponse", "ACTE-SEUL")
    why = json.dumps({"resourceType": "Provenance", "reason": [{"text": "Erreur de saisie."}]})
    for item in exam["item"]:
        if item["linkId"] == "douleur":
            item["answer"] = [{"valueInteger": 2}]
    headers = {"X_Provenance": why}
    corrected = house.fhir("PUT", f"/QuestionnaireResponse/{exam['id']}", exam, **headers)
    assert corrected.status_code == 200, corrected.json
    first, second = (evidence_of(house.store, act["id"], version) for version in (1, 2))
    assert [one["meta"]["versionId"] for one in (*first.responses, *second.responses)] == ["2", "3"]
    back = house.fhir("PUT", f"/Procedure/{act['id']}", act | {"status": "entered-in-error"})
    assert back.status_code == 200, back.json
    (exam,) = house.found(f"QuestionnaireResponse?_id={exam['id']}")
    assert exam["status"] == "entered-in-error"
    assert verify(house.store) == []
