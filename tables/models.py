"""The field definitions of the ``fhir.resources`` models (R4B 4.3.0), held to 4.0.1 by ``differences``.

No model is ever instantiated.
"""

import typing
from collections.abc import Iterator
from typing import Any, Final

from fhir.resources.R4B import fhirtypes, get_fhir_model_class
from fhir_core.fhirabstractmodel import FHIRAbstractModel
from fhir_core.types import FhirBase
from pydantic.fields import FieldInfo

from mappings.fhir.definitions import PRIMITIVES
from tables import differences

#: Python types that stand in the models for a FHIR primitive without a marker of their own.
_BARE: Final = {"bool": "boolean", "UUID": "uuid"}
_ANY: Final = frozenset({"Resource"})


def tables() -> dict[str, dict[str, Any]]:
    """By name, one table for each datatype, resource and nested element of R4; as ``definitions`` reads them."""
    carried = {name: _table(name, get_fhir_model_class(name)) for name in _names() if not _is_foreign(name)}
    # What may be referred to, and has no table.
    return dict(sorted(({name: {} for name in differences.R4_ONLY_RESOURCES} | carried).items()))


def _names() -> Iterator[str]:
    """Of every model; those of the types that stand for a primitive are none."""
    for name, kind in vars(fhirtypes).items():
        if isinstance(kind, type) and issubclass(kind, FhirBase) and kind is not FhirBase:
            yield name.removesuffix("Type")


def _is_foreign(name: str) -> bool:
    """Whether it is a resource that R4 does not have, or an element of one."""
    return name.startswith(tuple(differences.FOREIGN_RESOURCES))


def _table(name: str, model: type[FHIRAbstractModel]) -> dict[str, Any]:
    return {"resource": model.has_resource_base(), "elements": list(_elements(name, model))}


def _elements(name: str, model: type[FHIRAbstractModel]) -> Iterator[dict[str, Any]]:
    """In the order that XML demands."""
    fields = {field.alias or key: field for key, field in model.model_fields.items()}
    foreign = differences.FOREIGN_ELEMENTS.get(name, frozenset())
    summarized = frozenset(model.summary_elements_sequence())
    for element in model.elements_sequence():
        if element not in foreign:
            yield _element(
                name, element, fields[element], companion=f"_{element}" in fields, summary=element in summarized
            )
    for choice in differences.META_CHOICES.get(name, ()):
        yield {"name": f"{choice}Meta", "type": "Meta", "choice": choice}


def _element(model: str, name: str, field: FieldInfo, *, companion: bool, summary: bool) -> dict[str, Any]:
    """What is not so is not told."""
    extra: dict[str, Any] = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    annotation, many, markers = _unwrap(field.annotation, list(field.metadata))
    kind = _type(annotation, markers)
    said = {
        "name": name,
        "type": kind,
        "many": many,
        "required": bool(
            field.is_required() or extra.get("element_required", False) or extra.get("one_of_many_required", False)
        ),
        "choice": str(extra.get("one_of_many", "")),
        "codes": _codes(model, name, extra) if kind == "code" else None,
        "targets": _targets(model, name, extra) if kind == "Reference" else None,
        # The models leave out what may stand beside the value of an extension.
        "companion": companion or (model == "Extension" and "one_of_many" in extra and kind in PRIMITIVES),
        "summary": summary,
    }
    return {key: value for key, value in said.items() if value}


def _unwrap(annotation: Any, markers: list[Any]) -> tuple[Any, bool, list[Any]]:
    """``Optional[List[Annotated[str, Code()]]]`` → ``str``, True, ``[Code()]``."""
    many = False
    while arguments := [a for a in typing.get_args(annotation) if a is not type(None)]:
        if typing.get_origin(annotation) is typing.Annotated:
            markers = [*markers, *arguments[1:]]
        elif typing.get_origin(annotation) is list:
            many = True
        elif len(arguments) > 1:  # the two Python types of a url: its marker tells
            break
        annotation = arguments[0]
    return annotation, many, markers


def _type(annotation: Any, markers: list[Any]) -> str:
    for marker in markers:
        if name := getattr(marker, "__visit_name__", ""):
            return str(name)
    if isinstance(annotation, type) and issubclass(annotation, FhirBase):
        return annotation.get_model_klass().__name__
    return _BARE[annotation.__name__]


def _codes(model: str, name: str, extra: dict[str, Any]) -> list[str] | None:
    place = (model, name)
    if place in differences.REQUIRED_CODES:
        return sorted(differences.REQUIRED_CODES[place])
    codes = frozenset(extra.get("enum_values", ()))
    return None if not codes or "+" in codes or place in differences.OPEN_CODES else sorted(codes)


def _targets(model: str, name: str, extra: dict[str, Any]) -> list[str] | None:
    targets = frozenset(extra.get("enum_reference_types", ())) - differences.FOREIGN_TARGETS.get(
        (model, name), frozenset()
    )
    return None if not targets or targets == _ANY else sorted(targets)
