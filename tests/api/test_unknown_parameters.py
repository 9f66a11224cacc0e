"""A parameter that an address does not take is refused there, whatever is asked, and left aside for who is lenient."""

from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.test import TestResponse

from mappings.fhir.json import dump, parse
from service.api.operations import OPERATIONS, REFUSED
from service.api.routes import INTERACTIONS
from tests.api.test_interactions import JSON, XML, patient
from tests.doors import House, outcome

UNKNOWN = "inconnu=x"
PARAMETERS = {"resourceType": "Parameters"}
#: Types that stand for all of them: what a client writes, an act, what the server keeps, a definition.
TYPES = ("Patient", "Procedure", "Provenance", "PlanDefinition", "Subscription")
#: What writes by a condition: its parameters are criteria, and what it does not know is refused whatever is preferred.
CONDITIONS = {"PUT", "PATCH", "DELETE"}


def doors() -> Iterator[tuple[str, str, str]]:
    """Method, type (empty for the whole server), and shape of every address."""
    for shape, methods in INTERACTIONS.items():
        for type_ in TYPES if shape.startswith("type") else ("",):
            for method in methods:
                yield method, type_, shape.removeprefix("type").removeprefix("/")
    for (type_, shape), methods in OPERATIONS.items():
        if shape.rpartition("$")[2] not in REFUSED:
            for method in methods:
                yield method, type_, shape


DOORS = sorted({door for door in doors() if not (door[2] == "" and door[1] and door[0] in CONDITIONS)})


def address(house: House, type_: str, shape: str) -> str:
    """The address of something that is there, when anything of the type is."""
    found = parse(house.client.get(f"/fhir/{type_}?_count=1").data).get("entry") if shape.startswith("id") else None
    id_ = found[0]["resource"]["id"] if found else "none"
    shape = shape.replace("id", id_, 1) if shape.startswith("id") else shape
    return "/".join(filter(None, ("/fhir", type_, shape.replace("version", "1").replace("/type", "/Task"))))


def asked(house: House, method: str, url: str, prefer: str) -> TestResponse:
    sends = method in ("POST", "PUT", "PATCH") and not url.partition("?")[0].endswith("_search")
    body: dict[str, Any] = {"data": dump(PARAMETERS), "content_type": JSON} if sends else {}
    answer = house.client.open(url, method=method, headers={"Prefer": f"respond-async, {prefer}"}, **body)
    if under_way := answer.headers.get("Content-Location", ""):
        house.client.delete(under_way)
    return answer


@pytest.mark.parametrize(("method", "type_", "shape"), DOORS)
def test_an_unknown_parameter_is_refused_everywhere(shared_acted: House, method: str, type_: str, shape: str) -> None:
    url = address(shared_acted, type_, shape)
    plain = asked(shared_acted, method, url, "handling=strict")
    answer = asked(shared_acted, method, f"{url}?{UNKNOWN}", "handling=strict")
    if plain.status_code in (401, 404, 405) and answer.status_code == plain.status_code:
        return  # nothing is there, or nothing may be asked of it
    told = outcome(answer, 400)
    assert any("aramètre" in issue.details.text for issue in told.issue), told


@pytest.mark.parametrize(("method", "type_", "shape"), DOORS)
def test_who_is_lenient_is_answered_as_if_it_were_not_there(
    shared_acted: House, method: str, type_: str, shape: str
) -> None:
    url = address(shared_acted, type_, shape)
    plain = asked(shared_acted, method, url, "handling=lenient")
    answer = asked(shared_acted, method, f"{url}?{UNKNOWN}", "handling=lenient")
    assert answer.status_code == plain.status_code, (answer.text, plain.text)


@pytest.mark.parametrize("url", ["Patient/{id}", "Patient/{id}/_history/1"])
@pytest.mark.parametrize(
    "query", ["_format=xml", "_pretty=true", "_summary=text", "_elements=gender", "_format=json&_elements=name"]
)
def test_what_a_reading_takes_is_still_taken(shared_acted: House, url: str, query: str) -> None:
    id_ = parse(shared_acted.client.get("/fhir/Patient?_count=1").data)["entry"][0]["resource"]["id"]
    for method in ("GET", "HEAD"):
        assert shared_acted.client.open(f"/fhir/{url.format(id=id_)}?{query}", method=method).status_code == 200
    outcome(shared_acted.client.get(f"/fhir/{url.format(id=id_)}?{query}&{UNKNOWN}", headers={"Accept": XML}), 400)


@pytest.mark.parametrize("url", ["$meta", "Patient/$meta"])
def test_a_parameter_of_the_body_is_refused_alike(shared_acted: House, url: str) -> None:
    said = dump(PARAMETERS | {"parameter": [{"name": "inconnu", "valueString": "x"}]})
    outcome(shared_acted.client.post(f"/fhir/{url}", data=said, content_type=JSON), 400)
    lenient = shared_acted.client.post(
        f"/fhir/{url}", data=said, content_type=JSON, headers={"Prefer": "handling=lenient"}
    )
    assert lenient.status_code == 200


def test_nothing_is_written_by_a_request_that_is_refused(house: House) -> None:
    before = house.state()
    outcome(house.client.post(f"/fhir/Patient?{UNKNOWN}", data=dump(patient()), content_type=JSON), 400)
    sent = dump(patient() | {"id": "mine"})
    outcome(house.client.put(f"/fhir/Patient/mine?{UNKNOWN}", data=sent, content_type=JSON), 400)
    assert house.state() == before
    lenient = {"Prefer": "handling=lenient"}
    answer = house.client.put(f"/fhir/Patient/mine?{UNKNOWN}", data=sent, content_type=JSON, headers=lenient)
    assert answer.status_code == 201
    outcome(house.client.delete("/fhir/Patient/mine?_cascade=delete"), 400)
    assert house.client.get("/fhir/Patient/mine").status_code == 200
    assert house.client.delete("/fhir/Patient/mine").status_code == 204


def test_pages_of_everything_leave_aside_what_the_first_did(shared_acted: House) -> None:
    id_ = parse(shared_acted.client.get("/fhir/Procedure?_count=1").data)["entry"][0]["resource"]["subject"][
        "reference"
    ]
    lenient = {"Prefer": "handling=lenient"}
    page = parse(shared_acted.client.get(f"/fhir/{id_}/$everything?_count=1&{UNKNOWN}", headers=lenient).data)
    (more,) = [link["url"] for link in page["link"] if link["relation"] == "next"]
    assert shared_acted.client.get(more.removeprefix("http://localhost")).status_code == 200
