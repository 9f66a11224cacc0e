"""A refusal tells every fault at once and leaves nothing: no link, no envelope, no index entry, no claim."""

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from mappings.codes import systems
from tests.house import House, Json, act_bundle, act_record, issues, team_records

_PATIENT = "Patient?identifier=urn:oid:1.2.250.1.213.1.4.11|292043899900158"


@contextmanager
def nothing_changes(house: House) -> Iterator[None]:
    before = house.standing()
    yield
    assert house.standing() == before


def test_every_fault_of_an_act_is_told_at_once(house: House) -> None:
    record = act_record(
        exam={"plaie": True, "risque-thrombo-embolique": "present", "ottawa-malleoles": False, "deformation": None},
        performed={"start": "2026-08-31T10:05:00+02:00", "end": "2026-08-31T10:00:00+02:00"},
    )
    with nothing_changes(house):
        answer = house.post("acts", record, Idempotency_Key="k-refused")
        assert answer.status_code == 422
        assert [expression for _, expression in issues(answer)] == [
            "Procedure.performed.end",
            "Procedure.basedOn[0]",
            "CarePlan.careTeam",
            "CarePlan.supportingInfo",
            "Procedure.performer[0].actor",
            "Procedure.extension('delegator').value",
            "QuestionnaireResponse.item.where(linkId='deformation').answer",
            "PlanDefinition.action.where(id='plaie').condition",
            "PlanDefinition.action.where(id='risque-thrombo-embolique').condition",
            "ServiceRequest[0].instantiatesCanonical",
        ]
    assert house.store.request("key:loopback", "k-refused") is None
    assert house.store.request(f"identifier:Procedure:{systems.IDENTIFIER}act", "ACTE-0001") is None
    # What was refused may be mended, under the same key and the same identifier.
    assert house.post("acts", act_record(), Idempotency_Key="k-refused").status_code == 201


def test_faults_of_two_acts_are_told_together(house: House) -> None:
    bundle = act_bundle()
    second = act_bundle("ACTE-0002")
    renamed = _other_urns(second)
    _answer(bundle, "plaie")["valueBoolean"] = True
    _answer(renamed, "polytraumatisme")["valueBoolean"] = True
    bundle["entry"] += renamed["entry"]
    with nothing_changes(house):
        assert [expression for _, expression in issues(house.fhir("POST", "/", bundle))] == [
            "PlanDefinition.action.where(id='plaie').condition",
            "PlanDefinition.action.where(id='polytraumatisme').condition",
        ]


def test_one_bad_act_takes_the_good_one_with_it(house: House) -> None:
    bundle, second = act_bundle(), _other_urns(act_bundle("ACTE-0002"))
    _answer(second, "plaie")["valueBoolean"] = True
    bundle["entry"] += second["entry"]
    with nothing_changes(house):
        assert house.fhir("POST", "/", bundle).status_code == 422
    _answer(second, "plaie")["valueBoolean"] = False
    assert house.fhir("POST", "/", bundle).status_code == 200
    assert len(house.found("Procedure")) == 2
    assert len(house.found("Provenance")) == 2


def _other_urns(bundle: Json) -> Json:
    import json

    renamed: Json = json.loads(json.dumps(bundle).replace("urn:uuid:0000000", "urn:uuid:1000000"))
    return renamed


def _entry(bundle: Json, type_: str) -> Json:
    return next(entry for entry in bundle["entry"] if entry["resource"]["resourceType"] == type_)


def _answer(bundle: Json, link_id: str) -> Json:
    items = _entry(bundle, "QuestionnaireResponse")["resource"]["item"]
    found: Json = next(item for item in items if item["linkId"] == link_id)["answer"][0]
    return found


def _set(type_: str, element: str, value: Any) -> Callable[[Json], None]:
    def change(bundle: Json) -> None:
        _entry(bundle, type_)["resource"][element] = value

    return change


def _drop(type_: str, element: str) -> Callable[[Json], None]:
    return lambda bundle: _entry(bundle, type_)["resource"].pop(element)


def _without(type_: str) -> Callable[[Json], None]:
    def change(bundle: Json) -> None:
        bundle["entry"].remove(_entry(bundle, type_))

    return change


def _again(type_: str) -> Callable[[Json], None]:
    def change(bundle: Json) -> None:
        twin = copy.deepcopy(_entry(bundle, type_))
        twin["fullUrl"] = "urn:uuid:2000000a-0000-4000-8000-000000000000"
        bundle["entry"].append(twin)

    return change


def _answered_twice(bundle: Json) -> None:
    items = _entry(bundle, "QuestionnaireResponse")["resource"]["item"]
    items.append({"linkId": "plaie", "answer": [{"valueBoolean": True}]})


def _delay_in_days(bundle: Json) -> None:
    """The question asks for hours, as a bare number."""
    answer = _answer(bundle, "delai-traumatisme")
    answer.clear()
    answer["valueQuantity"] = {"value": 2, "unit": "jours", "system": "http://unitsofmeasure.org", "code": "d"}


_NOBODY = {"reference": "Patient/nobody"}
_NOAH = {"reference": "Patient?identifier=urn:oid:1.2.250.1.213.1.4.11|104082A99900249"}
_HUGO = {
    "reference": f"PractitionerRole?identifier={systems.IDENTIFIER}enrolment|"
    "pc-torsion-cheville-2026.1-380999990-DELEGATEE-99900001027"
}

#: What is changed of a good transaction, the status, an issue that must be told.
REFUSED: dict[str, tuple[Callable[[Json], Any], int, tuple[str, str]]] = {
    "dangling encounter": (
        _set("Procedure", "encounter", {"reference": "Encounter/x"}),
        422,
        ("value", "Bundle.entry[0].resource.encounter.reference"),
    ),
    "urn that names no entry": (
        _set("Procedure", "location", {"reference": "urn:uuid:99999999-0000-4000-8000-000000000000"}),
        422,
        ("value", "Bundle.entry[0].resource.location.reference"),
    ),
    "conditional reference that finds nobody": (
        _set("Procedure", "subject", {"reference": "Patient?identifier=urn:oid:1.2.250.1.213.1.4.11|000000000000000"}),
        422,
        ("value", "Bundle.entry[0].resource.subject.reference"),
    ),
    "conditional reference by a name": (
        _set("Procedure", "subject", {"reference": "Patient?family=TEST-TILLEUL"}),
        400,
        ("not-supported", "Bundle.entry[0].resource.subject.reference"),
    ),
    "no exam": (_without("QuestionnaireResponse"), 422, ("required", "QuestionnaireResponse.partOf")),
    "two exams": (_again("QuestionnaireResponse"), 422, ("required", "QuestionnaireResponse.partOf")),
    "a question answered twice": (
        _answered_twice,
        422,
        ("invariant", "QuestionnaireResponse.item.where(linkId='plaie')"),
    ),
    "an answer in a unit of its own": (
        _delay_in_days,
        422,
        ("business-rule", "QuestionnaireResponse.item.where(linkId='delai-traumatisme').answer"),
    ),
    "another patient's exam": (
        _set("QuestionnaireResponse", "subject", _NOAH),
        422,
        ("business-rule", "QuestionnaireResponse.subject"),
    ),
    "another patient's measure": (_set("Observation", "subject", _NOAH), 422, ("business-rule", "Observation.subject")),
    "a prescription for another patient": (
        _set("ServiceRequest", "subject", _NOAH),
        422,
        ("business-rule", "ServiceRequest[0].subject"),
    ),
    "a prescription by another délégué": (
        _set("ServiceRequest", "requester", _HUGO),
        422,
        ("business-rule", "ServiceRequest[0].requester"),
    ),
    "a prescription on nobody's behalf": (
        _drop("ServiceRequest", "extension"),
        422,
        ("business-rule", "ServiceRequest[0].extension('delegator').value"),
    ),
    "a prescription without its act": (
        _drop("ServiceRequest", "supportingInfo"),
        422,
        ("business-rule", "Bundle.entry[3].resource"),
    ),
    "no délégant": (
        _drop("Procedure", "extension"),
        422,
        ("required", "Bundle.entry[0].resource.extension('delegator')"),
    ),
    "a body that is not FHIR": (
        _set("Procedure", "cotation", "A"),
        400,
        ("structure", "Bundle.entry[0].resource.cotation"),
    ),
    "in progress": (_set("Procedure", "status", "in-progress"), 422, ("value", "Bundle.entry[0].resource.status")),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_transaction_is_refused_whole(refusing: House, name: str) -> None:
    change, status, issue = REFUSED[name]
    bundle = act_bundle()
    change(bundle)
    with nothing_changes(refusing):
        answer = refusing.fhir("POST", "/", bundle)
    assert (answer.status_code, issue in issues(answer)) == (status, True), answer.json


# Of a Task a client says one thing, that an answer was read: tests/inbound/test_reading_replies.py.
@pytest.mark.parametrize("type_", ["Provenance", "AuditEvent", "DocumentReference", "Communication"])
def test_what_the_server_owns_is_not_written_by_a_client(refusing: House, type_: str) -> None:
    resource = {"resourceType": type_, "id": "mine"}
    transaction = {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [{"resource": {"resourceType": type_}, "request": {"method": "POST", "url": type_}}],
    }
    with nothing_changes(refusing):
        for answer, status in (
            (refusing.fhir("POST", f"/{type_}", {"resourceType": type_}), 405),
            (refusing.fhir("PUT", f"/{type_}/mine", resource), 405),
            (refusing.fhir("POST", "/", transaction), 400),
        ):
            assert answer.status_code == status
            assert issues(answer)[0][0] == "not-supported"
            assert "tenue par le serveur" in answer.json["issue"][0]["details"]["text"]


def test_an_act_is_never_deleted_and_the_same_again_is_nothing(house: House) -> None:
    told = house.post("acts", act_record()).json
    for reference in [told["act"], *(r.partition("/_history/")[0] for r in told["resources"][1:])]:
        resource = house.fhir("GET", f"/{reference}").json
        with nothing_changes(house):
            answer = house.fhir("PUT", f"/{reference}", resource)
            assert (answer.status_code, answer.json) == (200, resource), reference
            assert house.fhir("DELETE", f"/{reference}").status_code == 405


def test_nothing_is_added_to_an_act_already_judged(house: House) -> None:
    told = house.post("acts", act_record()).json
    late = [
        house.fhir("GET", "/" + reference.partition("/_history/")[0]).json
        for reference in told["resources"]
        if not reference.startswith("Procedure")
    ]
    assert {resource["resourceType"] for resource in late} == {"QuestionnaireResponse", "Observation", "ServiceRequest"}
    for resource in late:
        del resource["id"]
        with nothing_changes(house):
            answer = house.fhir("POST", f"/{resource['resourceType']}", resource)
            assert (answer.status_code, issues(answer)[0][0]) == (422, "business-rule"), answer.json


def test_an_exam_of_no_act_is_welcome(house: House) -> None:
    """An eligibility exam stands by itself until an inclusion names it."""
    exam = {
        "resourceType": "QuestionnaireResponse",
        "status": "completed",
        "subject": {"reference": f"Patient/{house.found('Patient')[0]['id']}"},
    }
    assert house.fhir("POST", "/QuestionnaireResponse", exam).status_code == 201


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"protocol": "pc-torsion-cheville|2031.1"}, 422),
        ({"inclusion": "INCL-9999"}, 422),
        ({"act": "torsion-suture"}, 422),
        ({"delegatee_rpps": "99900009999"}, 422),
        ({"structure_finess": "999999999"}, 422),
        ({"cotation": "AMK 7"}, 400),
        ({"status": "not-done"}, 422),
    ],
)
def test_a_record_is_refused_whole(refusing: House, change: Json, status: int) -> None:
    with nothing_changes(refusing):
        assert refusing.post("acts", act_record(**change)).status_code == status


def test_an_unknown_answer_is_refused_and_named(refusing: House) -> None:
    exam = {"plaie": None, "ottawa-malleoles": None}
    with nothing_changes(refusing):
        assert [expression for _, expression in issues(refusing.post("acts", act_record(exam=exam)))] == [
            "QuestionnaireResponse.item.where(linkId='plaie').answer",
            "QuestionnaireResponse.item.where(linkId='ottawa-malleoles').answer",
            "PlanDefinition.action.where(id='plaie').condition",
            "ServiceRequest[0].instantiatesCanonical",
        ]


def test_no_answer_names_anybody(refusing: House) -> None:
    """What is refused names elements, never the person or the finding."""
    consent = team_records("consents")[0]
    secrets = [consent["patient"]["ins"]["value"], "TEST-TILLEUL", "Faux pas", "MOREL-FICTIF"]
    for answer in (
        refusing.post("acts", act_record(exam={"plaie": True})),
        refusing.post("acts", act_record(exam={"circonstances": ""})),
        refusing.post("consents", {**consent, "decision": "peut-être"}),
    ):
        assert answer.status_code in (400, 422)
        assert not any(secret in answer.text for secret in secrets)
