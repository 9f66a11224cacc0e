"""An act and what belongs to it speak of one patient and rest on one inclusion: nothing of them points at another's."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from mappings.fhir.act import act_of
from mappings.fhir.bundle import references
from mappings.issues import Issue
from service.intake.admission import ACTS
from service.intake.conditions import located
from service.intake.knowledge import Knowledge
from service.intake.placement import Placed

Resource = dict[str, Any]

#: Element of each type that names the patient it is about.
_ABOUT: Final[Mapping[str, str]] = {
    "CarePlan": "subject",
    "Consent": "patient",
    "QuestionnaireResponse": "subject",
    "Observation": "subject",
    "Procedure": "subject",
    "MedicationRequest": "subject",
    "ServiceRequest": "subject",
    "MedicationDispense": "subject",
    "AdverseEvent": "subject",
    "Task": "for",
    "DocumentReference": "subject",
    "Communication": "subject",
}
#: What may be on record before the act.
_EXAMS: Final = frozenset({"QuestionnaireResponse", "Observation"})


def of_others(placed: Sequence[Placed], knowledge: Knowledge) -> list[Issue]:
    """References of an act, or of what belongs to it, to another patient, another inclusion or what is another patient's."""
    # An act in error says nothing that it did not say before.
    written = [item for item in placed if item.stays and item.entry.type in ACTS and not item.retracts]
    inclusions = {
        _named(plan)
        for item in written
        for plan in item.resource.get("basedOn", ())[:1]
        if item.entry.type == "Procedure"
    }
    issues = []
    for item in written:
        own = _named(item.resource.get("subject"))
        known = inclusions | _own_inclusions(item)
        strange = {target for target in item.points_at if _is_anothers(target, own, known, knowledge)}
        if strange:
            issues += [
                Issue(
                    "business-rule",
                    located(expression, item.entry),
                    "Cet élément désigne un autre patient, une autre inclusion, ou ce qui est à un autre patient.",
                    "CSP L4011-1",
                )
                for target, expression in references(item.resource, item.entry.type)
                if target in strange
            ]
    return issues


def _own_inclusions(item: Placed) -> set[str]:
    """Those of an exam that comes before any act: nothing else says which one it is of."""
    if item.entry.type not in _EXAMS or act_of(item.resource):
        return set()
    return {_named(plan) for plan in item.resource.get("basedOn", ())}


def _is_anothers(target: str, own: str, inclusions: set[str], knowledge: Knowledge) -> bool:
    named = target.partition("/_history/")[0]
    type_, _, id_ = named.partition("/")
    if type_ == "Patient":
        return named != own
    if type_ == "CarePlan" and named not in inclusions:
        return True
    if type_ not in _ABOUT:
        return False
    about = knowledge.reading(type_, id_, _patient)
    return bool(about) and about != own


def _patient(resource: Resource) -> str:
    """Who the resource is about; empty when it does not say."""
    return _named(resource.get(_ABOUT[resource["resourceType"]]))


def _named(reference: Any) -> str:
    """The resource that a reference names, whatever its version."""
    return str(reference.get("reference", "")).partition("/_history/")[0] if isinstance(reference, dict) else ""
