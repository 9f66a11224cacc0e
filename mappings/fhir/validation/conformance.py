"""A profile made ready: one rule an element that it narrows, nothing for what R4 says already.

R4 4.0.1, https://hl7.org/fhir/R4/profiling.html: cardinality, types, fixed values and patterns, bindings, targets of
references, invariants; slices are in ``slicing``. ``mustSupport`` judges no resource.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache, partial
from typing import Any, Final, NamedTuple

from mappings.fhir import definitions
from mappings.fhir.definitions import PRIMITIVES, definition
from mappings.fhir.validation import constraints, slicing
from mappings.fhir.validation.fhirpath import Environment, Node, typed
from mappings.fhir.validation.fhirpath.nodes import children
from mappings.fhir.validation.findings import NONE, Finding, Findings, Rule, full, within
from mappings.fhir.validation.profiles import Element, Profile, profile, type_of
from mappings.fhir.validation.targets import at_hand

_TOO_FEW: Final = "L’élément « {{}} » doit figurer au moins {} fois."
_ABSENT: Final = "L’élément « {} » est obligatoire dans ce profil."
_TOO_MANY: Final = "L’élément « {{}} » figure plus de {} fois."
_PROHIBITED: Final = "L’élément « {} » ne figure pas dans ce profil."
_TYPE: Final = "L’élément « {} » n’est pas de l’un des types que permet ce profil."
_TARGET_PROFILE: Final = "La ressource que désigne « {} » n’est pas conforme au profil que demande celui-ci."
_OTHER_TYPE: Final = "La ressource « {{}} » n’est pas du type {}, dont parle ce profil."
_NOT_ALIKE: Final = "L’élément « {} » n’est conforme à aucun des profils permis."

_PROHIBITED_MAX: Final = "0"
_UNBOUNDED: Final = "*"


def conforms(found: Profile, node: Node, environment: Environment) -> Findings:
    """What ``found`` has against a resource."""
    if node.type != found.type:
        return (of_another_type(found.type, found.id),)
    return rule_of(found)(node, environment)


def of_another_type(type_: str, reference: str) -> Finding:
    """A resource was held to a profile that speaks of ``type_`` alone."""
    return Finding("", "structure", _OTHER_TYPE.format(type_), reference)


@cache
def rule_of(found: Profile) -> Rule:
    """The rule of a profile or of an extension, made when it is first asked for."""
    return _all(_of_element(found.root, found.type, found))


def _all(rules_: Sequence[Rule]) -> Rule:
    if len(rules_) == 1:
        return rules_[0]

    def judge(node: Node, environment: Environment) -> Findings:
        findings: list[Finding] = []
        for rule in rules_:
            findings += rule(node, environment)
        return findings

    return judge


# ── one element ────────────────────────────────────────────────────────────────────────────────────────────


def _of_element(element: Element, table: str, within_: Profile, base: definitions.Element | None = None) -> list[Rule]:
    """Rules on one value of an element whose table is ``table``."""
    return [
        *constraints.constants(element, within_),
        *constraints.bindings(element, within_, base),
        *constraints.targets(element, within_, base),
        *_kept(element, within_),
        *_alike(element, within_),
        *constraints.invariants(element, within_),
        *_members(element, table, within_),
        *_referred(element, table, within_),
    ]


def _kept(element: Element, within_: Profile) -> Iterator[Rule]:
    """A reference whose target must follow a profile of ours, when the target is at hand."""
    urls = [url for type_ in element.types for url in type_.get("targetProfile", ())]
    ours = {type_of(url): url for url in urls if profile(url) is not None}
    if not ours:
        return
    fault = Finding("", "value", _TARGET_PROFILE, within_.id)

    def judge(node: Node, environment: Environment) -> Findings:
        held = at_hand(node, environment) if node.type == "Reference" else None
        target = typed(held) if held is not None else None
        if target is None or target.type not in ours:
            return NONE
        around = replace(environment, resource=target)
        return NONE if _like([ours[target.type]], target, around) else (fault,)

    yield judge


def _alike(element: Element, within_: Profile) -> Iterator[Rule]:
    """Datatypes and resources that must follow a profile of ours; extensions are known by their url."""
    urls = [url for type_ in element.types if type_["code"] != "Extension" for url in type_.get("profile", ())]
    ours = [found for url in urls if (found := profile(url)) is not None]
    if not ours or len(ours) < len(urls):
        return
    fault = Finding("", "structure", _NOT_ALIKE, within_.id)

    def judge(node: Node, environment: Environment) -> Findings:
        found = [conforms(one, node, environment) for one in ours]
        if not all(_errors(findings) for findings in found):
            return NONE
        return found[0] if len(found) == 1 else (fault,)

    yield judge


def _errors(findings: Findings) -> bool:
    return any(found.severity == "error" for found in findings)


# ── its members ────────────────────────────────────────────────────────────────────────────────────────────


class Occurrences(NamedTuple):
    """An element of a parent, with all that stands there."""

    steps: Sequence[str]
    nodes: Sequence[Node]


def _members(element: Element, table: str, within_: Profile) -> Iterator[Rule]:
    if not table or table in PRIMITIVES or not element.children:
        return
    options: dict[str, list[definitions.Element]] = {}
    for option in definition(table).elements.values():
        options.setdefault(option.path_name, []).append(option)
    for name, child in element.children.items():
        found = options.get(name.removesuffix("[x]"))
        if found and (rule := _member(child, found, within_)):
            yield rule


def _referred(element: Element, table: str, within_: Profile) -> Iterator[Rule]:
    """The content of another element of the profile, at any depth (``action.action.action``): made when it is met."""
    other = within_.elements.get(str(element.definition.get("contentReference", "")).partition("#")[2])
    if other is None or element.children:
        return
    made: list[Rule] = []

    def judge(node: Node, environment: Environment) -> Findings:
        if not made:
            made.append(_all(list(_members(other, table, within_))))
        return made[0](node, environment)

    yield judge


def _member(element: Element, options: list[definitions.Element], within_: Profile) -> Rule | None:
    """The rule of a member, seen from its parent; None when the profile adds nothing to it."""
    name, many = options[0].path_name, options[0].many
    counts = list(_counts(element, options[0], within_))
    allowed = _allowed(element, options)
    each = _by_type(element, [option for option in options if option.type in allowed], within_)
    slices = (
        slicing.rule(element, partial(_sliced, options=options, within_=within_), _like, within_)
        if element.slices
        else None
    )
    narrowed = len(allowed) < len({option.type for option in options})
    if not counts and not each and slices is None and not narrowed:
        return None
    type_fault = Finding("", "structure", _TYPE, within_.id)

    def judge(node: Node, environment: Environment) -> Findings:
        nodes = list(children(node, name))
        findings = [found._replace(path=f".{name}") for judge_count in counts for found in judge_count(len(nodes))]
        if not nodes and slices is None:
            return findings
        steps = [f".{name}[{index}]" for index in range(len(nodes))] if many else [f".{name}"] * len(nodes)
        for step, one in zip(steps, nodes, strict=True):
            if narrowed and one.type not in allowed:
                findings.append(type_fault._replace(path=step))
            rule = each.get(one.type)
            if rule is not None and (found := rule(one, environment)):
                findings += within(step, found)
            if full(findings):
                return findings
        if slices is not None:
            findings += slices(Occurrences(steps, nodes), f".{name}", environment)
        return findings

    return judge


def _sliced(element: Element, options: list[definitions.Element], within_: Profile) -> dict[str, Rule]:
    return _by_type(element, [option for option in options if option.type in _allowed(element, options)], within_)


def _like(urls: Sequence[str], node: Node, environment: Environment) -> bool:
    """Whether a value follows one of the profiles; unknown ones are followed by nothing."""
    known = [found for url in urls if (found := profile(url)) is not None]
    return any(not _errors(conforms(found, node, environment)) for found in known)


def _by_type(element: Element, options: Iterable[definitions.Element], within_: Profile) -> dict[str, Rule]:
    """The rule of one value, by the type it has; a type of which nothing is said has none."""
    found = {option.type: _of_element(element, option.type, within_, option) for option in options}
    return {type_: _all(rules_) for type_, rules_ in found.items() if rules_}


def _allowed(element: Element, options: Iterable[definitions.Element]) -> frozenset[str]:
    types = frozenset(option.type for option in options)
    codes = frozenset(type_["code"] for type_ in element.types)
    # only a choice is narrowed by its types; elsewhere a type may go by another name (BackboneElement, System.String)
    return types & codes if len(types) > 1 and codes else types


def _counts(element: Element, base: definitions.Element, within_: Profile) -> Iterator[Any]:
    least, most = int(element.definition.get("min", 0)), element.definition.get("max", _UNBOUNDED)
    if least > (1 if base.required else 0):
        text = _ABSENT if least == 1 else _TOO_FEW.format(least)
        yield partial(_least, least, Finding("", "required", text, within_.id))
    if most != _UNBOUNDED and (base.many or most == _PROHIBITED_MAX):
        text = _PROHIBITED if most == _PROHIBITED_MAX else _TOO_MANY.format(most)
        yield partial(_most, int(most), Finding("", "structure", text, within_.id))


def _least(least: int, fault: Finding, count: int) -> Findings:
    return (fault,) if count < least else NONE


def _most(most: int, fault: Finding, count: int) -> Findings:
    return (fault,) if count > most else NONE
