"""What is told of very many issues."""

from mappings.fhir.operation_outcome import MOST, operation_outcome
from mappings.fhir.structure import check
from mappings.issues import Issue


def test_of_too_many_issues_the_gravest_are_told() -> None:
    warnings = [Issue("value", f"Patient.name[{n}]", "Un avis.", severity="warning") for n in range(MOST)]
    fault = Issue("value", "Patient.gender", "Une faute.")
    told = operation_outcome([*warnings, fault])
    assert check(told) == []
    assert len(told["issue"]) == MOST + 1
    assert told["issue"][0]["expression"] == ["Patient.gender"]
    assert [one["severity"] for one in told["issue"][1:]] == ["warning"] * (MOST - 1) + ["error"]
    assert told["issue"][-1]["code"] == "too-costly"


def test_as_many_as_may_be_told_are_told_in_their_order() -> None:
    issues = [Issue("value", f"Patient.name[{n}]", "Un avis.", severity="warning") for n in range(MOST)]
    assert [one["expression"] for one in operation_outcome(issues)["issue"]] == [[one.expression] for one in issues]
