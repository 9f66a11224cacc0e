"""JSON Patch (RFC 6902, https://www.rfc-editor.org/rfc/rfc6902) over JSON Pointer (RFC 6901), on a resource's JSON."""

import re
from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any, Final

from mappings.issues import Issue, IssueCode, Refused

Resource = dict[str, Any]

#: Most operations of one patch, and most members and items that they may copy or move.
MOST: Final = 1_000
_GROWTH: Final = 100_000
#: Deepest nesting that a patch may make.
_DEPTH: Final = 100
_INDEX: Final = re.compile(r"0|[1-9][0-9]{0,8}")
_POINTER: Final = re.compile(r"(/([^~/]|~[01])*)*")
_MISSING: Final = object()


class _Fault(Exception):
    """One operation that cannot be done: issue code, French sentence."""

    def __init__(self, code: IssueCode, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


def json_patch(operations: Any, expression: str = "") -> Callable[[Resource], Resource]:
    """The patch that an array of operations makes; ``Refused`` when it is not one.

    ``expression`` is told where the fault is the patch's own, before the operation's number.
    """
    if not isinstance(operations, list) or len(operations) > MOST:
        text = f"Un patch JSON est un tableau de {MOST} opérations au plus."
        raise Refused(Issue("structure", expression, text, "RFC 6902, section 3"))
    faults = [
        Issue("structure", f"{expression}[{n}]", text, "RFC 6902, section 4")
        for n, operation in enumerate(operations)
        if (text := _malformed(operation))
    ]
    if faults:
        raise Refused(faults)

    def patched(resource: Resource) -> Resource:
        document: Any = deepcopy(resource)
        grown = 0
        for n, operation in enumerate(operations):
            try:
                document, added = _OPERATIONS[operation["op"]](document, operation)
                grown += added
                if grown > _GROWTH:
                    raise _Fault("too-costly", "Les copies demandées par ce patch sont trop volumineuses.")
            except _Fault as fault:
                raise Refused(Issue(fault.code, f"{expression}[{n}]", fault.text, "RFC 6902, section 5")) from None
        if not isinstance(document, dict) or _too_deep(document):
            raise Refused(Issue("structure", expression, "Ce patch ne laisse pas une ressource.", "RFC 6902"))
        return document

    return patched


def _malformed(operation: Any) -> str:
    """What is wrong with the form of an operation; empty when nothing is."""
    if not isinstance(operation, dict) or str(operation.get("op")) not in _OPERATIONS:
        return "Une opération porte op : add, remove, replace, move, copy ou test."
    named = ("path", "from") if operation["op"] in ("move", "copy") else ("path",)
    for name in named:
        pointer = operation.get(name)
        if not isinstance(pointer, str) or not _POINTER.fullmatch(pointer) or pointer.count("/") > _DEPTH:
            return f"L’élément {name} est un pointeur JSON : « /name/0/family »."
    if operation["op"] in ("add", "replace", "test") and "value" not in operation:
        return "Cette opération demande value."
    return ""


def _tokens(pointer: str) -> list[str]:
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]


def _parent(document: Any, tokens: list[str]) -> Any:
    node = document
    for token in tokens[:-1]:
        node = _child(node, token)
        if node is _MISSING:
            raise _nowhere()
    return node


def _child(node: Any, token: str) -> Any:
    if isinstance(node, dict):
        return node.get(token, _MISSING)
    if isinstance(node, list) and _INDEX.fullmatch(token) and int(token) < len(node):
        return node[int(token)]
    return _MISSING


def _at(document: Any, pointer: str) -> Any:
    if not pointer:
        return document
    tokens = _tokens(pointer)
    found = _child(_parent(document, tokens), tokens[-1])
    if found is _MISSING:
        raise _nowhere()
    return found


def _put(document: Any, pointer: str, value: Any) -> Any:
    """``value`` added at ``pointer``: a member set, or an item inserted."""
    if not pointer:
        return value
    if isinstance(value, dict | list) and _too_deep(value):
        raise _Fault("too-costly", f"Un patch imbrique au plus {_DEPTH} niveaux.")
    tokens = _tokens(pointer)
    parent, last = _parent(document, tokens), tokens[-1]
    if isinstance(parent, dict):
        parent[last] = value
    elif isinstance(parent, list) and last == "-":
        parent.append(value)
    elif isinstance(parent, list) and _INDEX.fullmatch(last) and int(last) <= len(parent):
        parent.insert(int(last), value)
    else:
        raise _nowhere()
    return document


def _taken(document: Any, pointer: str) -> Any:
    """What stood at ``pointer``, which is then gone."""
    if not pointer:
        raise _Fault("value", "La ressource entière ne se retire pas par un patch.")
    tokens = _tokens(pointer)
    parent, last = _parent(document, tokens), tokens[-1]
    found = _child(parent, last)
    if found is _MISSING:
        raise _nowhere()
    if isinstance(parent, dict):
        del parent[last]
    else:
        del parent[int(last)]
    return found


def _add(document: Any, operation: Mapping[str, Any]) -> tuple[Any, int]:
    return _put(document, operation["path"], deepcopy(operation["value"])), 0


def _remove(document: Any, operation: Mapping[str, Any]) -> tuple[Any, int]:
    _taken(document, operation["path"])
    return document, 0


def _replace(document: Any, operation: Mapping[str, Any]) -> tuple[Any, int]:
    pointer, value = operation["path"], deepcopy(operation["value"])
    if not pointer:
        return value, 0
    _at(document, pointer)
    tokens = _tokens(pointer)
    parent = _parent(document, tokens)
    parent[tokens[-1] if isinstance(parent, dict) else int(tokens[-1])] = value
    return document, 0


def _move(document: Any, operation: Mapping[str, Any]) -> tuple[Any, int]:
    source, target = operation["from"], operation["path"]
    if target.startswith(f"{source}/"):
        raise _Fault("value", "Un élément ne se déplace pas dans lui-même.")
    if source == target:
        _at(document, source)
        return document, 0
    moved = _taken(document, source)
    return _put(document, target, moved), _size(moved)


def _copy(document: Any, operation: Mapping[str, Any]) -> tuple[Any, int]:
    copied = deepcopy(_at(document, operation["from"]))
    return _put(document, operation["path"], copied), _size(copied)


def _test(document: Any, operation: Mapping[str, Any]) -> tuple[Any, int]:
    if not _same(_at(document, operation["path"]), operation["value"]):
        raise _Fault("value", "La valeur n’est pas celle que le patch suppose (test).")
    return document, 0


def _same(one: Any, other: Any) -> bool:
    """Equality of JSON values (RFC 6902, section 4.6): true is not 1, 1.0 is 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other)


def _size(node: Any) -> int:
    """Members and items, long texts counted as more."""
    size, waiting = 0, [node]
    while waiting:
        one = waiting.pop()
        size += 1 + (len(one) // 100 if isinstance(one, str) else 0)
        waiting += one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()
    return size


def _too_deep(document: Any) -> bool:
    level, depth = [document], 0
    while level and depth <= _DEPTH:
        nested = [one for one in level if isinstance(one, dict | list)]
        level = [below for one in nested for below in (one.values() if isinstance(one, dict) else one)]
        depth += 1
    return bool(level)


def _nowhere() -> _Fault:
    return _Fault("value", "Ce pointeur ne mène à aucun élément de la ressource.")


_OPERATIONS: Final[Mapping[str, Callable[[Any, Mapping[str, Any]], tuple[Any, int]]]] = {
    "add": _add,
    "remove": _remove,
    "replace": _replace,
    "move": _move,
    "copy": _copy,
    "test": _test,
}
