"""A resource held to R4 4.0.1 itself: invariants, bindings, extensions by their definitions, at any depth.

Each table of ``definitions`` is turned once into what there is to look at in it; the walk goes through JSON and spells
a path only for what is wrong. Profiles that a resource claims are looked at where the resource is met, be it
contained or in a Bundle.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final

from mappings.elements import Json
from mappings.fhir.definitions import Element, definition
from mappings.fhir.validation import attachments, bundles, claims, extensions, french_core, ids, targets, uris
from mappings.fhir.validation.bindings import unknown_code
from mappings.fhir.validation.fhirpath import Environment, Meter, Node, typed
from mappings.fhir.validation.findings import NONE, Finding, Findings, Rule, full, within
from mappings.fhir.validation.invariants import Invariant, broken
from mappings.fhir.validation.rules import Rules, places, rules_of

#: Table of what stands beside a primitive.
_BESIDE: Final = "FHIRPrimitiveExtension"
#: Rules of a datatype that FHIRPath does not say.
_BESIDES: Final[Mapping[str, Rule]] = {"Attachment": attachments.judged, "Coding": unknown_code}


@dataclass(frozen=True, slots=True)
class _Member:
    """What there is to look at in one member of a JSON object."""

    step: str
    type: str
    many: bool
    rules: Rules
    #: Type and table of what is below; the type is empty when nothing is.
    below: tuple[str, str]
    #: What no expression says: codes, addresses, targets, extensions by their definitions.
    besides: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True)
class _Plan:
    invariants: tuple[Invariant, ...]
    members: Mapping[str, _Member]


def environment_of(resource: Json, meter: Meter) -> Environment:
    """What expressions may name of a resource that stands by itself."""
    node = typed(resource)
    return Environment(node, node, _neighbours(resource), _contained(resource), meter)


def judged(environment: Environment) -> Findings:
    """What R4 and the profiles it claims have against ``%resource``."""
    node = environment.resource
    if not node.type:
        return NONE
    findings = list(_object(node.type, node.type, node, environment))
    for judge in (french_core.judged, bundles.judged, ids.repeated):
        findings += judge(node)
    findings += claims.judged(node, environment)
    return findings


def _contained(resource: Json) -> dict[str, Json]:
    held = resource.get("contained")
    ids = ((one.get("id"), one) for one in held if isinstance(one, dict)) if isinstance(held, list) else ()
    return {id_: one for id_, one in ids if isinstance(id_, str)}


def _neighbours(resource: Json) -> dict[str, Json]:
    """Resources of a Bundle by what references may call them."""
    found: dict[str, Json] = {}
    entries = resource.get("entry") if resource.get("resourceType") == "Bundle" else None
    for entry in entries if isinstance(entries, list) else ():
        content = entry.get("resource") if isinstance(entry, dict) else None
        if isinstance(content, dict):
            names = (entry.get("fullUrl"), f"{content.get('resourceType')}/{content.get('id')}")
            found |= {name: content for name in names if isinstance(name, str)}
    return found


# ── the walk ───────────────────────────────────────────────────────────────────────────────────────────────


def _object(type_: str, table: str, node: Node, environment: Environment) -> list[Finding]:
    value = node.value
    if type(value) is not dict:
        return []
    plan = _plan(type_, table)
    findings = broken(plan.invariants, node, environment) if plan.invariants else []
    members = plan.members
    for name, content in value.items():
        member = members.get(name)
        if member is not None:
            findings += _member(member, content, environment)
            if full(findings):
                break
    return findings


def _member(member: _Member, content: Any, environment: Environment) -> list[Finding]:
    if type(content) is not list:
        found = _one(member, content, environment)
        return within(member.step, found) if found else []
    findings: list[Finding] = []
    for index, item in enumerate(content):
        found = _one(member, item, environment)
        if found:
            findings += within(f"{member.step}[{index}]", found)
            if full(findings):
                break
    return findings


def _one(member: _Member, content: Any, environment: Environment) -> Findings:
    if member.type == "Resource":
        return _held(member, content, environment)
    rules = member.rules
    findings: list[Finding] = []
    if rules is not _NOTHING:
        node = Node(content, member.type)
        findings += broken(rules.invariants, node, environment)
        if rules.binding:
            findings += rules.binding(node, environment)
        if rules.narrowed:
            findings += broken(rules_of(rules.narrowed)[""].invariants, node, environment)
    type_, table = member.below
    if type_:
        findings += _object(type_, table, Node(content, table), environment)
    for judge in member.besides:
        findings += judge(Node(content, member.type), environment)
    return findings


def _held(member: _Member, content: Any, environment: Environment) -> Findings:
    if type(content) is not dict:
        return NONE
    node = typed(content)
    if member.step == ".contained":
        return judged(replace(environment, resource=node))
    # in a Bundle each stands by itself, and sees the others
    around = _neighbours(content) if node.type == "Bundle" else environment.around
    return judged(Environment(node, node, around, _contained(content), environment.meter))


# ── one plan a table ───────────────────────────────────────────────────────────────────────────────────────

_NOTHING: Final = Rules()


@cache
def _plan(type_: str, table: str) -> _Plan:
    """``table`` is that of the type itself or nested in it."""
    rules, nested = rules_of(type_), places(type_)
    path = nested[table][1]
    place = _place(type_, path)
    members: dict[str, _Member] = {}
    for element in definition(table).elements.values():
        # an element that refers to the content of another (item.item) has the rules of that one
        at = nested[element.type][1] if element.type in nested else f"{path}.{element.path_name}".lstrip(".")
        said = rules.get(f"{at}[x]" if element.choice else at, _NOTHING)
        member = _look(element, _still_to_say(said, element), nested, place)
        if member is not None:
            members[element.name] = member
        if element.companion:
            step = f".{element.path_name}"
            members[f"_{element.name}"] = _Member(step, _BESIDE, element.many, _NOTHING, (_BESIDE, _BESIDE))
    own = rules.get("", _NOTHING).invariants if not path else ()
    return _Plan(own, members)


def _place(type_: str, path: str) -> str:
    """As the context of an extension names it; where a datatype stands is not known here."""
    if type_ == extensions.PART:
        return extensions.PART
    return f"{type_}.{path}".rstrip(".") if definition(type_).resource else ""


def _look(element: Element, rules: Rules, nested: Mapping[str, tuple[str, str]], place: str) -> _Member | None:
    step, besides = f".{element.path_name}", tuple(_besides(element, place))
    if element.primitive:
        silent = rules is _NOTHING and not besides
        return None if silent else _Member(step, element.type, element.many, rules, ("", ""), besides)
    type_ = nested[element.type][0] if element.type in nested else element.type
    return _Member(step, element.type, element.many, rules, (type_, element.type), besides)


def _besides(element: Element, place: str) -> Iterator[Rule]:
    if address := uris.rule(element.type):
        yield address
    if element.type == "Reference" and element.targets:
        yield targets.rule(element.targets)
    if element.type == "Extension":
        yield extensions.rule(place, element.name == "modifierExtension")
    if element.type in _BESIDES:
        yield _BESIDES[element.type]


def _still_to_say(rules: Rules, element: Element) -> Rules:
    """The codes of most required bindings are held by the check of structure."""
    if element.codes is None or rules.binding is None or not rules.binding.required:
        return rules
    if not rules.invariants and not rules.narrowed:
        return _NOTHING
    return Rules(rules.invariants, None, rules.narrowed)
