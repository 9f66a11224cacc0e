"""$everything of a patient and of a team: all of it, each once, by pages whose links tell nobody what was asked."""

from collections import Counter
from typing import Any

import pytest

from mappings.fhir.json import dump, parse
from mappings.fhir.structure import check
from mappings.fhir.xml import resource_from_xml
from service import gathering
from service.store.unit import Unit, Write
from tests.doors import NOW, House, act, outcome

Json = dict[str, Any]
JSON = "application/fhir+json"


@pytest.fixture(scope="module")
def acts(shared: House) -> list[Json]:
    """Two acts on record, the 20th of November and the 3rd."""
    made = []
    for start in ("2026-11-20T10:05:00+01:00", "2026-11-18T09:00:00+01:00"):
        answer = shared.client.post("/records/acts", json=act(performed={"start": start}))
        assert answer.status_code == 201, answer.text
        type_, id_ = answer.get_json()["act"].split("/")
        made.append(parse(shared.client.get(f"/fhir/{type_}/{id_}").data))
    return made


@pytest.fixture(scope="module")
def patient(acts: list[Json]) -> str:
    reference: str = acts[0]["subject"]["reference"]
    return f"{reference}/$everything"


@pytest.fixture(scope="module")
def team(shared: House, acts: list[Json]) -> str:
    plan = parse(shared.client.get(f"/fhir/{acts[0]['basedOn'][0]['reference']}").data)
    return f"{plan['careTeam'][0]['reference']}/$everything"


def entries(house: House, address: str) -> list[Json]:
    """Every entry of every page."""
    found, url = [], f"/fhir/{address}"
    while url:
        answer = house.client.get(url)
        assert answer.status_code == 200, answer.text
        bundle = parse(answer.data)
        assert check(bundle) == []
        assert bundle["type"] == "searchset"
        found += bundle.get("entry", [])
        links = {link["relation"]: link["url"] for link in bundle["link"]}
        assert "=" not in links["self"]
        url = links.get("next", "").removeprefix("http://localhost")
    for entry in found:
        assert entry["fullUrl"].endswith(f"/{entry['resource']['resourceType']}/{entry['resource']['id']}")
    return found


def keys(found: list[Json]) -> list[tuple[str, str]]:
    return [(entry["resource"]["resourceType"], entry["resource"]["id"]) for entry in found]


def types(found: list[Json]) -> Counter[str]:
    return Counter(type_ for type_, _ in keys(found))


# ── a patient ──────────────────────────────────────────────────────────────────────────────────────────────


def test_of_a_patient_the_record_what_it_points_at_and_what_proves_it(
    shared: House, acts: list[Json], patient: str
) -> None:
    found = entries(shared, patient)
    assert len(set(keys(found))) == len(found)
    assert keys(found)[0] == tuple(patient.split("/")[:2])
    told = types(found)
    for type_ in ("Consent", "CarePlan", "QuestionnaireResponse", "Observation", "Task", "Provenance", "AuditEvent"):
        assert told[type_], type_
    assert told["Procedure"] == len(acts)
    assert told["Patient"] == 1
    surroundings = {"Practitioner", "PractitionerRole", "Organization", "CareTeam", "Device"}
    assert told["PractitionerRole"] == told["Practitioner"] == 2
    assert {e["resource"]["resourceType"] for e in found if e["search"]["mode"] == "include"} >= surroundings
    mine = {"reference": patient.partition("/$")[0]}
    for entry in found:
        resource = entry["resource"]
        for element in ("subject", "patient", "for"):
            assert resource.get(element, mine)["reference"] == mine["reference"]


def test_pages_give_the_same_each_once(shared: House, patient: str, team: str) -> None:
    for address in (patient, team):
        whole = keys(entries(shared, address))
        for count in (1, 7, len(whole), len(whole) - 1):
            assert keys(entries(shared, f"{address}?_count={count}")) == whole


def test_types_and_dates_limit_it(shared: House, acts: list[Json], patient: str) -> None:
    assert types(entries(shared, f"{patient}?_type=Procedure,Practitioner")) == {"Procedure": 2, "Practitioner": 2}
    latest = entries(shared, f"{patient}?_type=Procedure&start=2026-11-19")
    assert [entry["resource"]["id"] for entry in latest] == [acts[0]["id"]]
    earlier = entries(shared, f"{patient}?_type=Procedure,Patient&end=2026-11-18")
    assert types(earlier) == {"Procedure": 1, "Patient": 1}
    assert types(entries(shared, f"{patient}?_type=Procedure&start=2026-11-18&end=2026-11-20")) == {"Procedure": 2}
    assert entries(shared, f"{patient}?_since=2026-11-22") == []
    assert entries(shared, f"{patient}?_since=2026-11-21T09:00:00.123456Z")


def test_parameters_may_come_in_a_body(shared: House, patient: str) -> None:
    told = {"resourceType": "Parameters", "parameter": [{"name": "_type", "valueCode": "Procedure"}]}
    answer = shared.client.post(f"/fhir/{patient}", data=dump(told), content_type=JSON)
    assert types(parse(answer.data)["entry"]) == {"Procedure": 2}
    assert keys(parse(shared.client.post(f"/fhir/{patient}").data)["entry"]) == keys(entries(shared, patient))


def test_links_tell_nobody_what_was_asked_and_lead_nowhere_else(shared: House, patient: str) -> None:
    bundle = parse(shared.client.get(f"/fhir/{patient}?_type=Procedure&start=2026-11-01&_count=1").data)
    following = next(link["url"] for link in bundle["link"] if link["relation"] == "next")
    assert "Procedure" not in following
    assert "2026" not in following
    other = next(
        entry["resource"]["id"]
        for entry in parse(shared.client.get("/fhir/Patient").data)["entry"]
        if entry["resource"]["id"] not in patient
    )
    outcome(shared.client.get(following.replace(patient.split("/")[1], other)), 400)
    outcome(shared.client.get(f"{following[:-3]}AAA"), 400)


@pytest.mark.parametrize(
    "query",
    ["_count=0", "_count=x", "start=hier", "end=2026-13", "_since=x", "_type=", "_type=A-B", "TILLEUL=1"],
)
def test_what_is_not_understood_is_refused(shared: House, patient: str, query: str) -> None:
    answer = shared.client.get(f"/fhir/{patient}?{query}")
    outcome(answer, 400)
    assert "TILLEUL" not in answer.text


def test_a_record_too_large_for_its_surroundings_is_exported_instead(
    shared: House, patient: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering, "_MOST", 5)
    assert shared.client.get(f"/fhir/{patient}?_count=2").status_code == 200
    answer = shared.client.get(f"/fhir/{patient}")
    assert "$export" in answer.text
    outcome(answer, 413)


def test_who_is_not_there_or_no_more(house: House) -> None:
    outcome(house.client.get("/fhir/Patient/none/$everything"), 404)
    outcome(house.client.get("/fhir/CareTeam/none/$everything"), 404)
    id_ = parse(house.client.get("/fhir/Patient").data)["entry"][0]["resource"]["id"]
    gone = Write(type="Patient", id=id_, version=2, body=b"")
    house.store.commit(Unit(chain="common", recorded=NOW, writes=(gone,)))
    outcome(house.client.get(f"/fhir/Patient/{id_}/$everything"), 410)


# ── a team ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_of_a_team_what_it_is_made_of_and_what_it_does(shared: House, acts: list[Json], team: str) -> None:
    found = entries(shared, team)
    assert len(set(keys(found))) == len(found)
    told = types(found)
    assert told["CareTeam"] == told["Organization"] == told["PlanDefinition"] == 1
    assert told["PractitionerRole"] == told["Practitioner"] == 20
    assert told["Procedure"] == len(acts)
    assert told["Task"] >= len(acts)
    assert told["CarePlan"] == 4
    assert not told["Patient"]
    assert not told["Observation"]


def test_of_another_team_nothing(house: House, shared: House, team: str) -> None:
    resource = parse(house.client.get(f"/fhir/{team.partition('/$')[0]}").data)
    lonely = {**resource, "id": "lonely", "participant": [], "managingOrganization": []}
    del lonely["participant"], lonely["managingOrganization"]
    body = Write(type="CareTeam", id="lonely", version=1, body=dump(lonely))
    house.store.commit(Unit(chain="common", recorded=NOW, writes=(body,)))
    assert types(entries(house, "CareTeam/lonely/$everything")) == {"CareTeam": 1, "PlanDefinition": 1}


def test_the_next_page_comes_in_the_form_of_the_first(shared: House, patient: str) -> None:
    first = shared.client.get(f"/fhir/{patient}?_count=1&_format=xml")
    (link,) = [link for link in resource_from_xml(first.data)["link"] if link["relation"] == "next"]
    then = shared.client.get(link["url"].removeprefix("http://localhost"))
    assert (then.status_code, then.mimetype) == (200, "application/fhir+xml")
