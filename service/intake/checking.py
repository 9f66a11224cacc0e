"""Check: the shape of what comes, what each type demands, and what must hold beside what is on record.

No law is known here: what an act must be is judged (``judging``).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from mappings.domain.time import french_day
from mappings.fhir.adverse_event import adverse_event_from_fhir
from mappings.fhir.bundle import Entry
from mappings.fhir.care_plan import inclusion_from_fhir
from mappings.fhir.consent import consent_from_fhir, sharing_from_fhir
from mappings.fhir.organization import organization_from_fhir
from mappings.fhir.patient import patient_from_fhir
from mappings.fhir.practitioner import practitioner_from_fhir
from mappings.fhir.practitioner_role import enrolment_from_fhir
from mappings.fhir.structure import check
from mappings.issues import Issue, Refused
from service.intake.addressees import inclusions_without_delegator
from service.intake.admission import admission
from service.intake.awaited import out_of_turn
from service.intake.belonging import of_others
from service.intake.claims import check_lengths
from service.intake.conditions import relocated
from service.intake.dangling import dangling
from service.intake.deletion import in_the_way
from service.intake.enrolling import enrolments_in_order
from service.intake.placement import Placed
from service.intake.protocol_life import begun_while_suspended
from service.intake.telling import Telling

Resource = dict[str, Any]


def _consent(resource: Resource) -> object:
    """Care consent and sharing consent are two things under one FHIR type."""
    scopes = [c.get("code") for c in resource.get("scope", {}).get("coding", ())]
    return sharing_from_fhir(resource) if "patient-privacy" in scopes else consent_from_fhir(resource)


#: What each type that stands by itself must say; acts are read whole, with their exam.
READERS: Final[Mapping[str, Callable[[Resource], object]]] = {
    "Patient": patient_from_fhir,
    "Practitioner": practitioner_from_fhir,
    "Organization": organization_from_fhir,
    "PractitionerRole": enrolment_from_fhir,
    "Consent": _consent,
    "CarePlan": inclusion_from_fhir,
    "AdverseEvent": adverse_event_from_fhir,
}


def check_shapes(entries: Sequence[Entry], *, trusted: bool) -> None:
    """What may not be written is said so; the rest must have the shape of its type."""
    issues: list[Issue] = []
    for entry in entries:
        refused = list(admission(entry))
        # What a patch makes is checked once it is made.
        if not refused and not trusted and entry.method in ("POST", "PUT"):
            refused = check(entry.resource, f"{entry.expression}.resource" if entry.expression else None)
        issues += refused
    if issues:
        raise Refused(issues)


def check_types(placed: Sequence[Placed]) -> None:
    """What stands by itself says what its type demands."""
    issues: list[Issue] = []
    for item in placed:
        read = READERS.get(item.entry.type)
        if read is None or not item.stays:
            continue
        try:
            read(item.resource)
        except Refused as refusal:
            issues += relocated(refusal, item.entry)
    if issues:
        raise Refused(issues)
    check_lengths(placed)


def check_beside(told: Sequence[Placed], placed: Sequence[Placed], telling: Telling) -> None:
    """What is written holds beside what is on record; ``told`` is what of it the request says itself."""
    knowledge = telling.knowledge
    issues = dangling(placed, knowledge)
    issues += in_the_way(placed, telling.store)
    issues += of_others(placed, knowledge)
    issues += out_of_turn(told, knowledge)
    issues += enrolments_in_order(placed, knowledge, french_day(telling.now))
    issues += inclusions_without_delegator(placed, knowledge, telling.store)
    issues += begun_while_suspended(placed, knowledge, telling.catalogue)
    if issues:
        raise Refused(issues)
