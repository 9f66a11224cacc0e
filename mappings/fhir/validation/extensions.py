"""Extensions where they stand: ours by their definitions, those of others by their address alone.

R4 4.0.1, https://hl7.org/fhir/R4/extensibility.html and https://hl7.org/fhir/R4/defining-extensions.html#context.
"""

from functools import partial
from typing import Final

from mappings.fhir.definitions import RELEASE, known
from mappings.fhir.validation.conformance import rule_of
from mappings.fhir.validation.fhirpath import Environment, Node
from mappings.fhir.validation.findings import NONE, Finding, Findings, Rule
from mappings.fhir.validation.profiles import Profile, profile
from mappings.fhir.validation.uris import absolute

#: Where an extension is a part of another, and bears a name of its own.
PART: Final = "Extension"

_REFERENCE: Final = f"{RELEASE}, extensibility.html"
_MISPLACED: Final = Finding("", "invariant", "L’extension « {} » n’est pas permise à cet endroit.", _REFERENCE)
_RELATIVE: Final = Finding(".url", "value", "L’adresse d’une extension, « {} », doit être absolue.", _REFERENCE)
_NO_MODIFIER: Final = Finding(
    "",
    "structure",
    "L’extension « {} » ne modifie pas le sens : sa place est parmi les extensions simples.",
    _REFERENCE,
)
_MODIFIER: Final = Finding(
    "", "structure", "L’extension « {} » modifie le sens : sa place est dans modifierExtension.", _REFERENCE
)


def rule(place: str, modifier: bool) -> Rule:
    """``place`` names an element of a resource; within a datatype, whose own place is not known, it is empty."""
    return partial(_judge, place, modifier)


def _judge(place: str, modifier: bool, node: Node, environment: Environment) -> Findings:
    url = node.value.get("url") if isinstance(node.value, dict) else None
    if not isinstance(url, str):
        return NONE
    if place != PART and not absolute(url):
        return (_RELATIVE,)
    found = profile(url)
    if found is None or found.type != "Extension":
        return NONE
    findings = list(rule_of(found)(node, environment))
    if modifier != found.modifier:
        findings.append(_NO_MODIFIER if modifier else _MODIFIER)
    if not _allowed(found, place):
        findings.append(_MISPLACED)
    return findings


def _allowed(found: Profile, place: str) -> bool:
    if place in found.contexts:
        return True
    # a definition may name the place of a datatype in a resource (Patient.name): that is let be
    return place in ("", PART) and not all(map(known, found.contexts))
