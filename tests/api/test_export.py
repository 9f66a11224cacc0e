"""$export: asked for, done by the worker, read by who asked, and gone after a time (Bulk Data Access 2.0)."""

import datetime as dt
import gzip
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from werkzeug.test import TestResponse

from mappings.fhir.json import dump, parse
from mappings.fhir.structure import check
from service.exporting.slices import Exporting
from service.store.unit import Unit, Write
from tests.doors import DELEGATOR, NOW, OTHER_DELEGATOR, House, act, outcome

ASYNC = {"Prefer": "respond-async", "Accept": "application/fhir+json"}
Json = dict[str, Any]


def worker(house: House, now: dt.datetime = NOW) -> Exporting:
    return Exporting(
        house.store, Path(house.settings.exports), dt.timedelta(hours=24), lambda: now, house.composition.ids
    )


def path(url: str) -> str:
    assert url.startswith("http://localhost/fhir/")
    return url.removeprefix("http://localhost")


def kick_off(house: House, address: str = "$export", **headers: str) -> str:
    """The address of the status."""
    answer = house.client.get(f"/fhir/{address}", headers={**ASYNC, **headers})
    assert answer.status_code == 202, answer.text
    assert check(parse(answer.data)) == []
    return path(answer.headers["Content-Location"])


def manifest(house: House, status: str, **headers: str) -> Json:
    answer = house.client.get(status, headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.mimetype == "application/json"
    told: Json = answer.get_json()
    assert set(told) == {"transactionTime", "request", "requiresAccessToken", "output", "deleted", "error"}
    return told


def lines(house: House, told: Json, kind: str = "output", **headers: str) -> list[Json]:
    """Every resource of the files; each file is held to what the manifest says of it."""
    found = []
    for each in told[kind]:
        answer = house.client.get(path(each["url"]), headers={"Accept": "application/fhir+ndjson", **headers})
        assert (answer.status_code, answer.mimetype) == (200, "application/fhir+ndjson"), answer.text
        assert answer.headers["Content-Length"] == str(len(answer.data))
        some = [parse(line) for line in answer.data.splitlines()]
        assert {one["resourceType"] for one in some} == {each["type"]}
        assert len(some) == each["count"]
        found += some
    return found


def exported(house: House, address: str = "$export") -> list[Json]:
    status = kick_off(house, address)
    assert worker(house).turn()
    return lines(house, manifest(house, status))


def keys(resources: list[Json]) -> Counter[tuple[str, str]]:
    """Of all but the events that exports leave themselves (``test_export_audit``)."""
    return Counter((resource["resourceType"], resource["id"]) for resource in resources if not of_an_export(resource))


def of_an_export(resource: Json) -> bool:
    return resource["resourceType"] == "AuditEvent" and bool(resource["type"]["code"] == "110106")


def on_record(house: House) -> Counter[tuple[str, str]]:
    statement = parse(house.client.get("/fhir/metadata").data)
    found: Counter[tuple[str, str]] = Counter()
    for each in statement["rest"][0]["resource"]:
        answer = parse(house.client.get(f"/fhir/{each['type']}?_count=500").data)
        found += keys([entry["resource"] for entry in answer.get("entry", ())])
    return found


@pytest.fixture
def acted(house: House) -> House:
    for _ in range(2):
        assert house.client.post("/records/acts", json=act()).status_code == 201
    return house


# ── what is exported ───────────────────────────────────────────────────────────────────────────────────────


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


def done(house: House, address: str) -> str:
    status = kick_off(house, address)
    assert worker(house).turn()
    return status


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


# ── how it is asked and answered ───────────────────────────────────────────────────────────────────────────


def test_the_status_says_where_it_is(acted: House) -> None:
    status = kick_off(acted, "$export?_type=Patient,Procedure")
    answer = acted.client.get(status)
    assert (answer.status_code, answer.headers["X-Progress"], answer.data) == (202, "0%", b"")
    assert int(answer.headers["Retry-After"]) > 0
    assert worker(acted).turn()
    answer = acted.client.get(status)
    assert answer.headers["Expires"] == "Sun, 22 Nov 2026 09:00:00 GMT"
    told = manifest(acted, status)
    assert told["request"] == "http://localhost/fhir/$export?_type=Patient%2CProcedure"
    assert told["requiresAccessToken"] is False
    assert {each["type"] for each in told["output"]} == {"Patient", "Procedure"}
    assert not worker(acted).turn()


def test_a_file_is_deflated_for_who_takes_it(acted: House) -> None:
    told = manifest(acted, done(acted, "$export?_type=Patient"))
    url = path(told["output"][0]["url"])
    plain = acted.client.get(url)
    deflated = acted.client.get(url, headers={"Accept-Encoding": "gzip, br;q=0"})
    assert deflated.headers["Content-Encoding"] == "gzip"
    assert deflated.headers["Content-Length"] == str(len(deflated.data))
    assert gzip.decompress(deflated.data) == plain.data
    assert "Content-Encoding" not in acted.client.get(url, headers={"Accept-Encoding": "gzip;q=0"}).headers
    head = acted.client.head(url)
    assert (head.status_code, head.data, head.headers["Content-Length"]) == (200, b"", str(len(plain.data)))


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("_outputFormat=text/csv", 400),
        ("_since=hier", 400),
        ("_until=2026-13-01", 400),
        ("_type=Foo", 400),
        ("_type=", 400),
        ("_elements=nonsense", 400),
        ("_elements=", 400),
        ("_elements=Patient.nonsense", 400),
        ("_elements=Subscription.channel", 400),
        ("_elements=Patient.name.family", 400),
        ("_elements=resourceType", 400),
        ("_elements=id,TEST-TILLEUL", 400),
        ("_typeFilter=Procedure", 400),
        ("_typeFilter=Procedure%3Fnobody=knows", 400),
        ("_typeFilter=Procedure%3F_count=3", 400),
        ("_typeFilter=Procedure%3F_include=Procedure:subject", 400),
        ("includeAssociatedData=LatestProvenanceResources", 400),
        ("TEST-TILLEUL=x", 400),
        ("patient=Patient/x", 400),
    ],
)
def test_what_is_not_done_is_refused(shared: House, query: str, status: int) -> None:
    answer = shared.client.get(f"/fhir/$export?{query}", headers=ASYNC)
    outcome(answer, status)
    assert "TEST-TILLEUL" not in answer.text


def test_what_is_not_done_is_left_out_for_the_lenient_and_told(house: House) -> None:
    headers = {"Prefer": "respond-async, handling=lenient"}
    answer = house.client.get("/fhir/$export?_type=Patient,Foo&_elements=gender,nonsense&nobody=knows", headers=headers)
    assert answer.status_code == 202
    assert len(answer.get_json()["issue"]) == 4
    assert worker(house).turn()
    told = manifest(house, path(answer.headers["Content-Location"]))
    assert {each["type"] for each in told["output"]} == {"Patient"}
    for patient in lines(house, told):
        assert set(patient) == {"resourceType", "id", "meta", "gender"}
    outcome(house.client.get("/fhir/$export?_type=Foo", headers=headers), 400)
    outcome(house.client.get("/fhir/$export?_elements=nonsense", headers=headers), 400)
    outcome(house.client.get("/fhir/$export?_since=x", headers=headers), 400)


def test_a_type_that_is_in_no_record_is_not_of_the_patients(shared: House) -> None:
    outcome(shared.client.get("/fhir/Patient/$export?_type=Practitioner", headers=ASYNC), 400)


def test_it_is_asynchronous_or_not_at_all(house: House) -> None:
    outcome(house.client.get("/fhir/$export"), 400)
    assert house.client.head("/fhir/$export", headers=ASYNC).status_code == 405
    assert not worker(house).turn()


def test_one_caller_may_not_have_too_many_running(house: House) -> None:
    for _ in range(5):
        kick_off(house)
    answer = house.client.get("/fhir/$export", headers=ASYNC)
    assert [issue.code for issue in outcome(answer, 429).issue] == ["throttled"]
    assert int(answer.headers["Retry-After"]) > 0
    kick_off(house, **house.token(DELEGATOR))


# ── who reads it, and how long ─────────────────────────────────────────────────────────────────────────────


def test_only_who_asked_reads_it(acted: House) -> None:
    mine, other = acted.token(DELEGATOR), acted.token(OTHER_DELEGATOR)
    status = kick_off(acted, **mine)
    for headers in ({}, other):
        outcome(acted.client.get(status, headers=headers), 404)
        outcome(acted.client.delete(status, headers=headers), 404)
    assert acted.client.get(status, headers=mine).status_code == 202
    assert worker(acted).turn()
    told = manifest(acted, status, **mine)
    assert told["requiresAccessToken"] is True
    for each in told["output"]:
        for headers in ({}, other):
            outcome(acted.client.get(path(each["url"]), headers=headers), 404)
    assert lines(acted, told, **mine)


def test_no_address_names_anybody(acted: House) -> None:
    told = manifest(acted, done(acted, "$export"))
    patients = [each["id"] for each in lines(acted, told) if each["resourceType"] == "Patient"]
    for each in told["output"]:
        assert not any(patient in each["url"] for patient in patients)


@pytest.mark.parametrize("finished", [False, True])
def test_a_cancelled_export_is_no_more(acted: House, finished: bool) -> None:
    status = kick_off(acted)
    urls = []
    if finished:
        assert worker(acted).turn()
        urls = [path(each["url"]) for each in manifest(acted, status)["output"]]
    assert acted.client.delete(status).status_code == 202
    for url in (status, *urls):
        outcome(acted.client.get(url), 404)
    outcome(acted.client.delete(status), 404)
    assert not worker(acted).turn()
    assert not list(Path(acted.settings.exports).glob("*/*"))


def test_files_go_after_their_time_and_the_next_export_still_goes_on_from_there(acted: House) -> None:
    first = manifest(acted, status := done(acted, "$export"))
    assert list(Path(acted.settings.exports).glob("*/*"))
    worker(acted, NOW + dt.timedelta(hours=23)).turn()
    assert list(Path(acted.settings.exports).glob("*/*"))
    worker(acted, NOW + dt.timedelta(hours=24)).turn()
    assert not list(Path(acted.settings.exports).glob("*/*"))
    outcome(acted.client.get(status), 404)
    assert not keys(exported(acted, f"$export?_since={first['transactionTime']}"))


def test_nothing_is_there_for_who_makes_up_an_address(shared: House) -> None:
    for url in ("export/none", "export-file/none", "export-file/none.1", "export-file/.1", "export/none/x"):
        outcome(shared.client.get(f"/fhir/{url}"), 404)


def test_a_file_that_was_lost_is_not_there(acted: House) -> None:
    told = manifest(acted, done(acted, "$export?_type=Patient"))
    for file in Path(acted.settings.exports).glob("*/*"):
        file.unlink()
    answer: TestResponse = acted.client.get(path(told["output"][0]["url"]))
    outcome(answer, 404)
