"""Checks the structure of a FHIR resource, exactly and at once (R4 4.0.1, https://hl7.org/fhir/R4/).

The tables of ``definitions`` are turned, type by type and once, into one function a type: cardinality, JSON types,
formats, choices, required codes, targets of references, contained resources. What a profile or the law adds is not
known here. Every fault is collected; no model of the package is built for it.
"""

import re
from collections.abc import Iterable, KeysView, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from mappings.elements import Json
from mappings.fhir import primitives
from mappings.fhir.definitions import RELEASE, Definition, Element, carried, definition, known
from mappings.fhir.faults import NONE, Check, Fault, Faults, bounded, fault, step, to_issues, too_many, within
from mappings.fhir.json import dump
from mappings.issues import Issue
from mappings.remembered import Remembered

#: Table of what may stand beside a primitive value: ``{"id": …, "extension": […]}``.
_COMPANION: Final = "FHIRPrimitiveExtension"

#: Elements of one type that are remembered, at least, and their longest in bytes.
_REMEMBERED: Final = 128
_SHORT: Final = 600
_NESTED: Final = (dict, list)
_LITERAL: Final = re.compile(r"([A-Z][A-Za-z]{1,63})(/[A-Za-z0-9\-.]{1,64}(/_history/[A-Za-z0-9\-.]{1,64})?|\?\S+)")
_ABSOLUTE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:\S+")

_REQUIRED: Final = "L’élément « {} » est obligatoire."
_UNKNOWN: Final = "L’élément « {} » n’existe pas dans FHIR R4."
_EMPTY: Final = fault("structure", "L’élément « {} » est vide.")
_ONLY_AN_ID: Final = fault("invariant", "L’élément « {} » n’a ni valeur ni contenu (ele-1).")
_NOT_A_LIST: Final = fault("structure", "L’élément « {} » peut se répéter : un tableau est attendu.")
_NULL: Final = "L’élément « {} » vaut null sans extension qui en dise la raison."
_TWO_VALUES: Final = "L’élément « {} » figure sous plusieurs types : un seul est permis."
_EXT_1: Final = fault("invariant", "L’extension « {} » doit porter soit une valeur, soit des extensions (ext-1).")
_MISALIGNED: Final = "L’élément « {} » et ses extensions n’ont pas le même nombre de places."
_NO_TYPE: Final = fault("structure", "Le type de la ressource « {} » manque (resourceType).")
_NO_SUCH_TYPE: Final = fault(
    "not-supported", "Le type de la ressource « {} » n’est pas un type FHIR R4 pris en charge."
)
_NOT_A_TARGET: Final = "La référence « {} » ne peut pas désigner une ressource de ce type."
_NOT_A_LITERAL: Final = (
    "La référence « {} » n’est ni absolue, ni de la forme Type/identifiant, ni interne (#identifiant)."
)
_NOT_ITS_TYPE: Final = "L’élément « {} » n’est pas le type de la ressource que la référence désigne."
_NOT_CONTAINED: Final = "La référence « {} » désigne une ressource contenue absente (ref-1)."
_DOM_2: Final = "La ressource contenue « {} » ne peut pas en contenir d’autres (dom-2)."
_DOM_3: Final = "La ressource contenue « {} » n’est désignée par aucune référence (dom-3)."
_DOM_4: Final = "La ressource contenue « {} » ne peut pas avoir de version ni de date de mise à jour (dom-4)."
_DOM_5: Final = "La ressource contenue « {} » ne peut pas avoir d’étiquette de sécurité (dom-5)."
_SAME_ID: Final = "Deux ressources contenues portent l’identifiant de « {} »."


def check(resource: Json, expression: str | None = None) -> list[Issue]:
    """Every fault of structure; ``expression`` is where the resource stands, its type when it stands alone."""
    stated = resource.get("resourceType")
    kind = stated if isinstance(stated, str) else ""
    root = expression or step(kind)[1:]
    reference = f"{RELEASE}, {kind}" if carried(kind) else RELEASE
    return to_issues(root, _resource(resource), reference)


def warm(types: Iterable[str]) -> None:
    """Reads the tables of these types and of all they are made of, so that no request pays for it."""
    waiting, seen = [*types, _COMPANION], set[str]()
    while waiting:
        name = waiting.pop()
        if name in seen or name == "Resource":
            continue
        seen.add(name)
        _members(name)
        waiting.extend(e.type for e in definition(name).elements.values() if not e.primitive)


# ── one function a type ────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Members:
    """A table made ready: what to call for each member, and what must be there."""

    checks: Mapping[str, Check]
    #: Step of FHIRPath for each member.
    steps: Mapping[str, str]
    required: KeysView[str]
    choices: tuple["_Choice", ...]
    #: ``_birthDate`` and its like.
    companions: frozenset[str]
    resource: bool
    #: The type is Extension itself.
    extension: bool
    #: Of a type of resource: elements found without fault lately.
    known: Remembered[tuple[str, bytes], bool] | None


@dataclass(frozen=True, slots=True)
class _Choice:
    path: str
    names: frozenset[str]
    required: bool


@cache
def _members(name: str) -> _Members:
    table = definition(name)
    checks: dict[str, Check] = {}
    steps: dict[str, str] = {}
    for element in table.elements.values():
        checks[element.name] = _repeated(_one(element), element) if element.many else _one(element)
        steps[element.name] = f".{element.path_name}"
        if element.companion:
            companion = _object(_COMPANION)
            checks[f"_{element.name}"] = _repeated(companion, element) if element.many else companion
            steps[f"_{element.name}"] = f".{element.path_name}"
    if table.resource:
        checks["resourceType"] = _nothing
    return _Members(
        checks,
        steps,
        {e.name: e for e in table.elements.values() if e.required and not e.choice}.keys(),
        tuple(_choices(table)),
        frozenset(f"_{e.name}" for e in table.elements.values() if e.companion),
        table.resource,
        table.name == "Extension",
        Remembered(_REMEMBERED) if table.resource else None,
    )


def _choices(table: Definition) -> Iterable[_Choice]:
    for choice in dict.fromkeys(e.choice for e in table.elements.values() if e.choice):
        elements = [e for e in table.elements.values() if e.choice == choice]
        names = frozenset(name for e in elements for name in (e.name, f"_{e.name}"))
        yield _Choice(f".{choice}", names, required=any(e.required for e in elements))


def _one(element: Element) -> Check:
    """The check of one value of an element."""
    if element.primitive:
        return primitives.enumerated(element.codes) if element.codes else primitives.CHECKS[element.type]
    if element.type == "Resource":
        return _contained if element.name == "contained" else _resource
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
                faults.append(Fault(f"[{index}]", "structure", _NULL))
            elif found := one(item):
                faults += within(f"[{index}]", found)
                if too_many(faults):
                    return bounded(faults)
        return faults

    return check


@cache
def _object(name: str) -> Check:
    """The check of a type; its table is read when its first value comes."""
    element = name != _COMPANION

    def check(value: Any) -> Faults:
        if type(value) is not dict:
            return primitives.mistyped(value, "un objet")
        if not value:
            return _EMPTY
        members = _members(name)
        faults = (
            _each(members, value, value.items()) if members.known is None else _each_anew(members, value, members.known)
        )
        if not members.required <= value.keys():
            faults += [Fault(f".{e}", "required", _REQUIRED) for e in members.required if not _present(e, value)]
        for choice in members.choices:
            if choice.required or not choice.names.isdisjoint(value):
                faults += _choice(choice, value)
        if not members.companions.isdisjoint(value):
            faults += _companions(members, value)
        if element and len(value) == 1 and "id" in value and not members.resource:
            faults += _ONLY_AN_ID
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
            faults += within(members.steps[member], _without_placeholders(found, value, member))
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


def _choice(choice: _Choice, value: Json) -> Faults:
    if choice.names.isdisjoint(value):
        return fault("required", _REQUIRED, choice.path) if choice.required else NONE
    if len({member.lstrip("_") for member in value if member in choice.names}) > 1:
        return fault("structure", _TWO_VALUES, choice.path)
    return NONE


# ── a primitive value and its companion ────────────────────────────────────────────────────────────────────


def _without_placeholders(faults: Faults, value: Json, member: str) -> Faults:
    """Nulls that hold the place of a value are judged with the companion."""
    beside = member[1:] if member[0] == "_" else f"_{member}"
    return [found for found in faults if found.text is not _NULL] if beside in value else faults


def _companions(members: _Members, value: Json) -> Faults:
    return [
        found
        for member in value
        if member in members.companions
        for found in within(members.steps[member], _companion(value.get(member[1:]), value[member]))
    ]


def _companion(value: Any, companion: Any) -> Faults:
    if type(companion) is list:
        return _aligned(value, companion)
    if value is None and type(companion) is dict and companion and "extension" not in companion:
        return _ONLY_AN_ID
    return NONE


def _aligned(values: Any, companions: list[Any]) -> Faults:
    """JSON writes a repeated primitive as two arrays of one length, null where there is nothing."""
    if values is None:
        values = [None] * len(companions)
    if type(values) is not list:
        return NONE
    if len(values) != len(companions):
        return fault("structure", _MISALIGNED)
    return [
        Fault(f"[{index}]", "structure", _NULL)
        for index, (value, companion) in enumerate(zip(values, companions, strict=True))
        if value is None and not (type(companion) is dict and "extension" in companion)
    ]


# ── references and resources ───────────────────────────────────────────────────────────────────────────────


@cache
def _reference(targets: frozenset[str] | None) -> Check:
    whole = _object("Reference")

    def check(value: Any) -> Faults:
        faults = whole(value)
        literal = value.get("reference") if type(value) is dict else None
        if type(literal) is str and literal and (found := _literal(literal, targets)):
            return [*faults, found]
        if type(literal) is str and "type" in value and not _is_of(literal, value["type"]):
            return [*faults, Fault(".type", "value", _NOT_ITS_TYPE)]
        return faults

    return check


def _is_of(literal: str, told: Any) -> bool:
    """Whether the type told beside a reference is the one that the reference names; both may be told (references.html)."""
    relative = _LITERAL.fullmatch(literal)
    return relative is None or type(told) is not str or told.rpartition("/")[2] == relative[1]


def _literal(literal: str, targets: frozenset[str] | None) -> Fault | None:
    if literal[0] == "#":
        return Fault(".reference", "invariant", _NOT_CONTAINED, literal, targets)
    if relative := _LITERAL.fullmatch(literal):
        kind = relative[1]
        if kind in targets if targets else known(kind):
            return None
        return Fault(".reference", "value", _NOT_A_TARGET)
    return None if _ABSOLUTE.fullmatch(literal) else Fault(".reference", "value", _NOT_A_LITERAL)


def _resource(value: Any) -> Faults:
    """A resource that stands by itself, alone or in a Bundle: its own pointers end in it."""
    faults = _typed(value)
    if type(value) is dict and ("contained" in value or any(found.pointer for found in faults)):
        return _settled(value, faults)
    return faults


def _typed(value: Any) -> Faults:
    if type(value) is not dict:
        return primitives.mistyped(value, "un objet")
    kind = value.get("resourceType")
    if type(kind) is not str or not kind:
        return _NO_TYPE
    return _object(kind)(value) if carried(kind) else _NO_SUCH_TYPE


def _contained(value: Any) -> Faults:
    faults = list(_typed(value))
    if type(value) is dict:
        meta = value.get("meta")
        labels = meta if type(meta) is dict else {}
        if "contained" in value:
            faults.append(Fault("", "invariant", _DOM_2))
        if "versionId" in labels or "lastUpdated" in labels:
            faults.append(Fault("", "invariant", _DOM_4))
        if "security" in labels:
            faults.append(Fault("", "invariant", _DOM_5))
    return faults


def _settled(resource: Json, faults: Faults) -> Faults:
    """Settles the pointers of a resource against what it contains."""
    held = _held(resource.get("contained"))
    kinds = {id: kind for _, id, kind in held}
    used = {found.pointer[1:] for found in faults if found.pointer}
    settled = [judged for found in faults if (judged := _judged(found, kinds))]
    for index, id, _ in held:
        place = f".contained[{index}]"
        points_home = any(found.pointer == "#" and found.path.startswith(place + ".") for found in faults)
        if id not in used and not points_home:
            settled.append(Fault(place, "invariant", _DOM_3))
    if len(kinds) < len(held):
        settled.append(Fault(".contained", "invariant", _SAME_ID))
    return settled


def _held(contained: Any) -> list[tuple[int, str, str]]:
    """Place, id and type of each contained resource; what is not one has its fault already."""
    return [
        (index, str(item.get("id", "")), str(item.get("resourceType", "")))
        for index, item in enumerate(contained if type(contained) is list else ())
        if type(item) is dict
    ]


def _judged(found: Fault, kinds: Mapping[str, str]) -> Fault | None:
    """None when a pointer leads somewhere it may."""
    if not found.pointer:
        return found
    id = found.pointer[1:]
    home = not id and found.path.startswith(".contained[")
    if not found.text or home:
        return None
    if id not in kinds:
        return Fault(found.path, found.code, found.text)
    if found.targets and kinds[id] not in found.targets:
        return Fault(found.path, "value", _NOT_A_TARGET)
    return None
