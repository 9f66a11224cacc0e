"""The entries of a Bundle by their ``fullUrl`` (R4 4.0.1, https://hl7.org/fhir/R4/bundle.html#bundle-unique)."""

import re
from collections.abc import Iterator
from typing import Any, Final

from mappings.elements import Json
from mappings.fhir.definitions import RELEASE, known
from mappings.fhir.validation.fhirpath import Node
from mappings.fhir.validation.findings import Finding
from mappings.fhir.validation.uris import absolute

_REFERENCE: Final = f"{RELEASE}, bundle.html"
#: What is asked, or answered to what was asked, need not have an address yet.
_EXCHANGES: Final = frozenset({"transaction", "batch", "transaction-response", "batch-response"})
_ADDRESS: Final = re.compile(r"https?://\S+/([A-Z][A-Za-z]{1,63})/([A-Za-z0-9\-.]{1,64})")

_ABSENT: Final = "L’élément « {} » est obligatoire : hors d’une transaction ou d’un lot, chaque entrée a son adresse."
_RELATIVE: Final = "L’adresse « {} » doit être absolue."
_DISAGREES: Final = "L’adresse « {} » contredit le type ou l’identifiant de la ressource."
_UNNAMED: Final = "L’élément « {} » est obligatoire : une ressource trouvée a son identifiant."


def judged(node: Node) -> Iterator[Finding]:
    """What the entries of a Bundle have against it; nothing for another resource."""
    entries = node.value.get("entry") if node.type == "Bundle" else None
    kind = node.value.get("type")
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        if isinstance(entry, dict):
            yield from (found._replace(path=f".entry[{index}]{found.path}") for found in _entry(entry, kind))


def _entry(entry: Json, kind: Any) -> Iterator[Finding]:
    address, resource = entry.get("fullUrl"), entry.get("resource")
    if "fullUrl" not in entry and "_fullUrl" not in entry and kind not in _EXCHANGES:
        yield Finding(".fullUrl", "required", _ABSENT, _REFERENCE)
    if isinstance(address, str) and not absolute(address):
        yield Finding(".fullUrl", "value", _RELATIVE, _REFERENCE)
    if not isinstance(resource, dict):
        return
    if kind == "searchset" and "id" not in resource and resource.get("resourceType") != "OperationOutcome":
        yield Finding(".resource.id", "required", _UNNAMED, _REFERENCE)
    told = _ADDRESS.fullmatch(address) if isinstance(address, str) else None
    if told and known(told[1]) and (told[1], told[2]) != (resource.get("resourceType"), resource.get("id")):
        yield Finding(".fullUrl", "value", _DISAGREES, _REFERENCE)
