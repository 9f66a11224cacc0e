"""AdverseEvent as ``binome-adverse-event``: an event about a delegated act (R4 4.0.1).

https://hl7.org/fhir/R4/adverseevent.html. R4 gives it no status: ours is the extension ``ae-status``. FR Core's profile
is of medicines only and admits no Procedure as the suspect: it is not claimed.
"""

from typing import Any, Final, get_args

from mappings.codes import systems
from mappings.domain.adverse import Actuality, AdverseEvent, EventOutcome, EventStatus, Nature, Seriousness, Severity
from mappings.domain.identity import logical_id
from mappings.domain.invariants import rpps_issues
from mappings.elements import Json
from mappings.fhir.datatypes import (
    FhirElement,
    codeable_concept,
    coding,
    extension,
    identifier,
    meta,
    print_instant,
    reference,
    rpps_reference,
)

PROFILE: Final = f"{systems.PROFILE}binome-adverse-event"
IDENTIFIER: Final = f"{systems.IDENTIFIER}adverse-event"
NATURE: Final = f"{systems.CODE_SYSTEM}binome-event-category"
_TERMINOLOGY: Final = "http://terminology.hl7.org/CodeSystem/"
SERIOUSNESS: Final = f"{_TERMINOLOGY}adverse-event-seriousness"
SEVERITY: Final = f"{_TERMINOLOGY}adverse-event-severity"
OUTCOME: Final = f"{_TERMINOLOGY}adverse-event-outcome"

_STATUSES: Final[dict[str, EventStatus]] = {code: code for code in get_args(EventStatus)}
_ACTUALITIES: Final[dict[str, Actuality]] = {code: code for code in get_args(Actuality)}
_NATURES: Final[dict[str, Nature]] = {code: code for code in get_args(Nature)}
_SEVERITIES: Final[dict[str, Severity]] = {code: code for code in get_args(Severity) if code}
_OUTCOMES: Final[dict[str, EventOutcome]] = {code: code for code in get_args(EventOutcome) if code}
#: https://hl7.org/fhir/R4/valueset-adverse-event-seriousness.html
_SERIOUSNESS: Final[dict[str, Seriousness]] = {
    "Non-serious": "non-serious",
    "Serious": "serious",
    "SeriousResultsInDeath": "death",
    "SeriousIsLifeThreatening": "life-threatening",
    "SeriousResultsInHospitalization": "hospitalization",
    "SeriousResultsInDisability": "disability",
    "SeriousIsBirthDefect": "birth-defect",
    "SeriousRequiresPreventImpairment": "intervention",
}
_SERIOUSNESS_OF: Final = {meaning: code for code, meaning in _SERIOUSNESS.items()}


def adverse_event_id(identifier: str) -> str:
    return logical_id("adverse-event", identifier)


def adverse_event_from_fhir(resource: Json) -> AdverseEvent:
    """lost: encounter, location, contributors, documents; suspects other than the first act."""
    event = FhirElement.of_resource(resource, "AdverseEvent")
    business_identifier = _identifier(event)
    delegator = event.extension(systems.EXT_DELEGATOR)
    suspects = [one.child("instance") for one in event.children("suspectEntity")]
    acts = [one for one in suspects if one.optional_text("reference").startswith("Procedure/")]
    if not acts:
        event.fault("required", "suspectEntity", "L’événement désigne l’acte (Procedure) en cause.", "CSP L4011-4")
    recorder, protocol = event.child("recorder"), event.extension(systems.EXT_PROTOCOL)
    read = AdverseEvent(
        id=event.id_or(adverse_event_id(business_identifier)),
        identifier=business_identifier,
        status=event.extension(systems.EXT_EVENT_STATUS).one_of("valueCode", _STATUSES),
        actuality=event.one_of("actuality", _ACTUALITIES),
        nature=event.code("category", NATURE, _NATURES),
        text=event.child("event").text("text"),
        act_id=acts[0].self_reference("Procedure") if acts else "",
        patient_id=event.reference("subject", "Patient"),
        protocol=protocol.protocol("valueCanonical", protocol.text("valueCanonical"), versioned=True),
        delegator_id=delegator.reference("valueReference", "PractitionerRole"),
        delegator_rpps=delegator.reference_identifier("valueReference", systems.RPPS),
        recorder_id=recorder.self_reference("PractitionerRole") if event.has("recorder") else "",
        recorder_rpps=event.reference_identifier("recorder", systems.RPPS) if event.has("recorder") else "",
        detected=event.instant("detected"),
        seriousness=event.code("seriousness", SERIOUSNESS, _SERIOUSNESS),
        severity=event.code("severity", SEVERITY, _SEVERITIES) if event.has("severity") else "",
        outcome=event.code("outcome", OUTCOME, _OUTCOMES) if event.has("outcome") else "",
    )
    event.faults.extend(rpps_issues(read.recorder_rpps, "AdverseEvent.recorder.identifier"))
    event.refuse_faults()
    return read


def _identifier(event: FhirElement) -> str:
    """R4 gives this type one identifier, and no list."""
    told = event.child("identifier")
    if told.json.get("system") != IDENTIFIER:
        event.fault("required", "identifier", f"Un identifiant du système {IDENTIFIER} est obligatoire.")
        return ""
    return told.text("value")


def adverse_event_to_fhir(event: AdverseEvent, *, fictitious: bool = False) -> Json:
    told: dict[str, Any] = {
        "resourceType": "AdverseEvent",
        "id": event.id,
        "meta": meta(PROFILE, fictitious=fictitious),
        "extension": [
            extension(systems.EXT_EVENT_STATUS, valueCode=event.status),
            extension(systems.EXT_PROTOCOL, valueCanonical=event.protocol),
            extension(
                systems.EXT_DELEGATOR,
                valueReference=rpps_reference("PractitionerRole", event.delegator_id, event.delegator_rpps),
            ),
        ],
        "identifier": identifier(IDENTIFIER, event.identifier),
        "actuality": event.actuality,
        "category": [codeable_concept(coding(NATURE, event.nature))],
        "event": {"text": event.text},
        "subject": reference("Patient", event.patient_id),
        "detected": print_instant(event.detected),
        "seriousness": codeable_concept(coding(SERIOUSNESS, _SERIOUSNESS_OF[event.seriousness])),
    }
    if event.severity:
        told["severity"] = codeable_concept(coding(SEVERITY, event.severity))
    if event.outcome:
        told["outcome"] = codeable_concept(coding(OUTCOME, event.outcome))
    if event.recorder_id:
        told["recorder"] = rpps_reference("PractitionerRole", event.recorder_id, event.recorder_rpps)
    return told | {"suspectEntity": [{"instance": reference("Procedure", event.act_id)}]}
