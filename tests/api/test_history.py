"""History of a resource, of a type, of all: every version once, newest first, page by page, on both stores."""

from typing import Any

import pytest

from mappings.fhir.structure import check
from mappings.fhir.xml import resource_from_xml
from tests.api.test_interactions import patient
from tests.house import House, Json, act_bundle

Version = tuple[str, str, int]


def pages(both: House, url: str) -> list[list[Json]]:
    """The pages of a history, to the end."""
    told: list[list[Json]] = []
    while url:
        answer = both.fhir("GET", url)
        assert answer.status_code == 200, answer.text
        assert (answer.json["type"], check(answer.json)) == ("history", [])
        told.append(answer.json.get("entry", []))
        links = {link["relation"]: link["url"] for link in answer.json["link"]}
        url = links.get("next", "").removeprefix("http://localhost/fhir")
    return told


def versions(entries: list[Json]) -> list[Version]:
    found = []
    for entry in entries:
        type_, id_ = entry["fullUrl"].split("/")[-2:]
        found.append((type_, id_, int(entry["response"]["etag"][3:-1])))
    return found


def all_of(both: House, url: str) -> list[Version]:
    return [version for page in pages(both, url) for version in versions(page)]


def lives(both: House) -> Json:
    """A patient created, changed twice and deleted, an hour apart."""
    made: Json = both.fhir("POST", "/Patient", patient()).json
    url = f"/Patient/{made['id']}"
    for day in ("13", "14"):
        both.clock.pass_(hours=1)
        assert both.fhir("PUT", url, made | {"birthDate": f"1990-05-{day}"}).status_code == 200
    both.clock.pass_(hours=1)
    assert both.fhir("DELETE", url).status_code == 204
    return made


def test_an_update_after_a_deletion_is_told_as_it_was_answered(both: House) -> None:
    made = lives(both)
    url = f"/Patient/{made['id']}"
    again = both.fhir("PUT", url, made)
    assert again.status_code == 201
    for count in ("", "?_count=1"):
        (told, *_), *_ = pages(both, f"{url}/_history{count}")
        assert (told["request"], told["response"]["status"]) == (
            {"method": "PUT", "url": url.removeprefix("/")},
            "201 Created",
        )
    entries = [entry for page in pages(both, f"{url}/_history") for entry in page]
    told_of = [entry["response"]["status"][:3] for entry in entries]
    assert told_of == ["201", "204", "200", "200", "201"]


@pytest.mark.parametrize("of_what", ["/Patient/{}", "/Patient", ""])
def test_each_version_is_told_as_far_as_is_asked(both: House, of_what: str) -> None:
    made = lives(both)
    url = f"{of_what.format(made['id'])}/_history"
    for asked in ("_elements=gender", "_elements=gender&_count=1"):
        entries = [entry for page in pages(both, f"{url}?{asked}") for entry in page]
        told = [entry["resource"] for entry in entries if entry["fullUrl"].endswith(made["id"]) and "resource" in entry]
        assert len(told) == 3
        for one in told:
            assert ("gender" in one, "birthDate" in one, one["meta"]["tag"][-1]["code"]) == (True, False, "SUBSETTED")
    assert both.fhir("GET", f"{url}?_summary=count").status_code == 400


def test_what_a_history_does_not_take_is_left_aside_for_who_is_lenient(both: House) -> None:
    url = f"/Patient/{lives(both)['id']}/_history?colour=blue&_count=1"
    answer = both.fhir("GET", url, Prefer="handling=lenient")
    assert answer.status_code == 200
    (following,) = [link["url"] for link in answer.json["link"] if link["relation"] == "next"]
    assert both.fhir("GET", following.removeprefix("http://localhost/fhir")).status_code == 200


@pytest.mark.parametrize("count", [1, 2, 3, 50])
def test_each_version_comes_once_in_its_order(both: House, count: int) -> None:
    made = lives(both)
    one = [("Patient", made["id"], n) for n in (4, 3, 2, 1)]
    assert all_of(both, f"/Patient/{made['id']}/_history?_count={count}") == one
    of_type = all_of(both, f"/Patient/_history?_count={count}")
    assert of_type[:4] == one
    assert len(of_type) == len(set(of_type)) == 2 + 4
    of_all = all_of(both, f"/_history?_count={max(count, 10)}")
    assert of_all[:4] == one
    assert [v for v in of_all if v[0] == "Patient"] == of_type
    assert len(of_all) == len(set(of_all)) > 20


def test_what_is_written_meanwhile_moves_no_page(both: House) -> None:
    lives(both)
    first = both.fhir("GET", "/Patient/_history?_count=2").json
    url = first["link"][1]["url"].removeprefix("http://localhost/fhir")
    assert "Patient" not in url.partition("?")[2]
    before = all_of(both, url)
    both.fhir("POST", "/Patient", patient())
    assert all_of(both, url) == before
    assert both.fhir("GET", url.replace("/Patient/", "/Practitioner/", 1)).status_code == 400


def test_since_and_at_choose_by_time(both: House) -> None:
    made = lives(both)
    url = f"/Patient/{made['id']}/_history"

    def numbers(asked: str, base: str = url) -> list[int]:
        return [version for type_, id_, version in all_of(both, f"{base}?{asked}") if id_ == made["id"]]

    for base in (url, "/Patient/_history", "/_history"):
        # Created at noon in Paris, then every hour.
        assert numbers("_since=2026-11-20T12:00:00%2B01:00", base) == [4, 3, 2, 1]
        assert numbers("_since=2026-11-20T12:30:00%2B01:00&_count=1", base) == [4, 3, 2]
        assert numbers("_since=2026-11-20T14:00:00Z", base) == [4]
        assert numbers("_since=2027", base) == []
        assert numbers("_at=2026-11-20T12:30:00Z", base) == [2]
        assert numbers("_at=2026-11-20T11:00:00Z", base) == [1]
        assert numbers("_at=2026-11-20", base) == [4, 3, 2, 1]
        assert numbers("_at=2026-11-19", base) == []
        assert numbers("_at=2026-11-21", base) == []
        for end in ("0001", "9999", "9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59-14:00"):
            assert numbers(f"_at={end}", base) == []


@pytest.mark.parametrize(
    "asked",
    ["_count=x", "_count=-1", "_count=٥", "_since=hier", "_since=0000", "_at=x", "family=x", "_page=x", "_sort=date"],
)
def test_what_a_history_does_not_take_is_refused(both: House, asked: str) -> None:
    for url in ("/Patient/_history", "/_history"):
        assert both.fhir("GET", f"{url}?{asked}").status_code == 400


def test_a_history_is_of_what_is_kept(both: House) -> None:
    both.fhir("POST", "/", act_bundle())
    (procedure,) = both.found("Procedure")
    told = both.fhir("GET", f"/Procedure/{procedure['id']}/_history").json
    assert told["total"] == 1
    assert told["entry"][0]["resource"] == procedure
    assert told["entry"][0]["response"]["lastModified"] == procedure["meta"]["lastUpdated"]
    for url, status in (("/Foo/_history", 404), ("/Patient/x/_history", 404), ("/Foo/x/_history", 404)):
        assert both.fhir("GET", url).status_code == status
    assert all_of(both, "/MedicationRequest/_history") == []
    xml: Any = both.app.test_client().get("/fhir/_history?_count=500&_format=xml")
    assert (xml.status_code, xml.mimetype) == (200, "application/fhir+xml")


def test_the_next_page_comes_in_the_form_of_the_first(both: House) -> None:
    made = lives(both)
    client: Any = both.app.test_client()
    for url in (f"/Patient/{made['id']}/_history", "/Patient/_history", "/_history"):
        first = client.get(f"/fhir{url}?_count=1&_format=xml&_pretty=true")
        (link,) = [link for link in resource_from_xml(first.data)["link"] if link["relation"] == "next"]
        then = client.get(link["url"].removeprefix("http://localhost"))
        assert (then.status_code, then.mimetype) == (200, "application/fhir+xml")
        assert b"\n  <" in then.data
