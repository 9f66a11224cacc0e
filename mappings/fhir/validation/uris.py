"""Addresses that keep a form of their own: OIDs and UUIDs written as URIs, canonical addresses.

R4 4.0.1, https://hl7.org/fhir/R4/datatypes.html#uri and #canonical. That a URI is one is told by the check of structure.
"""

import re
from functools import partial
from typing import Final

from mappings.fhir.definitions import RELEASE
from mappings.fhir.validation.fhirpath import Environment, Node
from mappings.fhir.validation.findings import NONE, Finding, Findings, Rule

_ABSOLUTE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:\S+")
_FORMS: Final = {
    "urn:oid:": re.compile(r"urn:oid:[0-2](\.(0|[1-9][0-9]*))+"),
    "urn:uuid:": re.compile(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
}
_REFERENCE: Final = f"{RELEASE}, datatypes.html#uri"
_MISSHAPEN: Final = Finding(
    "",
    "value",
    "L’adresse « {} » n’est pas un OID ou un UUID valide (urn:oid:…, urn:uuid:… en minuscules).",
    _REFERENCE,
)
_RELATIVE: Final = Finding(
    "", "value", "L’adresse canonique « {} » doit être absolue, ou interne (#identifiant).", _REFERENCE
)


def absolute(address: str) -> bool:
    """Whether an address says by itself what it designates."""
    return _ABSOLUTE.fullmatch(address) is not None


def rule(type_: str) -> Rule | None:
    """The rule of a primitive type; None when it is no address."""
    if type_ not in ("uri", "url", "canonical"):
        return None
    return partial(_judge, type_ == "canonical")


def _judge(canonical: bool, node: Node, _: Environment) -> Findings:
    address = node.value
    if not isinstance(address, str) or not address:
        return NONE
    form = next((form for start, form in _FORMS.items() if address.startswith(start)), None)
    if form is not None and not form.fullmatch(address.partition("|")[0] if canonical else address):
        return (_MISSHAPEN,)
    return (_RELATIVE,) if canonical and address[0] != "#" and not absolute(address) else NONE
