"""What a reference points at, as far as it can be told without reading anything (R4 4.0.1, references.html)."""

import re
from functools import partial
from typing import Final

from mappings.elements import Json
from mappings.fhir.definitions import RELEASE, known
from mappings.fhir.validation.fhirpath import Environment, Node
from mappings.fhir.validation.findings import NONE, Finding, Findings, Rule
from mappings.fhir.validation.uris import absolute

_ADDRESS: Final = re.compile(
    r"(?:^|/)([A-Z][A-Za-z]{1,63})(?:/[A-Za-z0-9\-.]{1,64}(?:/_history/[A-Za-z0-9\-.]{1,64})?|\?\S+)$"
)

_NOT_A_TARGET: Final = Finding(
    ".reference",
    "value",
    "La référence « {} » désigne une ressource du lot d’un type qui n’est pas permis ici.",
    f"{RELEASE}, references.html",
)


def target_type(node: Node, environment: Environment) -> str:
    """The type of the resource that a Reference designates; empty when nothing tells."""
    value = node.value if isinstance(node.value, dict) else {}
    address, told = value.get("reference"), value.get("type")
    if not isinstance(address, str):
        return told if isinstance(told, str) else ""
    if address.startswith("#"):
        return str(environment.contained.get(address[1:], {}).get("resourceType", ""))
    if address in environment.around:
        return str(environment.around[address].get("resourceType", ""))
    match = _ADDRESS.search(address)
    if match and known(match[1]):
        return match[1]
    return told if isinstance(told, str) else ""


def at_hand(node: Node, environment: Environment) -> Json | None:
    """The resource itself when it is contained or in the same Bundle."""
    address = node.value.get("reference") if isinstance(node.value, dict) else None
    if not isinstance(address, str):
        return None
    if address.startswith("#"):
        return environment.contained.get(address[1:])
    return environment.around.get(address)


def rule(allowed: frozenset[str]) -> Rule:
    """What R4 lets a reference designate, of a neighbour in the Bundle that its address alone does not tell the type of."""
    return partial(_judge, allowed)


def _judge(allowed: frozenset[str], node: Node, environment: Environment) -> Findings:
    address = node.value.get("reference") if isinstance(node.value, dict) else None
    if not isinstance(address, str) or not absolute(address) or address not in environment.around:
        return NONE
    return NONE if environment.around[address].get("resourceType") in allowed else (_NOT_A_TARGET,)
