"""FHIRPath Patch: a Parameters resource of operations (R4 4.0.1, https://hl7.org/fhir/R4/fhirpatch.html)."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any, Final

from mappings.fhir.definitions import PRIMITIVES, Element
from mappings.fhir.patch.paths import Node, element, last_name, places, type_of, within
from mappings.fhir.structure import check
from mappings.issues import Issue, Refused

Resource = dict[str, Any]
#: Parts of one operation, by name.
Parts = Mapping[str, Resource]

#: Most operations of one patch.
MOST: Final = 1_000
_SECTION: Final = "FHIR R4, fhirpatch.html"


def fhirpath_patch(parameters: Mapping[str, Any], expression: str = "Parameters") -> Callable[[Resource], Resource]:
    """The patch that ``parameters`` make; ``Refused`` when they are none."""
    issues = check(dict(parameters), expression)
    operations = parameters.get("parameter", [])
    if not issues and (parameters.get("resourceType") != "Parameters" or not operations or len(operations) > MOST):
        text = f"Un patch FHIRPath est une ressource Parameters de 1 à {MOST} opérations."
        issues = [Issue("structure", expression, text, _SECTION)]
    if issues:
        raise Refused(issues)
    read = [_parts(operation) for operation in operations]
    faults = [
        Issue("structure", f"{expression}.parameter[{n}]", text, _SECTION)
        for n, (parts, operation) in enumerate(zip(read, operations, strict=True))
        if (text := _malformed(operation, parts))
    ]
    if faults:
        raise Refused(faults)

    def patched(resource: Resource) -> Resource:
        document = deepcopy(resource)
        for n, parts in enumerate(read):
            try:
                _OPERATIONS[parts["type"]["valueCode"]](document, parts)
            except ValueError as fault:
                raise Refused(Issue("value", f"{expression}.parameter[{n}]", str(fault), _SECTION)) from None
        return document

    return patched


def _parts(operation: Resource) -> Parts:
    return {part["name"]: part for part in operation.get("part", ())}


def _malformed(operation: Resource, parts: Parts) -> str:
    """What is wrong with the form of an operation; empty when nothing is."""
    kind = str(parts.get("type", {}).get("valueCode"))
    if operation["name"] != "operation" or kind not in _OPERATIONS:
        return "Chaque paramètre se nomme operation, et sa partie type vaut add, insert, delete, replace ou move."
    for name, member in _NEEDED[kind].items():
        if name not in parts or (member and member not in parts[name]):
            return f"Cette opération demande la partie {name}{f' ({member})' if member else ''}."
    return ""


def _add(document: Resource, parts: Parts) -> None:
    """One more of what repeats, or what is not there yet."""
    holder = _single(document, _path(parts))
    key, made = _chosen(holder, parts["name"]["valueString"], parts["value"])
    if not made.many and within(holder, made.path_name):
        raise ValueError("Cet élément a déjà une valeur : elle se remplace (replace).")
    value, elements = _value(parts["value"], made), _opened(holder)
    if made.many:
        _listed(elements, key).append(value)
        _aligned(elements, key, lambda companions: companions.append(None))
    else:
        elements[key] = value


def _insert(document: Resource, parts: Parts) -> None:
    holder, made, items = _list(document, _path(parts))
    at = parts["index"]["valueInteger"]
    if not 0 <= at <= len(items):
        raise ValueError("La place demandée n’est pas dans la liste.")
    items.insert(at, _value(parts["value"], made))
    _aligned(holder, made.name, lambda companions: companions.insert(at, None))


def _delete(document: Resource, parts: Parts) -> None:
    """Nothing there is no fault; more than one is."""
    found = places(document, _path(parts))
    if len(found) > 1:
        raise ValueError("Ce chemin désigne plusieurs éléments : un seul se retire à la fois.")
    for node in found:
        _remove(node)


def _replace(document: Resource, parts: Parts) -> None:
    node = _single(document, _path(parts))
    if node.holder is None:
        raise ValueError("La ressource entière ne se remplace pas par un patch.")
    key, made = _chosen(node.holder, node.name, parts["value"])
    value = _value(parts["value"], made)
    if node.type in PRIMITIVES:
        # What was said of the former value is not said of this one.
        _keep_beside(node, None)
    if node.index is not None:
        _listed(node.parent, node.key)[node.index] = value
        return
    # Of a choice, the type may change.
    node.parent.pop(node.key, None)
    node.parent[key] = value


def _move(document: Resource, parts: Parts) -> None:
    holder, made, items = _list(document, _path(parts))
    source, target = parts["source"]["valueInteger"], parts["destination"]["valueInteger"]
    if not (0 <= source < len(items) and 0 <= target < len(items)):
        raise ValueError("La place demandée n’est pas dans la liste.")
    items.insert(target, items.pop(source))
    _aligned(holder, made.name, lambda companions: companions.insert(target, companions.pop(source)))


def _path(parts: Parts) -> str:
    return str(parts["path"]["valueString"])


def _single(document: Resource, path: str) -> Node:
    found = places(document, path)
    if len(found) != 1:
        raise ValueError("Ce chemin ne désigne pas exactement un élément de la ressource.")
    return found[0]


def _list(document: Resource, path: str) -> tuple[Resource, Element, list[Any]]:
    """What holds the repeated element at ``path``, its definition, its items."""
    holder_path, name = last_name(path)
    holder = _single(document, holder_path)
    _check_holds(holder)
    made = next((one for one in element(type_of(holder), name) if one.many), None)
    if made is None:
        raise ValueError("Ce chemin ne désigne pas un élément qui se répète.")
    elements = _opened(holder)
    return elements, made, _listed(elements, made.name)


def _listed(holder: Resource, key: str) -> list[Any]:
    """The items of ``key``, as many as there are places beside them."""
    companions = holder.get(f"_{key}")
    items: list[Any] = holder.setdefault(key, [None] * len(companions) if isinstance(companions, list) else [])
    return items


def _opened(holder: Node) -> Resource:
    """Where elements are added to what ``holder`` says; those of a primitive stand beside it."""
    elements = holder.inside
    if not elements and holder.type in PRIMITIVES:
        _keep_beside(holder, elements)
    return elements


def _remove(node: Node) -> None:
    if node.holder is None:
        raise ValueError("La ressource entière ne se retire pas par un patch.")
    parent, index = node.parent, node.index
    if index is None:
        parent.pop(node.key, None)
        parent.pop(f"_{node.key}", None)
    else:
        items = _listed(parent, node.key)
        del items[index]
        _aligned(parent, node.key, lambda companions: companions.pop(index))
        if not items:  # FHIR knows no empty list
            parent.pop(node.key)
    if not parent and node.holder.type in PRIMITIVES:
        _keep_beside(node.holder, None)


def _keep_beside(node: Node, companion: Resource | None) -> None:
    """What JSON keeps beside a primitive: its id and extensions."""
    if node.index is None:
        node.parent.pop(f"_{node.key}", None)
        if companion is not None:
            node.parent[f"_{node.key}"] = companion
        return
    companions = node.parent.setdefault(f"_{node.key}", [None] * len(_listed(node.parent, node.key)))
    companions[node.index] = companion
    _drop_if_empty(node.parent, node.key)


def _aligned(holder: Resource, key: str, change: Callable[[list[Any]], object]) -> None:
    """JSON keeps the extensions of repeated primitives beside them, place by place."""
    companions = holder.get(f"_{key}")
    if isinstance(companions, list):
        change(companions)
        _drop_if_empty(holder, key)


def _drop_if_empty(holder: Resource, key: str) -> None:
    """Nulls alone hold the place of nothing."""
    if all(one is None for one in holder[f"_{key}"]):
        holder.pop(f"_{key}")


def _chosen(holder: Node, name: str, value: Resource) -> tuple[str, Element]:
    """The element that ``name`` is under this holder, of the type of ``value`` where there is a choice."""
    _check_holds(holder)
    elements = element(type_of(holder), name)
    given = _given(value)
    for one in elements:
        if not one.choice or (given and one.name == f"{name}{given.removeprefix('value')}"):
            return one.name, one
    raise ValueError("Cet élément n’existe pas dans FHIR R4, ou pas avec ce type de valeur.")


def _check_holds(node: Node) -> None:
    """A primitive holds elements too, beside its value."""
    if not isinstance(node.value, dict) and node.type not in PRIMITIVES:
        raise ValueError("Ce chemin désigne un élément qui n’en contient pas d’autres.")


def _given(part: Resource) -> str:
    """``valueString`` and the like; empty for an element told part by part."""
    return next((member for member in part if member.startswith("value")), "")


def _value(part: Resource, made: Element) -> Any:
    given = _given(part)
    if given:
        return deepcopy(part[given])
    if made.primitive or not part.get("part"):
        raise ValueError("La partie value porte une valeur (value[x]), ou les parties de l’élément.")
    built: Resource = {}
    for inner in part["part"]:
        key, one = _chosen(Node(built, made.type), inner["name"], inner)
        if one.many:
            built.setdefault(key, []).append(_value(inner, one))
        else:
            built[key] = _value(inner, one)
    return built


#: Parts of each operation, and the member that each must have; empty for a value of any type.
_NEEDED: Final[Mapping[str, Mapping[str, str]]] = {
    "add": {"path": "valueString", "name": "valueString", "value": ""},
    "insert": {"path": "valueString", "index": "valueInteger", "value": ""},
    "delete": {"path": "valueString"},
    "replace": {"path": "valueString", "value": ""},
    "move": {"path": "valueString", "source": "valueInteger", "destination": "valueInteger"},
}
_OPERATIONS: Final[Mapping[str, Callable[[Resource, Parts], None]]] = {
    "add": _add,
    "insert": _insert,
    "delete": _delete,
    "replace": _replace,
    "move": _move,
}
