"""What conditions find: of conditional requests, and of conditional references (R4 4.0.1, http.html#cond-update)."""

from collections.abc import Sequence

from mappings.fhir.bundle import Criteria, Entry, condition, references
from mappings.issues import Issue, IssueCode, Refused
from service.finding import ids_with
from service.intake.asked import Matching
from service.store import Store


def existing(entry: Entry, store: Store, matching: Matching | None) -> str:
    """Id that the entry's condition finds; empty when it finds none, or when there is no condition."""
    if entry.criteria is None:
        return ""
    found = _matches(entry.type, entry.criteria, store, matching)
    if len(found) > 1:
        element = "request.ifNoneExist" if entry.method == "POST" else "request.url"
        text = "Plusieurs ressources répondent à la condition de la demande."
        expression = f"{entry.expression}.{element}" if entry.expression else ""
        raise Refused(Issue("multiple-matches", expression, text, "FHIR R4, http.html#cond-update"))
    return found[0] if found else ""


def referred(
    entries: Sequence[Entry], wanted: Sequence[list[str]], store: Store, matching: Matching | None
) -> dict[str, str]:
    """Targets of conditional references (``Patient?identifier=system|value``), one look-up each."""
    targets: dict[str, str] = {}
    issues: list[Issue] = []
    for target, expression in _conditional(entries, wanted).items():
        type_ = target.partition("?")[0]
        criteria = condition(target, expression) or ()
        if not any(name == "identifier" and "|" in value for name, value in criteria):
            # Who an act is about is never guessed from a name.
            text = "Une référence conditionnelle se fait sur un identifiant métier (identifier=système|valeur)."
            issues.append(Issue("not-supported", expression, text, "FHIR R4, http.html#trules"))
            continue
        found = _matches(type_, criteria, store, matching)
        if len(found) == 1:
            targets[target] = f"{type_}/{found[0]}"
        else:
            text = "Cette référence conditionnelle ne désigne pas exactement une ressource."
            code: IssueCode = "multiple-matches" if found else "value"
            issues.append(Issue(code, expression, text, "FHIR R4, http.html#trules"))
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


def _matches(type_: str, criteria: Criteria, store: Store, matching: Matching | None) -> list[str]:
    """One business identifier is one look-up; anything else is a search."""
    if len(criteria) == 1 and criteria[0][0] == "identifier":
        system, bar, value = criteria[0][1].partition("|")
        if bar and system and value and not set(",\\|$") & set(value):
            return ids_with(store, type_, "identifier", system, value)
    if matching is None:
        raise LookupError("this door asks by business identifier alone")
    return matching(type_, criteria)
