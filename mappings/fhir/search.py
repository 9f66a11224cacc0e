"""What a resource is found by: its search index entries, one row of ``PARAMETERS`` per search parameter.

FHIR R4 4.0.1, https://hl7.org/fhir/R4/search.html and https://hl7.org/fhir/R4/searchparameter-registry.html;
our own parameters are published under ``profiles/``.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from mappings.codes import systems
from mappings.domain.time import FRANCE

#: (param, system, value)
Token = tuple[str, str, str]
#: (param, low, high): the instants [low, high[ in microseconds since 1970 UTC.
DateRange = tuple[str, int, int]

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

PARAMETERS: dict[str, tuple[Parameter, ...]] = {
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


def index_of(resource: dict[str, Any]) -> tuple[list[Token], list[DateRange]]:
    """All index entries of ``resource``, each once, in the order of its type's table."""
    tokens: dict[Token, None] = {}
    dates: dict[DateRange, None] = {}
    for parameter in PARAMETERS.get(resource["resourceType"], ()):
        if not parameter.extension and parameter.path[0] not in resource:
            continue
        for value in _values(resource, parameter):
            if parameter.kind == "date":
                span = _span(value)
                if span is not None:
                    dates[(parameter.name, *span)] = None
            else:
                for token in _ENTRIES[parameter.kind](parameter.name, value):
                    tokens[token] = None
    return list(tokens), list(dates)


def _values(resource: dict[str, Any], parameter: Parameter) -> list[Any]:
    nodes: list[Any] = [resource]
    if parameter.extension:
        nodes = [e for e in resource.get("extension", ()) if e.get("url") == parameter.extension]
    for name in parameter.path:
        found: list[Any] = []
        for node in nodes:
            child = node.get(name) if isinstance(node, dict) else None
            if isinstance(child, list):
                found += [item for item in child if item is not None]  # null holds the place of a mere extension
            elif child is not None:
                found.append(child)
        nodes = found
    return nodes


def _token(name: str, value: Any) -> Iterable[Token]:
    if isinstance(value, bool):
        yield name, "", "true" if value else "false"
    elif isinstance(value, str):
        yield name, "", value
    elif isinstance(value, dict):
        code = value.get("code", value.get("value"))
        if isinstance(code, str):
            yield name, value.get("system", ""), code


def _reference(name: str, value: Any) -> Iterable[Token]:
    literal = value.get("reference")
    if isinstance(literal, str) and "/" in literal and ":" not in literal:
        type_, _, rest = literal.partition("/")
        yield name, type_, rest.partition("/")[0]
    identifier = value.get("identifier")
    if isinstance(identifier, dict) and isinstance(identifier.get("value"), str):
        yield f"{name}:identifier", identifier.get("system", ""), identifier["value"]


def _uri(name: str, value: Any) -> Iterable[Token]:
    url, bar, _ = value.partition("|")
    yield name, "", url
    if bar and name == "instantiates-canonical":
        yield name, "", value


def _string(name: str, value: Any) -> Iterable[Token]:
    yield name, "", value.casefold()


_ENTRIES: dict[str, Callable[[str, Any], Iterable[Token]]] = {
    "token": _token,
    "reference": _reference,
    "uri": _uri,
    "string": _string,
}

_PARTIAL = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,6})\d*)?)?(Z|[+-]\d\d:\d\d)?)?)?)?"
)
_FIRST = dt.datetime(1, 1, 1, tzinfo=dt.UTC)
_LAST = dt.datetime.max.replace(tzinfo=dt.UTC)
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)


def microseconds(instant: dt.datetime) -> int:
    """Microseconds since 1970 UTC of an aware instant."""
    return (instant - _EPOCH) // _MICROSECOND


def _span(value: Any) -> tuple[int, int] | None:
    if isinstance(value, dict):
        start, end = value.get("start"), value.get("end")
        low = date_range(start)[0] if start else microseconds(_FIRST)
        high = date_range(end)[1] if end else microseconds(_LAST)
        return low, high
    return date_range(value)


def date_range(text: str) -> tuple[int, int]:
    """The instants [low, high[ that a FHIR date, dateTime or instant covers; ``ValueError`` when it is none.

    A date without time zone covers that day in France, winter or summer time as the day demands.
    """
    match = _PARTIAL.fullmatch(text)
    if match is None:
        raise ValueError("not a FHIR date")
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    if hour is None:
        return _day_range(int(year), int(month) if month else None, int(day) if day else None)
    start = dt.datetime(
        int(year),
        int(month),
        int(day),
        int(hour),
        int(minute),
        int(second or 0),
        int((fraction or "0").ljust(6, "0")),
        tzinfo=dt.datetime.fromisoformat(f"2000-01-01T00:00:00{zone}").tzinfo if zone else FRANCE,
    )
    low = microseconds(start)
    width = 60_000_000 if second is None else 10 ** (6 - len(fraction or ""))
    return low, low + width


def _day_range(year: int, month: int | None, day: int | None) -> tuple[int, int]:
    first = dt.datetime(year, month or 1, day or 1, tzinfo=FRANCE)
    if year == dt.MAXYEAR:
        after = _LAST  # for ever
    elif day:
        after = first + dt.timedelta(days=1)
    elif month:
        after = first.replace(year=year + month // 12, month=month % 12 + 1)
    else:
        after = first.replace(year=year + 1)
    return microseconds(first), microseconds(after)
