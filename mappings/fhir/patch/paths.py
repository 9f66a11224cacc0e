"""Where a FHIRPath leads in a resource, for the paths that a patch may use.

FHIRPath Patch needs places, not values: ``Type.name[n]``, ``where(path = literal and …)``, ``where(path.exists())``,
``first()``, ``last()``, ``extension('url')`` and ``ofType(Type)`` tell one (https://hl7.org/fhir/R4/fhirpatch.html,
https://hl7.org/fhirpath/N1/). Any other expression is refused rather than half understood.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import zip_longest
from typing import Any, Final

from mappings.fhir.definitions import PRIMITIVES, Element, definition

Resource = dict[str, Any]

#: Longest path, in characters.
_LONGEST: Final = 500
_STRING: Final = r"'(?:[^'\\]|\\['\\\"/])*'"
_NAME: Final = r"[A-Za-z][A-Za-z0-9]*"
_WITHIN: Final = rf"{_NAME}(?:\[[0-9]{{1,6}}\])?(?:\.{_NAME}(?:\[[0-9]{{1,6}}\])?)*"
_LITERAL: Final = rf"{_STRING}|true|false|@[0-9T:.+\-Z]+|-?[0-9]+(?:\.[0-9]+)?"
_CRITERION: Final = rf"{_WITHIN}\s*(?:!=|=)\s*(?:{_LITERAL})|{_WITHIN}\.exists\(\)"
_STEP: Final = re.compile(
    rf"(?P<name>{_NAME})(?![A-Za-z0-9(])"
    rf"|where\(\s*(?P<where>(?:{_CRITERION})(?:\s+and\s+(?:{_CRITERION}))*)\s*\)"
    rf"|extension\(\s*(?P<extension>{_STRING})\s*\)"
    rf"|ofType\(\s*(?:FHIR\.)?(?P<type>{_NAME})\s*\)"
    r"|(?P<end>first|last)\(\)"
)
_ONE: Final = re.compile(_CRITERION)
_COMPARED: Final = re.compile(rf"(?P<path>{_WITHIN})\s*(?P<sign>!=|=)\s*(?P<literal>{_LITERAL})")
_INDEX: Final = re.compile(r"\[\s*(?P<index>[0-9]{1,6})\s*\]")


@dataclass(frozen=True, slots=True)
class Node:
    """One element of a resource, and where it stands: ``parent[key]``, or ``parent[key][index]``."""

    value: Any
    type: str
    #: Of a resource: nothing holds it.
    holder: "Node | None" = None
    key: str = ""
    #: None for an element that does not repeat.
    index: int | None = None
    #: As FHIRPath calls it.
    name: str = ""

    @property
    def parent(self) -> Resource:
        return self.holder.inside if self.holder else {}

    @property
    def inside(self) -> Resource:
        """What holds its elements: of a primitive, what JSON keeps beside it (https://hl7.org/fhir/R4/json.html#primitive)."""
        held = self.value
        if self.type in PRIMITIVES:
            held = self.parent.get(f"_{self.key}")
            if self.index is not None:
                held = held[self.index] if isinstance(held, list) and self.index < len(held) else None
        return held if isinstance(held, dict) else {}


def places(resource: Resource, path: str) -> list[Node]:
    """The elements at ``path``; ``ValueError``, with a French sentence, when it is not a path of the subset."""
    steps = _steps(path)
    if steps[0][1] in (resource["resourceType"], "Resource", "DomainResource"):
        steps = steps[1:]
    nodes = [Node(resource, resource["resourceType"])]
    for kind, argument in steps:
        nodes = _STEPS[kind](nodes, argument)
    return nodes


def element(type_: str, name: str) -> list[Element]:
    """The elements of a type that FHIRPath calls ``name``: several for a choice of types."""
    return [found for found in definition(type_).elements.values() if found.path_name == name]


def type_of(node: Node) -> str:
    """Of a contained resource, its own; a primitive has the elements of any element."""
    if node.type in PRIMITIVES:
        return "Element"
    return str(node.value["resourceType"]) if node.type == "Resource" else node.type


def last_name(path: str) -> tuple[str, str]:
    """(path of the element that holds it, name) of a path that ends with a name."""
    holder, _, name = path.strip().rpartition(".")
    if not re.fullmatch(_NAME, name) or not holder:
        raise ValueError("Le chemin d’une liste se termine par le nom de l’élément répété.")
    return holder, name


def _steps(path: str) -> list[tuple[str, str]]:
    """(kind, argument) of each step."""
    if len(path) > _LONGEST:
        raise ValueError("Ce chemin FHIRPath est trop long.")
    steps: list[tuple[str, str]] = []
    text, at = path.strip(), 0
    while at < len(text):
        found = _INDEX.match(text, at) if steps else None
        if found is None:
            at += 1 if steps and text[at] == "." else 0
            found = _STEP.match(text, at) if not steps or text[at - 1] == "." else None
        if found is None or found.lastgroup is None:
            break
        steps.append((found.lastgroup, found[found.lastgroup]))
        at = found.end()
    if at < len(text) or not steps:
        raise ValueError(
            "Ce chemin FHIRPath n’est pas admis dans un patch : des noms, [n], where(), first(), last(), extension() "
            "et ofType()."
        )
    return steps


def _children(nodes: Sequence[Node], name: str) -> list[Node]:
    return [child for node in nodes for child in within(node, name)]


def within(node: Node, name: str) -> list[Node]:
    """The elements of ``node`` that FHIRPath calls ``name``."""
    elements = element(type_of(node), name) if isinstance(node.value, dict) or node.type in PRIMITIVES else []
    if not elements:
        raise ValueError("Ce chemin nomme un élément qui n’existe pas dans FHIR R4.")
    return [
        Node(item, one.type, node, one.name, n, one.path_name)
        for one in elements
        for n, item in _items(node.inside, one)
    ]


def _items(holder: Resource, one: Element) -> list[tuple[int | None, Any]]:
    """What stands there, by place where it repeats; a primitive may be there by its extensions alone."""
    value, beside = holder.get(one.name), holder.get(f"_{one.name}") if one.companion else None
    if not (isinstance(value, list) or isinstance(beside, list)):
        return [(None, value)] if value is not None or beside else []
    pairs = zip_longest(*(some if isinstance(some, list) else () for some in (value, beside)))
    return [(n, item) for n, (item, kept) in enumerate(pairs) if item is not None or kept]


def _at(nodes: Sequence[Node], number: str) -> list[Node]:
    return list(nodes[int(number) : int(number) + 1])


def _where(nodes: Sequence[Node], criteria: str) -> list[Node]:
    wanted = [one.group() for one in _ONE.finditer(criteria)]
    return [node for node in nodes if all(_holds(node, criterion) for criterion in wanted)]


def _holds(node: Node, criterion: str) -> bool:
    if criterion.endswith(".exists()"):
        return bool(_along(node, criterion.removesuffix(".exists()")))
    compared = _COMPARED.fullmatch(criterion)
    if compared is None:
        return False
    values = [found.value for found in _along(node, compared["path"]) if found.value is not None]
    # Empty is "not known": it is neither equal nor different (FHIRPath, 4.1).
    return bool(values) and (_literal(compared["literal"]) in values) == (compared["sign"] == "=")


def _along(node: Node, path: str) -> list[Node]:
    nodes = [node]
    for kind, argument in _steps(path):
        nodes = _STEPS[kind](nodes, argument)
    return nodes


def _literal(text: str) -> Any:
    if text in ("true", "false"):
        return text == "true"
    if text[0] == "'":
        return _string(text)
    return text[1:] if text[0] == "@" else Decimal(text)


def _string(literal: str) -> str:
    return re.sub(r"\\(.)", r"\1", literal[1:-1])


def _extensions(nodes: Sequence[Node], url: str) -> list[Node]:
    wanted = _string(url)
    return [node for node in _children(nodes, "extension") if node.value.get("url") == wanted]


def _of_type(nodes: Sequence[Node], type_: str) -> list[Node]:
    return [node for node in nodes if node.type == type_]


def _end(nodes: Sequence[Node], which: str) -> list[Node]:
    return list(nodes[:1] if which == "first" else nodes[-1:])


_STEPS: Final[Mapping[str, Callable[[Sequence[Node], str], list[Node]]]] = {
    "name": _children,
    "index": _at,
    "where": _where,
    "extension": _extensions,
    "type": _of_type,
    "end": _end,
}
