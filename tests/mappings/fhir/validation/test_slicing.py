"""Slices by each discriminator, closed, ordered, at the end: on small profiles made for it."""

from typing import Any

import pytest

from mappings.elements import Json
from mappings.fhir.validation.base import environment_of
from mappings.fhir.validation.conformance import conforms
from mappings.fhir.validation.fhirpath import Meter
from mappings.fhir.validation.profiles import profile_of
from tests.mappings.fhir.validation.examples import GOOD


def element(id_: str, **told: Any) -> Json:
    path = ".".join(step.partition(":")[0] for step in id_.split("."))
    return {"id": id_, "path": path, "min": 0, "max": "*"} | told


def slice_(id_: str, **told: Any) -> Json:
    return element(id_, sliceName=id_.rpartition(":")[2], **told)


def discriminator(kind: str, path: str, rules: str = "open", **told: Any) -> Json:
    return {"slicing": {"discriminator": [{"type": kind, "path": path}], "rules": rules} | told}


def judged(resource: Json, *elements: Json) -> list[tuple[str, str]]:
    """(code, path) of what a profile of these elements has against a resource."""
    type_ = resource["resourceType"]
    body = {"url": "http://e/p", "id": "p", "type": type_, "snapshot": {"element": [element(type_), *elements]}}
    environment = environment_of(resource, Meter())
    found = conforms(profile_of(body), environment.resource, environment)
    return [(finding.code, finding.path) for finding in found]


def names(*uses: str) -> Json:
    return {"resourceType": "Patient", "name": [{"use": use, "family": "X"} for use in uses]}


def by_use(rules: str = "open", **told: Any) -> list[Json]:
    return [
        element("Patient.name", **discriminator("value", "use", rules, **told)),
        slice_("Patient.name:official", min=1, max="1"),
        element("Patient.name:official.use", patternCode="official"),
        element("Patient.name:official.given", min=1),
        slice_("Patient.name:usual"),
        element("Patient.name:usual.use", fixedCode="usual"),
    ]


def test_a_slice_has_its_cardinality_and_its_rules() -> None:
    assert judged(names("usual"), *by_use()) == [("required", ".name")]
    assert judged(names("official"), *by_use()) == [("required", ".name[0].given")]
    twice = judged(names("official", "official"), *by_use())
    assert twice == [("required", ".name[0].given"), ("required", ".name[1].given"), ("structure", ".name")]


@pytest.mark.parametrize(
    ("rules", "ordered", "uses", "found"),
    [
        ("open", False, ("nickname", "usual"), []),
        ("closed", False, ("nickname", "usual"), [("structure", ".name[0]")]),
        ("openAtEnd", False, ("nickname", "usual"), [("structure", ".name[0]")]),
        ("openAtEnd", False, ("usual", "nickname"), []),
        ("open", True, ("usual", "official"), [("structure", ".name[1]")]),
        ("open", True, ("official", "nickname", "usual"), []),
    ],
)
def test_slices_are_closed_or_ordered(rules: str, ordered: bool, uses: tuple[str, ...], found: list[Any]) -> None:
    elements = by_use(rules, ordered=ordered)
    del elements[3]
    elements[1]["min"] = 0
    assert judged(names(*uses), *elements) == found


def test_by_presence() -> None:
    elements = [
        element("Patient.name", **discriminator("exists", "period")),
        slice_("Patient.name:past", max="1"),
        element("Patient.name:past.period", min=1),
        slice_("Patient.name:present", max="1"),
        element("Patient.name:present.period", max="0"),
    ]
    past = {"family": "A", "period": {"start": "2000"}}
    assert judged({"resourceType": "Patient", "name": [past, {"family": "B"}]}, *elements) == []
    assert judged({"resourceType": "Patient", "name": [past, past]}, *elements) == [("structure", ".name")]
    assert judged(names("usual", "official"), *elements) == [("structure", ".name")]


def test_by_type() -> None:
    elements = [
        element("Observation.value[x]", max="1", **discriminator("type", "$this", "closed")),
        slice_("Observation.value[x]:valueQuantity", max="1", type=[{"code": "Quantity"}]),
        element("Observation.value[x]:valueQuantity.unit", min=1),
        slice_("Observation.value[x]:valueString", max="1", type=[{"code": "string"}]),
    ]
    observation = {"resourceType": "Observation", "status": "final", "code": {"text": "x"}}
    assert judged(observation | {"valueString": "x"}, *elements) == []
    assert judged(observation | {"valueQuantity": {"value": 1}}, *elements) == [("required", ".value.unit")]
    assert judged(observation | {"valueBoolean": True}, *elements) == [("structure", ".value")]


def test_by_type_of_a_contained_resource() -> None:
    elements = [
        element("Patient.contained", **discriminator("type", "$this")),
        slice_("Patient.contained:device", max="0", type=[{"code": "Device"}]),
    ]
    held = [{"resourceType": "Device", "id": "a"}, {"resourceType": "Basic", "id": "b", "code": {"text": "x"}}]
    assert judged({"resourceType": "Patient", "contained": held}, *elements) == [("structure", ".contained")]
    assert judged({"resourceType": "Patient", "contained": held[1:]}, *elements) == []


def test_by_a_required_binding() -> None:
    bound = {"strength": "required", "valueSet": "https://binome.example/fhir/ValueSet/binome-delegation-role"}
    elements = [
        element("PractitionerRole.code", **discriminator("value", "$this")),
        slice_("PractitionerRole.code:role", min=1, max="1", binding=bound),
    ]
    role = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-RoleCode", "code": "DELEGATEE"}]}
    assert judged({"resourceType": "PractitionerRole", "code": [{"text": "x"}, role]}, *elements) == []
    assert judged({"resourceType": "PractitionerRole", "code": [{"text": "x"}]}, *elements) == [("required", ".code")]


def test_a_slice_of_a_slice() -> None:
    elements = [
        *by_use()[:3],
        element("Patient.name:official.period"),
        slice_("Patient.name:official/past", max="0"),
        element("Patient.name:official/past.period", min=1),
    ]
    elements[1]["slicing"] = {"discriminator": [{"type": "exists", "path": "period"}], "rules": "open"}
    assert judged(names("official"), *elements) == []
    spoilt = names("official")
    spoilt["name"][0]["period"] = {"start": "2000"}
    assert judged(spoilt, *elements) == [("structure", ".name")]


def test_what_cannot_be_told_apart_is_said() -> None:
    for kind in ("profile", "position"):
        elements = [element("Patient.name", **discriminator(kind, "$this")), slice_("Patient.name:a", min=1)]
        assert judged(names("usual"), *elements) == [("not-supported", ".name")]
    elements = [element("Patient.name", **discriminator("value", "use")), slice_("Patient.name:a", min=1)]
    assert judged(names("usual"), *elements) == [("not-supported", ".name")]


def test_by_the_type_that_a_reference_points_at() -> None:
    def target(type_: str) -> Json:
        url = f"http://hl7.org/fhir/StructureDefinition/{type_}"
        return {"type": [{"code": "Reference", "targetProfile": [url]}]}

    elements = [
        element("Communication.recipient", **discriminator("type", "resolve()", "closed")),
        slice_("Communication.recipient:patient", max="1", **target("Patient")),
        slice_("Communication.recipient:team", **target("CareTeam")),
    ]

    def sent(*recipients: str) -> Json:
        return {"resourceType": "Communication", "recipient": [{"reference": one} for one in recipients]}

    assert judged(sent("Patient/a", "CareTeam/b"), *elements) == []
    assert judged(sent("Patient/a", "Patient/b"), *elements) == [("structure", ".recipient")]
    assert judged(sent("Patient/a", "Device/b"), *elements) == [("structure", ".recipient[1]")]


def test_by_a_profile() -> None:
    patient = "https://binome.example/fhir/StructureDefinition/binome-patient"
    elements = [
        element("Observation.contained", **discriminator("profile", "$this")),
        slice_("Observation.contained:ours", max="1", type=[{"code": "Patient", "profile": [patient]}]),
    ]
    good = {key: value for key, value in GOOD["patient"].items() if key != "meta"}
    held = [good, good, {"resourceType": "Patient", "id": "b"}]
    assert judged({"resourceType": "Observation", "contained": held}, *elements) == [("structure", ".contained")]
    assert judged({"resourceType": "Observation", "contained": held[1:]}, *elements) == []


def test_by_an_extension() -> None:
    elements = [
        element("Patient.name", **discriminator("value", "extension('http://e/k').value")),
        slice_("Patient.name:birth", max="1"),
        element("Patient.name:birth.extension"),
        slice_("Patient.name:birth.extension:kind", min=1),
        element("Patient.name:birth.extension:kind.url", fixedUri="http://e/k"),
        element("Patient.name:birth.extension:kind.value[x]", fixedCode="birth"),
    ]
    birth = {"family": "A", "extension": [{"url": "http://e/k", "valueCode": "birth"}]}
    other = {"family": "A", "extension": [{"url": "http://e/k", "valueCode": "other"}]}
    assert judged({"resourceType": "Patient", "name": [birth, other]}, *elements) == []
    assert judged({"resourceType": "Patient", "name": [birth, birth]}, *elements) == [("structure", ".name")]


def test_what_refers_to_the_content_of_another_element_follows_it_at_any_depth() -> None:
    elements = [
        element("PlanDefinition.action"),
        element("PlanDefinition.action.title", min=1),
        element("PlanDefinition.action.action", contentReference="#PlanDefinition.action"),
    ]
    action: Json = {"title": "x", "action": [{"title": "x", "action": [{"prefix": "x"}]}]}
    plan = {"resourceType": "PlanDefinition", "status": "draft", "action": [action]}
    assert judged(plan, *elements) == [("required", ".action[0].action[0].action[0].title")]


def test_a_reference_to_what_is_at_hand_has_its_profile_too() -> None:
    team = "https://binome.example/fhir/StructureDefinition/binome-team"
    told = element("CarePlan.careTeam", type=[{"code": "Reference", "targetProfile": [team]}])
    good = {key: value for key, value in GOOD["team"].items() if key != "meta"}

    def plan(held: Json) -> Json:
        return {"resourceType": "CarePlan", "careTeam": [{"reference": f"#{held['id']}"}], "contained": [held]}

    assert judged(plan(good), told) == []
    assert judged(plan({"resourceType": "CareTeam", "id": "t"}), told) == [("value", ".careTeam[0]")]


@pytest.mark.parametrize(
    ("told", "value", "code"),
    [
        ({"id": "Procedure.status", "fixedCode": "completed"}, {}, None),
        ({"id": "Procedure.status", "fixedCode": "stopped"}, {}, "value"),
        ({"id": "Procedure.code", "patternCodeableConcept": {"coding": [{"code": "b"}]}}, {}, None),
        ({"id": "Procedure.code", "patternCodeableConcept": {"coding": [{"code": "c"}]}}, {}, "value"),
        ({"id": "Procedure.code", "fixedCodeableConcept": {"coding": [{"code": "b"}]}}, {}, "value"),
        ({"id": "Procedure.performed[x]", "type": [{"code": "dateTime"}]}, {"performedString": "x"}, "structure"),
        ({"id": "Procedure.performed[x]", "min": 1}, {}, "required"),
        ({"id": "Procedure.note", "max": "0"}, {"note": [{"text": "x"}]}, "structure"),
        ({"id": "Procedure.note", "max": "1"}, {"note": [{"text": "x"}, {"text": "y"}]}, "structure"),
        ({"id": "Procedure.note", "min": 2}, {"note": [{"text": "x"}]}, "required"),
        ({"id": "Procedure.note.text", "max": "0"}, {"note": [{"text": "x"}]}, "structure"),
        ({"id": "Procedure.status", "mustSupport": True}, {}, None),
    ],
)
def test_an_element_is_narrowed(told: Json, value: Json, code: str | None) -> None:
    procedure = {
        "resourceType": "Procedure",
        "status": "completed",
        "subject": {"reference": "Patient/a"},
        "code": {"coding": [{"system": "http://e", "code": "a"}, {"system": "http://e", "code": "b"}]},
    }
    above = [element("Procedure.note")] if told["id"] == "Procedure.note.text" else []
    found = judged(procedure | value, *above, element(told.pop("id"), **told))
    assert [fault for fault, _ in found] == ([code] if code else [])


@pytest.mark.parametrize(
    ("subject", "refused"),
    [
        ({"reference": "Patient/a"}, False),
        ({"reference": "http://e/fhir/Patient/a/_history/2"}, False),
        ({"reference": "Group/a"}, True),
        ({"reference": "https://e/fhir/Group/a"}, True),
        ({"reference": "#g"}, True),
        ({"reference": "#p"}, False),
        ({"reference": "Group?identifier=x"}, True),
        ({"reference": "urn:uuid:00000000-0000-0000-0000-000000000001"}, False),
        ({"type": "Group", "identifier": {"value": "x"}}, True),
        ({"display": "x"}, False),
    ],
)
def test_a_reference_has_its_targets(subject: Json, refused: bool) -> None:
    only_patients = [{"code": "Reference", "targetProfile": ["http://hl7.org/fhir/StructureDefinition/Patient"]}]
    held = [{"resourceType": "Group", "id": "g"}, {"resourceType": "Patient", "id": "p"}]
    procedure = {"resourceType": "Procedure", "subject": subject, "contained": held}
    found = judged(procedure, element("Procedure.subject", type=only_patients))
    assert found == ([("value", ".subject")] if refused else [])
