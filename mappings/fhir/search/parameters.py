"""What is asked of the table: parameters by name, where their entries stand, what a reference may point at."""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from mappings.codes import systems
from mappings.fhir.definitions import definition
from mappings.fhir.search.elements import steps
from mappings.fhir.search.parameter import Parameter
from mappings.fhir.search.table import COMMON, PARAMETERS

_Reads = tuple[object, ...]


@cache
def parameters_of(type_: str) -> Mapping[str, Parameter]:
    """By name, those that a search on ``type_`` may use; of several paths of one name, the first."""
    return {name: one for name, one in _named(type_).items() if not name.startswith(".")}


def parameter_of(type_: str, name: str) -> Parameter:
    """The parameter of that name, also of what only a union finds."""
    return _named(type_)[name]


def members(type_: str, name: str) -> tuple[str, ...]:
    """Under which parameters there may be entries of what ``name`` finds: those that it is the union of, or itself."""
    return parameter_of(type_, name).union or (name,)


@cache
def _named(type_: str) -> Mapping[str, Parameter]:
    return {parameter.name: parameter for parameter in reversed(_rows(type_))}


@cache
def read_by(type_: str, name: str) -> tuple[Parameter, ...]:
    """Every path that ``name`` reads; of a union, those of its members."""
    rows = [p for p in _rows(type_) if p.name == name]
    return tuple(row for p in rows for row in ([r for one in p.union for r in read_by(type_, one)] if p.union else [p]))


@cache
def entered(type_: str) -> tuple[tuple[str, tuple[Parameter, ...]], ...]:
    """What is entered in the index, by the name that bears it: names that read the same paths share their entries."""
    paths: dict[str, tuple[Parameter, ...]] = {}
    for parameter in _rows(type_):
        if not parameter.union:
            paths[parameter.name] = (*paths.get(parameter.name, ()), parameter)
    return tuple((name, read) for name, read in paths.items() if name == entered_as(type_, name))


@cache
def bit_of(type_: str, name: str) -> int:
    """The bits that tell whether a resource has a value for the parameter; several for a union."""
    own = narrowed(type_)
    if name in own:
        return 1 << (len(entered(type_)) + own.index(name))
    union = parameter_of(type_, name).union
    if union:
        return sum(bit_of(type_, one) for one in union)
    return 1 << [entry for entry, _ in entered(type_)].index(entered_as(type_, name))


@cache
def entered_as(type_: str, name: str) -> str:
    """Name under which the entries of ``name`` stand: ``patient`` reads what ``subject`` reads."""

    def reads(of: str) -> list[_Reads]:
        # A canonical is entered alike as a uri and as a reference.
        return [
            ("reference" if p.kind == "uri" else p.kind, p.path, p.extension, p.parts, p.union)
            for p in _rows(type_)
            if p.name == of
        ]

    return next(p.name for p in _rows(type_) if reads(p.name) == reads(name))


@cache
def single(type_: str, name: str) -> bool:
    """Whether a resource has one value of the parameter at most."""
    rows = [p for p in _rows(type_) if p.name == name]
    choices = set()
    for row in rows:
        if row.extension or row.parts or row.union:
            return False
        of = type_
        for step in row.path:
            element = definition(of).elements.get(step)
            if element is None or element.many:
                return False
            of = element.type
        choices.add(definition(type_).elements[row.path[0]].choice if len(row.path) == 1 else "")
    # Several elements that exclude each other are one.
    return len(rows) == 1 or (len(choices) == 1 and "" not in choices)


@cache
def codes(type_: str, name: str) -> frozenset[str]:
    """All codes that the parameter may have; empty when they are not enumerated."""
    parameter = parameter_of(type_, name)
    if parameter.extension or parameter.union or parameter.kind != "token":
        return frozenset()
    return _codes_at(type_, parameter.path)


def first_codes(type_: str, name: str) -> frozenset[str]:
    """All codes that the first component of a composite may have; empty when they are not enumerated."""
    parameter = parameter_of(type_, name)
    return _codes_at(type_, (*parameter.path, *parameter.parts[0].path))


@cache
def _codes_at(type_: str, path: tuple[str, ...]) -> frozenset[str]:
    of, found = type_, frozenset[str]()
    for step in path:
        element = definition(of).elements.get(step)
        if element is None:
            return frozenset()
        of, found = element.type, frozenset({"false", "true"}) if element.type == "boolean" else element.codes or found
    return found


def implies(type_: str, name: str, system: str, code: str) -> bool:
    """Whether the system of a token says no more than the parameter itself, whose values are entered without one.

    So does the one of an enumerated code, that of a code which an element or an extension binds, and ``phone`` of the
    contacts that ``phone`` reads.
    """
    kept = {said for _, said, _ in steps(parameter_of(type_, name).path) if said is not None and said.one_of}
    if kept:
        return any(said.key == "system" and system in said.values for said in kept)
    parameter = parameter_of(type_, name)
    if system in (_BOUND.get(parameter.extension or name), _BOUND.get(".".join(parameter.path))):
        return True
    return implied(system) and code in codes(type_, name)


def implied(system: str) -> bool:
    """Whether it is a system of FHIR itself, whose codes are enumerated by the elements that have them."""
    return system.startswith(_IMPLIED)


@cache
def identifies(type_: str, name: str) -> bool:
    """Whether the tokens of the parameter are values of a system, identifiers or contacts, rather than codes."""
    for row in read_by(type_, name):
        of = type_
        for step in () if row.extension else row.path:
            element = definition(of).elements.get(step.partition("[")[0])
            of = element.type if element else ""
        if of in ("Identifier", "ContactPoint"):
            return True
    return False


@cache
def targets(type_: str, name: str) -> frozenset[str]:
    """Types that a reference parameter may point at, of those that are kept here."""
    kept = frozenset(PARAMETERS)
    if name == "patient":
        return frozenset({"Patient"})
    parameter = parameters_of(type_)[name]
    if canonical(type_, name):
        return DEFINITIONS
    if parameter.extension or parameter.union:
        return kept
    of, allowed = type_, kept
    for step in parameter.path:
        element = definition(of).elements[step.partition("[")[0]]
        of, allowed = element.type, element.targets or kept
    return allowed & kept


@cache
def narrowed(type_: str) -> tuple[str, ...]:
    """Parameters that find some of the references only whose entries they share: ``patient``, where anybody may stand."""
    return tuple(
        name
        for name, one in parameters_of(type_).items()
        if one.kind == "reference"
        and any(targets(type_, entered_as(type_, m)) - targets(type_, name) for m in members(type_, name))
    )


def identified_as(type_: str, name: str) -> tuple[str, ...]:
    """Names under which references of ``name`` stand by the identifier that they say."""
    if name in narrowed(type_):
        return (name,)
    return tuple(entered_as(type_, one) for one in members(type_, name))


@cache
def canonical(type_: str, name: str) -> bool:
    """Whether a reference parameter points by URL at a definition, rather than at a resource by its address."""
    parameter = parameters_of(type_)[name]
    if parameter.extension:
        return parameter.path == ("valueCanonical",)
    of = type_
    for step in parameter.path:
        of = definition(of).elements[step.partition("[")[0]].type
    return of == "canonical"


def named_by(definition: Mapping[str, Any]) -> list[str]:
    """Canonicals that mean this definition, as the index has them: with its version, and with none; none without a URL."""
    url, version = definition.get("url"), definition.get("version")
    if not url:
        return []
    return [f"{url}|{version}", f"{url}|"] if version else [f"{url}|"]


#: Codes whose system is that of their element, and is not stored beside them.
_IMPLIED: Final = ("http://hl7.org/fhir/", "http://terminology.hl7.org/CodeSystem/")
_MEDIA_TYPES: Final = "urn:ietf:bcp:13"
_SPECIAL_VALUES: Final = "http://terminology.hl7.org/CodeSystem/special-values"
#: The system of codes that are entered without one, by the extension or the parameter that reads them, or by its path.
_BOUND: Final[Mapping[str, str]] = {
    systems.EXT_ENROLMENT_STATUS: f"{systems.CODE_SYSTEM}binome-enrolment-status",
    systems.EXT_RECOURSE: f"{systems.CODE_SYSTEM}binome-recourse",
    systems.EXT_EVENT_STATUS: f"{systems.CODE_SYSTEM}binome-adverse-event-status",
    systems.EXT_DEROGATORY: _SPECIAL_VALUES,
    "deceased": _SPECIAL_VALUES,
    "contenttype": _MEDIA_TYPES,
    "payload": _MEDIA_TYPES,
    "content.attachment.language": "urn:ietf:bcp:47",
    "subject-type": "http://hl7.org/fhir/resource-types",
}
#: What a canonical may name, of the types that are kept here.
DEFINITIONS: Final = frozenset({"PlanDefinition", "ActivityDefinition", "Questionnaire"})


def _rows(type_: str) -> tuple[Parameter, ...]:
    return (*PARAMETERS[type_], *COMMON)
