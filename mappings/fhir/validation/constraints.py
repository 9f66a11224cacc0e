"""What a profile says of one value: constants, bindings, targets of references, invariants.

R4 4.0.1, https://hl7.org/fhir/R4/elementdefinition.html. Each generator gives the rules that the element adds to R4.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any, Final

from mappings.fhir import definitions
from mappings.fhir.validation import rules
from mappings.fhir.validation.bindings import binding
from mappings.fhir.validation.fhirpath import Environment, Node
from mappings.fhir.validation.findings import NONE, Finding, Findings, Rule
from mappings.fhir.validation.invariants import invariant
from mappings.fhir.validation.patterns import equal, fits
from mappings.fhir.validation.profiles import Element, Profile, type_of
from mappings.fhir.validation.targets import target_type

_FIXED: Final = "L’élément « {} » n’a pas la valeur que fixe ce profil."
_PATTERN: Final = "L’élément « {} » n’a pas le contenu que demande ce profil."
_TARGET: Final = "La référence « {} » ne désigne pas une ressource de l’un des types que permet ce profil."


def constants(element: Element, within_: Profile) -> Iterator[Rule]:
    fixed, pattern = element.constant("fixed"), element.constant("pattern")
    if fixed is not None:
        yield partial(_constant, equal, fixed, Finding("", "value", _FIXED, within_.id))
    if pattern is not None:
        yield partial(_constant, fits, pattern, Finding("", "value", _PATTERN, within_.id))


def _constant(same: Any, wanted: Any, fault: Finding, node: Node, _: Environment) -> Findings:
    return NONE if same(node.value, wanted) else (fault,)


def bindings(element: Element, within_: Profile, base: definitions.Element | None) -> Iterator[Rule]:
    told = element.definition.get("binding", {})
    if "valueSet" not in told:
        return
    core = told["valueSet"].startswith(("http://hl7.org/fhir/", "http://terminology.hl7.org/"))
    # what R4 binds is R4's to tell; its required bindings name their release
    if core and base is not None and (told["valueSet"].endswith("|4.0.1") or told["strength"] != "required"):
        return
    bound = binding(told["strength"], told["valueSet"], within_.id)
    if bound is not None:
        yield bound


def targets(element: Element, within_: Profile, base: definitions.Element | None) -> Iterator[Rule]:
    urls = [url for type_ in element.types for url in type_.get("targetProfile", ())]
    allowed = frozenset(type_of(url) for url in urls)
    if not allowed or "Resource" in allowed or "" in allowed or (base is not None and allowed == base.targets):
        return
    fault = Finding("", "value", _TARGET, within_.id)

    def judge(node: Node, environment: Environment) -> Findings:
        if node.type != "Reference":
            return NONE
        target = target_type(node, environment)
        return (fault,) if target and target not in allowed else NONE

    yield judge


def invariants(element: Element, within_: Profile) -> Iterator[Rule]:
    for constraint in element.definition.get("constraint", ()):
        if constraint["key"] not in rules.keys() and "expression" in constraint:
            text = constraint["human"].replace("'", "’")
            reference = f"{within_.id}, {constraint['key']}"
            yield invariant(constraint["expression"], constraint["severity"], text, reference)
