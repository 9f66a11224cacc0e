"""Slices of an element that repeats or has several types (R4 4.0.1, https://hl7.org/fhir/R4/profiling.html#slicing).

A value belongs to the first slice whose discriminators it fits: by value or pattern (also through a required binding),
by presence, by type, or by conformance to a profile. A slicing without discriminators is not decided here.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from mappings.fhir.terminology import codes_of
from mappings.fhir.validation.fhirpath import Environment, Expression, Node, Unsupported, compiled
from mappings.fhir.validation.fhirpath.nodes import is_a
from mappings.fhir.validation.findings import NONE, Finding, Findings, Rule, within
from mappings.fhir.validation.patterns import equal, fits
from mappings.fhir.validation.profiles import Element, Profile, type_of

if TYPE_CHECKING:
    from mappings.fhir.validation.conformance import Occurrences

#: One step of a discriminator's path.
_STEP: Final = re.compile(r"extension\('[^']*'\)|[^.]+")

#: Whether a value belongs.
Test = Callable[[Node, Environment], bool]
#: Whether a value follows one of the profiles of these URLs.
Like = Callable[[Sequence[str], Node, Environment], bool]
#: Rules of a slice by the type of its value.
Made = Callable[[Element], Mapping[str, Rule]]
SliceRule = Callable[["Occurrences", str, Environment], Findings]

_TOO_FEW: Final = "Dans « {{}} », la tranche {name} doit figurer au moins {count} fois."
_TOO_MANY: Final = "Dans « {{}} », la tranche {name} figure plus de {count} fois."
_CLOSED: Final = "L’élément « {} » n’entre dans aucune des tranches que permet ce profil."
_AT_END: Final = "L’élément « {} » précède une tranche : ce qui n’est d’aucune tranche vient après."
_ORDER: Final = "L’élément « {} » ne suit pas l’ordre des tranches de ce profil."
_UNDECIDED: Final = "Les tranches de « {} » n’ont pas pu être distinguées : elles n’ont pas été vérifiées."


class _Slice:
    """One slice, made ready."""

    def __init__(
        self, element: Element, tests: Sequence[Test], rules: Mapping[str, Rule], inner: SliceRule | None
    ) -> None:
        self.tests = tests
        self.rules = rules
        self.inner = inner
        self.name = element.slice_name
        self.least = int(element.definition.get("min", 0))
        most = element.definition.get("max", "*")
        self.most = None if most == "*" else int(most)

    def takes(self, node: Node, environment: Environment) -> bool:
        return all(test(node, environment) for test in self.tests)


def rule(element: Element, made: Made, like: Like, within_: Profile) -> SliceRule:
    """The rule of a sliced element; ``made`` gives the rules of one slice, ``like`` judges by a profile."""
    slicing = element.definition.get("slicing", {})
    discriminators = slicing.get("discriminator") or _implied(element)
    try:
        slices = [
            _Slice(one, tests, made(one), rule(one, made, like, within_) if one.slices else None)
            for one in element.slices
            if (tests := [_test(each, one, like) for each in discriminators])
        ]
    except Unsupported:
        slices = []
    if len(slices) < len(element.slices):
        undecided = Finding("", "not-supported", _UNDECIDED, within_.id, "information")
        return lambda found, step, _environment: [undecided._replace(path=step)] if found.nodes else NONE
    how, ordered = slicing.get("rules", "open"), bool(slicing.get("ordered", False))
    return partial(_judge, slices, how, ordered, within_.id)


def _implied(element: Element) -> list[dict[str, str]]:
    if element.name in ("extension", "modifierExtension"):
        return [{"type": "value", "path": "url"}]
    return [{"type": "type", "path": "$this"}] if element.name.endswith("[x]") else []


def _judge(
    slices: Sequence[_Slice],
    how: str,
    ordered: bool,
    reference: str,
    found: "Occurrences",
    step: str,
    environment: Environment,
) -> Findings:
    findings: list[Finding] = []
    held: list[list[int]] = [[] for _ in slices]
    places = [_place(slices, node, environment) for node in found.nodes]
    last = max((index for index, place in enumerate(places) if place is not None), default=-1)
    highest = -1
    for index, (place, node) in enumerate(zip(places, found.nodes, strict=True)):
        at = found.steps[index]
        if place is None:
            findings += [Finding(at, "structure", _CLOSED, reference)] if how == "closed" else ()
            if how == "openAtEnd" and index < last:
                findings.append(Finding(at, "structure", _AT_END, reference))
            continue
        if ordered and place < highest:
            findings.append(Finding(at, "structure", _ORDER, reference))
        highest = max(highest, place)
        held[place].append(index)
        judge = slices[place].rules.get(node.type)
        if judge is not None and (broken := judge(node, environment)):
            findings += within(at, broken)
    for one, indexes in zip(slices, held, strict=True):
        findings += _counted(one, len(indexes), step, reference)
        if one.inner is not None:
            chosen = type(found)([found.steps[i] for i in indexes], [found.nodes[i] for i in indexes])
            findings += one.inner(chosen, step, environment)
    return findings


def _place(slices: Sequence[_Slice], node: Node, environment: Environment) -> int | None:
    return next((index for index, one in enumerate(slices) if one.takes(node, environment)), None)


def _counted(one: _Slice, count: int, step: str, reference: str) -> Iterator[Finding]:
    if count < one.least:
        yield Finding(step, "required", _TOO_FEW.format(name=one.name, count=one.least), reference)
    if one.most is not None and count > one.most:
        yield Finding(step, "structure", _TOO_MANY.format(name=one.name, count=one.most), reference)


# ── discriminators ─────────────────────────────────────────────────────────────────────────────────────────


def _test(discriminator: Mapping[str, str], slice_: Element, like: Like) -> Test:
    kind, path = discriminator["type"], discriminator["path"]
    expression = compiled(path)
    if path.endswith("resolve()"):
        reference = path.removesuffix("resolve()").rstrip(".")
        return _by_target(kind, expression, _at(slice_, reference or "$this"), like)
    target = _at(slice_, path)
    if kind == "exists":
        wanted = target.definition.get("max") != "0"
        return lambda node, environment: bool(expression(environment, [node])) is wanted
    if kind == "type":
        types = [type_["code"] for type_ in target.types]
        return partial(_some, expression, lambda node: any(is_a(node, type_) for type_ in types))
    if kind in ("value", "pattern"):
        return partial(_some, expression, partial(_fits, _wanted(target, path)))
    if kind == "profile":
        return _by_profile(expression, [url for type_ in target.types for url in type_.get("profile", ())], like)
    raise Unsupported(f"the discriminator {kind}")


def _by_target(kind: str, expression: Expression, reference: Element, like: Like) -> Test:
    """Slices told apart by what a reference points at: its type, or its profile when it is at hand."""
    urls = [url for type_ in reference.types for url in type_.get("targetProfile", ())]
    if kind == "type":
        types = [type_of(url) for url in urls]
        return partial(_some, expression, lambda node: any(is_a(node, type_) for type_ in types))
    if kind == "profile":
        return _by_profile(expression, urls, like)
    raise Unsupported(f"the discriminator {kind} beyond a reference")


def _by_profile(expression: Expression, urls: Sequence[str], like: Like) -> Test:
    if not urls:
        raise Unsupported("no profile to tell a slice by")

    def test(node: Node, environment: Environment) -> bool:
        found = expression(environment, [node])
        return any(isinstance(one, Node) and like(urls, one, environment) for one in found)

    return test


def _some(expression: Expression, holds: Callable[[Any], bool], node: Node, environment: Environment) -> bool:
    return any(holds(found) for found in expression(environment, [node]))


def _at(slice_: Element, path: str) -> Element:
    """The element of the slice that a discriminator's path leads to."""
    element = slice_
    for step in _STEP.findall(path) if path != "$this" else ():
        if step.startswith("extension("):
            element = _extension(element, step[11:-2])
            continue
        below = element.children.get(step) or element.children.get(f"{step}[x]")
        if below is None:
            raise Unsupported(f"the path {path}")
        element = below
    return element


def _extension(element: Element, url: str) -> Element:
    """The slice of an extension of that URL."""
    slices = element.children["extension"].slices if "extension" in element.children else []
    for one in slices:
        told = one.children["url"].constant("fixed") if "url" in one.children else None
        if told == url or any(url in type_.get("profile", ()) for type_ in one.types):
            return one
    raise Unsupported(f"the extension {url}")


def _wanted(target: Element, path: str) -> Callable[[Any], bool]:
    """What tells a value of the slice: a constant, constants below it, or a required binding."""
    fixed, pattern = target.constant("fixed"), target.constant("pattern")
    if fixed is not None:
        return lambda value: equal(value, fixed)
    if pattern is not None:
        return lambda value: fits(value, pattern)
    if constants := {
        name: constant for name, one in target.children.items() if (constant := _constant(one)) is not None
    }:
        return lambda value: fits(value, constants)
    told = target.definition.get("binding", {})
    if told.get("strength") == "required" and (members := codes_of(told["valueSet"])) is not None:
        return lambda value: _bound(value, members)
    raise Unsupported(f"nothing to tell {path} by")


def _constant(element: Element) -> Any:
    fixed = element.constant("fixed")
    return element.constant("pattern") if fixed is None else fixed


def _bound(value: Any, members: frozenset[tuple[str, str]]) -> bool:
    if isinstance(value, str):
        return any(code == value for _, code in members)
    codings = value.get("coding", [value]) if isinstance(value, dict) else ()
    pairs = [(one.get("system"), one.get("code")) for one in codings if isinstance(one, dict)]
    return any(all(isinstance(part, str) for part in pair) and pair in members for pair in pairs)


def _fits(wanted: Callable[[Any], bool], node: Any) -> bool:
    return isinstance(node, Node) and wanted(node.value)
