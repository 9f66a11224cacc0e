"""Part of a resource, as ``_summary`` and ``_elements`` ask (R4 4.0.1, https://hl7.org/fhir/R4/search.html#summary)."""

from collections.abc import Callable
from functools import cache
from typing import Any, Final, Literal

from mappings.fhir.definitions import definition

Resource = dict[str, Any]

#: What is kept whatever is asked, and says that the rest is left out.
_ALWAYS: Final = frozenset({"resourceType", "id", "meta", "implicitRules", "modifierExtension"})
_SUBSETTED: Final = {"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}


def summary(resource: Resource, kind: Literal["true", "text", "data"]) -> Resource:
    """What ``_summary`` asks; tagged SUBSETTED."""
    type_: str = resource["resourceType"]
    if kind == "true":
        return _tagged(_summary(resource, type_))
    if kind == "text":
        return _kept(resource, lambda name: name == "text" or name in _mandatory(type_))
    return _kept(resource, lambda name: name != "text")


def elements(resource: Resource, names: frozenset[str]) -> Resource:
    """The elements named, a choice of types also by its common name, and those that must be there; tagged SUBSETTED."""
    type_: str = resource["resourceType"]
    table = definition(type_).elements

    def is_kept(name: str) -> bool:
        return name in names or name in _mandatory(type_) or (name in table and table[name].path_name in names)

    return _kept(resource, is_kept)


def _kept(resource: Resource, is_kept: Callable[[str], bool]) -> Resource:
    return _tagged({k: v for k, v in resource.items() if k in _ALWAYS or is_kept(k.removeprefix("_"))})


def _tagged(resource: Resource) -> Resource:
    meta = resource.get("meta", {})
    return {**resource, "meta": {**meta, "tag": [*meta.get("tag", ()), _SUBSETTED]}}


def _summary(node: Any, type_: str) -> Any:
    """Elements that the definition marks for the summary, at every depth, and those that must be there."""
    table, wanted = definition(type_).elements, _summarized(type_)
    kept = {}
    for key, value in node.items():
        if key == "resourceType":
            kept[key] = value
        elif key in wanted and key in table and not table[key].primitive:
            kept[key] = _below(value, table[key].type)
        elif key.removeprefix("_") in wanted:
            kept[key] = value
    return kept


def _below(value: Any, type_: str) -> Any:
    if isinstance(value, list):
        return [_below(one, type_) for one in value]
    return _summary(value, type_) if isinstance(value, dict) else value


@cache
def _mandatory(type_: str) -> frozenset[str]:
    return frozenset(element.name for element in definition(type_).elements.values() if element.required)


@cache
def _summarized(type_: str) -> frozenset[str]:
    return frozenset(each.name for each in definition(type_).elements.values() if each.summary or each.required)
