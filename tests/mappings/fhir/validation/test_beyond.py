"""What R4 says in words and no expression of it: addresses, identifiers of elements, sizes, claims of its own types."""

from typing import Any

import pytest

from mappings.codes import systems
from mappings.elements import Json
from mappings.fhir.validation import validated
from tests.mappings.fhir.validation.test_base import PROCEDURE, TASK, told

PATIENT: Json = {"resourceType": "Patient", "id": "p"}
HERE = "urn:uuid:6a1c3f2e-9d1b-4c7a-8a3e-1f2b3c4d5e6f"
THERE = "urn:uuid:7a1c3f2e-9d1b-4c7a-8a3e-1f2b3c4d5e6f"


def bundle(type_: str, *entries: Json) -> Json:
    return {"resourceType": "Bundle", "type": type_, "entry": list(entries)}


def places(resource: Json) -> set[str]:
    return {expression for expression, _ in told(resource)}


@pytest.mark.parametrize(
    ("system", "right"),
    [
        ("urn:oid:1.2.250.1.213", True),
        ("urn:oid:1.02", False),
        ("urn:oid:3.1", False),
        (HERE, True),
        (HERE.upper().replace("URN:UUID", "urn:uuid"), False),
        ("urn:uuid:1234", False),
        ("urn:ietf:rfc:3986", True),
        ("http://example.org/urn:oid:x", True),
    ],
)
def test_an_oid_or_a_uuid_keeps_its_form_as_a_uri(system: str, right: bool) -> None:
    found = places(PATIENT | {"identifier": [{"system": system, "value": "x"}]})
    assert found == (set() if right else {"Patient.identifier[0].system"})


@pytest.mark.parametrize(
    ("canonical", "right"),
    [
        ("http://example.org/p", True),
        ("http://example.org/p|1", True),
        (f"{HERE}|1", True),
        ("#p", True),
        ("PlanDefinition/p", False),
        ("urn:uuid:1234|1", False),
    ],
)
def test_a_canonical_is_absolute_or_internal(canonical: str, right: bool) -> None:
    contained = [{"resourceType": "PlanDefinition", "id": "p", "status": "draft"}] if canonical[0] == "#" else []
    resource = PROCEDURE | {"instantiatesCanonical": [canonical]} | ({"contained": contained} if contained else {})
    assert places(resource) == (set() if right else {"Procedure.instantiatesCanonical[0]"})


def test_an_extension_bears_an_absolute_address_and_its_parts_a_name() -> None:
    part = {"url": "x", "valueCode": "a"}
    whole = {"url": "http://other", "extension": [part]}
    assert told(PROCEDURE | {"extension": [whole]}) == set()
    assert places(PROCEDURE | {"extension": [part]}) == {"Procedure.extension[0].url"}
    assert places(PROCEDURE | {"code": {"extension": [part]}}) == {"Procedure.code.extension[0].url"}
    assert places(PROCEDURE | {"_status": {"extension": [part]}}) == {"Procedure.status.extension[0].url"}


def test_an_extension_that_modifies_nothing_is_no_modifier() -> None:
    derogatory = {"url": systems.EXT_DEROGATORY, "valueBoolean": True}
    assert told(PROCEDURE | {"modifierExtension": [derogatory]}) == {
        ("Procedure.modifierExtension[0]", "extensibility.html")
    }


@pytest.mark.parametrize("type_", ["collection", "searchset", "history", "document"])
def test_an_entry_has_an_address(type_: str) -> None:
    assert "Bundle.entry[0].fullUrl" in places(bundle(type_, {"resource": PATIENT}))
    assert "Bundle.entry[0].fullUrl" not in places(bundle(type_, {"fullUrl": HERE, "resource": PATIENT}))


@pytest.mark.parametrize("type_", ["transaction", "batch", "transaction-response", "batch-response"])
def test_what_is_exchanged_needs_none(type_: str) -> None:
    assert "Bundle.entry[0].fullUrl" not in places(bundle(type_, {"resource": PATIENT}))


@pytest.mark.parametrize(
    ("address", "right"),
    [
        ("http://example.org/fhir/Patient/p", True),
        ("http://example.org/fhir/Patient/q", False),
        ("http://example.org/fhir/Group/p", False),
        ("http://example.org/p", True),
        ("Patient/p", False),
    ],
)
def test_the_address_of_an_entry_agrees_with_its_resource(address: str, right: bool) -> None:
    found = places(bundle("collection", {"fullUrl": address, "resource": PATIENT}))
    assert found == (set() if right else {"Bundle.entry[0].fullUrl"})


def test_what_is_found_has_an_identifier() -> None:
    def found(resource: Json) -> set[str]:
        return places(bundle("searchset", {"fullUrl": HERE, "resource": resource}))

    assert found(PATIENT) == set()
    assert found({"resourceType": "Patient", "active": True}) == {"Bundle.entry[0].resource.id"}
    assert found({"resourceType": "OperationOutcome", "issue": [{"severity": "warning", "code": "invalid"}]}) == set()


@pytest.mark.parametrize(("neighbour", "right"), [(PATIENT, True), (TASK | {"id": "t"}, False)])
def test_a_reference_to_a_neighbour_is_held_to_its_type(neighbour: Json, right: bool) -> None:
    referring = PROCEDURE | {"subject": {"reference": HERE}}
    entries = {"fullUrl": HERE, "resource": neighbour}, {"fullUrl": THERE, "resource": referring}
    found = places(bundle("collection", *entries))
    assert found == (set() if right else {"Bundle.entry[1].resource.subject.reference"})


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        ({"name": [{"id": "a", "family": "X"}, {"id": "b", "family": "Y"}]}, set()),
        ({"name": [{"id": "a", "family": "X"}, {"id": "a", "family": "Y"}]}, {"Patient.name[1]"}),
        ({"name": [{"id": "p", "family": "X"}]}, set()),
        (
            {"name": [{"id": "a", "family": "X"}], "birthDate": "2026", "_birthDate": {"id": "a"}},
            {"Patient.birthDate"},
        ),
        ({"name": [{"id": "a", "given": ["X"], "_given": [{"id": "a"}]}]}, {"Patient.name[0].given[0]"}),
        (
            {"name": [{"id": "a", "family": "X"}], "extension": [{"url": "http://e", "valuePeriod": {"id": "a", "start": "2026"}}]},
            {"Patient.extension[0].value"},
        ),
    ],
)  # fmt: skip
def test_an_element_has_an_identifier_of_its_own(resource: Json, expected: set[str]) -> None:
    assert places(PATIENT | resource) == expected


def test_what_is_contained_has_identifiers_of_its_own() -> None:
    def named(id_: str) -> Json:
        return PATIENT | {"name": [{"id": id_, "family": "X"}]}

    assert places(PROCEDURE | {"contained": [named("a")], "subject": {"id": "a", "reference": "#p"}}) == set()
    twice = named("a") | {"telecom": [{"id": "a", "system": "url", "value": "x"}]}
    assert places(PROCEDURE | {"contained": [twice], "subject": {"reference": "#p"}}) == {
        "Procedure.contained[0].telecom[0]"
    }


@pytest.mark.parametrize(("size", "right"), [(1, True), (4, False), (0, False)])
def test_an_attachment_says_its_size_truly(size: int, right: bool) -> None:
    attachment: dict[str, Any] = {"contentType": "text/plain", "data": "QQ==", "size": size}
    document = {"resourceType": "DocumentReference", "status": "current", "content": [{"attachment": attachment}]}
    assert places(document) == (set() if right else {"DocumentReference.content[0].attachment.size"})


def test_several_conditions_or_initial_values_ask_for_more() -> None:
    def form(**question: Any) -> Json:
        first, second = {"linkId": "1", "type": "boolean"}, {"linkId": "2", "type": "string"} | question
        return {"resourceType": "Questionnaire", "status": "draft", "item": [first, second]}

    conditions = [{"question": "1", "operator": operator, "answerBoolean": True} for operator in ("=", "!=")]
    assert told(form(enableWhen=conditions)) == {("Questionnaire.item[1]", "que-12")}
    assert told(form(enableWhen=conditions, enableBehavior="any")) == set()
    assert told(form(enableWhen=conditions[:1])) == set()
    values = [{"valueString": "x"}, {"valueString": "y"}]
    assert told(form(initial=values)) == {("Questionnaire.item[1]", "que-13")}
    assert told(form(initial=values, repeats=False)) == {("Questionnaire.item[1]", "que-13")}
    assert told(form(initial=values, repeats=True)) == set()


@pytest.mark.parametrize(
    ("name", "errors"), [("Procedure", set()), ("DomainResource", set()), ("Resource", set()), ("Patient", {"Procedure"})]
)  # fmt: skip
def test_a_type_of_r4_may_be_claimed_by_its_own(name: str, errors: set[str]) -> None:
    url = f"http://hl7.org/fhir/StructureDefinition/{name}"
    claiming = PROCEDURE | {"meta": {"profile": [url]}}
    assert places(claiming) == errors
    assert ("Procedure.meta.profile", "resource.html#Meta") not in told(claiming, "warning")
    assert {issue.expression for issue in validated(PROCEDURE, [url]) if issue.severity == "error"} == errors
