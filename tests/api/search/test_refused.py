"""A value that could be none of its parameter's is told apart from what is not done here: ``value``, ``not-supported``.

R4 4.0.1, https://hl7.org/fhir/R4/valueset-issue-type.html and https://hl7.org/fhir/R4/search.html#errors.
"""

import string
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.store import Store
from tests.house import House
from tests.stores import database, postgres_server, store

__all__ = ["database", "postgres_server", "store"]

#: By family of parameters: what none of them may be.
MALFORMED = {
    "date": ("Procedure?date=abc", "Patient?birthdate=2026-13", "Procedure?date=zz2026", "Task?_lastUpdated=hier"),
    "number": ("Observation?value-quantity=abc", "Observation?value-quantity=1||"),
    "quantity": ("Observation?value-quantity=5|a|b|c", "Observation?value-quantity=gt"),
    "token": ("Patient?identifier=", "Patient?identifier=|", "Patient?gender:not=", "Patient?active:missing=perhaps"),
    "id": ("Patient?_id=", "Patient?_id=,", "Patient?_id=p1,"),
    "of type": ("Patient?identifier:of-type=a|b",),
    "string": ("Patient?family=", "Patient?family:contains=", "Patient?family=%00"),
    "uri": ("Questionnaire?url=",),
    "reference": ("Procedure?subject=", "Procedure?subject=Patient/", "Procedure?subject:identifier=|"),
    "composite": ("Observation?code-value-quantity=a", "Observation?code-value-quantity=a$b$c"),
    "chain": ("Procedure?subject:Patient.birthdate=abc", "Patient?_has:Procedure:subject:date=abc"),
    "result": ("Patient?_count=x", "Patient?_count=-1", "Patient?_summary=x", "Patient?_total=x", "Patient?_include=x"),
    "history": ("Patient/_history?_count=x", "_history?_since=abc", "_history?_at=abc"),
}
#: What is well told, and not done here.
UNSUPPORTED = {
    "parameter": ("Patient?inconnu=x", "Procedure?subject:Patient.inconnu=x", "Patient?_filter=x", "_history?_list=x"),
    "modifier": ("Patient?family:partout=x", "Procedure?date:exact=2026", "Patient?identifier:contains=x"),
    "target": ("Procedure?subject:Organization=x", "Patient?_has:Patient:family:name=x"),
    "terminology": ("Observation?code:in=http://x/y", "Observation?code:below=http://x|y"),
    "result": ("Patient?_sort=inconnu", "Patient?_revinclude=*", "Patient?_include=Patient:family"),
}


@pytest.fixture
def house(store: Store, tmp_path: Path) -> House:
    return House(store, tmp_path, people=0)


def told(house: House, url: str) -> tuple[int, set[str], set[str]]:
    """Status, codes, and where the faults stand."""
    answer = house.fhir("GET", f"/{url}")
    issues = answer.json["issue"]
    assert all(one.get("location", []) == one.get("expression", []) for one in issues)
    return answer.status_code, {one["code"] for one in issues}, {one.get("expression", [""])[0] for one in issues}


def parameter(url: str) -> str:
    name = url.partition("?")[2].partition("=")[0]
    return f"http.{name.partition(':')[0].partition('.')[0]}"


def test_a_malformed_value_is_a_value(house: House) -> None:
    for url in (url for family in MALFORMED.values() for url in family):
        assert told(house, url) == (400, {"value"}, {parameter(url)}), url
        form = house.app.test_client().post(
            f"/fhir/{url.partition('?')[0]}/_search",
            data=url.partition("?")[2],
            content_type="application/x-www-form-urlencoded",
        )
        if "_history" not in url:
            assert form.status_code == 400, url
            assert {one["code"] for one in form.json["issue"]} == {"value"}, url


def test_what_is_not_done_is_not_supported(house: House) -> None:
    for url in (url for family in UNSUPPORTED.values() for url in family):
        status, codes, places = told(house, url)
        assert (status, codes) == (400, {"not-supported"}), url
        assert places <= {parameter(url), ""}, url


def test_each_fault_of_a_search_is_told_where_it_is(house: House) -> None:
    assert told(house, "Patient?birthdate=abc&inconnu=x&_count=x&family=a") == (
        400, {"value", "not-supported"}, {"http.birthdate", "http.inconnu", "http._count"}
    )  # fmt: skip
    lenient = house.fhir("GET", "/Patient?birthdate=abc&inconnu=x", Prefer="handling=lenient")
    assert (lenient.status_code, {one["code"] for one in lenient.json["issue"]}) == (400, {"value"})
    # A name that may be anything is not repeated.
    assert told(house, "Patient?%20DUPONT%20=x") == (400, {"not-supported"}, {""})


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(["date", "birthdate", "_lastUpdated", "_count", "value-quantity"]),
    text=st.text(string.ascii_letters + " .:/#é", min_size=1, max_size=8),
)
def test_no_letters_are_a_date_or_a_number(house: House, name: str, text: str) -> None:
    type_ = {"birthdate": "Patient", "value-quantity": "Observation"}.get(name, "Procedure")
    assert told(house, f"{type_}?{name}={quote(text)}") == (400, {"value"}, {f"http.{name}"})


def test_a_condition_that_is_malformed_writes_nothing(house: House) -> None:
    before = house.standing()
    answer = house.fhir("PUT", "/Patient?birthdate=abc", {"resourceType": "Patient"})
    assert (answer.status_code, {one["code"] for one in answer.json["issue"]}) == (400, {"value"})
    assert house.standing() == before
