"""An act entered in error: its status alone changes, and all that fell with it is in the same commit."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from mappings.codes import systems
from mappings.fhir.validation import validated
from service.outbox.envelope import State
from tests.house import House, Json, act_bundle, act_record, issues
from tests.intake.retracting import BELONGINGS, assert_in_error, fhirpath_patch, recorded, states, told

_IN_ERROR = [{"op": "replace", "path": "/status", "value": "entered-in-error"}]


def test_all_that_falls_with_an_act_is_one_commit(house: House) -> None:
    act = recorded(house)
    other = recorded(house, "ACTE-0002")
    before = house.standing()
    house.clock.pass_(seconds=5)
    answer = told(house, act)
    assert (answer.status_code, answer.headers["ETag"]) == (200, 'W/"2"'), answer.text
    assert answer.json == act | {"status": "entered-in-error", "meta": answer.json["meta"]}
    assert answer.json["meta"]["security"] == act["meta"]["security"]
    assert_in_error(house, act)
    prescribed = house.found(f"ServiceRequest?supporting-info=Procedure/{act['id']}")
    assert [one["status"] for one in prescribed] == ["entered-in-error"] * 2
    after = house.standing()
    added = {type_: after["resources"][type_] - before["resources"][type_] for type_ in after["resources"]}
    assert {type_: n for type_, n in added.items() if n} == {"Provenance": 1, "AuditEvent": 1}
    # The new versions, the proof, the event and three cancellations: one unit of the structure's chain.
    (chain,) = (one for one in before["chains"] if before["chains"][one] != after["chains"][one])
    links = list(house.store.links(chain, before["chains"][chain].sequence + 1))
    written = [one.reference.split("/")[0] for one in links]
    assert sorted(written) == [
        "AuditEvent", "Observation", "Procedure", "Provenance", "QuestionnaireResponse",
        "ServiceRequest", "ServiceRequest", "Task", "attempt", "attempt", "attempt",
    ]  # fmt: skip
    assert {one.recorded for one in links} == {house.clock()}
    # The act beside it is as it was.
    assert house.fhir("GET", f"/Procedure/{other['id']}").json == other
    assert states(house, other) == {State.QUEUED}


def test_the_proof_and_the_event_say_who(house: House) -> None:
    by_software, by_delegatee, by_delegator, by_another = (recorded(house, f"ACTE-000{n}") for n in range(1, 5))
    performer = by_software["performer"][0]
    delegator = by_software["extension"][0]["valueReference"]
    rows: list[tuple[Json, str, Json]] = [
        (by_software, "", {"who": performer["onBehalfOf"]}),
        (by_delegatee, "99900001019", {"who": performer["actor"], "onBehalfOf": delegator}),
        (by_delegator, "99900002017", {"who": delegator}),
        (by_another, "99900002025", {"who": {"identifier": {"system": systems.RPPS, "value": "99900002025"}}}),
    ]
    for act, rpps, expected in rows:
        token = {"Authorization": f"Bearer {house.composition.issuer.token(rpps)}"} if rpps else {}
        answer = house.fhir("PATCH", f"/Procedure/{act['id']}", fhirpath_patch(), **token)
        assert answer.status_code == 200, answer.text
        version = f"Procedure/{act['id']}/_history/2"
        (proof,) = (
            one
            for one in house.found(f"Provenance?target=Procedure/{act['id']}")
            if one["target"][0]["reference"] == version
        )
        assert proof["activity"]["coding"][0] == {"system": systems.DATA_OPERATION, "code": "NULLIFY"}
        assert proof["entity"] == [{"role": "revision", "what": {"reference": f"Procedure/{act['id']}/_history/1"}}]
        assert [one["reference"].split("/")[0] for one in proof["target"][1:]] == [
            "QuestionnaireResponse", "Observation", "ServiceRequest", "ServiceRequest"
        ]  # fmt: skip
        enterer = proof["agent"][0]
        assert enterer["type"]["coding"][0]["code"] == "enterer"
        assert {key: enterer[key] for key in ("who", "onBehalfOf") if key in enterer} == expected
        (link,) = (
            one for chain in house.store.chains() for one in house.store.links(chain) if one.reference == version
        )
        assert proof["extension"][0]["extension"][0]["valuePositiveInt"] == link.sequence
        (event,) = (one for one in house.found(f"AuditEvent?entity=Procedure/{act['id']}") if one["action"] == "U")
        assert event["subtype"][0]["code"] == "act-entered-in-error"
        assert event["agent"][0]["who"] == expected["who"]
        assert event["entity"][0]["what"]["reference"] == version
        for resource in (proof, event, *house.found(f"Task?focus=Procedure/{act['id']}")):
            assert [issue for issue in validated(resource) if issue.severity == "error"] == []


def _json_patch(house: House, act: Json) -> Any:
    return house.app.test_client().patch(
        f"/fhir/Procedure/{act['id']}",
        json=_IN_ERROR,
        content_type="application/json-patch+json",
        headers={"If-Match": 'W/"1"'},
    )


def _in_xml(house: House, act: Json) -> Any:
    client, url = house.app.test_client(), f"/fhir/Procedure/{act['id']}"
    text = client.get(url, headers={"Accept": "application/fhir+xml"}).text
    in_error = text.replace('<status value="completed"/>', '<status value="entered-in-error"/>')
    assert in_error != text
    return client.put(url, data=in_error.encode(), content_type="application/fhir+xml", headers={"If-Match": 'W/"1"'})


def _by_identifier(house: House, act: Json) -> Any:
    body = {key: value for key, value in act.items() if key != "id"} | {"status": "entered-in-error"}
    return house.fhir("PUT", f"/Procedure?identifier={act['identifier'][0]['value']}", body)


def _in_a_transaction(house: House, act: Json) -> Any:
    request = {"method": "PUT", "url": f"Procedure/{act['id']}", "ifMatch": 'W/"1"'}
    entry = {"request": request, "resource": act | {"status": "entered-in-error"}}
    return house.fhir("POST", "/", {"resourceType": "Bundle", "type": "transaction", "entry": [entry]})


def _in_a_batch(house: House, act: Json) -> Any:
    request = {"method": "PATCH", "url": f"Procedure/{act['id']}"}
    entry = {"request": request, "resource": fhirpath_patch()}
    return house.fhir("POST", "/", {"resourceType": "Bundle", "type": "batch", "entry": [entry]})


@pytest.mark.parametrize("way", [told, _json_patch, _in_xml, _by_identifier, _in_a_transaction, _in_a_batch])
def test_every_way_to_tell_it(house: House, way: Callable[[House, Json], Any]) -> None:
    act = recorded(house)
    answer = way(house, act)
    assert answer.status_code == 200, answer.text
    if answer.is_json and answer.json["resourceType"] == "Bundle":
        assert [entry["response"]["status"] for entry in answer.json["entry"]] == ["200 OK"]
    assert_in_error(house, act)


def test_an_act_not_done_may_be_in_error_too(house: House) -> None:
    act = recorded(house, status="not-done", status_reason="worsening", prescriptions=[])
    assert {task["status"] for task in house.found("Task")} == {"requested"}
    assert told(house, act).status_code == 200
    assert_in_error(house, act)
    assert len(house.found("Task")) == 2


def test_why_may_be_told(house: House) -> None:
    act = recorded(house)
    note = [*act["note"], {"text": "Saisi pour un autre patient."}]
    answer = told(house, act, note=note, statusReason={"text": "Erreur de patient"})
    assert answer.status_code == 200, answer.text
    assert (answer.json["note"], answer.json["statusReason"]["text"]) == (note, "Erreur de patient")
    assert_in_error(house, act)


def test_meta_is_the_servers(house: House) -> None:
    act = recorded(house)
    answer = told(house, act, meta={"tag": [{"system": "urn:x", "code": "y"}]})
    assert answer.status_code == 200
    assert answer.json["meta"]["profile"] == act["meta"]["profile"]
    assert "tag" not in answer.json["meta"]


def test_the_same_again_is_done_once(house: House) -> None:
    act = recorded(house)
    body = act | {"status": "entered-in-error"}
    first = house.fhir("PUT", f"/Procedure/{act['id']}", body, If_Match='W/"1"', Idempotency_Key="k-1")
    standing = house.standing()
    again = house.fhir("PUT", f"/Procedure/{act['id']}", body, If_Match='W/"1"', Idempotency_Key="k-1")
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (200, "true")
    assert (again.json, again.headers["ETag"]) == (first.json, first.headers["ETag"])
    # Without a key, as any other update: the version seen is no longer the one in force, or nothing is to be changed.
    assert told(house, act).status_code == 412
    unchanged = house.fhir("PUT", f"/Procedure/{act['id']}", body)
    assert (unchanged.status_code, unchanged.headers["ETag"]) == (200, 'W/"2"')
    assert house.fhir("PATCH", f"/Procedure/{act['id']}", fhirpath_patch()).status_code == 200
    assert house.standing() == standing


def test_two_at_once_have_one_effect(house: House) -> None:
    act = recorded(house)
    body, answers = act | {"status": "entered-in-error"}, []
    gate = threading.Barrier(4)

    def tell() -> None:
        gate.wait()
        answers.append(house.fhir("PUT", f"/Procedure/{act['id']}", body).status_code)

    threads = [threading.Thread(target=tell) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [200] * 4
    assert_in_error(house, act)
    assert len(house.found(f"Provenance?target=Procedure/{act['id']}")) == 2


def test_its_identifier_stays_its_own(house: House) -> None:
    """What was recorded in error is not recorded again under the same name: a new act has a new one."""
    record = act_record()
    first = house.post("acts", record)
    act = house.fhir("GET", f"/{first.json['act']}").json
    told(house, act)
    standing = house.standing()
    again = house.post("acts", record)
    assert (again.status_code, again.headers["Idempotent-Replayed"], again.json) == (200, "true", first.json)
    other = house.post("acts", act_record(conclusion="Autre conclusion."))
    assert (other.status_code, issues(other)[0][0]) == (409, "duplicate")
    assert house.standing() == standing
    assert house.post("acts", act_record(identifier="ACTE-0001-B")).status_code == 201


def test_one_act_replaces_another_in_one_transaction(house: House) -> None:
    act = recorded(house)
    bundle = act_bundle("ACTE-0002")
    request = {"method": "PUT", "url": f"Procedure/{act['id']}"}
    bundle["entry"].append({"request": request, "resource": act | {"status": "entered-in-error"}})
    answer = house.fhir("POST", "/", bundle)
    assert answer.status_code == 200, answer.text
    assert_in_error(house, act)
    (new,) = house.found("Procedure?identifier=ACTE-0002")
    assert (new["status"], states(house, new)) == ("completed", {State.QUEUED})
    for version in (f"Procedure/{act['id']}/_history/2", f"Procedure/{new['id']}/_history/1"):
        (link,) = (
            one for chain in house.store.chains() for one in house.store.links(chain) if one.reference == version
        )
        (proof,) = (
            one
            for one in house.found(f"Provenance?target={version.partition('/_history')[0]}")
            if one["target"][0]["reference"] == version
        )
        assert proof["extension"][0]["extension"][0]["valuePositiveInt"] == link.sequence


def test_it_is_seen_everywhere(house: House) -> None:
    act = recorded(house)
    told(house, act)
    assert [one["id"] for one in house.found("Procedure?status=entered-in-error")] == [act["id"]]
    assert house.found("Procedure?status=completed") == []
    assert house.found("Task?status=requested") == []
    first = house.fhir("GET", f"/Procedure/{act['id']}/_history/1").json
    assert first == act
    everything = house.found(f"{act['subject']['reference']}/$everything?_count=200")
    assert {one["status"] for one in everything if one["resourceType"] in ("Procedure", *BELONGINGS)} == {
        "entered-in-error"
    }
    trace = house.fhir("GET", f"/Procedure/{act['id']}/$trace").json["entry"]
    for type_, status in (("Procedure", "completed"), ("QuestionnaireResponse", "completed"), ("Observation", "final")):
        versions = [
            (one["resource"]["meta"]["versionId"], one["resource"]["status"])
            for one in trace
            if one["resource"]["resourceType"] == type_
        ]
        assert versions == [("1", status), ("2", "entered-in-error")], type_
    sent = [one["resource"] for one in trace if one["resource"]["resourceType"] == "AuditEvent"]
    assert [one["outcomeDesc"] for one in sent if "outcomeDesc" in one] == [
        "L’acte a été saisi par erreur : l’envoi est annulé."
    ] * 3
