"""How $export is asked for and answered: its status, its files, what is refused (Bulk Data Access 2.0)."""

import gzip

import pytest

from mappings.fhir.json import parse
from mappings.fhir.structure import check
from mappings.fhir.xml import resource_from_xml
from tests.api.exports import ASYNC, done, kick_off, lines, manifest, path, worker
from tests.doors import DELEGATOR, House, outcome


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


@pytest.mark.parametrize("kind", ["batch", "transaction"])
def test_an_export_is_not_read_through_a_bundle(acted: House, kind: str) -> None:
    status = done(acted, "$export?_type=Patient")
    (file,) = manifest(acted, status)["output"]
    asked = [{"request": {"method": "GET", "url": url.partition("/fhir/")[2]}} for url in (status, file["url"])]
    for accept in ("application/fhir+json", "application/fhir+xml"):
        answer = acted.client.post(
            "/fhir",
            json={"resourceType": "Bundle", "type": kind, "entry": asked},
            headers={"Accept": accept, "Content-Type": "application/fhir+json"},
        )
        assert answer.status_code == 200
        read = parse if accept == "application/fhir+json" else resource_from_xml
        told = read(answer.data)
        assert check(told) == []
        assert [one["response"]["status"] for one in told["entry"]] == ["400 Bad Request"] * 2
