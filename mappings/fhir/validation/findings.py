"""What a rule finds wrong, and where; the path grows as it comes back up, as in ``mappings.fhir.faults``."""

from collections.abc import Callable, Sequence
from typing import Final, Literal, NamedTuple

from mappings.fhir.validation.fhirpath import Environment, Node
from mappings.issues import Issue, IssueCode

Severity = Literal["error", "warning", "information"]

#: Most errors carried upwards from one element: beyond, nobody reads them.
MOST: Final = 200


class Finding(NamedTuple):
    """One rule that does not hold."""

    #: FHIRPath from the value that was judged: ``.performer[0].actor``.
    path: str
    code: IssueCode
    #: French sentence, ``{}`` standing for the element.
    text: str
    #: What the rule stands in: ``FHIR R4 4.0.1, per-1``, ``binome-patient, binome-pat-1``.
    reference: str
    severity: Severity = "error"


Findings = Sequence[Finding]
#: A rule made ready: the element, and what may be named beside it.
Rule = Callable[[Node, Environment], Findings]

NONE: Final[Findings] = ()


def within(step: str, findings: Findings) -> list[Finding]:
    """The same findings, seen from the element that holds the value."""
    return [found._replace(path=step + found.path) for found in findings]


def full(findings: list[Finding]) -> bool:
    """Whether enough errors are told to stop; whatever else was found gives way to errors still to come."""
    if len(findings) <= MOST:
        return False
    errors = [found for found in findings if found.severity == "error"]
    others = [found for found in findings if found.severity != "error"]
    findings[:] = [*errors, *others[: MOST // 2]]
    return len(errors) > MOST


def to_issues(expression: str, findings: Findings) -> list[Issue]:
    return [_issue(expression + found.path, found) for found in findings]


def _issue(expression: str, found: Finding) -> Issue:
    return Issue(found.code, expression, found.text.replace("{}", expression), found.reference, found.severity)
