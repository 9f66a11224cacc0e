"""How pure code says no: an ``Issue`` is one fault that the caller can mend, ``Refused`` carries them all.

The codes are FHIR's issue types (R4 4.0.1, https://hl7.org/fhir/R4/valueset-issue-type.html).
No text of an issue holds an identity or clinical content: it names the element, not its value.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

IssueCode = Literal[
    "structure",  # the body is not what its format demands
    "required",  # an element is missing
    "value",  # an element's value is outside what it may be
    "code-invalid",  # a code outside its value set
    "invariant",  # a rule of the specification or of a profile is broken
    "not-supported",
    "too-long",
    "too-costly",
    "business-rule",  # the law or the protocol says no
    "duplicate",
    "multiple-matches",
    "not-found",
    "deleted",
    "conflict",
    "processing",  # what is on record stands against it
    "login",
    "forbidden",
    "transient",
    "throttled",  # too much at once
    "exception",
    "informational",  # nothing is wrong
]


@dataclass(frozen=True, slots=True)
class Issue:
    """One fault: FHIR issue code, FHIRPath of the element, a French sentence, the text it rests on."""

    code: IssueCode
    #: FHIRPath of the faulty element, e.g. ``Procedure.performer[0].actor``, or ``http.`` and the name of a parameter;
    #: empty when none applies.
    expression: str
    #: One French sentence that names the element and never its value.
    text: str
    #: Article of law, or section of the specification, e.g. ``CSP L4011-1``.
    reference: str = ""
    severity: Literal["error", "warning", "information"] = "error"


#: Where a fault of a parameter of the address stands: « For HTTP errors, "http." + the parameter name » (R4,
#: OperationOutcome.issue.location).
PARAMETER: Final = "http."


class Refused(Exception):
    """The caller can mend it; carries every fault found, never only the first."""

    def __init__(self, issues: Issue | Iterable[Issue]) -> None:
        self.issues: tuple[Issue, ...] = (issues,) if isinstance(issues, Issue) else tuple(issues)
        super().__init__(", ".join(f"{i.code} {i.expression}" for i in self.issues))
