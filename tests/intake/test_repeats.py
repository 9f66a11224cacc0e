"""Asked twice, done once: keys, business identifiers, conditional creates, and sixteen threads at the same instant."""

import threading
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from mappings.codes import systems
from mappings.fhir.bundle import Entry
from service.intake import claims, repeats, story
from service.ledger.verify import verify
from service.store.unit import RequestClaim
from tests.house import House, Json, act_bundle, act_record, issues, team_records
from tests.waiting import PATIENCE

_ACT = f"{systems.IDENTIFIER}act"
THREADS = 16


def test_the_same_key_and_body_get_the_same_answer(house: House) -> None:
    first = house.post("acts", act_record(), Idempotency_Key="k-1")
    standing = house.standing()
    again = house.post("acts", act_record(), Idempotency_Key="k-1")
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.data == first.data
    assert (first.headers.get("Idempotent-Replayed"), again.headers["Idempotent-Replayed"]) == (None, "true")
    assert house.standing() == standing


@pytest.mark.parametrize("other", [{"conclusion": "Autre."}, {"identifier": "ACTE-0002"}])
def test_the_same_key_for_something_else_is_refused(house: House, other: Json) -> None:
    assert house.post("acts", act_record(), Idempotency_Key="k-1").status_code == 201
    standing = house.standing()
    answer = house.post("acts", act_record(**other), Idempotency_Key="k-1")
    assert (answer.status_code, issues(answer)) == (422, [("business-rule", "")])
    assert "clé d’idempotence" in answer.json["issue"][0]["details"]["text"]
    assert house.standing() == standing


def test_the_same_key_and_body_at_another_address_are_something_else(house: House) -> None:
    """A body alone does not say what is asked."""
    patient = house.found("Patient")[0]
    assert house.fhir("PUT", f"/Patient/{patient['id']}", patient, Idempotency_Key="k-1").status_code == 200
    standing = house.standing()
    answer = house.fhir("POST", "/Patient", patient, Idempotency_Key="k-1")
    assert (answer.status_code, issues(answer)) == (422, [("business-rule", "")])
    assert house.standing() == standing


def test_another_key_for_the_same_act_is_the_same_act(house: House) -> None:
    first = house.post("acts", act_record(), Idempotency_Key="k-1")
    again = house.post("acts", act_record(), Idempotency_Key="k-2")
    assert (again.status_code, again.data) == (200, first.data)


def test_a_key_too_long_is_refused(house: House) -> None:
    assert house.post("acts", act_record(), Idempotency_Key="k" * 256).status_code == 413


def test_the_same_act_identifier_with_other_content_is_a_conflict(house: House) -> None:
    assert house.post("acts", act_record()).status_code == 201
    standing = house.standing()
    answer = house.post("acts", act_record(conclusion="Autre."))
    assert (answer.status_code, issues(answer)) == (409, [("duplicate", "identifier")])
    # Through the other door too: the identifier is the act's, not the door's.
    assert house.fhir("POST", "/", act_bundle("ACTE-0001")).status_code == 409
    assert house.standing() == standing


def test_a_conditional_create_repeated_creates_nothing(house: House) -> None:
    bundle = act_bundle("ACTE-0001", conditional=True)
    first = house.fhir("POST", "/", bundle)
    standing = house.standing()
    bundle["entry"][0]["resource"]["note"] = [{"text": "Autre."}]
    again = house.fhir("POST", "/", bundle)
    assert (first.status_code, again.status_code, again.headers["Idempotent-Replayed"]) == (200, 200, "true")
    assert again.data == first.data
    assert house.standing() == standing


def test_a_conditional_create_outside_a_bundle(house: House) -> None:
    patient = {key: value for key, value in house.found("Patient")[0].items() if key not in ("id", "meta")}
    system, value = patient["identifier"][0]["system"], patient["identifier"][0]["value"]
    answer = house.fhir("POST", "/Patient", patient, If_None_Exist=f"identifier={system}|{value}")
    assert answer.status_code == 200
    assert len(house.found("Patient")) == 2
    # Without the condition the identifier says no.
    assert house.fhir("POST", "/Patient", patient).status_code == 409


def _at_once(ask: Callable[[int], Any]) -> list[Any]:
    """The answers of ``THREADS`` callers who ask at the same instant."""
    answers: list[Any] = [None] * THREADS
    gate = threading.Barrier(THREADS)

    def one(n: int) -> None:
        gate.wait()
        answers[n] = ask(n)

    threads = [threading.Thread(target=one, args=(n,)) for n in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    return answers


def _otherwise(borne: Json) -> Json:
    """The same business identifiers, said of somebody else."""
    return {name: said for name, said in borne.items() if name not in ("id", "meta")} | {"birthDate": "1961-02-03"}


def _assert_one_effect(house: House, before: Json) -> None:
    after = house.standing()
    added = {type_: after["resources"][type_] - before["resources"][type_] for type_ in before["resources"]}
    assert (added["Procedure"], added["Task"], added["Provenance"], added["AuditEvent"]) == (1, 1, 1, 1)
    assert len(house.found("QuestionnaireResponse")) == 1
    assert sum(after["outbox"].values()) == 3
    assert verify(house.store) == []


@pytest.mark.parametrize(
    "key", [lambda n: {}, lambda n: {"Idempotency_Key": "k-1"}, lambda n: {"Idempotency_Key": f"k-{n}"}]
)
def test_sixteen_records_of_one_act_at_once(house: House, key: Callable[[int], dict[str, str]]) -> None:
    before = house.standing()
    answers = _at_once(lambda n: house.post("acts", act_record(), **key(n)))
    assert sorted(answer.status_code for answer in answers) == [200] * (THREADS - 1) + [201]
    assert len({answer.data for answer in answers}) == 1
    _assert_one_effect(house, before)


@pytest.mark.parametrize("conditional", [False, True])
@pytest.mark.parametrize("keyed", [False, True])
def test_sixteen_transactions_of_one_act_at_once(house: House, conditional: bool, keyed: bool) -> None:
    before = house.standing()
    bundle = act_bundle("ACTE-0001", conditional=conditional)
    headers = {"Idempotency_Key": "k-1"} if keyed else {}
    answers = _at_once(lambda n: house.fhir("POST", "/", bundle, **headers))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.data for answer in answers}) == 1
    assert [answer.headers.get("Idempotent-Replayed") for answer in answers].count(None) == 1
    _assert_one_effect(house, before)


def test_both_doors_at_once_for_one_act(house: House) -> None:
    before = house.standing()
    bundle, record = act_bundle("ACTE-0001"), act_record()
    answers = _at_once(lambda n: house.post("acts", record) if n % 2 else house.fhir("POST", "/", bundle))
    statuses = {answer.status_code for answer in answers}
    assert 409 in statuses
    assert statuses <= {200, 201, 409}
    _assert_one_effect(house, before)


@pytest.mark.parametrize("read", [False, True])
def test_an_act_on_condition_is_not_answered_for_another_resource(house: House, read: bool) -> None:
    """The act is new; the patient sent with it is on record: nobody else's answer is given, and nothing is kept."""
    borne = house.found("Patient")[0]
    bundle = act_bundle("ACTE-0009", conditional=True)
    patient = _otherwise(borne)
    bundle["entry"].append({"resource": patient, "request": {"method": "POST", "url": "Patient"}})
    if read:
        bundle["entry"].append({"request": {"method": "GET", "url": "Patient"}})
    before = house.standing()
    answer = house.fhir("POST", "/", bundle)
    assert answer.status_code == 409
    assert {issue["code"] for issue in answer.json["issue"]} == {"duplicate"}
    assert house.standing() == before


def test_an_act_on_condition_with_more_than_was_told_is_no_repeat(house: House) -> None:
    bundle = act_bundle("ACTE-0001", conditional=True)
    assert house.fhir("POST", "/", bundle).status_code == 200
    more = deepcopy(bundle)
    more["entry"].append({"request": {"method": "GET", "url": "Patient"}})
    before = house.standing()
    answer = house.fhir("POST", "/", more)
    assert (answer.status_code, answer.json["issue"][0]["code"]) == (409, "duplicate")
    assert house.standing() == before


def test_an_act_of_the_other_door_is_no_answer_to_a_bundle(house: House) -> None:
    record = act_record()
    assert house.post("acts", record).status_code == 201
    answer = house.fhir("POST", "/", act_bundle(record["identifier"], conditional=True))
    assert (answer.status_code, answer.json["issue"][0]["code"]) == (409, "duplicate")


def test_a_condition_that_does_not_find_the_bearer_of_the_identifier(house: House) -> None:
    borne = house.found("Patient")[0]
    patient = _otherwise(borne)
    answer = house.fhir("POST", "/Patient", patient, If_None_Exist="identifier=urn:x|nobody")
    assert (answer.status_code, answer.json["issue"][0]["code"]) == (409, "duplicate")


@pytest.mark.parametrize("again", [1, 2, 3])
def test_a_condition_overtaken_by_who_claims_after_a_deletion_is_asked_again(again: int) -> None:
    """The claim of a later bearer is of the same identifier."""
    entry = Entry(
        expression="",
        method="POST",
        type="Patient",
        criteria=(("identifier", "urn:x|1"),),
        resource={"resourceType": "Patient", "identifier": [{"system": "urn:x", "value": "1"}]},
    )

    def claim(scope: str, key: str) -> RequestClaim:
        return RequestClaim(scope=scope, key=key, fingerprint=b"", status=201, answer=b"")

    assert repeats.claims_it(entry, claim(claims.scope("Patient", "urn:x", again), "1"))
    assert not repeats.claims_it(entry, claim(claims.scope("Patient", "urn:x", again), "2"))
    assert not repeats.claims_it(entry, claim(claims.scope("Practitioner", "urn:x", again), "1"))
    assert not repeats.claims_it(entry, claim("key:Patient:urn:x", "1"))


def test_different_acts_at_once_are_all_done(house: House) -> None:
    answers = _at_once(lambda n: house.post("acts", act_record(identifier=f"ACTE-1{n:03}")))
    assert {answer.status_code for answer in answers} == {201}
    assert len(house.found("Procedure?_count=100")) == THREADS
    assert verify(house.store) == []


def test_a_new_patient_met_by_sixteen_at_once_is_one_patient(house: House) -> None:
    consent = team_records("consents")[2]

    def ask(n: int) -> Any:
        return house.post("consents", {**consent, "identifier": f"CONS-1{n:03}"})

    assert {answer.status_code for answer in _at_once(ask)} <= {200, 201}
    number = consent["patient"]["ins"]
    assert len(house.found(f"Patient?identifier=urn:oid:{number['oid']}|{number['value']}")) == 1


def test_sixteen_enrolments_at_once_make_one_team(house: House) -> None:
    """Each writes the team anew: none is lost, and none is turned away."""
    everybody = team_records("enrolments")
    new = everybody[2:10] + everybody[12:20]
    assert {answer.status_code for answer in _at_once(lambda n: house.post("enrolments", new[n]))} == {201}
    (team,) = house.found("CareTeam")
    assert len(team["participant"]) == 4 + THREADS
    assert len({member["member"]["reference"] for member in team["participant"]}) == 4 + THREADS


@pytest.mark.parametrize("key", [{}, {"Idempotency_Key": "k-1"}])
def test_a_twin_that_comes_between_the_look_up_and_the_placing(
    house: House, monkeypatch: pytest.MonkeyPatch, key: dict[str, str]
) -> None:
    """The condition finds an act that was not there a moment ago: nothing of the second telling is kept."""
    before = house.standing()
    bundle = act_bundle("ACTE-0001", conditional=True)
    place, twins = story.place, []

    def overtaken(*given: Any) -> Any:
        if not twins:
            twins.append(None)
            twins[0] = house.fhir("POST", "/", bundle, **key)
        return place(*given)

    monkeypatch.setattr(story, "place", overtaken)
    answer = house.fhir("POST", "/", bundle, **key)
    assert (answer.status_code, answer.headers.get("Idempotent-Replayed"), answer.data) == (200, "true", twins[0].data)
    _assert_one_effect(house, before)
