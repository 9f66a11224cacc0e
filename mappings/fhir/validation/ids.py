"""Identifiers of elements: one resource never bears the same twice (R4 4.0.1, https://hl7.org/fhir/R4/element.html#id)."""

from collections.abc import Iterator
from typing import Any, Final

from mappings.elements import Json
from mappings.fhir.definitions import RELEASE, definition
from mappings.fhir.validation.fhirpath import Node
from mappings.fhir.validation.findings import Finding

#: Table of what may stand beside a primitive value.
_BESIDE: Final = "FHIRPrimitiveExtension"
_TWICE: Final = "L’identifiant de l’élément « {} » est déjà celui d’un autre élément de la ressource."


def repeated(node: Node) -> Iterator[Finding]:
    """Each element whose identifier was met before; what the resource contains has identifiers of its own."""
    met: set[str] = set()
    for path, id_ in _ids(node.value, node.type, ""):
        if id_ in met:
            yield Finding(path, "invariant", _TWICE, f"{RELEASE}, element.html")
        met.add(id_)


def _ids(value: Json, table: str, path: str) -> Iterator[tuple[str, str]]:
    elements = definition(table).elements
    for name, content in value.items():
        element = elements.get(name.removeprefix("_"))
        if element is None or element.type == "Resource" or element.primitive != name.startswith("_"):
            continue
        type_ = _BESIDE if element.primitive else element.type
        for step, item in _items(content):
            if isinstance(item, dict):
                here = f"{path}.{element.path_name}{step}"
                if isinstance(item.get("id"), str):
                    yield here, item["id"]
                yield from _ids(item, type_, here)


def _items(content: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(content, list):
        yield from ((f"[{index}]", item) for index, item in enumerate(content))
    else:
        yield "", content
