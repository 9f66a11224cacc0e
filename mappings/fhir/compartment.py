"""A patient's record: whose it is that a resource belongs to, and when the care took place that it tells of.

Membership is that of the compartment (R4 4.0.1, https://hl7.org/fhir/R4/compartmentdefinition-patient.html), by the same
parameters as a search in it. An export goes one step further: a Provenance is in the record of what it proves.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any, Final

from mappings.fhir.search import COMPARTMENTS, PARAMETERS, Parameter, members, values_of
from mappings.fhir.search.dates import span

Resource = dict[str, Any]

_PATIENT: Final = COMPARTMENTS["Patient"]
#: Types that a patient's record is made of.
PATIENT_TYPES: Final = ("Patient", *(type_ for type_ in _PATIENT if type_ != "Patient"))

#: Elements that date the care.
_CARE_DATES: Final[Mapping[str, tuple[str, ...]]] = {
    "Consent": ("dateTime",),
    "CarePlan": ("period",),
    "QuestionnaireResponse": ("authored",),
    "Observation": ("effectiveDateTime", "effectivePeriod", "effectiveInstant"),
    "Procedure": ("performedDateTime", "performedPeriod"),
    "MedicationRequest": ("authoredOn",),
    "ServiceRequest": ("authoredOn",),
    "MedicationDispense": ("whenHandedOver", "whenPrepared"),
    "Task": ("authoredOn",),
    "DocumentReference": ("date",),
    "Communication": ("sent",),
    "Provenance": ("occurredDateTime", "occurredPeriod", "recorded"),
    "AuditEvent": ("period", "recorded"),
}


def care_span(resource: Resource) -> tuple[int, int] | None:
    """When the care that ``resource`` tells of took place, [low, high[ in microseconds; None when it has no date."""
    for element in _CARE_DATES.get(resource["resourceType"], ()):
        if element in resource:
            return span(resource[element])
    return None


def patients_of(resource: Resource) -> frozenset[str]:
    """Ids of the patients in whose compartment ``resource`` is; of a Provenance see also ``proved_by``."""
    type_ = resource["resourceType"]
    own = {resource["id"]} if type_ == "Patient" else set()
    named = _keys(value for parameter in _naming(type_) for value in values_of(resource, parameter))
    return frozenset(own | {id_ for type_, id_ in named if type_ == "Patient"})


def proved_by(resource: Resource) -> list[tuple[str, str]]:
    """(type, id) of what a Provenance proves that may be in somebody's record."""
    if resource["resourceType"] != "Provenance":
        return []
    return [key for key in _keys(resource.get("target", [])) if key[0] in _PATIENT]


@cache
def _naming(type_: str) -> tuple[Parameter, ...]:
    """The parameters that name the patients of a type."""
    names = [one for name in _PATIENT.get(type_, ()) for one in members(type_, name)]
    return tuple(parameter for parameter in PARAMETERS.get(type_, ()) if parameter.name in names)


def _keys(references: Iterable[Any]) -> Iterator[tuple[str, str]]:
    """(type, id) of references to this server."""
    for each in references:
        literal = each.get("reference") if isinstance(each, dict) else None
        if isinstance(literal, str) and ":" not in literal:
            type_, _, rest = literal.partition("/")
            yield type_, rest.partition("/")[0]
