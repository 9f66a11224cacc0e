"""An adverse event of an act, through both doors: what it must say, how it is proved, who is told at once."""

from typing import Any

import pytest

from service.ledger.verify import verify
from tests.house import House, Json, act_record, issues, team_records

SERIOUS = {"seriousness": "hospitalization", "severity": "severe"}
NOTIFY = "Task?code=notify-adverse-event"


def record(**changes: Any) -> Json:
    return team_records("adverse-events")[0] | changes


def told(house: House, **changes: Any) -> Json:
    answer = house.post("adverse-events", record(**changes))
    assert answer.status_code in (200, 201), answer.text
    return event(house)


def event(house: House) -> Json:
    (found,) = house.found("AdverseEvent?identifier=EI-0001")
    return found


@pytest.fixture
def at_work(house: House) -> House:
    assert house.post("acts", act_record()).status_code == 201
    return house


def test_what_the_act_says_is_said(at_work: House) -> None:
    said = told(at_work)
    (act,) = at_work.found("Procedure")
    assert said["suspectEntity"] == [{"instance": {"reference": f"Procedure/{act['id']}"}}]
    assert said["subject"] == act["subject"]
    assert said["recorder"] == act["performer"][0]["actor"]
    by_url = {one["url"].rpartition("/")[2]: one for one in said["extension"]}
    assert by_url["delegator"] == next(one for one in act["extension"] if one["url"].endswith("delegator"))
    assert by_url["protocol"]["valueCanonical"].endswith("pc-torsion-cheville|2026.1")
    # Not serious: nobody is called, and all of it is proved in the chain of the act's structure.
    assert at_work.found(NOTIFY) == []
    (trace,) = at_work.found("AuditEvent?subtype=adverse-event-recorded")
    (proof,) = at_work.found(f"Provenance?target=AdverseEvent/{said['id']}")
    assert trace["entity"][0]["what"] == proof["target"][0]
    assert proof["agent"][0]["who"] == act["performer"][0]["onBehalfOf"]
    assert verify(at_work.store) == []


@pytest.mark.parametrize(
    "query",
    [
        "substance=Procedure/{act}",
        "subject={patient}",
        "seriousness=Non-serious",
        "category=clinical",
        "ae-status=submitted",
        "protocol=https://binome.example/fhir/PlanDefinition/pc-torsion-cheville",
        "delegator:identifier=https://rpps.esante.gouv.fr|99900002017",
    ],
)
def test_it_is_found_by_what_it_says(at_work: House, query: str) -> None:
    told(at_work)
    (act,) = at_work.found("Procedure")
    asked = query.format(act=act["id"], patient=act["subject"]["reference"])
    assert [one["id"] for one in at_work.found(f"AdverseEvent?{asked}")] == [event(at_work)["id"]]
    assert at_work.found(f"AdverseEvent?{query.partition('=')[0]}=autre-chose") == []


def test_a_serious_one_is_told_at_once_to_the_structure_and_the_delegator(at_work: House) -> None:
    said = told(at_work, **SERIOUS)
    (act,) = at_work.found("Procedure")
    tasks = at_work.found(NOTIFY)
    owners = {task["owner"]["reference"].partition("/")[0] for task in tasks}
    assert (len(tasks), owners) == (2, {"Organization", "PractitionerRole"})
    for task in tasks:
        assert (task["status"], task["priority"]) == ("requested", "stat")
        assert task["focus"] == {"reference": f"AdverseEvent/{said['id']}"}
        assert (task["for"], task["requester"]) == (act["subject"], said["recorder"])
        assert record()["text"] not in str(task), "no clinical content in a task"
    assert verify(at_work.store) == []
    # The délégant reads the notice as any other duty.
    (mine,) = (task for task in tasks if "identifier" in task["owner"])
    token = at_work.composition.issuer.token("99900002017")
    answer = at_work.fhir("POST", f"/Task/{mine['id']}/$acknowledge", Authorization=f"Bearer {token}")
    assert (answer.status_code, answer.json["status"]) == (200, "completed")
    assert verify(at_work.store) == []


def test_a_draft_calls_nobody_and_then_everybody_once(at_work: House) -> None:
    told(at_work, status="draft", **SERIOUS)
    assert at_work.found(NOTIFY) == []
    told(at_work, **SERIOUS)
    assert len(at_work.found(NOTIFY)) == 2
    told(at_work, **SERIOUS, outcome="resolved")
    told(at_work, **SERIOUS, outcome="resolved", status="closed")
    assert len(at_work.found(NOTIFY)) == 2
    assert len(at_work.found(f"Provenance?target=AdverseEvent/{event(at_work)['id']}")) == 4


def test_what_becomes_serious_is_told_then(at_work: House) -> None:
    told(at_work)
    told(at_work, seriousness="death", outcome="fatal")
    assert len(at_work.found(NOTIFY)) == 2


def test_the_same_again_is_told_once(at_work: House) -> None:
    told(at_work, **SERIOUS)
    standing = at_work.standing()
    assert at_work.post("adverse-events", record(**SERIOUS)).status_code == 200
    assert at_work.standing() == standing


def test_the_fhir_door_takes_what_it_gives(at_work: House) -> None:
    said = told(at_work)
    assert at_work.fhir("PUT", f"/AdverseEvent/{said['id']}", said).status_code == 200
    other = {key: value for key, value in said.items() if key not in ("id", "meta")}
    other["identifier"] = {**said["identifier"], "value": "EI-0002"}
    other["seriousness"] = {"coding": [{**said["seriousness"]["coding"][0], "code": "SeriousIsLifeThreatening"}]}
    answer = at_work.fhir("POST", "/AdverseEvent", other)
    assert answer.status_code == 201, answer.text
    assert len(at_work.found(NOTIFY)) == 2
    again = at_work.fhir("POST", "/AdverseEvent", other | {"actuality": "potential"})
    assert (again.status_code, issues(again)) == (409, [("duplicate", "identifier")])


REFUSED: dict[str, tuple[Any, tuple[str, str]]] = {
    "another patient": (
        lambda said, house: {"subject": _others(house, said)[0]},
        ("business-rule", "AdverseEvent.subject"),
    ),
    "no act": (lambda said, house: {"suspectEntity": []}, ("structure", "AdverseEvent.suspectEntity")),
    "no seriousness": (lambda said, house: {"seriousness": None}, ("required", "AdverseEvent.seriousness")),
    "going back": (
        lambda said, house: {
            "extension": [
                {**one, "valueCode": "draft"} if one["url"].endswith("ae-status") else one for one in said["extension"]
            ]
        },
        ("business-rule", "AdverseEvent.extension('ae-status').value"),
    ),
    "another version of the protocol": (
        lambda said, house: {
            "extension": [
                {**one, "valueCanonical": "https://binome.example/fhir/PlanDefinition/pc-torsion-cheville|2027.1"}
                if one["url"].endswith("/protocol")
                else one
                for one in said["extension"]
            ]
        },
        ("business-rule", "AdverseEvent.extension('protocol').value"),
    ),
}


def _others(house: House, said: Json) -> list[Json]:
    patients = [f"Patient/{one['id']}" for one in house.found("Patient")]
    return [{"reference": one} for one in patients if one != said["subject"]["reference"]]


@pytest.mark.parametrize("name", REFUSED)
def test_what_disagrees_with_the_act_is_refused(at_work: House, name: str) -> None:
    said, standing = told(at_work), at_work.standing()
    changes, fault = REFUSED[name]
    sent = {key: value for key, value in {**said, **changes(said, at_work)}.items() if value is not None}
    answer = at_work.fhir("PUT", f"/AdverseEvent/{said['id']}", sent)
    assert fault in issues(answer), answer.json
    assert at_work.standing() | {"chains": standing["chains"]} == standing


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"act": "ACTE-INCONNU"}, ("business-rule", "adverse_event.act")),
        ({"seriousness": "grave"}, ("code-invalid", "adverse_event.seriousness")),
        ({"gravite": "x"}, ("structure", "adverse_event.gravite")),
        ({"detected_at": "2026-11-20"}, ("value", "adverse_event.detected_at")),
    ],
)
def test_a_faulty_record_is_refused(at_work: House, changes: Json, fault: tuple[str, str]) -> None:
    assert fault in issues(at_work.post("adverse-events", record(**changes)))


def test_it_is_not_deleted(at_work: House) -> None:
    said = told(at_work)
    assert at_work.fhir("DELETE", f"/AdverseEvent/{said['id']}").status_code == 409
