"""What a team has agreed on, told and read by either door: the same words, the same version, the same proof."""

import copy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from mappings.codes import systems
from mappings.domain.availability import Arrangement
from mappings.fhir.care_team import team_from_fhir, team_to_fhir
from mappings.records.availability import print_arrangement
from service.store import Store
from tests.house import House, Json, issues
from tests.intake.absences import ARRANGED, PHONE, WEBER, enrol, record_of, role
from tests.mappings import cooperation_strategies as drawn

TEAM = {key: ARRANGED[key] for key in ("protocol", "structure_finess")}
WORK = {"system": "phone", "value": "0465710001", "use": "work"}


def team(house: House) -> Json:
    (one,) = house.found("CareTeam")
    return one


def agreed(house: House) -> Json:
    answer = house.app.test_client().get(
        f"/records/teams?protocol={TEAM['protocol']}&finess={TEAM['structure_finess']}"
    )
    assert answer.status_code == 200, answer.json
    told: Json = answer.json["arrangement"]
    return told


def put(house: House, resource: Json) -> Any:
    return house.fhir("PUT", f"/CareTeam/{resource['id']}", resource)


def reachability(*parts: Json) -> Json:
    return {"url": systems.EXT_REACHABILITY, "extension": list(parts)}


def response(value: Any) -> Json:
    duration = {"value": value, "unit": "min", "system": "http://unitsofmeasure.org", "code": "min"}
    return {"url": "response", "valueDuration": duration}


def proofs(house: House) -> list[Json]:
    """Of the team's versions, those that somebody told."""
    found = house.found(f"Provenance?target=CareTeam/{team(house)['id']}&_count=100&_sort=recorded")
    return [one for one in found if one["target"][0]["reference"].startswith("CareTeam/")]


def test_what_one_door_tells_the_other_reads(house: House) -> None:
    assert house.post("teams", ARRANGED).status_code == 201
    told = agreed(house)
    assert told == {key: ARRANGED[key] for key in ("contacts", "response_minutes")} | {
        "open_on_holidays": None,
        "hours": [{"days": ["mon", "tue", "wed", "thu", "fri"], "start": "09:00:00", "end": "18:00:00"}],
    }
    before = team(house)
    again = put(house, before)
    assert (again.status_code, again.json["meta"]["versionId"]) == (200, before["meta"]["versionId"])
    silent = copy.deepcopy(before)
    del silent["telecom"]
    silent["extension"] = [one for one in silent["extension"] if one["url"] != systems.EXT_REACHABILITY]
    answer = put(house, silent)
    assert answer.status_code == 200
    assert agreed(house) == {"contacts": [], "hours": [], "open_on_holidays": None, "response_minutes": None}
    assert put(house, before).status_code == 200
    assert agreed(house) == told
    assert house.post("teams", ARRANGED).status_code == 200
    after = team(house)
    assert after["meta"]["versionId"] == str(int(before["meta"]["versionId"]) + 2)
    assert after | {"meta": None} == before | {"meta": None}


@pytest.mark.parametrize(
    ("own", "agreed", "reachable"),
    [(None, None, "unknown"), (None, False, "no"), (None, True, "yes"), (True, False, "yes"), (False, True, "no")],
)
def test_a_public_holiday(refusing: House, own: bool | None, agreed: bool | None, reachable: str) -> None:
    """The hours say Wednesday: whether they hold on 11 November is told by the one, else by the team, else unknown."""
    said = ARRANGED if agreed is None else ARRANGED | {"open_on_holidays": agreed}
    assert refusing.post("teams", said).status_code in (200, 201)
    enrol(refusing, WEBER, **({} if own is None else {"open_on_holidays": own}))
    told = [one for one in role(refusing, WEBER)["extension"] if one["url"] == systems.EXT_ON_HOLIDAYS]
    assert told == ([] if own is None else [{"url": systems.EXT_ON_HOLIDAYS, "valueBoolean": own}])
    (reachability,) = [one for one in team(refusing)["extension"] if one["url"] == systems.EXT_REACHABILITY]
    parts = [one for one in reachability["extension"] if one["url"] == "onHolidays"]
    assert parts == ([] if agreed is None else [{"url": "onHolidays", "valueBoolean": agreed}])
    ask = f"/records/teams?protocol={TEAM['protocol']}&finess={TEAM['structure_finess']}&at=2026-11-"
    browser = refusing.app.test_client()
    on_the_day = browser.get(f"{ask}11T10:00:00%2B01:00").json
    assert on_the_day["holiday"] == {"name": "Armistice de 1918", "certain": True}
    (weber,) = [one for one in on_the_day["delegators"] if one["rpps"] == WEBER]
    assert weber["reachable"] == reachable
    after = browser.get(f"{ask}12T10:00:00%2B01:00").json
    assert after["holiday"] is None
    assert {one["reachable"] for one in after["delegators"] if one["rpps"] == WEBER} == {"yes"}


def test_the_territory_is_a_setting(store: Store, tmp_path: Path) -> None:
    house = House(store, tmp_path, territory="reunion")
    assert house.post("teams", ARRANGED | {"open_on_holidays": False}).status_code == 201
    ask = f"/records/teams?protocol={TEAM['protocol']}&finess={TEAM['structure_finess']}&at=2027-12-20T10:00:00%2B01:00"
    told = house.app.test_client().get(ask).json
    assert (told["holiday"]["name"], told["reachable"]) == ("Abolition de l’esclavage", "no")
    with pytest.raises(ValueError, match="BINOME_TERRITORY"):
        House(store, tmp_path, territory="corse")


def test_both_doors_leave_the_same_proof(house: House) -> None:
    assert house.post("teams", ARRANGED).status_code == 201
    resource = team(house)
    token = {"Authorization": f"Bearer {house.composition.issuer.token(WEBER)}"}
    changed = resource | {"telecom": [{**WORK, "value": "0465710099"}]}
    assert house.fhir("PUT", f"/CareTeam/{resource['id']}", changed, **token).status_code == 200
    first, second = proofs(house)
    assert second["target"] == [{"reference": f"CareTeam/{resource['id']}/_history/{team(house)['meta']['versionId']}"}]
    told = ("policy", "activity", "agent", "entity")
    assert {key: first[key] for key in told if key in ("policy", "activity")} == {
        key: second[key] for key in told if key in ("policy", "activity")
    }
    assert second["agent"][0]["who"] == {"identifier": {"system": systems.RPPS, "value": WEBER}}
    assert first["agent"][0]["who"] == resource["managingOrganization"][0]
    chains = {chain: house.store.head(chain).sequence for chain in house.store.chains()}
    assert chains.keys() >= {resource["managingOrganization"][0]["reference"].partition("/")[2]}


def test_a_patch_tells_it_too_and_a_stale_one_does_not(house: House) -> None:
    resource = team(house)
    patch = [{"op": "add", "path": "/telecom", "value": [WORK]}]
    headers = {"Content_Type": "application/json-patch+json", "If_Match": 'W/"1"'}
    browser = house.app.test_client()
    named = {key.replace("_", "-"): value for key, value in headers.items()}
    address = f"/fhir/CareTeam/{resource['id']}"
    stale = int(resource["meta"]["versionId"]) > 1
    first = browser.patch(address, json=patch, headers=named)
    assert first.status_code == (412 if stale else 200)
    named["If-Match"] = f'W/"{team(house)["meta"]["versionId"]}"'
    assert browser.patch(address, json=patch, headers=named).status_code == 200
    assert agreed(house)["contacts"] == [PHONE]


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"status": "inactive"}, "CareTeam.status"),
        ({"name": "Autre nom"}, "CareTeam.name"),
        ({"participant": [{"member": {"reference": "PractitionerRole/autre"}}]}, "CareTeam.participant"),
        ({"note": [{"text": "Le jeudi, passer par le secrétariat"}]}, "CareTeam.note"),
        ({"identifier": [{"system": "urn:oid:1.2.3", "value": "autre"}]}, "CareTeam.identifier"),
        ({"telecom": [{"system": "fax", "value": "0465710001"}]}, "CareTeam.telecom"),
        ({"telecom": [WORK | {"rank": 1}]}, "CareTeam.telecom"),
        ({"telecom": [{"system": "email", "value": "equipe@exemple.fr"}]}, "CareTeam.telecom"),
    ],
)
def test_what_follows_from_the_enrolments_is_not_told_and_nothing_is_left_out(
    refusing: House, changes: Json, place: str
) -> None:
    resource, before = team(refusing), refusing.standing()
    answer = put(refusing, resource | changes)
    assert answer.status_code == 422
    assert place in {at for _, at in issues(answer)}
    assert refusing.standing() == before


@pytest.mark.parametrize(
    "parts", [[response(0)], [response(-5)], [response(2.5)], [response(10**15)], [response(5), response(6)]]
)
def test_a_time_of_response_that_makes_no_sense(refusing: House, parts: list[Json]) -> None:
    resource, before = team(refusing), refusing.standing()
    answer = put(refusing, resource | {"extension": [*resource["extension"], reachability(*parts)]})
    assert answer.status_code in (400, 422), answer.json
    assert refusing.standing() == before


@pytest.mark.parametrize("minutes", [10**9, 10**15])
def test_a_time_of_response_without_end_is_refused_at_the_flat_door(refusing: House, minutes: int) -> None:
    answer = refusing.post("teams", ARRANGED | {"response_minutes": minutes})
    assert (answer.status_code, issues(answer)) == (422, [("value", "team.response_minutes")])


def test_a_team_is_neither_made_nor_deleted_by_anybody(refusing: House) -> None:
    resource = team(refusing)
    assert refusing.fhir("POST", "/CareTeam", {k: v for k, v in resource.items() if k != "id"}).status_code in (
        400,
        405,
    )
    assert refusing.fhir("DELETE", f"/CareTeam/{resource['id']}").status_code == 405
    answer = put(refusing, resource | {"id": "une-autre"})
    assert answer.status_code == 404
    assert "adhésions de ses membres" in answer.json["issue"][0]["details"]["text"]


def test_a_team_and_its_members_are_not_told_at_once(house: House) -> None:
    (role, *_) = house.found("PractitionerRole?role=DELEGATOR")
    resource = team(house) | {"telecom": [WORK]}
    ended = copy.deepcopy(role) | {"period": role["period"] | {"end": "2030-01-01"}}
    entries = [
        {"resource": one, "request": {"method": "PUT", "url": f"{one['resourceType']}/{one['id']}"}}
        for one in (resource, ended)
    ]
    before = house.standing()
    answer = house.fhir("POST", "", {"resourceType": "Bundle", "type": "transaction", "entry": entries})
    assert (answer.status_code, issues(answer)) == (422, [("business-rule", "Bundle.entry[0].resource")])
    assert house.standing() == before
    alone = {"resourceType": "Bundle", "type": "transaction", "entry": entries[:1]}
    assert house.fhir("POST", "", alone).status_code == 200
    assert house.post("enrolments", record_of(WEBER) | {"absences": [{"reason": "Congés"}]}).status_code == 201
    assert agreed(house)["contacts"] == [PHONE]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn.arrangements)
def test_any_arrangement_goes_round_by_both_doors(refusing: House, told: Arrangement) -> None:
    record = print_arrangement(told)
    spoken = TEAM | {key: value for key, value in record.items() if value is not None}
    answer = refusing.post("teams", spoken)
    assert answer.status_code in (200, 201), answer.json
    by_the_flat_door = team(refusing)
    assert agreed(refusing) == record
    assert team_from_fhir(by_the_flat_door).arrangement == told
    assert refusing.post("teams", TEAM).status_code in (200, 201)
    current = team(refusing)
    sent = team_to_fhir(team_from_fhir(by_the_flat_door)) | {"meta": current["meta"]}
    answer = put(refusing, sent)
    assert answer.status_code == 200, answer.json
    assert team(refusing) | {"meta": None} == by_the_flat_door | {"meta": None}
    assert agreed(refusing) == record
