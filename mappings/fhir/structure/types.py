"""One function a type, made of its table once: cardinality, JSON types, formats, choices, required codes, references."""

from collections.abc import Iterable, KeysView, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from mappings.elements import Json
from mappings.fhir import primitives
from mappings.fhir.definitions import Element, carried, definition
from mappings.fhir.faults import NONE, Check, Fault, Faults, bounded, fault, step, too_many, within
from mappings.fhir.json import dump
from mappings.fhir.structure.choices import REQUIRED, Choice, choice_faults, choices_of
from mappings.fhir.structure.companions import NULL, ONLY_AN_ID, companion_faults, without_placeholders
from mappings.fhir.structure.pointers import (
    NOT_ITS_TYPE,
    contained_faults,
    literal_fault,
    names_its_type,
    settled_faults,
)
from mappings.remembered import Remembered

#: Table of what may stand beside a primitive value: ``{"id": …, "extension": […]}``.
COMPANION: Final = "FHIRPrimitiveExtension"

#: Elements of one type that are remembered, at least, and their longest in bytes.
_REMEMBERED: Final = 128
_SHORT: Final = 600
_NESTED: Final = (dict, list)

_UNKNOWN: Final = "L’élément « {} » n’existe pas dans FHIR R4."
_EMPTY: Final = fault("structure", "L’élément « {} » est vide.")
_NOT_A_LIST: Final = fault("structure", "L’élément « {} » peut se répéter : un tableau est attendu.")
_EXT_1: Final = fault("invariant", "L’extension « {} » doit porter soit une valeur, soit des extensions (ext-1).")
_NO_TYPE: Final = fault("structure", "Le type de la ressource « {} » manque (resourceType).")
_NO_SUCH_TYPE: Final = fault(
    "not-supported", "Le type de la ressource « {} » n’est pas un type FHIR R4 pris en charge."
)


@dataclass(frozen=True, slots=True)
class _Members:
    """A table made ready: what to call for each member, and what must be there."""

    checks: Mapping[str, Check]
    #: Step of FHIRPath for each member.
    steps: Mapping[str, str]
    required: KeysView[str]
    choices: tuple[Choice, ...]
    #: ``_birthDate`` and its like.
    companions: frozenset[str]
    resource: bool
    #: The type is Extension itself.
    extension: bool
    #: Of a type of resource: elements found without fault lately.
    known: Remembered[tuple[str, bytes], bool] | None


@cache
def members_of(name: str) -> _Members:
    table = definition(name)
    checks: dict[str, Check] = {}
    steps: dict[str, str] = {}
    for element in table.elements.values():
        checks[element.name] = _repeated(_one(element), element) if element.many else _one(element)
        steps[element.name] = f".{element.path_name}"
        if element.companion:
            companion = _object(COMPANION)
            checks[f"_{element.name}"] = _repeated(companion, element) if element.many else companion
            steps[f"_{element.name}"] = f".{element.path_name}"
    if table.resource:
        checks["resourceType"] = _nothing
    return _Members(
        checks,
        steps,
        {e.name: e for e in table.elements.values() if e.required and not e.choice}.keys(),
        tuple(choices_of(table)),
        frozenset(f"_{e.name}" for e in table.elements.values() if e.companion),
        table.resource,
        table.name == "Extension",
        Remembered(_REMEMBERED) if table.resource else None,
    )


def _one(element: Element) -> Check:
    """The check of one value of an element."""
    if element.primitive:
        return primitives.enumerated(element.codes) if element.codes else primitives.CHECKS[element.type]
    if element.type == "Resource":
        return _contained if element.name == "contained" else resource_faults
    if element.type == "Reference":
        return _reference(element.targets)
    return _object(element.type)


def _nothing(value: Any) -> Faults:
    return NONE


def _repeated(one: Check, element: Element) -> Check:
    def check(value: Any) -> Faults:
        if type(value) is not list:
            return _NOT_A_LIST if value is not None else primitives.mistyped(None, "")
        if not value:
            return _EMPTY
        faults: list[Fault] = []
        for index, item in enumerate(value):
            if item is None and element.primitive:
                # right only beside a companion: whoever sees both decides
                faults.append(Fault(f"[{index}]", "structure", NULL))
            elif found := one(item):
                faults += within(f"[{index}]", found)
                if too_many(faults):
                    return bounded(faults)
        return faults

    return check


@cache
def _object(name: str) -> Check:
    """The check of a type; its table is read when its first value comes."""
    element = name != COMPANION

    def check(value: Any) -> Faults:
        if type(value) is not dict:
            return primitives.mistyped(value, "un objet")
        if not value:
            return _EMPTY
        members = members_of(name)
        faults = (
            _each(members, value, value.items()) if members.known is None else _each_anew(members, value, members.known)
        )
        if not members.required <= value.keys():
            faults += [Fault(f".{e}", "required", REQUIRED) for e in members.required if not _present(e, value)]
        for choice in members.choices:
            if choice.required or not choice.names.isdisjoint(value):
                faults += choice_faults(choice, value)
        if not members.companions.isdisjoint(value):
            faults += _companions(members, value)
        if element and len(value) == 1 and "id" in value and not members.resource:
            faults += ONLY_AN_ID
        if members.extension and members.choices[0].names.isdisjoint(value) != ("extension" in value):
            faults += _EXT_1
        return faults

    return check


def _each(members: _Members, value: Json, told: Iterable[tuple[str, Any]]) -> list[Fault]:
    """Faults of the members ``told``, all or some of ``value``."""
    checks = members.checks
    faults: list[Fault] = []
    for member, content in told:
        judge = checks.get(member)
        if judge is None:
            faults.append(Fault(step(member), "structure", _UNKNOWN))
        elif found := judge(content):
            faults += within(members.steps[member], without_placeholders(found, value, member))
        else:
            continue
        if too_many(faults):
            return bounded(faults)
    return faults


def _each_anew(members: _Members, value: Json, known: Remembered[tuple[str, bytes], bool]) -> list[Fault]:
    """The same of all members: a code, a profile, a person that was without fault lately is not looked at again."""
    if not members.companions.isdisjoint(value):
        # Whether a null is right depends on what stands beside it.
        return _each(members, value, value.items())
    told, keys = [], []
    for member, content in value.items():
        said = _said(content) if type(content) in _NESTED else b""
        if said and known.get((member, said)):
            continue
        told.append((member, content))
        if said:
            keys.append((member, said))
    faults = _each(members, value, told)
    if not faults:
        for key in keys:
            known.keep(key, True)
    return faults


def _said(content: Any) -> bytes:
    """Nothing for what is long, hence seldom said twice, and for what has no JSON: it is looked at each time."""
    try:
        said = dump(content)
    except (TypeError, RecursionError):
        return b""
    return said if len(said) <= _SHORT else b""


def _present(element: str, value: Json) -> bool:
    return element in value or f"_{element}" in value


def _companions(members: _Members, value: Json) -> Faults:
    return [
        found
        for member in value
        if member in members.companions
        for found in within(members.steps[member], companion_faults(value.get(member[1:]), value[member]))
    ]


@cache
def _reference(targets: frozenset[str] | None) -> Check:
    whole = _object("Reference")

    def check(value: Any) -> Faults:
        faults = whole(value)
        literal = value.get("reference") if type(value) is dict else None
        if type(literal) is str and literal and (found := literal_fault(literal, targets)):
            return [*faults, found]
        if type(literal) is str and "type" in value and not names_its_type(literal, value["type"]):
            return [*faults, Fault(".type", "value", NOT_ITS_TYPE)]
        return faults

    return check


def resource_faults(value: Any) -> Faults:
    """A resource that stands by itself, alone or in a Bundle: its own pointers end in it."""
    faults = _typed(value)
    if type(value) is dict and ("contained" in value or any(found.pointer for found in faults)):
        return settled_faults(value, faults)
    return faults


def _typed(value: Any) -> Faults:
    if type(value) is not dict:
        return primitives.mistyped(value, "un objet")
    kind = value.get("resourceType")
    if type(kind) is not str or not kind:
        return _NO_TYPE
    return _object(kind)(value) if carried(kind) else _NO_SUCH_TYPE


def _contained(value: Any) -> Faults:
    faults = _typed(value)
    return [*faults, *contained_faults(value)] if type(value) is dict else faults
