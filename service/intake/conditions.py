"""What conditions find: of conditional requests, and of conditional references (R4 4.0.1, http.html#cond-update)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from mappings.fhir.bundle import MAX_ENTRIES, Criteria, Entry, condition, references
from mappings.issues import Issue, IssueCode, Refused
from service.finding import ids_with_each
from service.intake.asked import Matching
from service.store import Store

#: Different conditional references in one request, at most: as many as a Bundle has entries.
MOST_REFERENCES: Final = MAX_ENTRIES
#: Signs of a search that is more than one value.
_SIGNS: Final = frozenset(",\\|$")
_RULES: Final = "FHIR R4, http.html#trules"


def existing(entries: Sequence[Entry], store: Store, matching: Matching | None) -> list[str]:
    """For each entry the id that its condition finds; empty when it finds none, or when there is no condition."""
    asked = [(entry.type, entry.criteria) for entry in entries if entry.criteria is not None]
    if not asked:
        return [""] * len(entries)
    answers = iter(_matches(asked, store, matching))
    return [_one(entry, next(answers)) if entry.criteria is not None else "" for entry in entries]


def _one(entry: Entry, found: Sequence[str]) -> str:
    if len(found) > 1:
        element = "request.ifNoneExist" if entry.method == "POST" else "request.url"
        text = "Plusieurs ressources répondent à la condition de la demande."
        expression = f"{entry.expression}.{element}" if entry.expression else ""
        raise Refused(Issue("multiple-matches", expression, text, "FHIR R4, http.html#cond-update"))
    return found[0] if found else ""


def referred(
    entries: Sequence[Entry], wanted: Sequence[list[str]], store: Store, matching: Matching | None
) -> dict[str, str]:
    """Targets of conditional references (``Patient?identifier=system|value``), found together."""
    conditional = _conditional(entries, wanted)
    if len(conditional) > MOST_REFERENCES:
        text = f"Une demande porte {MOST_REFERENCES} références conditionnelles différentes au plus."
        raise Refused(Issue("too-costly", "", text, _RULES))
    asked: dict[str, tuple[str, Criteria]] = {}
    issues: list[Issue] = []
    for target, expression in conditional.items():
        criteria = condition(target, expression) or ()
        if any(name == "identifier" and "|" in value for name, value in criteria):
            asked[target] = (target.partition("?")[0], criteria)
        else:
            # Who an act is about is never guessed from a name.
            text = "Une référence conditionnelle se fait sur un identifiant métier (identifier=système|valeur)."
            issues.append(Issue("not-supported", expression, text, _RULES))
    targets: dict[str, str] = {}
    for target, found in zip(asked, _matches(list(asked.values()), store, matching), strict=True):
        if len(found) == 1:
            targets[target] = f"{asked[target][0]}/{found[0]}"
        else:
            text = "Cette référence conditionnelle ne désigne pas exactement une ressource."
            code: IssueCode = "multiple-matches" if found else "value"
            issues.append(Issue(code, conditional[target], text, _RULES))
    if issues:
        raise Refused(issues)
    return targets


def _conditional(entries: Sequence[Entry], wanted: Sequence[list[str]]) -> dict[str, str]:
    """Every conditional reference, and where the last of its kind stands."""
    return {
        target: located(expression, entry)
        for entry, targets in zip(entries, wanted, strict=True)
        if any("?" in target for target in targets)
        for target, expression in references(entry.resource, entry.type)
        if "?" in target
    }


def located(expression: str, entry: Entry) -> str:
    """A FHIRPath from the resource, told from the request's top when the entry stands in a Bundle."""
    if not entry.expression or not expression.startswith(entry.type):
        return expression
    return f"{entry.expression}.resource{expression.removeprefix(entry.type)}"


def relocated(refusal: Refused, entry: Entry) -> list[Issue]:
    """Faults of a resource, each told from the request's top."""
    return [replace(issue, expression=located(issue.expression, entry)) for issue in refusal.issues]


def _matches(asked: Sequence[tuple[str, Criteria]], store: Store, matching: Matching | None) -> list[list[str]]:
    """What each condition finds. Business identifiers are one look-up together; anything else is a search each."""
    plain = [_identifier(criteria) for _, criteria in asked]
    tokens = [(type_, *token) for (type_, _), token in zip(asked, plain, strict=True) if token]
    found = iter(ids_with_each(store, "identifier", tokens) if tokens else ())
    return [
        next(found) if token else _searched(type_, criteria, matching)
        for (type_, criteria), token in zip(asked, plain, strict=True)
    ]


def _identifier(criteria: Criteria) -> tuple[str, str] | None:
    """System and value, where that is all that is asked."""
    if len(criteria) == 1 and criteria[0][0] == "identifier":
        system, bar, value = criteria[0][1].partition("|")
        if bar and system and value and not _SIGNS & set(value):
            return system, value
    return None


def _searched(type_: str, criteria: Criteria, matching: Matching | None) -> list[str]:
    if matching is None:
        raise LookupError("this door asks by business identifier alone")
    return matching(type_, criteria)
