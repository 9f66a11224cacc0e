"""An act whose exam was recorded before it, one resource after the other: the same act as by one transaction, or the same refusal."""

import copy
import dataclasses
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mappings.codes import systems
from mappings.fhir.bundle import rewritten
from service.evidence import evidence_of, report_from
from service.ledger.verify import verify
from service.records import routes
from service.store import Store, open_store
from tests.house import House, Json, act_record, issues, team_records
from tests.stores import EMBEDDED

_ACT = f"{systems.IDENTIFIER}act"
#: What is the exam's, and may be on record before the act; a prescription may not.
EXAM = ("QuestionnaireResponse", "Observation")
#: What comes of an act, and the parameter that finds it.
AROUND = (
    ("QuestionnaireResponse", "part-of"), ("Observation", "part-of"), ("ServiceRequest", "supporting-info"),
    ("Task", "focus"), ("Provenance", "target"), ("AuditEvent", "entity"),
)  # fmt: skip


@pytest.fixture
def houses(store: Store, tmp_path: Path) -> Iterator[tuple[House, House]]:
    """One that is told one by one, and its twin, which is told in transactions."""
    other = open_store(f"sqlite:///{tmp_path / 'twin.sqlite'}", test=True)
    yield House(store, tmp_path / "one"), House(other, tmp_path / "two")
    other.close()


@pytest.fixture
def house(store: Store, tmp_path: Path) -> House:
    return House(store, tmp_path)


def resources(house: House, record: Json) -> list[Json]:
    """What a FHIR client would send of the act, the Procedure first, under names of its own."""
    with house.app.test_request_context():
        entries = routes._entries_of_act(copy.deepcopy(record))
    names = {f"{one.type}/{one.resource['id']}": f"urn:uuid:{one.resource['id']}" for one in entries}
    told = [rewritten(one.resource, names) for one in entries]
    return [json.loads(json.dumps(one, default=float)) for one in told]


def answered(told: list[Json], pain: int | None) -> list[Json]:
    """The same with another answer, which the question does not admit."""
    for item in told[1]["item"]:
        if pain is not None and item["linkId"] == "douleur":
            item["answer"] = [{"valueInteger": pain}]
    return told


def bundle(told: list[Json]) -> Json:
    return {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [
            {
                "fullUrl": f"urn:uuid:{one['id']}",
                "resource": {key: value for key, value in one.items() if key != "id"},
                "request": {"method": "POST", "url": one["resourceType"]},
            }
            for one in told
        ],
    }


def awaiting(told: list[Json]) -> list[Json]:
    """The exam as it is told before the act: it names the act by its number, and the inclusion of both."""
    procedure = told[0]
    part = {"type": "Procedure", "identifier": procedure["identifier"][0]}
    return [
        {key: value for key, value in one.items() if key != "id"} | {"partOf": [part], "basedOn": procedure["basedOn"]}
        for one in told
        if one["resourceType"] in EXAM
    ]


def one_by_one(house: House, told: list[Json]) -> Any:
    for one in awaiting(told):
        answer = house.fhir("POST", f"/{one['resourceType']}", one)
        assert answer.status_code == 201, answer.json
    rest = [one for one in told if one["resourceType"] not in EXAM]
    if len(rest) > 1:
        return house.fhir("POST", "/", bundle(rest))
    return house.fhir("POST", "/Procedure", {key: value for key, value in told[0].items() if key != "id"})


def act_of(house: House, identifier: str) -> list[Json]:
    return house.found(f"Procedure?identifier={_ACT}|{identifier}")


def whole(house: House, identifier: str) -> tuple[list[str], list[Any]]:
    """All that is on record of the act, and its report, without what tells when and under which ids."""
    (act,) = act_of(house, identifier)
    found = [act, *(one for type_, by in AROUND for one in house.found(f"{type_}?{by}=Procedure/{act['id']}"))]
    names = {one["id"]: f"{one['resourceType']}-{n}" for n, one in enumerate(found)}
    envelopes = house.store.envelopes_of(f"Procedure/{act['id']}/_history/1")
    document = house.store.document(envelopes[0].document_id) if envelopes else None
    sent = sorted((one.destination, one.state, one.recipient, one.purpose) for one in envelopes)
    report = ""
    if document is not None:
        read = report_from(evidence_of(house.store, act["id"]), house.composition.catalogue, document)
        report = repr(dataclasses.replace(read, unique_id="", set_id=""))
    sources = [
        one["what"]["reference"]
        for proof in found
        if proof["resourceType"] == "Provenance"
        for one in proof["entity"]
        if one["what"]["reference"].split("/")[0] in EXAM
    ]
    return sources, [renamed([bare(one) for one in found], names), sent, renamed(report, names)]


def bare(resource: Json) -> Json:
    kept = {key: value for key, value in resource.items() if key not in ("meta", "text")}
    kept["meta"] = {key: value for key, value in resource["meta"].items() if key not in ("versionId", "lastUpdated")}
    kept["extension"] = [one for one in resource.get("extension", ()) if one["url"] != systems.EXT_CHAIN]
    if resource["resourceType"] in EXAM:
        kept["partOf"] = [{"reference": one["reference"]} for one in resource["partOf"]]
    if resource["resourceType"] == "Observation":
        kept.pop("basedOn", None)
    if resource["resourceType"] == "Provenance":
        kept["entity"] = [one for one in resource["entity"] if one["what"]["reference"].split("/")[0] not in EXAM]
    return kept


def renamed(node: Any, names: dict[str, str]) -> Any:
    text = json.dumps(node)
    for id_, name in names.items():
        text = text.replace(id_, name)
    return json.loads(text)


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
    exam = [f"{type_}/{x['id']}/_history/1" for type_ in EXAM for x in _belonging(here, type_, identifier)]
    assert (sorted(judged), none) == (sorted(exam), [])


def _belonging(house: House, type_: str, identifier: str) -> list[Json]:
    (act,) = act_of(house, identifier)
    return house.found(f"{type_}?part-of=Procedure/{act['id']}")


def simple(house: House, identifier: str = "ACTE-SEUL") -> list[Json]:
    return resources(house, act_record(identifier=identifier, prescriptions=[]))


def test_an_exam_becomes_part_of_its_act_in_the_commit_of_the_act(house: House) -> None:
    told = simple(house)
    answer = one_by_one(house, told)
    assert (answer.status_code, answer.json["resourceType"]) == (201, "Procedure"), answer.json
    for type_ in EXAM:
        for one in _belonging(house, type_, "ACTE-SEUL"):
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
    (exam,) = _belonging(house, "QuestionnaireResponse", "ACTE-SEUL")
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


def lone(house: House, type_: str, told: list[Json], **changes: Any) -> Any:
    one = next(each for each in awaiting(told) if each["resourceType"] == type_)
    return house.fhir("POST", f"/{type_}", {k: v for k, v in (one | changes).items() if v is not None})


def create(house: House, told: list[Json]) -> Any:
    return house.fhir("POST", "/Procedure", {key: value for key, value in told[0].items() if key != "id"})


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
    measured = [one["id"] for one in _belonging(house, "Observation", "ACTE-SEUL")]
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
    assert len(_belonging(house, "QuestionnaireResponse", "ACTE-SEUL")) == 1


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
    part = {"type": "Procedure", "identifier": {"system": _ACT, "value": "ACTE-AUTRE"}}
    both = lone(house, "Observation", told, partOf=[part, {"reference": f"Procedure/{act['id']}"}])
    assert {code for code, _ in issues(both)} == {"business-rule"}
    two = lone(house, "Observation", told, partOf=[part, part | {"identifier": {"system": _ACT, "value": "AUTRE"}}])
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
def test_another_exam_at_the_same_moment_is_judged_with_the_act_or_not_at_all(house: House) -> None:
    """What the act was judged with has changed under it: the act is judged anew, on what is on record then."""
    told = simple(house)
    assert lone(house, "QuestionnaireResponse", told).status_code == 201
    (exam,) = house.found("QuestionnaireResponse")
    said = overtaken_by(
        house, lambda: house.fhir("PUT", f"/QuestionnaireResponse/{exam['id']}", exam | {"status": "entered-in-error"})
    )
    assert issues(create(house, told)) == [("required", "QuestionnaireResponse.partOf")]
    assert [one.status_code for one in said] == [200]
    assert act_of(house, "ACTE-SEUL") == []


def overtaken_by(house: House, other: Any) -> list[Any]:
    """The next commit comes just after what ``other`` does."""
    commit, said = house.store.commit, []

    def overtaken(unit: Any) -> Any:
        if not said:
            house.store.commit = commit  # type: ignore[method-assign]  # as it was
            said.append(other())
        return commit(unit)

    house.store.commit = overtaken  # type: ignore[method-assign]  # once
    return said


def test_a_measure_that_comes_as_its_act_is_judged_is_judged_with_it(house: House) -> None:
    told = simple(house)
    assert lone(house, "QuestionnaireResponse", told).status_code == 201
    said = overtaken_by(house, lambda: lone(house, "Observation", told))
    act = create(house, told)
    assert [act.status_code, *(one.status_code for one in said)] == [201, 201]
    assert len(_belonging(house, "Observation", "ACTE-SEUL")) == 1
    assert len(whole(house, "ACTE-SEUL")[0]) == 2
    assert verify(house.store) == []


def test_an_exam_whose_act_comes_first_after_all_is_late(house: House) -> None:
    told = simple(house)
    assert lone(house, "QuestionnaireResponse", told).status_code == 201
    said = overtaken_by(house, lambda: create(house, told))
    late = lone(house, "Observation", told)
    assert [one.status_code for one in said] == [201]
    assert issues(late) == [("business-rule", "Observation.partOf[0]")]
    assert house.found("Observation") == []


def test_measures_that_come_all_at_once_are_all_of_the_act(house: House) -> None:
    told = simple(house)
    assert lone(house, "QuestionnaireResponse", told).status_code == 201
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: lone(house, "Observation", told), range(8)))
    assert [one.status_code for one in answers] == [201] * 8
    assert create(house, told).status_code == 201
    assert len(_belonging(house, "Observation", "ACTE-SEUL")) == 8


@EMBEDDED
def test_many_name_one_act_one_by_one(house: House) -> None:
    told = simple(house)
    assert lone(house, "QuestionnaireResponse", told).status_code == 201
    for _ in range(9):
        assert lone(house, "Observation", told).status_code == 201
    assert create(house, told).status_code == 201
    assert len(_belonging(house, "Observation", "ACTE-SEUL")) == 9


@EMBEDDED
def test_an_act_of_two_numbers_takes_what_names_it_by_either(house: House) -> None:
    told = simple(house)
    second = {"system": "urn:oid:1.2.250.1.999", "value": "DOSSIER-2"}
    assert lone(house, "QuestionnaireResponse", told).status_code == 201
    part = {"type": "Procedure", "identifier": second}
    assert lone(house, "Observation", told, partOf=[part]).status_code == 201
    told[0]["identifier"].append(second)
    assert create(house, told).status_code == 201
    assert len(_belonging(house, "Observation", "ACTE-SEUL")) == 1


def test_a_number_longer_than_any_act_bears_is_no_key(house: House) -> None:
    part = {"type": "Procedure", "identifier": {"system": _ACT, "value": "A" * 5_000}}
    assert lone(house, "Observation", simple(house), partOf=[part]).status_code == 201
