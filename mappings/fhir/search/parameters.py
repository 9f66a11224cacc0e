"""What can be searched: one row of ``PARAMETERS`` per search parameter and path.

FHIR R4 4.0.1, https://hl7.org/fhir/R4/searchparameter-registry.html; our own are published under ``profiles/``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

from mappings.codes import systems
from mappings.fhir.definitions import definition

Kind = Literal["token", "reference", "uri", "date", "string"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One search parameter: its name, its kind and the path of the elements it reads."""

    name: str
    kind: Kind
    path: tuple[str, ...]
    #: Only elements of the extension with this URL (then ``path`` starts at the extension).
    extension: str = ""


def _parameters(text: str) -> tuple[Parameter, ...]:
    rows = []
    for line in text.split():
        name, kind, path = line.split(":")
        rows.append(Parameter(name, kind, tuple(path.split("."))))  # type: ignore[arg-type]  # literal table below
    return tuple(rows)


_DELEGATOR = Parameter("delegator", "reference", ("valueReference",), systems.EXT_DELEGATOR)
_PROTOCOL = Parameter("protocol", "uri", ("valueCanonical",), systems.EXT_PROTOCOL)
_DEROGATORY = Parameter("derogatory", "token", ("valueBoolean",), systems.EXT_DEROGATORY)
_ENROLMENT_STATUS = Parameter("enrolment-status", "token", ("valueCode",), systems.EXT_ENROLMENT_STATUS)
_DEFINITION = _parameters("url:uri:url version:token:version identifier:token:identifier status:token:status")
_ORDER = (
    *_parameters(
        "identifier:token:identifier subject:reference:subject patient:reference:subject status:token:status "
        "based-on:reference:basedOn requester:reference:requester instantiates-canonical:uri:instantiatesCanonical "
        "protocol:uri:instantiatesCanonical"
    ),
    _DELEGATOR,
)

PARAMETERS: Final[Mapping[str, tuple[Parameter, ...]]] = {
    "Patient": _parameters("identifier:token:identifier family:string:name.family birthdate:date:birthDate"),
    "Practitioner": _parameters("identifier:token:identifier family:string:name.family"),
    "Organization": _parameters("identifier:token:identifier name:string:name"),
    "PractitionerRole": (
        *_parameters(
            "identifier:token:identifier practitioner:reference:practitioner organization:reference:organization "
            "role:token:code.coding active:token:active date:date:period"
        ),
        _PROTOCOL,
        _ENROLMENT_STATUS,
        _DELEGATOR,
    ),
    "CareTeam": (
        *_parameters(
            "identifier:token:identifier status:token:status managing-organization:reference:managingOrganization "
            "participant:reference:participant.member date:date:period"
        ),
        _PROTOCOL,
    ),
    "Consent": _parameters(
        "identifier:token:identifier patient:reference:patient status:token:status scope:token:scope.coding "
        "category:token:category.coding date:date:dateTime policy-uri:uri:policy.uri"
    ),
    "CarePlan": (
        *_parameters(
            "identifier:token:identifier subject:reference:subject patient:reference:subject status:token:status "
            "instantiates-canonical:uri:instantiatesCanonical protocol:uri:instantiatesCanonical date:date:period "
            "care-team:reference:careTeam"
        ),
        _DELEGATOR,
    ),
    "QuestionnaireResponse": _parameters(
        "identifier:token:identifier subject:reference:subject patient:reference:subject status:token:status "
        "questionnaire:uri:questionnaire authored:date:authored based-on:reference:basedOn part-of:reference:partOf"
    ),
    "Observation": _parameters(
        "identifier:token:identifier subject:reference:subject patient:reference:subject status:token:status "
        "code:token:code.coding date:date:effectiveDateTime date:date:effectivePeriod based-on:reference:basedOn part-of:reference:partOf"
    ),
    "Procedure": (
        *_parameters(
            "identifier:token:identifier subject:reference:subject patient:reference:subject status:token:status "
            "code:token:code.coding date:date:performedDateTime date:date:performedPeriod "
            "performer:reference:performer.actor based-on:reference:basedOn "
            "instantiates-canonical:uri:instantiatesCanonical protocol:uri:instantiatesCanonical"
        ),
        _DELEGATOR,
        _DEROGATORY,
    ),
    "MedicationRequest": (*_ORDER, Parameter("supporting-info", "reference", ("supportingInformation",))),
    "ServiceRequest": (*_ORDER, Parameter("supporting-info", "reference", ("supportingInfo",))),
    "Task": _parameters(
        "identifier:token:identifier group-identifier:token:groupIdentifier status:token:status "
        "code:token:code.coding focus:reference:focus patient:reference:for owner:reference:owner "
        "requester:reference:requester authored-on:date:authoredOn modified:date:lastModified "
        "based-on:reference:basedOn business-status:token:businessStatus.coding"
    ),
    "Provenance": _parameters(
        "target:reference:target agent:reference:agent.who on-behalf-of:reference:agent.onBehalfOf "
        "recorded:date:recorded policy:uri:policy"
    ),
    "AuditEvent": _parameters(
        "subtype:token:subtype entity:reference:entity.what agent:reference:agent.who date:date:recorded"
    ),
    "DocumentReference": _parameters(
        "identifier:token:masterIdentifier identifier:token:identifier subject:reference:subject "
        "patient:reference:subject status:token:status type:token:type.coding date:date:date "
        "related:reference:context.related"
    ),
    "Communication": _parameters(
        "identifier:token:identifier subject:reference:subject patient:reference:subject status:token:status "
        "sent:date:sent based-on:reference:basedOn recipient:reference:recipient about:reference:about"
    ),
    "PlanDefinition": _DEFINITION,
    "Questionnaire": _DEFINITION,
    "ActivityDefinition": _DEFINITION,
    "Device": _parameters("identifier:token:identifier"),
}


@cache
def parameters_of(type_: str) -> Mapping[str, Parameter]:
    """By name, those that a search on ``type_`` may use; of several paths of one name, the first."""
    return {parameter.name: parameter for parameter in reversed(PARAMETERS[type_])}


@cache
def entered(type_: str) -> tuple[tuple[str, tuple[Parameter, ...]], ...]:
    """What is entered in the index, by the name that bears it: names that read the same paths share their entries."""
    paths: dict[str, tuple[Parameter, ...]] = {}
    for parameter in PARAMETERS[type_]:
        paths[parameter.name] = (*paths.get(parameter.name, ()), parameter)
    return tuple((name, read) for name, read in paths.items() if name == entered_as(type_, name))


@cache
def bit_of(type_: str, name: str) -> int:
    """The bit that tells whether a resource has a value for the parameter."""
    return 1 << [entry for entry, _ in entered(type_)].index(entered_as(type_, name))


@cache
def entered_as(type_: str, name: str) -> str:
    """Name under which the entries of ``name`` stand: ``patient`` reads what ``subject`` reads."""

    def reads(of: str) -> list[tuple[Kind, tuple[str, ...], str]]:
        return [(p.kind, p.path, p.extension) for p in PARAMETERS[type_] if p.name == of]

    return next(p.name for p in PARAMETERS[type_] if reads(p.name) == reads(name))


@cache
def targets(type_: str, name: str) -> frozenset[str]:
    """Types that a reference parameter may point at, of those that are kept here."""
    kept = frozenset(PARAMETERS)
    parameter = parameters_of(type_)[name]
    if parameter.extension:
        return kept
    of, allowed = type_, kept
    for step in parameter.path:
        element = definition(of).elements[step]
        of, allowed = element.type, element.targets or kept
    return allowed & kept
