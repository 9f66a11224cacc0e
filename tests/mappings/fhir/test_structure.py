import copy
from decimal import Decimal
from typing import Any

import fhirkit
import pytest
from fhir.resources.R4B import get_fhir_model_class
from fhirpathpy import evaluate
from fhirpathpy.models import models
from hypothesis import HealthCheck, given, settings
from pydantic import ValidationError

from mappings.elements import Json
from mappings.fhir import json, structure
from mappings.fhir.definitions import carried, definition, known
from tables.__main__ import FILE, written
from tests.mappings.fhir.mutations import GOOD, Place, added, mutant, places, replaced, without


def found(resource: Json) -> list[tuple[str, str]]:
    return [(issue.code, issue.expression) for issue in structure.check(resource)]


@pytest.mark.parametrize("name", GOOD)
def test_good_resources_have_no_fault(name: str) -> None:
    assert structure.check(GOOD[name]) == []


# ── faults, one by one ─────────────────────────────────────────────────────────────────────────────────────

PROCEDURE: list[tuple[Place, Any, str, str]] = [
    (("unknown",), "x", "structure", "Procedure.unknown"),
    (("fhir_comments",), "x", "structure", "Procedure"),
    (("status",), "done", "code-invalid", "Procedure.status"),
    (("status",), ["completed"], "structure", "Procedure.status"),
    (("status",), True, "structure", "Procedure.status"),
    (("status",), None, "structure", "Procedure.status"),
    (("subject",), [{"reference": "Patient/pat1"}], "structure", "Procedure.subject"),
    (("subject", "reference"), "Device/x", "value", "Procedure.subject.reference"),
    (("subject", "reference"), "Patient", "value", "Procedure.subject.reference"),
    (("subject", "reference"), "#nowhere", "invariant", "Procedure.subject.reference"),
    (("performer",), {"actor": {"reference": "Patient/pat1"}}, "structure", "Procedure.performer"),
    (("performer",), [], "structure", "Procedure.performer"),
    (("performer", 0), None, "structure", "Procedure.performer[0]"),
    (("performer", 0), {"function": {"text": "x"}}, "required", "Procedure.performer[0].actor"),
    (("code",), {}, "structure", "Procedure.code"),
    (("code",), {"id": "a"}, "invariant", "Procedure.code"),
    (("code", "text"), "", "structure", "Procedure.code.text"),
    (("code", "text"), "x" * (1024 * 1024 + 1), "too-long", "Procedure.code.text"),
    (("performedDateTime",), 20261120, "structure", "Procedure.performed"),
    (("performedDateTime",), "2026-02-30", "value", "Procedure.performed"),
    (("performedDateTime",), "2026-11-20T10:05:00", "value", "Procedure.performed"),
    (("performedDateTime",), "2026-11-20T24:00:00Z", "value", "Procedure.performed"),
    (("performedString",), "hier", "structure", "Procedure.performed"),
    (("_performedString",), {"extension": [{"url": "http://e", "valueCode": "a"}]}, "structure", "Procedure.performed"),
    (("id",), "a" * 65, "value", "Procedure.id"),
    (("id",), "é", "value", "Procedure.id"),
    (("meta", "lastUpdated"), "2026-11-20", "value", "Procedure.meta.lastUpdated"),
    (("instantiatesCanonical", 0), "deux mots", "value", "Procedure.instantiatesCanonical[0]"),
    (("instantiatesCanonical", 1), None, "structure", "Procedure.instantiatesCanonical[1]"),
    (("_recorded",), {"id": "x"}, "structure", "Procedure._recorded"),
    (("_language",), {"id": "x"}, "invariant", "Procedure.language"),
    (("extension", 0, "url"), "", "value", "Procedure.extension[0].url"),
    (("extension", 0), {"url": "http://e"}, "invariant", "Procedure.extension[0]"),
    (
        ("extension", 0, "valueRatioRange"),
        {},
        "structure",
        "Procedure.extension[0].valueRatioRange",
    ),
    (("extension", 1, "valueBoolean"), "true", "structure", "Procedure.extension[1].value"),
    (("extension", 1), {"url": "http://e", "valueOid": "1.2.3"}, "value", "Procedure.extension[1].value"),
    (("extension", 1), {"url": "http://e", "valueUuid": "urn:uuid:X"}, "value", "Procedure.extension[1].value"),
    (("extension", 1), {"url": "http://e", "valueBase64Binary": "a"}, "value", "Procedure.extension[1].value"),
    (("extension", 1), {"url": "http://e", "valueBase64Binary": "aGV*sbG8="}, "value", "Procedure.extension[1].value"),
    (("extension", 1), {"url": "http://e", "valuePositiveInt": 0}, "value", "Procedure.extension[1].value"),
    (("extension", 1), {"url": "http://e", "valueUnsignedInt": -1}, "value", "Procedure.extension[1].value"),
    (("extension", 1), {"url": "http://e", "valueInteger": 2**31}, "value", "Procedure.extension[1].value"),
    (
        ("extension", 1),
        {"url": "http://e", "valueInteger": Decimal("1.0")},
        "structure",
        "Procedure.extension[1].value",
    ),
    (("extension", 1), {"url": "http://e", "valueDecimal": "1.0"}, "structure", "Procedure.extension[1].value"),
    (("extension", 1), {"url": "http://e", "valueTime": "24:00:00"}, "value", "Procedure.extension[1].value"),
    (("resourceType",), "Nothing", "not-supported", "Nothing"),
    (("resourceType",), "Evidence", "not-supported", "Evidence"),
    (("resourceType",), "HumanName", "not-supported", "HumanName"),
    (("resourceType",), None, "structure", ""),
]


@pytest.mark.parametrize(("place", "stranger", "code", "expression"), PROCEDURE)
def test_fault(place: Place, stranger: Any, code: str, expression: str) -> None:
    assert found(replaced(GOOD["Procedure"], place, stranger)) == [(code, expression)]


@pytest.mark.parametrize(
    ("name", "place", "expression"),
    [
        ("Procedure", ("status",), "Procedure.status"),
        ("Procedure", ("subject",), "Procedure.subject"),
        ("Provenance", ("agent", 0, "who"), "Provenance.agent[0].who"),
        ("MedicationRequest", ("medicationCodeableConcept",), "MedicationRequest.medication"),
        ("Bundle", ("entry", 0, "resource", "status"), "Bundle.entry[0].resource.status"),
        ("CarePlan", ("contained", 0, "intent"), "CarePlan.contained[0].intent"),
    ],
)
def test_missing(name: str, place: Place, expression: str) -> None:
    assert found(without(GOOD[name], place)) == [("required", expression)]


def test_r4_and_not_r4b() -> None:
    canonical = "http://hl7.org/fhir/StructureDefinition/x"
    assert found(GOOD["PlanDefinition"] | {"subjectCanonical": canonical})
    assert found(GOOD["ActivityDefinition"] | {"subjectCanonical": canonical})
    assert found(added(GOOD["PlanDefinition"], ("action", 0), "subjectCanonical", canonical))
    assert found(GOOD["Observation"] | {"subject": {"reference": "Organization/x"}})
    assert not found(GOOD["Observation"] | {"extension": [{"url": "http://e", "valueMeta": {"versionId": "1"}}]})
    assert not found(GOOD["Task"] | {"status": "failed"})


def test_every_fault_is_told() -> None:
    spoilt = replaced(GOOD["Procedure"], ("status",), "done") | {"unknown": 1, "performedDateTime": "hier"}
    del spoilt["subject"]
    assert sorted(found(spoilt)) == [
        ("code-invalid", "Procedure.status"),
        ("required", "Procedure.subject"),
        ("structure", "Procedure.unknown"),
        ("value", "Procedure.performed"),
    ]


def test_a_hundred_faults_at_most() -> None:
    many = GOOD["Procedure"] | {"note": [{"text": ""}] * 200_000}
    assert len(structure.check(many)) == 100


def test_sentences_name_the_element_and_never_its_value() -> None:
    for place in places(GOOD["Patient"]):
        for issue in structure.check(replaced(GOOD["Patient"], place, "SECRET {0} secret")):
            assert "SECRET" not in issue.text + issue.expression
            assert "{}" not in issue.text
            assert issue.reference.startswith("FHIR R4 4.0.1")
    (issue,) = structure.check(GOOD["Patient"] | {"Jean DUPONT": 1})
    assert "DUPONT" not in issue.text + issue.expression


def test_expression_may_be_given() -> None:
    spoilt = without(GOOD["Procedure"], ("status",))
    assert structure.check(spoilt, "Bundle.entry[3].resource")[0].expression == "Bundle.entry[3].resource.status"


def test_expressions_are_fhirpath() -> None:
    """What a fault points at is there, for an evaluator that others wrote."""
    for place in places(GOOD["Procedure"]):
        spoilt = replaced(GOOD["Procedure"], place, "é é")
        for issue in structure.check(spoilt):
            if issue.code in ("value", "structure", "code-invalid"):
                assert evaluate(spoilt, issue.expression, {}, models["r4"]), issue.expression


# ── contained resources ────────────────────────────────────────────────────────────────────────────────────


def contained(**changes: Any) -> Json:
    return copy.deepcopy(GOOD["Procedure"]) | {
        "contained": [{"resourceType": "Patient", "id": "p"} | changes],
        "subject": {"reference": "#p"},
    }


def test_a_contained_resource_is_found_and_checked() -> None:
    assert found(contained()) == []
    assert found(contained(gender="x")) == [("code-invalid", "Procedure.contained[0].gender")]
    assert found(contained(id="q")) == [
        ("invariant", "Procedure.subject.reference"),
        ("invariant", "Procedure.contained[0]"),
    ]


def test_the_type_beside_a_reference_is_that_of_its_resource() -> None:
    """R4 4.0.1, references.html: both SHALL be consistent."""
    for told, faults in (
        ("Patient", []),
        ("http://hl7.org/fhir/StructureDefinition/Patient", []),
        ("Practitioner", [("value", "Procedure.subject.type")]),
    ):
        procedure = {
            "resourceType": "Procedure",
            "status": "completed",
            "subject": {"reference": "Patient/a", "type": told},
        }
        assert found(procedure) == faults


def test_a_contained_resource_has_the_type_asked_for() -> None:
    assert found(contained(resourceType="Location")) == [("value", "Procedure.subject.reference")]


@pytest.mark.parametrize(
    "changes",
    [
        {"contained": [{"resourceType": "Basic", "id": "b", "code": {"text": "x"}}]},
        {"meta": {"versionId": "1"}},
        {"meta": {"lastUpdated": "2026-11-20T10:06:00Z"}},
        {"meta": {"security": [{"code": "R"}]}},
    ],
)
def test_dom_2_4_5(changes: Json) -> None:
    assert ("invariant", "Procedure.contained[0]") in found(contained(**changes))


def test_dom_3_is_met_by_a_reference_home() -> None:
    resource = contained(managingOrganization={"reference": "#"}, id="q") | {"subject": {"reference": "Patient/x"}}
    # Patient.managingOrganization may not be a Procedure, but the contained resource does lead home
    assert found(resource) == []


def test_a_reference_home_stands_in_a_contained_resource_only() -> None:
    assert found(GOOD["Procedure"] | {"subject": {"reference": "#"}}) == [("invariant", "Procedure.subject.reference")]


def test_two_contained_resources_of_one_id() -> None:
    resource = contained()
    resource["contained"] *= 2
    assert found(resource) == [("invariant", "Procedure.contained")]


def test_entries_of_a_bundle_do_not_share_what_they_contain() -> None:
    bundle = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": contained()}, {"resource": contained()}],
    }
    assert found(bundle) == []
    del bundle["entry"][1]["resource"]["contained"]  # type: ignore[index]
    assert found(bundle) == [("invariant", "Bundle.entry[1].resource.subject.reference")]


# ── values and companions ──────────────────────────────────────────────────────────────────────────────────

BESIDE = {"extension": [{"url": "http://e", "valueCode": "unknown"}]}


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ({"given": ["a", None], "_given": [None, BESIDE]}, None),
        ({"_given": [BESIDE]}, None),
        ({"given": ["a"], "_given": [{"id": "i"}]}, None),
        ({"family": "F", "_family": {"id": "i"}}, None),
        ({"_family": BESIDE}, None),
        ({"_family": {"id": "i"}}, "Patient.name[0].family"),
        ({"_family": {}}, "Patient.name[0].family"),
        ({"_family": None}, "Patient.name[0].family"),
        ({"given": ["a", None]}, "Patient.name[0].given[1]"),
        ({"given": ["a", None], "_given": [None, None]}, "Patient.name[0].given[1]"),
        ({"given": ["a", "b"], "_given": [BESIDE]}, "Patient.name[0].given"),
        ({"given": "a", "_given": [BESIDE]}, "Patient.name[0].given"),
        ({"given": ["a"], "_given": BESIDE}, "Patient.name[0].given"),
        ({"_period": BESIDE, "text": "a"}, "Patient.name[0]._period"),
    ],
)
def test_companions(name: Json, fault: str | None) -> None:
    faults = found({"resourceType": "Patient", "name": [name]})
    assert [expression for _, expression in faults] == ([fault] if fault else [])


# ── two validators, and a third ────────────────────────────────────────────────────────────────────────────


def test_what_was_without_fault_beside_a_companion_has_one_alone() -> None:
    alone = {"resourceType": "PlanDefinition", "status": "draft", "library": ["urn:a", None]}
    beside = alone | {"_library": [None, BESIDE]}
    assert found(beside) == []
    assert [expression for _, expression in found(alone)] == ["PlanDefinition.library[1]"]
    assert found(beside) == []


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(mutant())
def test_what_was_seen_before_makes_no_difference(resource: Json) -> None:
    """The faults are those that a program which has seen nothing finds."""
    first = found(resource)
    assert found(resource) == first
    structure.members_of.cache_clear()
    assert found(resource) == first


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(mutant())
def test_what_passes_here_passes_the_models_and_fhirkit(resource: Json) -> None:
    """Over the 37 000 mutants of ``mutations.mutants`` neither refuses what passes here; both let faults through."""
    if structure.check(resource):
        return
    get_fhir_model_class(resource["resourceType"]).model_validate(resource)
    assert [str(i) for i in fhirkit.validate(json.dump(resource)) if i.severity == "error"] == []


@pytest.mark.parametrize(
    "value",
    [
        {"valueMeta": {"versionId": "1"}},  # the models have not this type of R4's open choice
        {"valueUuid": "urn:uuid:6a1c3f2e-9d1b-1c7a-8a3e-1f2b3c4d5e6f"},  # the models want version 4; FHIR does not
        {"valueString": "\u00a0"},  # a no-break space is a space to their regular expressions, not to FHIR's
    ],
)
def test_where_the_models_are_stricter_than_fhir(value: Json) -> None:
    patient = {"resourceType": "Patient", "extension": [{"url": "http://e", **value}]}
    assert structure.check(patient) == []
    assert fhirkit.validate(json.dump(patient)) == []
    with pytest.raises(ValidationError):
        get_fhir_model_class("Patient").model_validate(patient)


# ── the tables ─────────────────────────────────────────────────────────────────────────────────────────────


def test_the_tables_are_those_of_the_models() -> None:
    assert FILE.read_text("utf-8") == written()


def test_a_table_tells_the_elements_in_order_and_what_they_are() -> None:
    procedure = definition("Procedure")
    assert list(procedure.elements)[:4] == ["id", "meta", "implicitRules", "language"]
    assert procedure.elements["performer"].type == "ProcedurePerformer"
    assert procedure.elements["subject"].targets == {"Patient", "Group"}
    assert definition("Extension").elements["url"].required


def test_no_table_of_a_name_that_is_none() -> None:
    for name in ("Unknown", "SubscriptionTopic", "MedicinalProduct", "", "_lines"):
        with pytest.raises(ValueError, match="table"):
            definition(name)


def test_types_known_without_a_table() -> None:
    assert known("MedicinalProduct")
    assert not carried("MedicinalProduct")
    assert not any(map(known, ("SubscriptionTopic", "HumanName", "Resource", "", "a\tb")))


def test_types_carried() -> None:
    assert all(map(carried, GOOD))
    assert not any(map(carried, ("HumanName", "DomainResource", "Resource", "SubscriptionTopic", "", "__class__")))


def test_warm_reads_all_that_a_type_is_made_of() -> None:
    structure.warm(["Procedure"])
    before = definition.cache_info().misses
    structure.check(GOOD["Procedure"])
    assert definition.cache_info().misses == before
