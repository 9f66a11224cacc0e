"""What $export gives: each resource once, as it stood; filters, elements, dates, deletions (Bulk Data Access 2.0)."""

from collections import Counter
from urllib.parse import urlencode

import pytest

from mappings.fhir.json import dump, parse
from mappings.fhir.structure import check
from service.store.unit import Unit, Write
from tests.api.exports import ASYNC, done, exported, keys, kick_off, lines, manifest, on_record, path, worker
from tests.doors import NOW, House, act, outcome


def test_the_whole_system_each_once_as_it_is_stored(acted: House) -> None:
    found = exported(acted)
    assert keys(found) == on_record(acted)
    for resource in found[:40]:
        stored = acted.store.read(resource["resourceType"], resource["id"])
        assert stored is not None
        assert parse(stored.body) == resource


def test_of_the_patients_their_records_and_nothing_else(acted: House) -> None:
    found = keys(exported(acted, "Patient/$export"))
    types = {type_ for type_, _ in found}
    assert types >= {"Patient", "Consent", "CarePlan", "Procedure", "Task", "Provenance", "AuditEvent", "Observation"}
    assert not types & {"Practitioner", "PractitionerRole", "Organization", "CareTeam", "PlanDefinition"}
    # A Provenance, or an AuditEvent but for those of exports, of something that is nobody's record is not in it: here every one is somebody's.
    everything = on_record(acted)
    assert found == Counter({key: 1 for key in everything if key[0] in types})


def test_of_a_group_the_patients_included_under_the_team(acted: House) -> None:
    team = next(id_ for type_, id_ in on_record(acted) if type_ == "CareTeam")
    plans = exported(acted, "Patient/$export?_type=CarePlan")
    included = {plan["subject"]["reference"].partition("/")[2] for plan in plans}
    stranger = Write(type="Patient", id="stranger", version=1, body=b'{"resourceType":"Patient","id":"stranger"}')
    acted.store.commit(Unit(chain="common", recorded=NOW, writes=(stranger,)))
    found = exported(acted, f"Group/{team}/$export")
    assert {each["id"] for each in found if each["resourceType"] == "Patient"} == included
    assert any(each["resourceType"] == "Provenance" for each in found)
    assert "stranger" in {each["id"] for each in exported(acted, "Patient/$export?_type=Patient")}
    outcome(acted.client.get("/fhir/Group/none/$export", headers=ASYNC), 404)


def test_only_the_patients_who_are_named_in_a_body(acted: House) -> None:
    plan, *_ = exported(acted, "Patient/$export?_type=CarePlan")
    reference = plan["subject"]["reference"]
    told = {
        "resourceType": "Parameters",
        "parameter": [
            {"name": "patient", "valueReference": {"reference": reference}},
            {"name": "_type", "valueString": "Patient,CarePlan"},
            {"name": "_outputFormat", "valueString": "application/fhir+ndjson"},
        ],
    }
    answer = acted.client.post(
        "/fhir/Patient/$export", data=dump(told), content_type="application/fhir+json", headers=ASYNC
    )
    assert answer.status_code == 202, answer.text
    assert worker(acted).turn()
    done = manifest(acted, path(answer.headers["Content-Location"]))
    assert "?" not in done["request"]
    found = lines(acted, done)
    assert {each["id"] for each in found if each["resourceType"] == "Patient"} == {reference.partition("/")[2]}
    outcome(acted.client.get(f"/fhir/Patient/$export?patient={reference}", headers=ASYNC), 400)


def test_what_is_written_after_the_request_is_not_in_it_and_is_in_the_next(acted: House) -> None:
    before = on_record(acted)
    status = kick_off(acted)
    made = acted.client.post("/records/acts", json=act()).get_json()
    assert worker(acted).turn()
    first = manifest(acted, status)
    assert keys(lines(acted, first)) == before
    status = kick_off(acted, f"$export?_since={first['transactionTime']}")
    assert worker(acted).turn()
    second = keys(lines(acted, manifest(acted, status)))
    assert second == on_record(acted) - before
    assert tuple(made["act"].split("/")) in second


def test_the_version_that_stood_is_exported_when_it_has_changed_since(acted: House) -> None:
    patient = exported(acted, "Patient/$export?_type=Patient")[0]
    status = kick_off(acted, "Patient/$export?_type=Patient")
    changed = patient | {"birthDate": "1950-01-01"}
    url = f"/fhir/Patient/{patient['id']}"
    answer = acted.client.put(url, data=dump(changed), content_type="application/fhir+json")
    assert answer.status_code == 200, answer.text
    assert worker(acted).turn()
    found = [each for each in lines(acted, manifest(acted, status)) if each["id"] == patient["id"]]
    assert found == [patient]


@pytest.mark.parametrize(
    "query",
    [
        "Procedure?status=completed",
        "Procedure?status:not=completed",
        "Procedure?date=ge2026-11-20&performer:identifier=99900001019",
        "Procedure?date=lt2026-11-20",
        "Procedure?subject:missing=true",
        "Procedure?patient.family=TEST-TILLEUL",
        "Patient?family=test-t,x",
        "Patient?family:contains=ILLEUL",
        "Patient?birthdate=gt1980&gender=female",
        "Task?_lastUpdated=2026-11-21",
        "Task?_lastUpdated=2026-11-22",
        "CarePlan?identifier=INCL-0001",
        "CarePlan?_id=none",
    ],
)
def test_a_filter_lets_through_what_a_search_finds(acted: House, query: str) -> None:
    type_ = query.partition("?")[0]
    answer = acted.client.get(f"/fhir/{query}&_count=500")
    searched = keys([entry["resource"] for entry in parse(answer.data).get("entry", ())])
    found = exported(acted, f"$export?{urlencode([('_type', f'{type_},Organization'), ('_typeFilter', query)])}")
    kept = [each for each in found if each["resourceType"] == type_]
    assert keys(kept) == searched
    # A type without a filter is whole.
    assert len(found) > len(kept)


def test_a_filter_is_held_to_the_version_that_stood(acted: House) -> None:
    patient, *_ = exported(acted, "Patient/$export?_typeFilter=Patient%3Ffamily%3DTEST-TILLEUL")
    status = kick_off(acted, "Patient/$export?_type=Patient&_typeFilter=Patient%3Ffamily%3DTEST-TILLEUL")
    renamed = dump(patient).replace(b"TEST-TILLEUL", b"TEST-SORBIER")
    answer = acted.client.put(f"/fhir/Patient/{patient['id']}", data=renamed, content_type="application/fhir+json")
    assert answer.status_code == 200, answer.text
    assert worker(acted).turn()
    assert lines(acted, manifest(acted, status)) == [patient]
    assert exported(acted, "Patient/$export?_type=Patient&_typeFilter=Patient%3Ffamily%3DTEST-TILLEUL") == []


def test_of_each_resource_only_what_is_named_and_what_must_be_there(acted: House) -> None:
    whole = {(each["resourceType"], each["id"]): each for each in exported(acted)}
    types = ",".join(sorted({type_ for type_, _ in whole} - {"AuditEvent"}))
    whole = {key: each for key, each in whole.items() if key[0] != "AuditEvent"}
    address = f"$export?_type={types}&_elements=Patient.gender,period&_elements=Procedure.performed,Observation.value"
    found = exported(acted, address)
    assert keys(found) == keys(list(whole.values()))
    always = {"resourceType", "id", "meta"}
    wanted = {
        "Patient": always | {"gender"},
        "Procedure": always | {"status", "subject", "performedPeriod"},
        "CarePlan": always | {"status", "intent", "subject", "period"},
        "Observation": always | {"status", "code", "valueQuantity"},
        "Organization": always,
    }
    assert {each["resourceType"] for each in found} >= set(wanted)
    for part in found:
        stored = whole[part["resourceType"], part["id"]]
        if part["resourceType"] in wanted:
            assert set(part) == wanted[part["resourceType"]] & set(stored)
        tags = part["meta"].pop("tag")
        assert tags.pop()["code"] == "SUBSETTED"
        assert part["meta"] | ({"tag": tags} if tags else {}) == stored["meta"]
        assert {name: stored[name] for name in part if name != "meta"} == {n: v for n, v in part.items() if n != "meta"}


def test_what_is_left_out_of_a_line_still_decides_whether_it_is_there(acted: House) -> None:
    named = exported(
        acted, "Patient/$export?_elements=id&_type=Patient,Provenance&_typeFilter=Patient%3Ffamily%3DTEST-TILLEUL"
    )
    whole = exported(acted, "Patient/$export?_type=Patient,Provenance&_typeFilter=Patient%3Ffamily%3DTEST-TILLEUL")
    assert keys(named) == keys(whole)
    assert all("name" not in each for each in named)


def test_dates_bound_it(acted: House) -> None:
    assert exported(acted, "$export?_since=2026-11-21T09:00:01Z") == []
    assert exported(acted, "$export?_until=2026-11-21T08:59:59Z") == []
    whole = on_record(acted)
    assert keys(exported(acted, "$export?_since=2026-11-21T08:59:59%2B00:00&_until=2026-11-21T10:00:01+01:00")) == whole


def test_what_was_deleted_since_is_told(acted: House) -> None:
    first = manifest(acted, done(acted, "$export"))
    plan = next(each for each in lines(acted, first) if each["resourceType"] == "CarePlan")
    gone = Write(type="CarePlan", id=plan["id"], version=2, body=b"")
    acted.store.commit(Unit(chain="common", recorded=NOW, writes=(gone,)))
    for address in ("$export", "Patient/$export"):
        told = manifest(acted, done(acted, f"{address}?_type=CarePlan&_since={first['transactionTime']}"))
        (bundle,) = lines(acted, told, "deleted")
        assert check(bundle) == []
        assert bundle["entry"] == [{"request": {"method": "DELETE", "url": f"CarePlan/{plan['id']}"}}]
        assert told["output"] == []
    assert plan["id"] not in {each["id"] for each in exported(acted)}


def test_what_cannot_be_read_is_told_and_the_rest_is_there(acted: House) -> None:
    broken = Write(type="Patient", id="broken", version=1, body=b"{\n")
    acted.store.commit(Unit(chain="common", recorded=NOW, writes=(broken,)))
    folded = Write(
        type="Patient", id="folded", version=1, body=b'{\n  "resourceType": "Patient",\r\n  "id": "folded"\n}'
    )
    acted.store.commit(Unit(chain="common", recorded=NOW, writes=(folded,)))
    told = manifest(acted, done(acted, "$export"))
    (error,) = lines(acted, told, "error")
    assert "Patient/broken" in error["issue"][0]["details"]["text"]
    assert "folded" in {each["id"] for each in lines(acted, told)}
