"""The functions of FHIRPath that take values (http://hl7.org/fhirpath/N1, section 5), and FHIR's own.

Those that take an expression to be run on each item (``where``, ``all``…) are in ``compile``. One line of
``FUNCTIONS`` each: called with what stands before the point and the evaluated arguments.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from mappings.fhir.definitions import carried
from mappings.fhir.terminology import codes_of
from mappings.fhir.validation.fhirpath.nodes import (
    EMPTY,
    Collection,
    Environment,
    Node,
    children,
    descendants,
    every_child,
    plain,
    same,
    typed,
)

TRUE: Final[Collection] = [True]
FALSE: Final[Collection] = [False]

#: A function: where it is, what it is applied to, its arguments.
Applied = Callable[[Environment, Collection, tuple[Collection, ...]], Collection]


def verdict(value: bool | None) -> Collection:
    """Three-valued: unknown is the empty collection."""
    return EMPTY if value is None else TRUE if value else FALSE


def distinct(items: Iterable[Any]) -> Collection:
    """The first of each; primitives by a set, so that a long list stays cheap."""
    seen: set[tuple[str, Any]] = set()
    kept: Collection = []
    others: Collection = []
    for item in items:
        value = plain(item)
        if isinstance(value, Node):
            if not any(same(item, other) for other in others):
                others.append(item)
                kept.append(item)
        elif (key := ("b" if isinstance(value, bool) else "", value)) not in seen:
            seen.add(key)
            kept.append(item)
    return kept


def text_of(items: Collection) -> str | None:
    """The one string there; None when there is none."""
    value = plain(items[0]) if len(items) == 1 else None
    return value if isinstance(value, str) else None


def number_of(items: Collection) -> int | None:
    value = plain(items[0]) if len(items) == 1 else None
    return value if type(value) is int else None


def _on_text(judge: Callable[[str, str], Any]) -> Applied:
    def apply(_: Environment, focus: Collection, arguments: tuple[Collection, ...]) -> Collection:
        text, other = text_of(focus), text_of(arguments[0])
        return EMPTY if text is None or other is None else [judge(text, other)]

    return apply


def _on_items(judge: Callable[[Collection], Collection]) -> Applied:
    return lambda _environment, focus, _arguments: judge(focus)


def _matches(text: str, pattern: str) -> bool:
    return _pattern(pattern).search(text) is not None


@lru_cache(maxsize=256)
def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.DOTALL)


def _truths(focus: Collection) -> list[bool]:
    return [value for item in focus if isinstance(value := plain(item), bool)]


def _has_value(focus: Collection) -> Collection:
    return verdict(len(focus) == 1 and isinstance(focus[0], Node) and focus[0].value is not None)


def _to_integer(focus: Collection) -> Collection:
    value = plain(focus[0]) if len(focus) == 1 else None
    if isinstance(value, bool | int):
        return [int(value)]
    return [int(value)] if isinstance(value, str) and re.fullmatch(r"[+-]?[0-9]{1,18}", value, re.ASCII) else EMPTY


def _to_string(focus: Collection) -> Collection:
    if len(focus) != 1:
        return EMPTY
    item = focus[0]
    value = item.value if isinstance(item, Node) else item
    if isinstance(value, bool):
        return ["true" if value else "false"]
    return [str(value)] if isinstance(value, str | int | Decimal) else EMPTY


def _extension(_: Environment, focus: Collection, arguments: tuple[Collection, ...]) -> Collection:
    url = text_of(arguments[0])
    return [
        extension
        for item in focus
        if isinstance(item, Node)
        for extension in children(item, "extension")
        if type(extension.value) is dict and extension.value.get("url") == url
    ]


def _children(environment: Environment, focus: Collection, _: tuple[Collection, ...]) -> Collection:
    found: Collection = [child for node in focus if isinstance(node, Node) for child in every_child(node)]
    environment.meter.spend(len(found))
    return found


def _combined(_: Environment, focus: Collection, arguments: tuple[Collection, ...]) -> Collection:
    return [*focus, *arguments[0]]


def union(left: Collection, right: Collection) -> Collection:
    return distinct([*left, *right])


def _intersect(environment: Environment, focus: Collection, arguments: tuple[Collection, ...]) -> Collection:
    environment.meter.spend(len(focus) * len(arguments[0]))
    return distinct(item for item in focus if any(same(item, other) for other in arguments[0]))


def _exclude(environment: Environment, focus: Collection, arguments: tuple[Collection, ...]) -> Collection:
    environment.meter.spend(len(focus) * len(arguments[0]))
    return [item for item in focus if not any(same(item, other) for other in arguments[0])]


def _substring(_: Environment, focus: Collection, arguments: tuple[Collection, ...]) -> Collection:
    text, start = text_of(focus), number_of(arguments[0])
    if text is None or start is None or not 0 <= start < len(text):
        return EMPTY
    length = number_of(arguments[1]) if len(arguments) > 1 else len(text)
    return [text[start : start + (length or 0)]]


def _cut(_: Environment, focus: Collection, arguments: tuple[Collection, ...]) -> Collection:
    return focus[max(number_of(arguments[0]) or 0, 0) :]


def _taken(_: Environment, focus: Collection, arguments: tuple[Collection, ...]) -> Collection:
    return focus[: max(number_of(arguments[0]) or 0, 0)]


def _member_of(_: Environment, focus: Collection, arguments: tuple[Collection, ...]) -> Collection:
    members = codes_of(text_of(arguments[0]) or "")
    if members is None or len(focus) != 1 or not isinstance(focus[0], Node):
        return EMPTY
    value = focus[0].value
    if isinstance(value, str):
        return verdict(any(code == value for _, code in members))
    codings = value.get("coding", [value]) if isinstance(value, dict) else ()
    return verdict(any((coding.get("system"), coding.get("code")) in members for coding in codings))


def _resolve(environment: Environment, focus: Collection, _: tuple[Collection, ...]) -> Collection:
    """What is at hand: contained, or in the same Bundle; of anything else, only the type that its address tells."""
    found = [_target(environment, item) for item in focus]
    return [node for node in found if node is not None]


def _target(environment: Environment, item: Any) -> Node | None:
    value = item.value if isinstance(item, Node) else item
    address = value.get("reference") if isinstance(value, dict) else value
    if not isinstance(address, str):
        return None
    if address.startswith("#"):
        held = environment.contained.get(address[1:])
        return typed(held) if held is not None else environment.root if address == "#" else None
    if address in environment.around:
        return typed(environment.around[address])
    steps = address.partition("/_history/")[0].rsplit("/", 2)
    kind = steps[-2] if len(steps) > 1 else ""
    return Node({"resourceType": kind, "id": steps[-1]}, kind) if kind and carried(kind) else None


FUNCTIONS: Final[Mapping[str, Applied]] = {
    "allFalse": _on_items(lambda focus: verdict(not any(_truths(focus)))),
    "allTrue": _on_items(lambda focus: verdict(all(_truths(focus)))),
    "anyFalse": _on_items(lambda focus: verdict(not all(_truths(focus)))),
    "anyTrue": _on_items(lambda focus: verdict(any(_truths(focus)))),
    "children": _children,
    "combine": _combined,
    "contains": _on_text(lambda text, other: other in text),
    "count": _on_items(lambda focus: [len(focus)]),
    "descendants": lambda environment, focus, _arguments: list(descendants(focus, environment.meter)),
    "distinct": _on_items(distinct),
    "empty": _on_items(lambda focus: verdict(not focus)),
    "endsWith": _on_text(str.endswith),
    "exclude": _exclude,
    "extension": _extension,
    "first": _on_items(lambda focus: focus[:1]),
    "hasValue": _on_items(_has_value),
    "indexOf": _on_text(str.find),
    "intersect": _intersect,
    "isDistinct": _on_items(lambda focus: verdict(len(distinct(focus)) == len(focus))),
    "last": _on_items(lambda focus: focus[-1:]),
    "length": _on_items(lambda focus: EMPTY if (text := text_of(focus)) is None else [len(text)]),
    "lower": _on_items(lambda focus: EMPTY if (text := text_of(focus)) is None else [text.lower()]),
    "matches": _on_text(_matches),
    "memberOf": _member_of,
    "resolve": _resolve,
    "skip": _cut,
    "startsWith": _on_text(str.startswith),
    "substring": _substring,
    "tail": _on_items(lambda focus: focus[1:]),
    "take": _taken,
    "toInteger": _on_items(_to_integer),
    "toString": _on_items(_to_string),
    "trace": _on_items(lambda focus: focus),
    "union": lambda _environment, focus, arguments: union(focus, arguments[0]),
    "upper": _on_items(lambda focus: EMPTY if (text := text_of(focus)) is None else [text.upper()]),
}
#: How many arguments a function takes, at least and at most, when not none.
ARITY: Final[Mapping[str, tuple[int, int]]] = {
    **dict.fromkeys(("combine", "contains", "endsWith", "exclude", "extension", "indexOf", "intersect"), (1, 1)),
    **dict.fromkeys(("matches", "memberOf", "skip", "startsWith", "take", "union"), (1, 1)),
    "substring": (1, 2),
    "trace": (1, 2),
}
