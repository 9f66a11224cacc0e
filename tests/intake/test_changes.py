"""What changes on record: versions, teams that follow their enrolments, and decisions made again on what is."""

from collections.abc import Callable
from typing import Any

import pytest

from mappings.codes import systems
from mappings.fhir.json import parse
from service.ledger.verify import verify
from service.store import Store
from service.store.unit import Unit
from tests.house import House, Json, act_bundle, act_record, issues, team_records


def _resource(house: House, query: str) -> Json:
    (found,) = house.found(query)
    return found


def _enrolment(house: House, rpps: str) -> Json:
    return next(r for r in house.found("PractitionerRole") if r["practitioner"]["identifier"]["value"] == rpps)


def test_a_version_is_changed_only_by_who_has_seen_it(house: House) -> None:
    patient = house.found("Patient")[0]
    address = f"/Patient/{patient['id']}"
    changed = {**patient, "active": False}
    standing = house.standing()
    stale = house.fhir("PUT", address, changed, If_Match='W/"7"')
    assert (stale.status_code, issues(stale)) == (412, [("conflict", "Patient")])
    assert house.fhir("PUT", address, changed, If_Match='"un"').status_code == 412
    assert house.fhir("PUT", address, changed, If_Match="un").status_code == 400
    assert house.standing() == standing
    answer = house.fhir("PUT", address, changed, If_Match='W/"1"')
    assert (answer.status_code, answer.headers["ETag"]) == (200, 'W/"2"')
    assert house.fhir("PUT", address, changed, If_Match='W/"1"').status_code == 412
    first, second = house.store.read("Patient", patient["id"], 1), house.store.read("Patient", patient["id"])
    assert first is not None
    assert second is not None
    assert ("active" in parse(first.body), parse(second.body)["active"], second.version) == (False, False, 2)


def test_the_same_again_is_no_new_version(house: House) -> None:
    patient = house.found("Patient")[0]
    standing = house.standing()
    answer = house.fhir("PUT", f"/Patient/{patient['id']}", patient)
    assert (answer.status_code, answer.headers["ETag"]) == (200, 'W/"1"')
    assert house.standing() == standing


def test_the_team_follows_an_enrolment(house: House) -> None:
    before = _resource(house, "CareTeam")
    role = _enrolment(house, "99900001027")
    member = {"reference": f"PractitionerRole/{role['id']}"}
    assert any(p["member"]["reference"] == member["reference"] for p in before["participant"])
    ended = {**role, "active": False, "period": {"start": "2026-09-01", "end": "2026-11-10"}}
    ended["extension"] = [
        {**e, "valueCode": "ended"} if e["url"] == systems.EXT_ENROLMENT_STATUS else e for e in role["extension"]
    ]
    assert house.fhir("PUT", f"/PractitionerRole/{role['id']}", ended).status_code == 200
    after = _resource(house, "CareTeam")
    assert int(after["meta"]["versionId"]) == int(before["meta"]["versionId"]) + 1
    (seen,) = (p for p in after["participant"] if p["member"]["reference"] == member["reference"])
    assert seen["period"]["end"] == "2026-11-10"
    assert verify(house.store) == []
    # Both the version and the team are of one commit: the old team is still there to be read.
    assert house.fhir("GET", f"/CareTeam/{after['id']}/_history/{before['meta']['versionId']}").json == before


def test_an_enrolment_ended_today_covers_yesterday(house: House) -> None:
    record = next(r for r in team_records("enrolments") if r["rpps"] == "99900001019")
    ended = record | {"status": "ended", "period": {"start": "2026-09-01", "end": "2026-11-20"}}
    assert house.post("enrolments", ended).status_code == 201
    assert house.post("acts", act_record()).status_code == 201
    ended["period"] = {"start": "2026-09-01", "end": "2026-11-19"}
    assert house.post("enrolments", ended).status_code == 201
    answer = house.post("acts", act_record(identifier="ACTE-0002"))
    assert (answer.status_code, issues(answer)) == (422, [("business-rule", "Procedure.performer[0].actor")])


def _injected(
    house: House, monkeypatch: pytest.MonkeyPatch, happens: Callable[[], Any], *, times: int = 1
) -> list[Unit]:
    """``happens`` between the decision on an act and its commit, ``times`` times; gives the units that were tried."""
    commit, tried = Store.commit, []

    def committed(store: Store, unit: Unit) -> Any:
        if any(write.type == "Procedure" for write in unit.writes):
            tried.append(unit)
            if len(tried) <= times:
                happens()
        return commit(store, unit)

    monkeypatch.setattr(Store, "commit", committed)
    return tried


def _withdrawn() -> Json:
    return team_records("consents")[0] | {"decision": "withdrawn", "withdrawn_on": "2026-11-18"}


@pytest.mark.parametrize("door", ["records", "fhir"])
def test_a_withdrawal_during_the_decision_is_decided_on(
    house: House, monkeypatch: pytest.MonkeyPatch, door: str
) -> None:
    tried = _injected(house, monkeypatch, lambda: house.post("consents", _withdrawn()))
    if door == "records":
        answer = house.post("acts", act_record())
    else:
        answer = house.fhir("POST", "/", act_bundle())
    assert len(tried) == 1
    # The inclusion ended with the consent that it rests on.
    based_on = "Procedure.basedOn[0]" if door == "records" else "Bundle.entry[0].resource.basedOn[0]"
    told = {("business-rule", "CarePlan.supportingInfo"), ("business-rule", based_on)}
    assert (answer.status_code, set(issues(answer))) == (422, told)
    standing = house.standing()
    assert (standing["resources"]["Procedure"], standing["outbox"]) == (0, {})
    assert [task["focus"]["reference"].partition("/")[0] for task in house.found("Task")] == ["CarePlan"]


def test_an_opposition_during_the_decision_is_obeyed(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    objecting = team_records("consents")[0]
    objecting["sharing"] = {"dmp": False, "patient_mailbox": True, "professional_mailbox": True}
    tried = _injected(house, monkeypatch, lambda: house.post("consents", objecting))
    told = house.post("acts", act_record()).json
    assert len(tried) == 2
    assert [d["destination"] for d in told["deliveries"]] == ["mssante-professional", "mssante-patient"]


def test_a_change_that_does_not_matter_is_decided_on_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    patient = house.found("Patient?identifier=292043899900158")[0]
    versions = iter(range(2, 9))

    def touch() -> None:
        text = f"version {next(versions)}"
        contact = {"system": "other", "value": text}
        assert house.fhir("PUT", f"/Patient/{patient['id']}", {**patient, "telecom": [contact]}).status_code == 200

    tried = _injected(house, monkeypatch, touch, times=3)
    told = house.post("acts", act_record())
    assert (told.status_code, len(tried)) == (201, 4)
    (provenance,) = house.found("Provenance")
    assert f"Patient/{patient['id']}/_history/4" in [e["what"]["reference"] for e in provenance["entity"]]
    assert len(house.found("Procedure")) == 1


def test_what_never_stops_changing_is_given_up(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    patient = house.found("Patient?identifier=292043899900158")[0]
    count = iter(range(100))

    def touch() -> None:
        contact = {"system": "other", "value": f"version {next(count)}"}
        house.fhir("PUT", f"/Patient/{patient['id']}", {**patient, "telecom": [contact]})

    _injected(house, monkeypatch, touch, times=100)
    answer = house.post("acts", act_record())
    assert (answer.status_code, issues(answer)) == (503, [("transient", "")])
    assert house.standing()["outbox"] == {}


def test_conditional_references_and_urns_lead_to_what_they_name(house: House) -> None:
    house.fhir("POST", "/", act_bundle())
    (procedure,) = house.found("Procedure")
    (response,) = house.found("QuestionnaireResponse")
    patient = house.found("Patient?identifier=292043899900158")[0]
    assert procedure["subject"] == {"reference": f"Patient/{patient['id']}"}
    assert response["partOf"] == [{"reference": f"Procedure/{procedure['id']}"}]
    plan = house.fhir("GET", "/" + procedure["basedOn"][0]["reference"]).json
    assert plan["identifier"][0]["value"] == "INCL-0001"
