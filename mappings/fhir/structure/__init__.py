"""Checks the structure of a FHIR resource, exactly and at once (R4 4.0.1, https://hl7.org/fhir/R4/).

The tables of ``definitions`` are turned, type by type and once, into one function a type (``types``); what stands beside a
primitive value is in ``companions``, where references lead in ``pointers``. What a profile or the law adds is not known
here. Every fault is collected; no model of the package is built for it.
"""

from collections.abc import Iterable

from mappings.elements import Json
from mappings.fhir.definitions import RELEASE, carried, definition
from mappings.fhir.faults import step, to_issues
from mappings.fhir.structure.types import COMPANION, members_of, resource_faults
from mappings.issues import Issue


def check(resource: Json, expression: str | None = None) -> list[Issue]:
    """Every fault of structure; ``expression`` is where the resource stands, its type when it stands alone."""
    stated = resource.get("resourceType")
    kind = stated if isinstance(stated, str) else ""
    root = expression or step(kind)[1:]
    reference = f"{RELEASE}, {kind}" if carried(kind) else RELEASE
    return to_issues(root, resource_faults(resource), reference)


def warm(types: Iterable[str]) -> None:
    """Reads the tables of these types and of all they are made of, so that no request pays for it."""
    waiting, seen = [*types, COMPANION], set[str]()
    while waiting:
        name = waiting.pop()
        if name in seen or name == "Resource":
            continue
        seen.add(name)
        members_of(name)
        waiting.extend(e.type for e in definition(name).elements.values() if not e.primitive)
