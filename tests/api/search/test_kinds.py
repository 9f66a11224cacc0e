"""Parameters of kinds that few resources have: composites, types of identifiers, numbers, our own (search.html#ptypes)."""

from typing import Any

import pytest

from mappings.fhir.json import parse
from mappings.fhir.search import index_of
from tests.api.search.conftest import World
from tests.doors import House, act

INS = "http://interopsante.org/fhir/CodeSystem/fr-v2-0203"
LOINC = {"system": "http://loinc.org", "code": "72514-3", "display": "Douleur"}
MORE: list[dict[str, Any]] = [
    {"resourceType": "Observation", "id": "text", "status": "final", "code": {"coding": [LOINC]}, "valueString": "Élevée"},
    {"resourceType": "Observation", "id": "date", "status": "final", "code": {"coding": [LOINC]},
     "valueDateTime": "2026-03-29T03:30:00+02:00"},
    {"resourceType": "Observation", "id": "concept", "status": "final", "code": {"coding": [LOINC]},
     "valueCodeableConcept": {"coding": [{"system": "http://a.example", "code": "x"}]}},
    {"resourceType": "Observation", "id": "bound", "status": "final", "code": {"coding": [LOINC]},
     "valueQuantity": {"value": 10, "comparator": "<", "unit": "m\u00b2"}},
    {"resourceType": "DocumentReference", "id": "new", "status": "current",
     "content": [{"attachment": {"url": "http://d.example/1", "contentType": "application/pdf", "language": "fr-FR"}}],
     "relatesTo": [{"code": "replaces", "target": {"reference": "DocumentReference/old"}},
                   {"code": "appends", "target": {"reference": "DocumentReference/other"}}]},
    {"resourceType": "Patient", "id": "known", "identifier": [{
        "type": {"coding": [{"system": INS, "code": "INS-NIR"}], "text": "Matricule"},
        "system": "urn:oid:1.2.250.1.213.1.4.10", "value": "1"}], "deceasedBoolean": False,
     "telecom": [{"system": "phone", "value": "+33000000000"}, {"system": "email", "value": "a@b.example"},
                 {"system": "fax", "value": "+33999999999"}],
     "address": [{"line": ["1 rue Fictive"], "city": "Évry"}]},
    {"resourceType": "Patient", "id": "late", "deceasedDateTime": "2026-01-01"},
    {"resourceType": "PractitionerRole", "id": "enrolled", "extension": [
        {"url": "https://binome.example/fhir/StructureDefinition/enrolment-status", "valueCode": "active"}]},
    {"resourceType": "ServiceRequest", "id": "derogatory", "status": "active", "intent": "order", "extension": [
        {"url": "https://binome.example/fhir/StructureDefinition/derogatory", "valueBoolean": True}]},
]  # fmt: skip


@pytest.fixture
def more(small: World) -> World:
    for resource in MORE:
        small.store(small.house, resource)
    return small


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("Observation?code-value-string=72514-3$elev", ["text"]),
        ("Observation?code-value-string=http://loinc.org|72514-3$elev", ["text"]),
        ("Observation?code-value-string=http://other.example|72514-3$elev", []),
        ("Observation?code-value-date=72514-3$2026-03-29", ["date"]),
        ("Observation?code-value-date=72514-3$lt2026-03-29", []),
        ("Observation?code-value-concept=72514-3$x", ["concept"]),
        ("Observation?code-value-concept=72514-3$http://a.example|x", ["concept"]),
        ("Observation?combo-code-value-concept=72514-3$http://b.example|x", []),
        ("Observation?value-quantity=lt5||m²", ["bound"]),
        ("Observation?value-quantity=gt10||m²", []),
        ("Observation?value-string:contains=EVE&code=72514-3", ["text"]),
        ("DocumentReference?relationship=replaces$DocumentReference/old", ["new"]),
        ("DocumentReference?relationship=appends$DocumentReference/old", []),
        (
            "DocumentReference?relationship=http://hl7.org/fhir/document-relationship-type|replaces$DocumentReference/old",
            ["new"],
        ),
        ("DocumentReference?relationship=http://other.example|replaces$DocumentReference/old", []),
        ("DocumentReference?relationship=replaces$http://localhost/fhir/DocumentReference/old", ["new"]),
        ("DocumentReference?relationship=replaces$DocumentReference/old/_history/1", ["new"]),
        ("DocumentReference?relationship=replaces$http://elsewhere.example/DocumentReference/old", []),
        ("DocumentReference?contenttype=urn:ietf:bcp:13|application/pdf", ["new"]),
        ("DocumentReference?contenttype=http://other.example|application/pdf", []),
        ("DocumentReference?language=fr-FR", ["new"]),
        ("DocumentReference?language=urn:ietf:bcp:47|fr-FR", ["new"]),
        ("DocumentReference?language=http://other.example|fr-FR", []),
        (
            "PractitionerRole?enrolment-status=https://binome.example/fhir/CodeSystem/binome-enrolment-status|active",
            ["enrolled"],
        ),
        ("PractitionerRole?enrolment-status=https://binome.example/fhir/CodeSystem/binome-recourse|active", []),
        ("ServiceRequest?derogatory=http://terminology.hl7.org/CodeSystem/special-values|true", ["derogatory"]),
        ("Patient?deceased=http://terminology.hl7.org/CodeSystem/special-values|true", ["late"]),
        ("DocumentReference?relatesto=DocumentReference/old&relation=appends", ["new"]),
        ("DocumentReference?location:below=http://d.example/", ["new"]),
        ("DocumentReference?location:above=http://d.example/1/2", ["new"]),
        ("DocumentReference?contenttype=application/pdf", ["new"]),
        (f"Patient?identifier:of-type={INS}|INS-NIR|1", ["known"]),
        (f"Patient?identifier:of-type={INS}|INS-NIR|2", []),
        ("Patient?identifier:text=matric", ["known"]),
        ("Patient?phone=%2B33000000000", ["known"]),
        ("Patient?email=%2B33000000000", []),
        ("Patient?telecom=a@b.example", ["known"]),
        ("Patient?telecom=phone|%2B33000000000", ["known"]),
        ("Patient?telecom=fax|%2B33999999999", ["known"]),
        ("Patient?telecom=phone|%2B33999999999", []),
        ("Patient?telecom=fax|%2B33000000000", []),
        ("Patient?telecom=|%2B33000000000", []),
        ("Patient?phone=phone|%2B33000000000", ["known"]),
        ("Patient?phone=email|a@b.example", []),
        ("Patient?_id=known&telecom=email|", ["known"]),
        ("Patient?_id=known&telecom=fax|", ["known"]),
        ("Patient?_id=known&telecom=pager|", []),
        ("Patient?_id=known,late&telecom:not=phone|%2B33000000000", ["late"]),
        ("Patient?address=evry", ["known"]),
        ("Patient?address:contains=fictive", ["known"]),
        ("Patient?deceased=true", ["late"]),
        ("Patient?deceased=false&address-city=evry", ["known"]),
        ("Patient?death-date=2026", ["late"]),
    ],
)
def test_each_finds_its_own(more: World, query: str, wanted: list[str]) -> None:
    assert [one.partition("/")[2] for one in more.found(query)] == wanted


def test_our_own_parameters_find_what_an_act_leaves(shared: House) -> None:
    answer = shared.client.post("/records/acts", json=act())
    assert answer.status_code == 201, answer.text
    id_ = answer.get_json()["act"].partition("/")[2]

    def found(query: str) -> list[dict[str, Any]]:
        told = shared.client.get(f"/fhir/{query}")
        assert told.status_code == 200, told.text
        return [one["resource"] for one in told.get_json(force=True).get("entry", ())]

    (proof,) = found(f"Provenance?target=Procedure/{id_}")
    shown = {part["url"]: part for part in proof["extension"][0]["extension"]}
    sequence = shown["sequence"]["valuePositiveInt"]
    assert [one["id"] for one in found(f"Provenance?chain-sequence={sequence}")] == [proof["id"]]
    assert proof["id"] not in [one["id"] for one in found(f"Provenance?chain-sequence=gt{sequence}")]
    assert [one["id"] for one in found("Provenance?_sort=-chain-sequence&_count=1")] == [proof["id"]]
    (task,) = found(f"Task?focus=Procedure/{id_}&ack-deadline=gt2026-11-21")
    deadline = task["restriction"]["period"]["end"]
    assert found(f"Task?focus=Procedure/{id_}&ack-deadline=le{deadline[:10]}")
    assert found(f"Task?focus=Procedure/{id_}&_include=Task:focus")[1]["id"] == id_
    duty = "Task?code=https://binome.example/fhir/CodeSystem/binome-task-code|acknowledge"
    assert task["id"] in [one["id"] for one in found(f"{duty}&status=requested,received&_sort=authored-on")]
    assert id_ in [one["id"] for one in found("Procedure?derogatory=true&delegator:PractitionerRole.active=true")]
    assert found(f"Procedure?_id={id_}&code:text=prise")
    assert found(f"Procedure?_id={id_}&_include=Procedure:instantiates-canonical")[1]["resourceType"] in (
        "PlanDefinition", "ActivityDefinition",
    )  # fmt: skip
    assert id_ in [one["id"] for one in found("Procedure?instantiates-canonical:PlanDefinition.name:missing=false")]


def test_an_act_costs_few_entries(shared: House) -> None:
    """Each takes its place in a page of the log (docs/performance.md)."""
    with shared.store._reading() as session:
        (before,) = session.rows("SELECT max(number) FROM resource_version")[0]
        assert shared.client.post("/records/acts", json=act()).status_code == 201
    with shared.store._reading() as session:
        bodies = session.rows("SELECT body FROM resource_version WHERE number > ?", (before,))
    entries = [index_of(parse(body)) for (body,) in bodies]
    assert len(entries) >= 8
    assert sum(len(one.terms) for one in entries) <= 160
    assert sum(len(one.spans) + len(one.texts) for one in entries) <= 20
