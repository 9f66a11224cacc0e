"""The tables of FHIR R4 4.0.1: the elements of each type, in order, with cardinality, type, codes and targets.

They are the field definitions of the ``fhir.resources`` models (R4B 4.3.0), read once per type and held to 4.0.1 by
``r4_differences``; no model is ever instantiated here. The check of JSON and the reading and writing of XML both
work from these tables, so that the structure of FHIR is written in one place: the package.
"""

import typing
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from fhir.resources.R4B import get_fhir_model_class
from fhir_core.fhirabstractmodel import FHIRAbstractModel
from fhir_core.types import FhirBase
from pydantic.fields import FieldInfo

from mappings.fhir import r4_differences

#: Release the tables are held to, as issues cite it.
RELEASE: Final = "FHIR R4 4.0.1"

#: Primitive types (https://hl7.org/fhir/R4/datatypes.html).
PRIMITIVES: Final = frozenset(
    """
    base64Binary boolean canonical code date dateTime decimal id instant integer markdown oid positiveInt string time
    unsignedInt uri url uuid xhtml
    """.split()
)

#: Python types that stand in the models for a FHIR primitive without a marker of their own.
_BARE: Final = {"bool": "boolean", "UUID": "uuid"}
_ANY: Final = frozenset({"Resource"})


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a type, under the name it bears in JSON."""

    #: ``performedDateTime`` for a choice of types.
    name: str
    #: A primitive, a datatype, ``Resource``, or the name of a nested model such as ``ProcedurePerformer``.
    type: str
    many: bool
    #: For a choice of types: one of the choice is required.
    required: bool
    #: What the types of a choice share, ``performed``; empty when the element has one type.
    choice: str
    #: Codes of a required binding; None when the value set is open or not enumerated.
    codes: frozenset[str] | None
    #: Types of resource a reference may point to; None when any will do.
    targets: frozenset[str] | None
    #: Whether JSON may carry an id and extensions beside the value, as ``_birthDate`` does.
    companion: bool

    @property
    def primitive(self) -> bool:
        return self.type in PRIMITIVES

    @property
    def path_name(self) -> str:
        """Its name in FHIRPath, where a choice bears no type."""
        return self.choice or self.name


@dataclass(frozen=True, slots=True)
class Definition:
    """One type: its elements by JSON name, in the order that XML demands."""

    name: str
    elements: Mapping[str, Element]
    resource: bool


@cache
def definition(name: str) -> Definition:
    """The table of a datatype, of a resource or of a nested element; importing its model may take long the first time."""
    model = get_fhir_model_class(name)
    fields = {field.alias or key: field for key, field in model.model_fields.items()}
    foreign = r4_differences.FOREIGN_ELEMENTS.get(name, frozenset())
    elements = {
        element: _element(name, element, fields[element], companion=f"_{element}" in fields)
        for element in model.elements_sequence()
        if element not in foreign
    }
    for choice in r4_differences.META_CHOICES.get(name, ()):
        element = f"{choice}Meta"
        elements[element] = Element(element, "Meta", False, False, choice, codes=None, targets=None, companion=False)
    return Definition(name, elements, resource=model.has_resource_base())


@cache
def carried(name: str) -> bool:
    """Whether a type of resource is one of R4 whose table the models hold."""
    if name in r4_differences.FOREIGN_RESOURCES or name in ("Resource", "DomainResource") or not name.isascii():
        return False
    try:
        model: type[FHIRAbstractModel] = get_fhir_model_class(name)
    except (ValueError, AttributeError):
        return False
    return model.has_resource_base()


def known(name: str) -> bool:
    """Whether R4 has a type of resource of that name."""
    return name in r4_differences.R4_ONLY_RESOURCES or carried(name)


def _element(model: str, name: str, field: FieldInfo, *, companion: bool) -> Element:
    extra: dict[str, Any] = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    annotation, many, markers = _unwrap(field.annotation, list(field.metadata))
    kind = _type(annotation, markers)
    return Element(
        name=name,
        type=kind,
        many=many,
        required=bool(
            field.is_required() or extra.get("element_required", False) or extra.get("one_of_many_required", False)
        ),
        choice=str(extra.get("one_of_many", "")),
        codes=_codes(model, name, extra) if kind == "code" else None,
        targets=_targets(model, name, extra) if kind == "Reference" else None,
        # The models leave out what may stand beside the value of an extension.
        companion=companion or (model == "Extension" and "one_of_many" in extra and kind in PRIMITIVES),
    )


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


def _codes(model: str, name: str, extra: dict[str, Any]) -> frozenset[str] | None:
    place = (model, name)
    if place in r4_differences.REQUIRED_CODES:
        return r4_differences.REQUIRED_CODES[place]
    codes = frozenset(extra.get("enum_values", ()))
    return None if not codes or "+" in codes or place in r4_differences.OPEN_CODES else codes


def _targets(model: str, name: str, extra: dict[str, Any]) -> frozenset[str] | None:
    targets = frozenset(extra.get("enum_reference_types", ())) - r4_differences.FOREIGN_TARGETS.get(
        (model, name), frozenset()
    )
    return None if not targets or targets == _ANY else targets
