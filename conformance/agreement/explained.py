"""Every difference between the two verdicts, and why it stays; ``docs/validation.md`` holds the same table.

A difference that is not here fails the suite, and so does a line that no longer holds.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from conformance.agreement.verdicts import Difference


class Explained(NamedTuple):
    """Differences of one kind and of one reason."""

    kind: Difference
    #: What was met, and why the two say otherwise.
    what: str
    why: str
    cases: tuple[str, ...]


EXPLAINED: Final = (
    Explained(
        "refused here alone",
        "a reference to a type that the profile, or R4, does not allow",
        "HL7 compares only what it can fetch, and nothing is fetched; here the type is read from the address",
        (
            "kind: reference to another type",
            "profile: enrolment-delegator-2",
            "profile: medication-dispense-13",
            "profile: medication-request-6",
            "profile: message-4",
            "profile: procedure-6",
            "profile: procedure-12",
            "profile: provenance-act-6",
            "profile: service-request-6",
            "profile: team-3",
            "profile: trace-event-4",
            "references: adverse-event /suspectEntity/0/instance to Group/x1",
            "references: care-consent-withdrawn /organization/0 to Group/x1",
            "references: medication-dispense /subject to Binary/x1",
            "references: plain AuditEvent /agent/0/who to Group/x1",
            "references: plain CarePlan /contained/0/subject to Binary/x1",
            "references: provenance-acknowledgement /agent/0/who to http://example.org/fhir/Group/x1",
            "references: provenance-act /agent/1/who to Binary/x1",
            "references: task-resolve-subscription /requester to Group/x1",
            "references: task-withdraw-report /for to Group/x1",
        ),
    ),
    Explained(
        "refused here alone",
        "`onBehalfOf` of a participant who is no Practitioner (`ctm-1`)",
        "the same: the rule resolves a reference, of which the type is read here",
        ("invariant: ctm-1",),
    ),
    Explained(
        "refused here alone",
        "a relative reference that is not `Type/id`",
        "R4 gives a relative reference that form (references.html#literal); HL7 lets any text be",
        ("references: task-of-the-team /requester to nothing",),
    ),
    Explained(
        "refused here alone",
        "values and their extensions in arrays of two lengths",
        "R4 fills the shorter one with null (json.html#primitive); HL7 takes it as it is",
        ("removed: plain Patient /name/0/_given/0",),
    ),
    Explained(
        "refused here alone",
        "an empty array of primitives",
        "R4 allows no empty array (json.html); HL7 passes over those of primitives that repeat",
        ("value: empty array of addresses", "value: empty array of names"),
    ),
    Explained(
        "refused here alone",
        "a code without a system under a required binding",
        "a code without a system is in no value set; HL7 warns",
        ("codings: trace-event /subtype/0/system left out",),
    ),
    Explained(
        "no verdict there",
        "null in an array, without an extension that says why",
        "HL7 breaks down (NullPointerException); here an error tells the place",
        ("value: given names with a null",),
    ),
    Explained(
        "no verdict there",
        "an array in the place of `meta`",
        "HL7 breaks down; here an error tells the place",
        ("cardinality: task-notify-adverse-event /meta in an array",),
    ),
    Explained(
        "refused there alone",
        "a profile claimed and not known here",
        "reading is tolerant (decision 18): a warning; HL7 is set to refuse",
        (
            "claim: nobody knows",
            "claim: nobody knows, beside ours",
            "claim: name of a profile of R4",
            "values: care-consent-refused /meta/profile/0 elsewhere",
            "values: patient /meta/profile/0 elsewhere",
            "values: provenance-act /meta/profile/0 elsewhere",
            "values: task-resolve-subscription /meta/profile/0 elsewhere",
        ),
    ),
    Explained(
        "refused there alone",
        "a claim of DomainResource",
        "every Procedure is one (domainresource.html); HL7 compares the two names",
        ("claim: name of all types",),
    ),
    Explained(
        "refused there alone",
        "a system without a code, outside a required binding",
        "R4 allows it (`Coding.code` is 0..1): a warning; HL7’s terminology looks for a code named null",
        (
            "value: system without a code",
            "codings: care-consent /provision/actor/0/role/coding/0/code left out",
            "codings: plain PlanDefinition /type/coding/0/code left out",
            "removed: trace-event /agent/1/role/0/coding/0/code",
        ),
    ),
    Explained(
        "refused there alone",
        "a code of a system of R4 that no binding of the model draws on",
        "only the systems that bindings draw on are held here",
        ("value: code of a system that nothing binds", "codings: adverse-event /seriousness/coding/0/system left out"),
    ),
    Explained(
        "refused there alone",
        "a unit that is not UCUM",
        "UCUM is a grammar that is not held here",
        (
            "value: UCUM unknown",
            "value: UCUM in words",
        ),
    ),
    Explained(
        "refused there alone",
        "a language that is none",
        "languages are not held here",
        ("value: language that is none",),
    ),
    Explained(
        "refused there alone",
        "a required code of which only an extension says why it is absent",
        "R4 lets an extension stand for the value (extensibility.html#Special-Case); HL7 wants the code",
        ("value: required by its companion",),
    ),
    Explained(
        "refused there alone",
        "a system that begins as UCUM’s address and is another",
        "HL7 takes it for a mistake; no rule of R4 says it",
        ("values: plain QuestionnaireResponse /item/3/answer/0/valueQuantity/system elsewhere",),
    ),
    Explained(
        "refused there alone",
        "a period whose end is told less precisely than its start",
        "its end is the whole month (datatypes.html#Period): the comparison has no result, which breaks nothing here"
        " (decision 23)",
        ("invariant: per-1 of other precision",),
    ),
)


def unforeseen(met: Mapping[str, Difference]) -> list[str]:
    """What was met and is not explained so, and what is explained and was not met."""
    foreseen = {case: explained.kind for explained in EXPLAINED for case in explained.cases}
    return [
        *(f"{name}: {kind}, and nothing explains it" for name, kind in met.items() if foreseen.get(name) != kind),
        *(
            f"{name}: explained as {kind}, and is so no longer"
            for name, kind in foreseen.items()
            if met.get(name) != kind
        ),
    ]


def table() -> str:
    """The table of ``docs/validation.md``."""
    rows = (f"| {one.what} | {one.kind} | {one.why} | {', '.join(map(_cell, one.cases))} |" for one in EXPLAINED)
    return "\n".join(("| What | Verdict | Why it stays | Cases |", "| --- | --- | --- | --- |", *rows))


def _cell(case: str) -> str:
    return f"`{case}`"
