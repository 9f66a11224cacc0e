"""The closed list of acts as ActivityDefinitions. https://hl7.org/fhir/R4/activitydefinition.html

``Procedure`` and ``MedicationDispense`` are no legal kinds in R4: an act is defined as a ServiceRequest and realised as a
Procedure; a dispensing is defined as a Task, as the guide « Clinical Guidelines » of HL7 does
(https://hl7.org/fhir/uv/cpg/StructureDefinition-cpg-dispensemedicationactivity.html), and realised as a MedicationDispense.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Final

from mappings.codes.systems import CCAM, CODE_SYSTEM, EXT_DEROGATORY, PROFILE, ROLE_CODE
from mappings.domain.protocol import Activity, ActivityKind, Protocol
from mappings.domain.wording import reserved
from mappings.elements import Json
from mappings.fhir.certainty import shown, told
from mappings.fhir.datatypes import codeable_concept, coding, extension, meta, print_date
from mappings.fhir.plan_definition import JURISDICTION

#: ``ActivityDefinition.kind`` is the type of a request.
_DEFINED_AS: Final[Mapping[ActivityKind, str]] = {
    "Procedure": "ServiceRequest",
    "MedicationRequest": "MedicationRequest",
    "ServiceRequest": "ServiceRequest",
    "MedicationDispense": "Task",
}


def activity_definitions_from_protocol(protocol: Protocol, date: dt.date) -> list[Json]:
    """``date`` is that of the publication of these definitions."""
    return [_activity_definition(protocol, activity, date) for activity in protocol.activities]


def _activity_definition(protocol: Protocol, activity: Activity, date: dt.date) -> Json:
    url, version = activity.canonical.split("|")
    definition: Json = {
        "resourceType": "ActivityDefinition",
        "id": protocol.resource_id(activity.id),
        "meta": meta(f"{PROFILE}binome-activity"),
        "extension": [extension(EXT_DEROGATORY, valueBoolean=activity.derogatory)],
        "url": url,
        "version": version,
        "name": activity.id.title().replace("-", ""),
        "title": shown(activity.title, activity.certainty),
        "status": protocol.status,
        "date": print_date(date),
        "description": _description(activity),
        "jurisdiction": [JURISDICTION],
        "relatedArtifact": [{"type": "derived-from", "resource": protocol.canonical}],
        "kind": _DEFINED_AS[activity.kind],
        "code": codeable_concept(*codings_of(activity), text=activity.title),
        "intent": "order",
        "participant": [{"type": "practitioner", "role": codeable_concept(coding(ROLE_CODE, "DELEGATEE"))}],
    }
    if activity.product:
        definition["productCodeableConcept"] = codeable_concept(text=activity.product)
    return definition


def codings_of(activity: Activity) -> list[Json]:
    """What names the act: in CCAM, and among ours."""
    ccam = [coding(CCAM, activity.ccam)] if activity.ccam else []
    return [*ccam, coding(f"{CODE_SYSTEM}binome-act", activity.code)] if activity.code else ccam


def _description(activity: Activity) -> str:
    """Source, what is said of derogation, whose it is, and the bound that is shown and not applied."""
    derogatory = "Acte dérogatoire" if activity.derogatory else "Acte non dérogatoire"
    lines = [told(activity.source, activity.certainty), f"{shown(derogatory, activity.derogatory_certainty)}."]
    if activity.professions:
        lines.append(f"{reserved(activity)}.")
    if activity.limit is not None:
        limit = activity.limit
        lines.append(f"{shown(limit.text, limit.certainty)}. {told(limit.source, limit.certainty)}")
    return "\n\n".join(lines)
