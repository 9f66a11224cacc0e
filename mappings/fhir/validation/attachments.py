"""An attachment that carries its data says its size truly (R4 4.0.1, https://hl7.org/fhir/R4/datatypes.html#Attachment)."""

import binascii
from typing import Final

from mappings.fhir.definitions import RELEASE
from mappings.fhir.validation.fhirpath import Environment, Node
from mappings.fhir.validation.findings import NONE, Finding, Findings

_SIZE: Final = Finding(
    ".size", "value", "La taille dite par « {} » n’est pas celle des données, en octets.", f"{RELEASE}, Attachment"
)


def judged(node: Node, _: Environment) -> Findings:
    value = node.value if isinstance(node.value, dict) else {}
    data, size = value.get("data"), value.get("size")
    if not isinstance(data, str) or type(size) is not int:
        return NONE
    try:
        held = binascii.a2b_base64("".join(data.split()), strict_mode=True)
    except ValueError:
        return NONE
    return NONE if len(held) == size else (_SIZE,)
