"""What FHIRPath walks over: the elements of a resource in JSON, each with its type (https://hl7.org/fhir/R4/fhirpath.html).

A collection is a list of ``Node`` (an element) and of plain values (what an expression computes). Values that are not
what FHIR says are met with patience: the check of structure has told of them, here they are merely not there.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import Any, Final, NamedTuple

from mappings.elements import Json
from mappings.fhir.definitions import PRIMITIVES, carried, definition
from mappings.issues import Issue, Refused

#: Elements and values, in their order.
Collection = list[Any]

EMPTY: Final[Collection] = []
_TOO_COSTLY: Final = "La ressource demande trop de calcul pour être validée."
_MOMENTS: Final = frozenset({"date", "dateTime", "instant", "time"})
_WHOLE: Final = frozenset({"integer", "positiveInt", "unsignedInt"})
#: What a type specialises, when that is not Element (https://hl7.org/fhir/R4/datatypes.html).
_BASES: Final[Mapping[str, str]] = {
    "code": "string",
    "id": "string",
    "markdown": "string",
    "canonical": "uri",
    "oid": "uri",
    "url": "uri",
    "uuid": "uri",
    "positiveInt": "integer",
    "unsignedInt": "integer",
    "Age": "Quantity",
    "Count": "Quantity",
    "Distance": "Quantity",
    "Duration": "Quantity",
}


class Node(NamedTuple):
    """One element."""

    #: JSON; None for a primitive of which only extensions are told.
    value: Any
    #: Name of its table (``definitions``): ``Procedure``, ``ProcedurePerformer``, ``dateTime``.
    type: str
    #: Id and extensions beside a primitive.
    beside: Json | None = None


class Meter:
    """How much work is left: what a body may make expressions do is bounded, as its size is."""

    __slots__ = ("left",)

    def __init__(self, left: int = 1_000_000) -> None:
        self.left = left

    def spend(self, steps: int) -> None:
        """``Refused`` when there is none left."""
        self.left -= steps
        if self.left < 0:
            raise Refused(Issue("too-costly", "", _TOO_COSTLY, "FHIR R4, resource-operation-validate.html"))


@dataclass(frozen=True, slots=True)
class Environment:
    """What an expression may name beside what it is evaluated on."""

    #: ``%resource``: the resource that holds the element.
    resource: Node
    #: ``%rootResource``: the one that contains it, or itself.
    root: Node
    #: Resources of the Bundle around, by ``fullUrl`` and by ``Type/id``.
    around: Mapping[str, Json] = field(default_factory=dict)
    #: What the root contains, by id.
    contained: Mapping[str, Json] = field(default_factory=dict)
    meter: Meter = field(default_factory=Meter)


class Moment(NamedTuple):
    """A date, a time or both: its parts as far as they are told (year, month, day, hour, minute, seconds)."""

    parts: tuple[int | Decimal, ...]
    #: The instant in UTC when a zone is told.
    instant: dt.datetime | None = None


class _Option(NamedTuple):
    """Where a step of a path looks."""

    name: str
    type: str
    primitive: bool


def typed(resource: Json) -> Node:
    """A whole resource; one of an unknown type has no elements."""
    kind = resource.get("resourceType")
    return Node(resource, kind if isinstance(kind, str) and carried(kind) else "")


def children(node: Node, name: str) -> Iterator[Node]:
    """The elements of that name, in their order."""
    content = node.value if node.type not in PRIMITIVES else node.beside
    if type(content) is not dict:
        return
    if node.type in PRIMITIVES:
        if name in ("extension", "id"):
            yield from _elements(content, _Option(name, "Extension" if name == "extension" else "string", False))
        return
    for option in _options(node.type).get(name, ()):
        if option.name in content or (option.primitive and f"_{option.name}" in content):
            yield from _elements(content, option)


def every_child(node: Node) -> Iterator[Node]:
    if node.type in PRIMITIVES:
        if node.beside:
            yield from children(node, "id")
            yield from children(node, "extension")
        return
    content, options = node.value, _by_json(node.type)
    for name in content if type(content) is dict else ():
        option = options.get(name.removeprefix("_"))
        # what stands beside a value comes with it
        if option is not None and (name[0] != "_" or option.name not in content):
            yield from _elements(content, option)


def descendants(nodes: Iterable[Any], meter: Meter) -> Iterator[Node]:
    """Everything below, at any depth, outside in."""
    waiting = [node for node in nodes if isinstance(node, Node)]
    while waiting:
        below = [child for node in waiting for child in every_child(node)]
        meter.spend(len(below))
        yield from below
        waiting = below


@cache
def _options(kind: str) -> Mapping[str, tuple[_Option, ...]]:
    options: dict[str, tuple[_Option, ...]] = {}
    for element in definition(kind).elements.values() if kind else ():
        option = _Option(element.name, element.type, element.primitive)
        options[element.path_name] = (*options.get(element.path_name, ()), option)
    return options


@cache
def _by_json(kind: str) -> Mapping[str, _Option]:
    return {option.name: option for options in _options(kind).values() for option in options}


def _elements(content: Json, option: _Option) -> Iterator[Node]:
    value, beside = content.get(option.name), content.get(f"_{option.name}") if option.primitive else None
    if type(value) is not list and type(beside) is not list:
        if value is not None or type(beside) is dict:
            yield _element(value, option.type, beside)
        return
    values = value if type(value) is list else []
    companions = beside if type(beside) is list else []
    for index in range(max(len(values), len(companions))):
        item = values[index] if index < len(values) else None
        companion = companions[index] if index < len(companions) else None
        if item is not None or companion is not None:
            yield _element(item, option.type, companion)


def _element(value: Any, kind: str, beside: Any) -> Node:
    if kind == "Resource":
        return typed(value) if type(value) is dict else Node(None, "")
    return Node(value, kind, beside if type(beside) is dict else None)


# ── values ─────────────────────────────────────────────────────────────────────────────────────────────────


def plain(item: Any) -> Any:
    """The value of a primitive element, as FHIRPath has it; None when it has none. Anything else is itself."""
    if not isinstance(item, Node) or item.type not in PRIMITIVES:
        return item
    value = item.value
    if type(value) is str and item.type in _MOMENTS:
        return moment(value)
    if type(value) in (dict, list):
        return None
    if type(value) is int and item.type not in _WHOLE:
        return Decimal(value)
    return value


def moment(text: str) -> Moment | None:
    """The parts of a date, a dateTime or a time; None when it is none."""
    day, _, clock = text.partition("T") if "-" in text[:5] or len(text) == 4 else ("", "", text)
    try:
        parts: list[int | Decimal] = [int(part) for part in day.split("-")] if day else []
        hour = clock.rstrip("Z").partition("+")[0].partition("-")[0]
        parts += [Decimal(part) if "." in part else int(part) for part in hour.split(":")] if hour else []
        instant = dt.datetime.fromisoformat(text) if day and clock else None
        in_utc = instant.astimezone(dt.UTC) if instant is not None and instant.tzinfo is not None else None
    except (ValueError, ArithmeticError):
        return None
    return Moment(tuple(parts), in_utc)


def compared(left: Any, right: Any) -> int | None:
    """Negative, nought or positive as ``left`` is before, at or after ``right``; None when nobody can tell."""
    a, b = _measured(left), _measured(right)
    if isinstance(a, Moment) and isinstance(b, Moment):
        return _compared_moments(a, b)
    if isinstance(a, str) and isinstance(b, str):
        return (a > b) - (a < b)
    if isinstance(a, int | Decimal) and isinstance(b, int | Decimal):
        return (a > b) - (a < b)
    return None


def _measured(item: Any) -> Any:
    """Quantities are compared by value: what has a unit of its own is not converted."""
    if isinstance(item, Node) and isinstance(item.value, dict) and "value" in item.value:
        return item.value["value"]
    return plain(item)


def _compared_moments(a: Moment, b: Moment) -> int | None:
    if a.instant and b.instant:
        return (a.instant > b.instant) - (a.instant < b.instant)
    for one, other in zip(a.parts, b.parts, strict=False):
        if one != other:
            return -1 if one < other else 1
    return 0 if len(a.parts) == len(b.parts) else None


def same(left: Any, right: Any) -> bool | None:
    """Equality; None when two dates are told with a different precision."""
    a, b = plain(left), plain(right)
    if isinstance(a, Moment) and isinstance(b, Moment):
        order = _compared_moments(a, b)
        return None if order is None else order == 0
    if isinstance(a, Node) and isinstance(b, Node):
        return bool(a.value == b.value)
    # True is 1 to Python
    return type(a) is type(b) and bool(a == b) if isinstance(a, bool) or isinstance(b, bool) else bool(a == b)


def is_a(item: Any, name: str) -> bool:
    """Whether an element or a value is of a type, or of one that specialises it."""
    if not isinstance(item, Node):
        systems = {bool: "boolean", int: "integer", Decimal: "decimal", str: "string"}
        return systems.get(type(item), "") == name[:1].lower() + name[1:]
    if item.type in PRIMITIVES:
        wanted = name[:1].lower() + name[1:]
        return wanted in (item.type, _BASES.get(item.type)) or name == "Element"
    if name in (item.type, _BASES.get(item.type)):
        return True
    if name in ("Resource", "DomainResource"):
        return bool(item.type) and carried(item.type) and (name == "Resource" or item.type not in _BARE_RESOURCES)
    return False


#: Resources without narrative, contained resources or extensions of their own.
_BARE_RESOURCES: Final = frozenset({"Binary", "Bundle", "Parameters"})
