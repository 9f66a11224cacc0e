"""Every refusal as one OperationOutcome (R4 4.0.1, https://hl7.org/fhir/R4/operationoutcome.html)."""

from collections.abc import Iterable
from typing import Any

from mappings.issues import Issue


def operation_outcome(issues: Iterable[Issue]) -> dict[str, Any]:
    """All ``issues``: code, French sentence with its article, FHIRPath."""
    return {"resourceType": "OperationOutcome", "issue": [_issue(issue) for issue in issues]}


def _issue(issue: Issue) -> dict[str, Any]:
    text = f"{issue.text} ({issue.reference})" if issue.reference else issue.text
    entry: dict[str, Any] = {
        "severity": issue.severity,
        "code": issue.code,
        "details": {"text": issue.text},
        "diagnostics": text,
    }
    if issue.expression:
        entry["expression"] = [issue.expression]
    return entry
