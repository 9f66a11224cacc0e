"""What a client may send and ask for, method by method, format by format (R4 4.0.1, http.html#mime-type)."""

import pytest

from mappings.fhir.json import dump
from mappings.fhir.xml import resource_from_xml
from tests.api.test_interactions import JSON, XML, patient
from tests.doors import House, act, outcome


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (JSON, JSON),
        ("application/json", JSON),
        ("application/fhir+json; charset=utf-8", JSON),
        ("application/fhir+json; fhirVersion=4.0", JSON),
        ("application/fhir+json; fhirVersion=5.0, application/fhir+xml; fhirVersion=4.0; q=0.1", XML),
        (XML, XML),
        ("text/xml", XML),
        ("application/xml;q=0.9, application/fhir+json;q=0.1", XML),
        ("text/html, */*;q=0.1", JSON),
        ("application/fhir+json;q=0, */*", XML),
        ("*/*, application/fhir+xml;q=0", JSON),
        ("application/fhir+json;q=0, application/json, */*;q=0.1", JSON),
    ],
)
def test_the_format_is_the_one_that_is_accepted(shared: House, accept: str, kind: str) -> None:
    headers = {"Accept": accept} if accept else {}
    assert shared.client.get("/fhir/Patient", headers=headers).mimetype == kind


@pytest.mark.parametrize(
    ("format_", "kind"),
    [
        ("json", JSON),
        ("xml", XML),
        (JSON, JSON),
        ("application/fhir%2Bxml", XML),
        ("application/fhir xml", XML),
        ("text/xml", XML),
    ],
)
def test_format_overrides_accept(shared: House, format_: str, kind: str) -> None:
    other = JSON if kind == XML else XML
    assert shared.client.get(f"/fhir/Patient?_format={format_}", headers={"Accept": other}).mimetype == kind


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    ("query", "accept"),
    [
        ("?_format=pdf", "*/*"),
        ("", "application/pdf"),
        ("", "text/html"),
        ("", "application/fhir+json; fhirVersion=3.0"),
        ("?_format=application/fhir%2Bxml;fhirVersion=5.0", "*/*"),
    ],
)
def test_what_could_not_be_answered_is_not_done(house: House, method: str, query: str, accept: str) -> None:
    before = house.state()
    answer = house.client.open(
        f"/fhir/Patient{query}", method=method, data=dump(patient()), content_type=JSON, headers={"Accept": accept}
    )
    assert outcome(answer, 406)
    assert answer.mimetype == JSON
    assert house.state() == before


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/pdf", "multipart/form-data", "application/x-www-form-urlencoded", ""]
)
@pytest.mark.parametrize("url", ["/fhir", "/fhir/Patient", "/records/acts", "/records/enrolments", "/records/receipts"])
def test_other_formats_are_not_taken(shared: House, url: str, kind: str) -> None:
    outcome(shared.client.post(url, data=dump(act()), content_type=kind), 415)


@pytest.mark.parametrize("release", ["3.0", "4.3", "5.0.0"])
def test_another_release_of_fhir_is_not_taken_for_this_one(shared: House, release: str) -> None:
    kind = f'{JSON}; charset=utf-8; fhirVersion="{release}"'
    outcome(shared.client.post("/fhir/Patient", data=dump(patient()), content_type=kind), 415)
    taken = shared.client.post("/fhir/Patient", data=dump(patient()), content_type=f"{JSON};fhirversion=4.0.1")
    assert taken.status_code == 201


def test_each_door_takes_its_own_format(shared: House) -> None:
    outcome(shared.client.post("/records/acts", data=dump(act()), content_type=JSON), 415)
    outcome(shared.client.post("/fhir/Patient/_search", json={"identifier": "x"}), 415)


@pytest.mark.parametrize(
    ("method", "url", "allowed"),
    [
        ("POST", "/fhir/Patient/x", "DELETE, GET, HEAD, OPTIONS, PATCH, PUT"),
        ("TRACE", "/fhir/Patient", "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"),
        ("DELETE", "/fhir/Patient/x/_history", "GET, HEAD, OPTIONS"),
        ("DELETE", "/fhir/_history", "GET, HEAD, OPTIONS"),
        ("GET", "/records/acts", "OPTIONS, POST"),
        ("DELETE", "/healthz", "GET, HEAD, OPTIONS"),
        ("CONNECT", "/fhir/Patient", "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"),
        ("BREW", "/fhir/Patient", "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"),
    ],
)
def test_a_method_that_is_not_there_says_which_are(shared: House, method: str, url: str, allowed: str) -> None:
    answer = shared.client.open(url, method=method, data=dump({"resourceType": "Patient"}), content_type=JSON)
    outcome(answer, 405)
    assert answer.headers["Allow"] == allowed


def test_head_and_options_tell_nothing_more(shared: House) -> None:
    whole, head = shared.client.get("/fhir/Patient"), shared.client.head("/fhir/Patient")
    assert (head.status_code, head.data, head.headers["Content-Type"]) == (200, b"", whole.headers["Content-Type"])
    options = shared.client.options("/fhir/Patient/x")
    assert (options.status_code, options.data) == (200, b"")
    assert set(options.headers["Allow"].split(", ")) == {"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "PUT"}


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
def test_no_header_changes_the_method(shared: House, header: str) -> None:
    before = shared.state()
    outcome(
        shared.client.post("/fhir/Patient/x", headers={header: "PUT"}, data=dump(patient()), content_type=JSON), 405
    )
    assert shared.state() == before


@pytest.mark.parametrize(
    "url", ["/fhir//Patient?identifier=x", "/fhir/Patient//x", "/records//acts", "/fhir/Patient/./x"]
)
def test_no_address_is_repeated_by_a_redirect(shared: House, url: str) -> None:
    answer = shared.client.get(url)
    outcome(answer, 404)
    assert "Location" not in answer.headers


def test_a_host_that_is_no_host_is_refused(shared: House) -> None:
    for host in ('evil"<>.example', "a b", "x\x00y"):
        outcome(shared.client.get("/fhir/Patient", headers={"Host": host}), 400)


@pytest.mark.parametrize("url", ["/fhir", "/records/acts", "/fhir/Patient/_search", "/records/receipts"])
def test_a_body_too_large_is_refused_before_it_is_read(shared: House, url: str) -> None:
    kinds = {"/fhir": JSON, "/records/acts": "application/json", "/records/receipts": "message/rfc822"}
    kind = kinds.get(url, "application/x-www-form-urlencoded")
    outcome(shared.client.post(url, data=b"a=" + b"a" * 6_000_000, content_type=kind), 413)


def test_a_search_by_form_says_its_format_in_the_form(shared: House) -> None:
    asked = {"_format": "xml", "_pretty": "true", "_count": "1"}
    answer = shared.client.post("/fhir/PractitionerRole/_search", data=asked)
    assert (answer.status_code, answer.mimetype) == (200, XML)
    (link,) = [link for link in resource_from_xml(answer.data)["link"] if link["relation"] == "next"]
    then = shared.client.get(link["url"].removeprefix("http://localhost"))
    assert (then.status_code, then.mimetype) == (200, XML)
    for page in (answer, then):
        assert b"\n  <" in page.data
    outcome(shared.client.post("/fhir/PractitionerRole/_search", data={"_format": "html"}), 406)
    # The address comes first.
    assert shared.client.post("/fhir/_search?_format=json", data=asked).mimetype == JSON
