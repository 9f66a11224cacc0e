"""What may stand beside the value of an extension, as beside any primitive (R4, json.html#primitive)."""

from typing import Any

import pytest

from mappings.fhir.structure import check
from mappings.fhir.xml import resource_from_xml, resource_to_xml

UNKNOWN = {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}]}


def basic(**value: Any) -> dict[str, Any]:
    return {
        "resourceType": "Basic",
        "extension": [{"url": "https://example.org/note"} | value],
        "code": {"text": "note"},
    }


@pytest.mark.parametrize("value", [{"_valueString": UNKNOWN}, {"valueString": "a", "_valueString": UNKNOWN}])
def test_a_primitive_value_may_be_extended(value: dict[str, Any]) -> None:
    resource = basic(**value)
    assert check(resource) == []
    assert resource_from_xml(resource_to_xml(resource)) == resource


def test_a_value_of_several_elements_may_not() -> None:
    assert [issue.code for issue in check(basic(valueCoding={"code": "a"}, _valueCoding=UNKNOWN))] == ["structure"]


def test_evidence_may_be_referred_to() -> None:
    relation = {"resourceType": "Basic", "code": {"text": "note"}, "subject": {"reference": "Evidence/example"}}
    assert check(relation) == []
