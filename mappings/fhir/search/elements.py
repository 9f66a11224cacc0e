"""The elements that a search parameter reads (FHIRPath as far as the table needs it)."""

from functools import cache
from typing import Any, NamedTuple

from mappings.fhir.search.parameter import Parameter

Resource = dict[str, Any]


def values_of(resource: Resource, parameter: Parameter) -> list[Any]:
    """The elements that ``parameter`` reads."""
    nodes: list[Any] = [resource]
    if parameter.extension:
        nodes = [e for e in resource.get("extension", ()) if e.get("url") == parameter.extension]
    return along(nodes, parameter.path)


class Said(NamedTuple):
    """Whether the element ``key`` says one of ``values``, or none of them."""

    key: str
    values: frozenset[str]
    one_of: bool

    def by(self, item: Resource) -> bool:
        return (item.get(self.key) in self.values) is self.one_of


@cache
def steps(path: tuple[str, ...]) -> tuple[tuple[str, Said | None, bool], ...]:
    """Each step's element, what it must say, and whether only its being there counts."""
    read = []
    for step in path:
        name, _, wanted = step.partition("[")
        key, _, values = wanted.removesuffix("]").partition("=")
        said = Said(key.removesuffix("!"), frozenset(values.split(",")), not key.endswith("!")) if key else None
        read.append((name.removesuffix("?"), said, name.endswith("?")))
    return tuple(read)


def along(nodes: list[Any], path: tuple[str, ...]) -> list[Any]:
    """What stands at ``path`` below the nodes."""
    for name, wanted, told in steps(path):
        if told:
            return [any(_is_told(node, name) for node in nodes)]
        found: list[Any] = []
        for node in nodes:
            child = node.get(name) if isinstance(node, dict) else None
            if isinstance(child, list):
                found += child
            elif child is not None:
                found.append(child)
        if wanted:
            found = [item for item in found if isinstance(item, dict) and wanted.by(item)]
        nodes = found
    # null holds the place of a mere extension.
    return [node for node in nodes if node is not None] if None in nodes else nodes


def _is_told(node: Resource, choice: str) -> bool:
    return any(key.startswith(choice) and value is not False for key, value in node.items())
