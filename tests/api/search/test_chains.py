"""Chains, forward and back, and what is given beside the results (search.html#chaining, #has, #include)."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.api import included
from service.api.query import reader
from tests.api.search.conftest import World
from tests.api.search.naive import FAMILIES, Resource, at, plain
from tests.doors import outcome


def by_type(small: World, type_: str) -> list[Resource]:
    return [r for r in small.resources if r["resourceType"] == type_]


def reference(resource: Resource) -> str:
    return f"{resource['resourceType']}/{resource['id']}"


def subject_named(small: World, resource: Resource, start: str) -> bool:
    return any(
        reference(p) == resource["subject"]["reference"] and plain(p["name"][0]["family"]).startswith(plain(start))
        for p in by_type(small, "Patient")
    )


def test_a_chain_leads_to_what_the_other_end_says(small: World) -> None:
    @settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        st.sampled_from([*FAMILIES, "test", "nobody"]),
        st.sampled_from(["subject.family", "subject:Patient.family", "patient.family", "subject:Patient.name"]),
        st.sampled_from(["", "&status=completed"]),
    )
    def agrees(family: str, key: str, also: str) -> None:
        wanted = [
            reference(r)
            for r in by_type(small, "Procedure")
            if subject_named(small, r, family) and (not also or r["status"] == "completed")
        ]
        assert small.found(f"Procedure?{key}={family.replace(',', '%5C,')}{also}") == wanted

    agrees()


def test_a_chain_goes_back_too(small: World) -> None:
    focused = {
        r["focus"]["reference"].partition("/_history")[0] for r in by_type(small, "Task") if r["status"] == "completed"
    }
    wanted = [reference(r) for r in by_type(small, "Procedure") if reference(r) in focused]
    assert wanted
    assert small.found("Procedure?_has:Task:focus:status=completed") == wanted
    patients = {r["subject"]["reference"] for r in by_type(small, "Procedure") if reference(r) in focused}
    assert small.found("Patient?_has:Procedure:subject:_has:Task:focus:status=completed") == [
        reference(r) for r in by_type(small, "Patient") if reference(r) in patients
    ]
    assert small.found("Procedure?_has:Task:focus:status=nothing") == []


def test_a_chain_has_three_links(small: World) -> None:
    wanted = {
        reference(t)
        for t in by_type(small, "Task")
        for p in by_type(small, "Procedure")
        if t["focus"]["reference"].startswith(f"{reference(p)}/") and subject_named(small, p, "test-e")
    }
    assert wanted
    assert set(small.found("Task?focus:Procedure.subject:Patient.family=test-e")) == wanted
    assert set(small.found("Observation?patient._has:Procedure:patient:_has:Task:focus:intent=order")) <= {
        reference(r) for r in by_type(small, "Observation")
    }
    too_long = "Task?part-of.part-of.part-of.part-of.status=requested"
    outcome(small.client.get(f"/fhir/{too_long}"), 400)


def test_a_link_leads_through_a_bounded_number(small: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "MOST_BETWEEN", 3)
    outcome(small.client.get("/fhir/Procedure?subject.family=test"), 413)
    outcome(small.client.get("/fhir/Procedure?_has:Task:focus:intent=order"), 413)
    assert small.found("Procedure?subject._id=p0") == [
        reference(r) for r in by_type(small, "Procedure") if r["subject"]["reference"] == "Patient/p0"
    ]


def test_what_results_point_at_is_given_once(small: World) -> None:
    tasks = by_type(small, "Task")
    focused = {r["focus"]["reference"].partition("/_history")[0] for r in tasks}
    assert small.beside("Task?_include=Task:focus") == sorted(focused)
    assert small.beside("Task?_include=Task:focus:Procedure") == sorted(focused)
    assert small.beside("Task?_include=Task:focus:Observation") == []
    subjects = {r["subject"]["reference"] for r in by_type(small, "Procedure") if reference(r) in focused}
    further = {x["reference"] for r in by_type(small, "Procedure") if reference(r) in focused for x in at(r, "partOf")}
    assert small.beside("Task?_include=Task:focus&_include:iterate=Procedure:subject") == sorted(focused | subjects)
    assert small.beside("Task?_include=*") == sorted(focused)
    everything = small.beside("Task?_include=Task:focus&_include:iterate=Procedure:*")
    roots = {r["subject"]["reference"] for r in by_type(small, "Procedure") if reference(r) in further}
    assert everything == sorted(focused | subjects | further | roots)
    # What is a result is not given again, and what is not there is left out.
    assert small.beside("Procedure?_include=Procedure:part-of") == []
    assert small.beside("Procedure?_include=Procedure:performer") == []


def test_what_points_at_results_is_given_too(small: World) -> None:
    tasks = sorted(reference(r) for r in by_type(small, "Task") if r["focus"]["reference"].startswith("Procedure/p4/"))
    assert small.beside("Procedure?_id=p4&_revinclude=Task:focus") == tasks
    assert small.beside("Procedure?_id=p4&_revinclude=Task:*") == tasks
    of_patient = {reference(r) for t in ("Procedure", "Observation") for r in by_type(small, t)
                  if r["subject"]["reference"] == "Patient/p0"}  # fmt: skip
    found = small.beside("Patient?_id=p0&_revinclude=Procedure:patient&_revinclude=Observation:subject")
    assert found == sorted(of_patient)
    about = {reference(r) for r in by_type(small, "Task") if r["focus"]["reference"].partition("/_h")[0] in of_patient}
    iterated = "Patient?_id=p0&_revinclude=Procedure:patient&_revinclude:iterate=Task:focus"
    assert small.beside(iterated) == sorted({r for r in of_patient if r.startswith("Procedure")} | about)


def test_no_more_is_given_beside_than_can_be(small: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(included, "_MOST", 2)
    outcome(small.client.get("/fhir/Task?_include=Task:focus"), 413)
    outcome(small.client.get("/fhir/Patient?_revinclude=Procedure:subject"), 413)
    assert len(small.beside("Task?_count=2&_include=Task:focus")) <= 2


def test_a_compartment_is_what_names_its_owner(small: World) -> None:
    wanted = [reference(r) for r in by_type(small, "Procedure") if r["subject"]["reference"] == "Patient/p1"]
    assert wanted
    assert small.found("Patient/p1/Procedure") == wanted
    done = {reference(r) for r in by_type(small, "Procedure") if r["status"] == "completed"}
    assert small.found("Patient/p1/Procedure?status=completed") == [one for one in wanted if one in done]
    seen = {reference(r) for r in by_type(small, "Observation") if r["subject"]["reference"] == "Patient/p1"}
    assert set(small.found("Patient/p1/*?_count=500")) == seen | set(wanted)
    assert small.found("Patient/p1/Device") == []
    assert small.found("Practitioner/x/Procedure") == []
    outcome(small.client.get("/fhir/Device/x/Procedure"), 404)
    outcome(small.client.get("/fhir/Patient/p1/Nothing"), 404)


def test_a_compartment_is_searched_by_a_form_too(small: World) -> None:
    wanted = small.found("Patient/p1/Procedure?status=completed")
    assert wanted
    by_form = small.posted("Patient/p1/Procedure/_search?_sort=_id", {"status": "completed"})
    assert [reference(entry["resource"]) for entry in by_form["entry"]] == sorted(wanted)
    everything = small.found("Patient/p1/*?_count=500")
    assert len(everything) > len(wanted)
    for address in ("Patient/p1/_search", "Patient/p1/*/_search"):
        whole = small.posted(address, {"_count": "500"})
        assert [reference(entry["resource"]) for entry in whole["entry"]] == everything
    # The links of a page are addresses, and lead on from where the form stopped.
    page = small.posted("Patient/p1/_search", {"_count": "1", "_type": "Procedure", "status": "completed"})
    met = [reference(entry["resource"]) for entry in page["entry"]]
    while following := [link["url"] for link in page["link"] if link["relation"] == "next"]:
        page = small.bundle(following[0].partition("/fhir/")[2])
        met += [reference(entry["resource"]) for entry in page["entry"]]
    assert met == wanted
    assert "entry" not in small.posted("Patient/p1/Device/_search", {})
    outcome(small.client.post("/fhir/Device/x/_search"), 404)
    outcome(small.client.post("/fhir/Device/x/Procedure/_search"), 404)
    outcome(small.client.post("/fhir/Patient/p1/Nothing/_search"), 404)
    outcome(small.client.post("/fhir/Patient/p1/Procedure/_search", json={"status": "completed"}), 415)
    assert outcome(small.client.get("/fhir/Patient/p1/Procedure/_search"), 405)


def test_the_types_of_a_whole_compartment_may_be_chosen(small: World) -> None:
    everything = small.found("Patient/p1/*?_count=500")
    some = [one for one in everything if one.startswith("Procedure")]
    assert 0 < len(some) < len(everything)
    assert small.found("Patient/p1/*?_count=500&_type=Procedure,Device") == some
    outcome(small.client.get("/fhir/Patient/p1/*?_type=Nothing"), 404)


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("name:missing=false", ["Organization/named"]),
        ("address:missing=false", ["Organization/named"]),
        ("name:missing=true", ["Organization/bare", "Patient/bare"]),
        ("address:missing=true", ["Organization/bare", "Patient/bare"]),
    ],
)
def test_what_is_missing_of_several_types_is_missing_of_each(small: World, query: str, wanted: list[str]) -> None:
    for resource in (
        {"resourceType": "Organization", "id": "named", "name": "CPTS", "address": [{"city": "Évry"}]},
        {"resourceType": "Organization", "id": "bare", "type": [{"text": "CPTS"}], "active": True},
        {"resourceType": "Patient", "id": "bare", "gender": "female", "telecom": [{"system": "phone", "value": "1"}]},
    ):
        small.store(small.house, resource)
    assert sorted(small.found(f"?_type=Organization,Patient&_id=named,bare&{query}")) == wanted


def test_several_types_are_searched_at_once(small: World) -> None:
    tagged = [reference(r) for r in small.resources if any(t["code"] == "a" for t in at(r, "meta.tag"))]
    assert small.found("?_tag=a&_count=500") == tagged
    some = [one for one in tagged if one.startswith(("Task", "Patient"))]
    assert small.found("?_type=Task,Patient&_tag=a&_count=500") == some
    assert small.found("?_type=Task,Patient&_tag=a&_count=500&_sort=-_id") == sorted(
        some, key=lambda one: one.partition("/")[2], reverse=True
    )
    outcome(small.client.get("/fhir?_type=Task,Patient&focus=x"), 400)
    outcome(small.client.get("/fhir?_type=Nothing"), 404)
    page = small.bundle("?_type=Task,Patient&_count=3")
    following = next(link["url"] for link in page["link"] if link["relation"] == "next")
    assert len(small.bundle(following.partition("/fhir")[2].removeprefix("/"))["entry"]) == 3


AGENT = [{"requestor": True, "who": {"reference": "Practitioner/named"}}]
EVENT = {"resourceType": "AuditEvent", "type": {"code": "110100"}, "recorded": "2026-03-01T10:00:00Z", "agent": AGENT}


@pytest.fixture
def read(small: World) -> World:
    """What was done with an act that has the id of a patient, and with that patient."""
    for resource in (
        {"resourceType": "Practitioner", "id": "named", "name": [{"family": "TEST-TILLEUL"}]},
        EVENT | {"id": "act", "entity": [{"what": {"reference": "Procedure/p1"}}]},
        EVENT | {"id": "patient", "entity": [{"what": {"reference": "Patient/p1"}}]},
        {"resourceType": "Provenance", "id": "act", "target": [{"reference": "Procedure/p1"}]},
        {"resourceType": "Provenance", "id": "patient", "target": [{"reference": "Patient/p1"}]},
    ):
        small.store(small.house, resource)
    return small


@pytest.mark.parametrize("type_", ["AuditEvent", "Provenance"])
def test_a_patient_is_no_other_that_may_stand_in_the_same_place(read: World, type_: str) -> None:
    for query, wanted in (
        ("patient=p1", ["patient"]),
        ("patient=Patient/p1", ["patient"]),
        ("patient=Procedure/p1", []),
        ("patient=Practitioner/named", []),
        ("patient:missing=false", ["patient"]),
        ("patient:missing=true", ["act"]),
    ):
        assert read.found(f"{type_}?_id=act,patient&{query}") == [f"{type_}/{one}" for one in wanted], query
    assert read.beside(f"{type_}?_id=act,patient&_include={type_}:patient") == ["Patient/p1"]
    assert read.beside(f"Procedure?_id=p1&_revinclude={type_}:patient") == []
    assert read.beside(f"Patient?_id=p1&_revinclude={type_}:patient") == [f"{type_}/patient"]


@pytest.fixture
def versions(small: World) -> World:
    """Two versions of one definition, one without version nor URL, and who names them."""
    asked = {"resourceType": "Questionnaire", "url": "http://q.example/exam"}
    answered = {"resourceType": "QuestionnaireResponse", "status": "completed"}
    for resource in (
        asked | {"id": "first", "version": "1", "status": "retired"},
        asked | {"id": "second", "version": "2", "status": "active"},
        {"resourceType": "Questionnaire", "id": "nameless", "status": "retired"},
        answered | {"id": "of-first", "questionnaire": "http://q.example/exam|1"},
        answered | {"id": "of-second", "questionnaire": "http://q.example/exam|2"},
        answered | {"id": "of-any", "questionnaire": "http://q.example/exam"},
    ):
        small.store(small.house, resource)
    return small


def test_a_canonical_leads_to_the_version_that_it_names(versions: World) -> None:
    of = "QuestionnaireResponse"
    for query, wanted in (
        ("questionnaire.version=1", ["of-first", "of-any"]),
        ("questionnaire:Questionnaire.status=retired", ["of-first", "of-any"]),
        ("questionnaire.version=3", []),
        ("questionnaire=http://q.example/exam", ["of-first", "of-second", "of-any"]),
    ):
        assert versions.found(f"{of}?{query}") == [f"{of}/{one}" for one in wanted], query
    assert versions.beside(f"{of}?_id=of-first&_include={of}:questionnaire") == ["Questionnaire/first"]
    assert versions.beside(f"{of}?_id=of-first&_include={of}:questionnaire:Questionnaire") == ["Questionnaire/first"]
    assert versions.beside(f"{of}?_id=of-first&_include={of}:questionnaire:PlanDefinition") == []


def test_a_chain_goes_back_by_a_canonical_too(versions: World) -> None:
    for asked, wanted in (
        ("_id=of-first", ["first"]),
        ("_id=of-second", ["second"]),
        ("_id=of-any", ["first", "second"]),
        ("_id=nobody", []),
    ):
        found = versions.found(f"Questionnaire?_has:QuestionnaireResponse:questionnaire:{asked}")
        assert found == [f"Questionnaire/{one}" for one in wanted], asked
    versions.bundle("Patient?_has:QuestionnaireResponse:questionnaire:_id=of-first", 400)


def test_what_names_a_definition_is_given_beside_it(versions: World) -> None:
    of = "QuestionnaireResponse"
    for asked, wanted in (("first", ["of-any", "of-first"]), ("second", ["of-any", "of-second"]), ("nameless", [])):
        for rule in (f"{of}:questionnaire", f"{of}:questionnaire:Questionnaire", f"{of}:*"):
            found = versions.beside(f"Questionnaire?_id={asked}&_revinclude={rule}")
            assert found == [f"{of}/{one}" for one in wanted], (asked, rule)
    assert versions.beside(f"Questionnaire?_id=first&_revinclude={of}:questionnaire:PlanDefinition") == []


def test_whoever_bears_an_identifier_is_of_the_type_that_is_asked(small: World) -> None:
    identifier = {"system": "urn:s", "value": "77"}
    coding = {"system": "urn:x", "code": "x"}
    event = {"resourceType": "AuditEvent", "type": coding, "recorded": "2026-11-20T09:00:00Z"}
    event["source"] = {"observer": {"display": "x"}}
    for name, who in (
        ("told", {"type": "Patient", "identifier": identifier}),
        ("addressed", {"reference": "Patient/p", "identifier": identifier}),
        ("professional", {"type": "Practitioner", "identifier": identifier}),
        ("also", {"reference": "Practitioner/p", "identifier": identifier}),
    ):
        small.store(small.house, event | {"id": name, "agent": [{"who": who, "requestor": True}]})
    every = [f"AuditEvent/{one}" for one in ("told", "addressed", "professional", "also")]
    for value in ("urn:s|77", "77"):
        assert small.found(f"AuditEvent?agent:identifier={value}") == every
        assert small.found(f"AuditEvent?patient:identifier={value}") == every[:2]
    assert small.found("AuditEvent?patient:identifier=urn:s|78") == []
