"""Whose record a resource is in, and when the care took place that it tells of."""

from typing import Any

import pytest

from mappings.fhir.compartment import PATIENT_TYPES, care_span, patients_of, proved_by
from mappings.fhir.search import COMPARTMENTS, date_range

ANNA, BRUNO = {"reference": "Patient/anna"}, {"reference": "Patient/bruno/_history/2"}
NURSE = {"reference": "PractitionerRole/nurse"}


@pytest.mark.parametrize(
    ("resource", "whose"),
    [
        ({"resourceType": "Patient", "id": "anna"}, {"anna"}),
        ({"resourceType": "Patient", "id": "anna", "link": [{"other": BRUNO, "type": "seealso"}]}, {"anna", "bruno"}),
        ({"resourceType": "Procedure", "subject": ANNA, "performer": [{"actor": NURSE}]}, {"anna"}),
        ({"resourceType": "Consent", "patient": BRUNO}, {"bruno"}),
        ({"resourceType": "Task", "for": ANNA, "owner": NURSE}, {"anna"}),
        ({"resourceType": "AuditEvent", "entity": [{"what": NURSE}, {"what": ANNA}], "agent": [{"who": NURSE}]}, {"anna"}),
        ({"resourceType": "Provenance", "target": [ANNA, {"reference": "Procedure/p/_history/1"}]}, {"anna"}),
        ({"resourceType": "Procedure", "subject": {"reference": "https://example.org/fhir/Patient/anna"}}, set()),
        ({"resourceType": "Procedure", "subject": {"display": "Anna"}}, set()),
        ({"resourceType": "Organization", "id": "o"}, set()),
    ],
)  # fmt: skip
def test_whose_record_it_is_in(resource: dict[str, Any], whose: set[str]) -> None:
    assert patients_of(resource) == whose


def test_a_provenance_is_in_the_record_of_what_it_proves() -> None:
    targets = [ANNA, {"reference": "Procedure/p/_history/1"}, NURSE]
    assert proved_by({"resourceType": "Provenance", "target": targets}) == [("Patient", "anna"), ("Procedure", "p")]
    assert proved_by({"resourceType": "AuditEvent", "entity": [{"what": ANNA}]}) == []


def test_the_types_are_those_of_the_compartment() -> None:
    assert set(PATIENT_TYPES) == {"Patient", *COMPARTMENTS["Patient"]}
    assert len(set(PATIENT_TYPES)) == len(PATIENT_TYPES)


@pytest.mark.parametrize(
    ("resource", "day"),
    [
        ({"resourceType": "Procedure", "performedDateTime": "2026-11-20"}, "2026-11-20"),
        ({"resourceType": "QuestionnaireResponse", "authored": "2026-11-20"}, "2026-11-20"),
        ({"resourceType": "Patient", "birthDate": "1990-01-01"}, None),
        ({"resourceType": "Observation"}, None),
    ],
)
def test_when_the_care_took_place(resource: dict[str, Any], day: str | None) -> None:
    assert care_span(resource) == (date_range(day) if day else None)


def test_care_under_way_lasts() -> None:
    low, high = care_span({"resourceType": "CarePlan", "period": {"start": "2026-11-16"}}) or (0, 0)
    assert low == date_range("2026-11-16")[0]
    assert high > date_range("2100")[1]
