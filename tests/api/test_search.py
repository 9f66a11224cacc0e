"""Search by token, reference, uri, string and date; what is not known is refused, never ignored (search.html)."""

from typing import Any

import pytest

from mappings.codes.systems import RPPS
from mappings.fhir.json import parse
from mappings.fhir.structure import check
from tests.doors import DELEGATOR, OTHER_DELEGATOR, House, act, outcome

INS = "urn:oid:1.2.250.1.213.1.4.11|292043899900158"


@pytest.fixture(scope="module")
def acts(shared: House) -> list[str]:
    """Two acts on record: the 20th at 10:05 Paris time, the 19th at 23:30 (still the 19th in UTC)."""
    made = []
    for start in ("2026-11-20T10:05:00+01:00", "2026-11-19T23:30:00+01:00"):
        answer = shared.client.post("/records/acts", json=act(performed={"start": start}))
        assert answer.status_code == 201, answer.text
        made.append(answer.get_json()["act"].partition("/")[2])
    return made


def found(house: House, query: str) -> list[str]:
    answer = house.client.get(f"/fhir/{query}")
    assert answer.status_code == 200, answer.text
    bundle = parse(answer.data)
    assert check(bundle) == []
    assert bundle["type"] == "searchset"
    assert [link["url"] for link in bundle["link"] if link["relation"] == "self"] == [
        f"http://localhost/fhir/{query.partition('?')[0]}"
    ]
    return [entry["resource"]["id"] for entry in bundle.get("entry", ())]


def one(house: House, query: str) -> dict[str, Any]:
    (entry,) = parse(house.client.get(f"/fhir/{query}").data)["entry"]
    resource: dict[str, Any] = entry["resource"]
    return resource


def test_a_patient_is_found_by_number_by_name_and_by_birth(shared: House) -> None:
    (patient,) = found(shared, f"Patient?identifier={INS}")
    assert found(shared, "Patient?identifier=292043899900158") == [patient]
    assert found(shared, "Patient?identifier=|292043899900158") == []
    assert found(shared, "Patient?family=test-tilleul") == [patient]
    assert found(shared, "Patient?birthdate=1992-04-14") == [patient]
    assert found(shared, "Patient?birthdate=1992-04") == [patient]
    assert found(shared, "Patient?birthdate=lt1993&birthdate=gt1992-04-13") == [patient]
    assert found(shared, f"Patient?identifier={INS},PAT-0002&family=test-tilleul") == [patient]
    assert len(found(shared, f"Patient?identifier={INS},PAT-0002")) == 2
    assert found(shared, f"Patient?_id={patient}") == [patient]
    assert found(shared, f"Patient?_id=none,{patient}&_count=3") == [patient]


def test_a_system_alone_finds_all_its_values(shared: House) -> None:
    every, qualified = (
        found(shared, "Patient?_count=500"),
        found(shared, "Patient?identifier=urn:oid:1.2.250.1.213.1.4.11|"),
    )
    assert set(found(shared, f"Patient?identifier={INS}")) < set(qualified) < set(every)
    assert found(shared, "Patient?identifier=urn:oid:1.2.250.1.213.1.4.8|") == []


def test_an_id_may_be_one_condition_among_others(shared: House, acts: list[str]) -> None:
    both = ",".join(acts)
    assert found(shared, f"Procedure?_id={both}&_sort=date") == [acts[1], acts[0]]
    assert found(shared, f"Procedure?_id={acts[0]}&status=completed") == acts[:1]
    assert found(shared, f"Procedure?_id={acts[0]}&status=not-done") == []


def test_what_is_missing_is_found_too(shared: House, acts: list[str]) -> None:
    assert sorted(found(shared, "Procedure?delegator:missing=false")) == sorted(acts)
    assert found(shared, "Procedure?delegator:missing=true") == []
    assert found(shared, "Patient?birthdate:missing=true") == []
    assert sorted(found(shared, "Task?business-status:missing=true&_count=500")) == sorted(
        found(shared, "Task?_count=500")
    )


def test_a_name_is_found_by_its_beginning_whatever_its_accents(shared: House) -> None:
    (patient,) = found(shared, "Patient?family=TEST-TILLEUL")
    assert found(shared, "Patient?family=tést-till") == [patient]
    assert found(shared, "Patient?family:exact=TEST-TILLEUL") == [patient]
    assert found(shared, "Patient?family:exact=test-tilleul") == []
    assert found(shared, "Patient?family=tilleul") == []


def test_an_act_is_found_by_whom_and_for_whom(shared: House, acts: list[str]) -> None:
    every = sorted(acts)
    subject = one(shared, f"Procedure?_id={acts[0]}")["subject"]["reference"]
    for query in (
        f"subject={subject}",
        f"patient={subject}",
        f"patient={subject.partition('/')[2]}",
        f"delegator:identifier={DELEGATOR}",
        f"delegator:identifier={RPPS}|{DELEGATOR}",
        "performer:identifier=99900001019",
        "status=completed",
        "status:not=not-done",
        "protocol=https://binome.example/fhir/PlanDefinition/pc-torsion-cheville",
        "protocol=https://binome.example/fhir/PlanDefinition/pc-torsion-cheville|2026.1",
        "instantiates-canonical=https://binome.example/fhir/PlanDefinition/pc-torsion-cheville|2026.1",
    ):
        assert sorted(found(shared, f"Procedure?{query}")) == every, query
    for query in (
        "patient=Patient/other",
        f"delegator:identifier={OTHER_DELEGATOR}",
        "status=not-done",
        "status:not=completed",
        "status:not=completed,not-done",
        "instantiates-canonical=https://binome.example/fhir/PlanDefinition/pc-torsion-cheville|2025.1",
    ):
        assert found(shared, f"Procedure?{query}") == [], query


@pytest.mark.parametrize(
    ("query", "which"),
    [
        ("2026-11-20", {0}),
        ("2026-11-19", {1}),
        ("2026-11", {0, 1}),
        ("2026-11-20T10:05:00%2B01:00", {0}),
        ("2026-11-20T10:05:00+01:00", {0}),  # a plus that a client forgot to escape
        ("2026-11-20T09:05:00Z", {0}),
        ("2026-11-20T11:05:00%2B02:00", {0}),
        ("2026-11-20T10:05:00Z", set()),
        ("ge2026-11-20", {0}),
        ("ge2026-11-19T23:00:00Z", {0}),
        ("ge2026-11-19T22:30:00Z", {0, 1}),
        ("gt2026-11-19", {0}),
        ("le2026-11-19", {1}),
        ("lt2026-11-20T00:00:00%2B01:00", {1}),
        ("sa2026-11-19", {0}),
        ("eb2026-11-20", {1}),
        ("eq2026-11-20", {0}),
    ],
)
def test_an_act_is_found_by_date(shared: House, acts: list[str], query: str, which: set[int]) -> None:
    assert set(found(shared, f"Procedure?date={query}")) == {acts[n] for n in which}


def test_the_order_and_the_number_are_those_asked_for(shared: House, acts: list[str]) -> None:
    assert found(shared, "Procedure?_sort=date") == [acts[1], acts[0]]
    assert found(shared, "Procedure?_sort=-date") == acts
    assert found(shared, "Procedure?_sort=-date&_count=1") == acts[:1]
    assert found(shared, "Procedure?_count=0") == []


def test_a_search_may_be_posted(shared: House, acts: list[str]) -> None:
    answer = shared.client.post("/fhir/Procedure/_search?_sort=date", data={"performer:identifier": "99900001019"})
    assert [entry["resource"]["id"] for entry in parse(answer.data)["entry"]] == [acts[1], acts[0]]
    assert parse(shared.client.post("/fhir/Procedure/_search").data)["type"] == "searchset"


@pytest.mark.parametrize(
    "query",
    [
        "foo=x",
        "_foo=x",
        "_include=Procedure:status",
        "_include=Procedure:nothing",
        "_include=Nothing:subject",
        "_revinclude=*",
        "_has:Task:focus",
        "_has:Task:owner:status=ready",
        "_has:Nothing:focus:status=ready",
        "subject.nothing=x",
        "subject:Task.status=x",
        "status.status=x",
        "subject:Patient.general-practitioner.partof.partof.partof.name=x",
        "_lastUpdated=yesterday",
        "_summary=x",
        "_summary=true&_elements=status",
        "_total=x",
        "_elements=nothing",
        "_filter=status eq completed",
        "_query=x",
        "_text=x",
        "code:text=",
        "code:in=http://nothing.example/ValueSet/x",
        "code:below=x",
        "code:above=http://nothing.example|x",
        "status:not:not=x",
        "date:not=2026",
        "subject:Task=x",
        "subject:=x",
        "performer:identifier=system|",
        "identifier:of-type=a|b",
        "status=",
        "status=a,",
        "identifier=|",
        "date=",
        "date=x",
        "date=xx2026",
        "date=2026-13",
        "date=2026-02-30",
        "date=2026-11-20T10:05:00%2B99:00",
        "_sort=code",
        "_sort=subject",
        "_sort=nothing",
        "_sort=-",
        "_sort=date&_sort=-date",
        "_sort=date,date,date,date,date,date",
        "_count=-1",
        "_count=x",
        "_count=1e3",
        "_count=" + "9" * 5000,
        "status=%00",
        "subject:Patient.family:exact=",
        "protocol:below=",
        "protocol:above=http://e,",
        "Status=completed",
        "=x",
        "%00=x",
        "TEST-TILLEUL%20x=1",
    ],
)
def test_what_is_not_understood_is_refused(shared: House, query: str) -> None:
    for accept in ("application/fhir+json", "application/fhir+xml"):
        answer = shared.client.get(f"/fhir/Procedure?{query}", headers={"Accept": accept})
        outcome(answer, 400)
        assert "TEST-TILLEUL" not in answer.text


@pytest.mark.parametrize(
    "query", ["identifier=" + ",".join(["a"] * 201), "&".join(["status=a"] * 201), "_id=" + "a," * 300]
)
def test_a_search_for_too_many_things_is_refused(shared: House, query: str) -> None:
    outcome(shared.client.get(f"/fhir/Procedure?{query}"), 413)


@pytest.mark.parametrize(
    "quote", ["'", "''", '"', "' OR 1=1 --", "%25", "_", "\\", ";DROP TABLE request", "){}", "x' UNION SELECT 1"]
)
def test_a_value_is_only_a_value(shared: House, quote: str, acts: list[str]) -> None:
    for query in (f"Procedure?status={quote}", f"Patient?family={quote}", f"Procedure?subject=Patient/{quote}"):
        answer = shared.client.get(f"/fhir/{query}")
        assert answer.status_code in (200, 400)
        assert "entry" not in parse(answer.data)
    assert len(found(shared, "Procedure")) == len(acts)
