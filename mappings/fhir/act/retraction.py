"""An act told to be entered in error: of what a client sends only the status counts, and no way leads back.

R4 4.0.1, https://hl7.org/fhir/R4/valueset-event-status.html: the entry ought never to have been; what the act was made
of, its exam, its measures, what it prescribed and dispensed, is in error with it.
"""

from typing import Any, Final

from mappings.issues import Issue, Refused

Resource = dict[str, Any]

IN_ERROR: Final = "entered-in-error"
#: What may be told besides: why. Notes are added to those that are there, a reason where there is none.
_WHY: Final = frozenset({"note", "statusReason"})
ONLY_IN_ERROR: Final = "Un acte transmis ne change de statut que pour entered-in-error."
_REFERENCE: Final = "FHIR R4, procedure.html ; Binôme, actes saisis par erreur"


def retracting(sent: Resource, previous: Resource | None) -> Resource:
    """What is kept of an act that is sent after ``previous``; ``Refused`` with every element that may not change.

    ``meta`` is the server's: profiles and labels stay as they were.
    """
    if previous is None:
        return sent
    resource = {**sent, "meta": previous.get("meta", {})}
    changed = sorted(key for key in previous.keys() | resource.keys() if previous.get(key) != resource.get(key))
    if previous["status"] == IN_ERROR:
        if not changed:
            return resource
        text = "Cet acte a été annulé, saisi par erreur : il ne change plus."
        raise Refused(Issue("not-supported", "Procedure.status", text, _REFERENCE))
    issues = [
        Issue(
            "not-supported",
            f"Procedure.{name}",
            "Un acte saisi par erreur l’est tel qu’il était : seul son statut devient entered-in-error.",
            _REFERENCE,
        )
        for name in changed
        if name != "status" and not (name in _WHY and _only_adds(name, previous, resource))
    ]
    if resource.get("status") != IN_ERROR:
        issues.append(Issue("not-supported", "Procedure.status", ONLY_IN_ERROR, _REFERENCE))
    if issues:
        raise Refused(issues)
    return resource


def in_error(resource: Resource) -> Resource:
    """What belonged to the act, in error with it."""
    return {**resource, "status": IN_ERROR}


def is_in_error(resource: Resource) -> bool:
    return bool(resource["status"] == IN_ERROR)


def _only_adds(name: str, previous: Resource, resource: Resource) -> bool:
    before = previous.get(name)
    if name == "statusReason":
        return before is None
    notes = resource.get(name, [])
    return bool(notes[: len(before or ())] == (before or []))
