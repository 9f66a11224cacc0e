"""The profiles that a resource claims in ``meta.profile`` (R4 4.0.1, https://hl7.org/fhir/R4/resource.html#Meta)."""

from collections.abc import Iterator
from typing import Any, Final

from mappings.elements import Json
from mappings.fhir.definitions import RELEASE, definition, known
from mappings.fhir.validation import french_core
from mappings.fhir.validation.conformance import conforms, of_another_type
from mappings.fhir.validation.fhirpath import Environment, Node
from mappings.fhir.validation.findings import NONE, Finding, Findings

_CORE: Final = "http://hl7.org/fhir/StructureDefinition/"
_UNKNOWN: Final = Finding(
    ".meta.profile",
    "not-supported",
    "La ressource déclare dans « {} » un profil qui n’est pas connu ici : il n’a pas été vérifié.",
    f"{RELEASE}, resource.html#Meta",
    "warning",
)


def judged(node: Node, environment: Environment) -> Iterator[Finding]:
    for url in _claimed(node.value):
        found = held(url, node, environment)
        yield from (_UNKNOWN,) if found is None else found


def held(url: str, node: Node, environment: Environment) -> Findings | None:
    """What the profile of that address has against a resource; None when it is not known here."""
    found = french_core.profile_of(url)
    if found is not None:
        return conforms(found, node, environment)
    name = url.partition("|")[0]
    type_ = name.removeprefix(_CORE) if name.startswith(_CORE) else ""
    if type_ in _types_of(node.type):
        return NONE
    return (of_another_type(type_, f"{RELEASE}, {type_}"),) if known(type_) else None


def _types_of(type_: str) -> tuple[str, ...]:
    """A type of resource, and what it specialises."""
    domain = ("DomainResource",) if "contained" in definition(type_).elements else ()
    return (type_, *domain, "Resource")


def _claimed(resource: Json) -> list[str]:
    """Each profile once, without its version."""
    meta: Any = resource.get("meta")
    claimed = meta.get("profile") if isinstance(meta, dict) else None
    urls = (url for url in claimed if isinstance(url, str)) if isinstance(claimed, list) else ()
    return list(dict.fromkeys(url.partition("|")[0] for url in urls))
