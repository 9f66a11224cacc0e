"""How results are shown, and what is told of a search (search.html#return, #errors)."""

from typing import Any

import pytest

from mappings.fhir.structure import check
from service.api.query import results
from tests.api.search.conftest import World
from tests.doors import outcome

SUBSETTED = {"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}


def resources(small: World, query: str) -> list[Any]:
    bundle = small.bundle(query)
    assert check(bundle) == []
    return [one["resource"] for one in bundle["entry"]]


def test_a_total_is_told_to_who_asks(small: World) -> None:
    assert "total" not in small.bundle("Procedure?_count=3")
    assert "total" not in small.bundle("Procedure?_count=3&_total=none")
    for total in ("estimate", "accurate"):
        assert small.bundle(f"Procedure?_count=3&_total={total}")["total"] == 14
        assert small.bundle(f"Procedure?_id=p1,p2&_total={total}")["total"] == 2
    for counted in ("_summary=count", "_count=0"):
        bundle = small.bundle(f"Procedure?{counted}")
        assert (bundle["total"], "entry" in bundle) == (14, False)


def test_a_summary_is_what_the_definition_marks(small: World) -> None:
    for resource in resources(small, "Procedure?_summary=true"):
        assert SUBSETTED in resource["meta"]["tag"]
        assert {"status", "subject", "id", "meta"} <= set(resource)
        assert not {"text", "note", "extension"} & set(resource)
    for resource in resources(small, "Procedure?_summary=text"):
        assert set(resource) <= {"resourceType", "id", "meta", "text", "status", "subject"}
        assert {"status", "subject"} <= set(resource)
    assert all("text" not in resource for resource in resources(small, "Procedure?_summary=data"))
    assert all("tag" not in resource["meta"] or SUBSETTED not in resource["meta"]["tag"]
               for resource in resources(small, "Procedure?_summary=false"))  # fmt: skip


def test_elements_are_those_named_and_those_that_must_be_there(small: World) -> None:
    for resource in resources(small, "Procedure?_elements=code,performed"):
        assert SUBSETTED in resource["meta"]["tag"]
        assert set(resource) <= {
            "resourceType", "id", "meta", "status", "subject", "code", "performedDateTime", "performedPeriod",
        }  # fmt: skip
    dated = resources(small, "Procedure?_elements=performed&date:missing=false")
    assert all({"performedDateTime", "performedPeriod"} & set(resource) for resource in dated)


@pytest.mark.parametrize("address", ["Procedure/p0", "Procedure/p0/_history/1"])
def test_a_resource_read_is_shown_as_far_as_is_asked(small: World, address: str) -> None:
    whole = small.bundle(address)
    for part in ("_summary=true", "_summary=text", "_summary=data", "_elements=code,performed"):
        (wanted,) = resources(small, f"Procedure?_id=p0&{part}")
        assert small.bundle(f"{address}?{part}") == wanted != whole
    assert small.bundle(f"{address}?_summary=false") == whole
    for refused in ("_summary=count", "_summary=all", "_elements=nothing"):
        outcome(small.client.get(f"/fhir/{address}?{refused}"), 400)


def test_stored_bytes_go_into_the_bundle_as_they_are(small: World) -> None:
    version = small.house.store.read("Observation", "o0")
    assert version is not None
    answer = small.client.get("/fhir/Observation?_id=o0")
    assert version.body in answer.data
    (asked,) = resources(small, "Observation?_id=o0&_pretty=true")
    assert asked == small.bundle("Observation/o0")
    xml = small.client.get("/fhir/Observation?_id=o0&_format=xml&_include=Observation:subject")
    assert xml.mimetype == "application/fhir+xml"
    assert b'<mode value="include"/>' in xml.data


def test_the_unknown_is_left_aside_only_for_who_is_lenient(small: World) -> None:
    outcome(small.client.get("/fhir/Procedure?colour=blue"), 400)
    outcome(small.client.get("/fhir/Procedure?colour=blue", headers={"Prefer": "handling=strict"}), 400)
    bundle = small.bundle("Procedure?colour=blue&_id=p1&colour=red", Prefer="handling=lenient")
    assert check(bundle) == []
    first, last = bundle["entry"]
    assert (first["resource"]["id"], first["search"]["mode"], last["search"]["mode"]) == ("p1", "match", "outcome")
    (issue,) = last["resource"]["issue"]
    assert (issue["severity"], "colour" in issue["details"]["text"], "blue" in str(last)) == ("warning", True, False)
    # What is known and wrong is refused all the same.
    answer = small.client.get("/fhir/Procedure?status:nothing=x", headers={"Prefer": "handling=lenient"})
    outcome(answer, 400)
    # The pages that follow no longer hold what was left aside.
    page = small.bundle("Procedure?colour=blue&_count=2", Prefer="handling=lenient")
    following = next(link["url"] for link in page["link"] if link["relation"] == "next")
    assert len(small.bundle(following.partition("/fhir/")[2])["entry"]) == 2


@pytest.mark.parametrize("rule", ["Encounter:subject", "Patient:organization:Location", "Patient:unknown"])
@pytest.mark.parametrize("name", ["_include", "_revinclude:iterate"])
def test_an_include_of_what_is_not_held_is_left_aside_only_for_who_is_lenient(
    small: World, name: str, rule: str
) -> None:
    query = f"Patient?{name}={rule}"
    small.bundle(query, 400)
    told = small.bundle(query, Prefer="handling=lenient")["entry"]
    (issue,) = next(one["resource"] for one in told if one["search"]["mode"] == "outcome")["issue"]
    assert issue["expression"] == [f"http.{name.partition(':')[0]}"]
    small.bundle(f"Patient?{name}=Patient:name", 400, Prefer="handling=lenient")


@pytest.mark.parametrize("key", ["family", "gender", "_id", "birthdate", "organization", "_has:Procedure:subject:status",
                                 "_sort", "_count", "_lastUpdated", "_include", "family:exact"])  # fmt: skip
def test_what_is_empty_is_left_aside_only_for_who_is_lenient(small: World, key: str) -> None:
    """An empty identifier must not find the first patient on record (docs/decisions/0069)."""
    outcome(small.client.get(f"/fhir/Patient?{key}="), 400)
    bundle = small.bundle(f"Patient?{key}=&_id=p1", Prefer="handling=lenient")
    found, told = bundle["entry"]
    assert check(told["resource"]) == []
    assert (found["resource"]["id"], told["search"]["mode"]) == ("p1", "outcome")
    (issue,) = told["resource"]["issue"]
    assert (issue["severity"], "vide" in issue["details"]["text"]) == ("warning", True)


def test_what_is_empty_takes_nothing_of_its_name_from_the_next_pages(small: World) -> None:
    page = small.bundle("Procedure?status=&status=completed&_count=1", Prefer="handling=lenient")
    following = next(link["url"] for link in page["link"] if link["relation"] == "next")
    found = [page["entry"][0], *small.bundle(following.partition("/fhir/")[2] + "&_count=500")["entry"]]
    assert {one["resource"]["status"] for one in found if one["search"]["mode"] == "match"} == {"completed"}


def test_a_search_of_one_type_is_of_no_other(small: World) -> None:
    assert small.found("Patient?_type=Patient") == small.found("Patient") != []
    for query in ("Patient?_type=Device", "Patient?_type=Patient,Device", "Patient?_type=", "?_type=",
                  "Patient/p1/Procedure?_type=Observation"):  # fmt: skip
        outcome(small.client.get(f"/fhir/{query}"), 400)


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("code:in=http://nothing.example/x", None),
        ("status:in=http://hl7.org/fhir/ValueSet/event-status", 14),
        ("status:not-in=http://hl7.org/fhir/ValueSet/event-status", 0),
        ("status:below=http://hl7.org/fhir/event-status|completed", "status=completed"),
        ("status:above=http://hl7.org/fhir/event-status|completed", "status=completed"),
        ("status=http://hl7.org/fhir/event-status|completed", "status=completed"),
        ("status=http://other.example|completed", 0),
        ("status=|completed", "status=completed"),
        ("_profile:below=http://p.example", "_profile=http://p.example/one"),
        ("_profile:above=http://p.example/one|1/deeper", "_profile=http://p.example/one"),
        ("_profile=http://p.example/one|1", "_profile=http://p.example/one"),
        ("_profile=http://p.example/one|2", 0),
        ("subject:Patient=p1", "subject=Patient/p1"),
        ("subject=http://localhost/fhir/Patient/p1", "subject=Patient/p1"),
        ("subject=http://elsewhere.example/fhir/Patient/p1", 0),
        ("subject=Patient/p1/_history/3", "subject=Patient/p1"),
        ("part-of=p0", "part-of=Procedure/p0"),
        ("_security:missing=true", 14),
        ("date=ap2026", "date=ge2020"),
    ],
)
def test_a_parameter_may_be_said_in_other_words(small: World, query: str, wanted: str | int | None) -> None:
    if wanted is None:
        outcome(small.client.get(f"/fhir/Procedure?{query}"), 400)
    elif isinstance(wanted, int):
        assert len(small.found(f"Procedure?{query}")) == wanted
    else:
        assert small.found(f"Procedure?{query}") == small.found(f"Procedure?{wanted}") != []


@pytest.mark.parametrize(
    "query",
    [
        "Procedure?date=" + ",".join(["ne2020"] * 150),
        "Procedure?subject:Patient.birthdate=" + ",".join(["ne2020"] * 150),
        "?_lastUpdated=" + ",".join(["ne2020"] * 150),
        "Patient?name=" + "e" * 200_000,
        "Patient?name=" + "%C3%A9" * 200_000,
    ],
)
def test_what_costs_too_much_is_refused_before_the_store_is_asked(small: World, query: str) -> None:
    told = outcome(small.client.get(f"/fhir/{query}"), 413)
    assert [issue.code for issue in told.issue] == ["too-costly"]


def test_a_page_holds_what_it_can_of_a_larger_count(small: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "MAX_COUNT", 3)
    bundle = small.bundle("Procedure?_count=10")
    assert len(bundle["entry"]) == 3
    assert [link["relation"] for link in bundle["link"]] == ["self", "next"]


@pytest.mark.parametrize("count", ["\u0661", "\uff11", "\u00b2"])
def test_a_count_is_written_in_the_digits_of_fhir(small: World, count: str) -> None:
    outcome(small.client.get(f"/fhir/Patient?_count={count}"), 400)
