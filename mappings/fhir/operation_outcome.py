"""Every refusal as one OperationOutcome (R4 4.0.1, https://hl7.org/fhir/R4/operationoutcome.html)."""

from collections.abc import Iterable
from typing import Any, Final

from mappings.issues import PARAMETER, Issue

#: Most issues told at once: a request must not be answered at many times its own length.
MOST: Final = 500
_WEIGHT: Final = {"error": 0, "warning": 1, "information": 2}
_MORE: Final = "Il y en a davantage, qui ne sont pas énumérés ici."


def operation_outcome(issues: Iterable[Issue]) -> dict[str, Any]:
    """The ``issues``: code, French sentence with its article, FHIRPath. Of too many, those that weigh most are told."""
    told = list(issues)
    if len(told) > MOST:
        told = sorted(told, key=lambda issue: _WEIGHT[issue.severity])[:MOST]
        told.append(Issue("too-costly", "", _MORE, severity=told[0].severity))
    return {"resourceType": "OperationOutcome", "issue": [_issue(issue) for issue in told]}


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
    if issue.expression.startswith(PARAMETER):
        entry["location"] = [issue.expression]
    return entry
