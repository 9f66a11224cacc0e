"""The tables of FHIR R4 4.0.1: the elements of each type, in order, with cardinality, type, codes and targets.

They are drawn from the models of ``fhir.resources`` by the room ``tables``, and stand in ``r4.tsv``: a line for each
type, its name and its table. A table is read when it is first asked for. The check of JSON and the reading and writing
of XML both work from these tables, so that the structure of FHIR is written in one place.
"""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

#: Release the tables are held to, as issues cite it.
RELEASE: Final = "FHIR R4 4.0.1"

#: Primitive types (https://hl7.org/fhir/R4/datatypes.html).
PRIMITIVES: Final = frozenset(
    """
    base64Binary boolean canonical code date dateTime decimal id instant integer markdown oid positiveInt string time
    unsignedInt uri url uuid xhtml
    """.split()
)

_TABLES: Final = Path(__file__).with_name("r4.tsv")
_ABSTRACT: Final = frozenset({"Resource", "DomainResource"})


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
    #: Whether ``_summary=true`` shows it.
    summary: bool

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
    """The table of a datatype, of a resource or of a nested element; ``ValueError`` when R4 has none of that name."""
    line = _lines().get(name)
    if not line:
        raise ValueError(f"{name} has no table")
    table = json.loads(line)
    return Definition(name, {each["name"]: _element(each) for each in table["elements"]}, table["resource"])


@cache
def carried(name: str) -> bool:
    """Whether a type of resource is one of R4 whose table is held."""
    return name not in _ABSTRACT and bool(_lines().get(name)) and definition(name).resource


def known(name: str) -> bool:
    """Whether R4 has a type of resource of that name: one may be referred to and have no table."""
    return _lines().get(name) == "" or carried(name)


@cache
def _lines() -> Mapping[str, str]:
    """Each table as it is written, by name; empty for what may only be referred to."""
    pairs = (line.split("\t") for line in _TABLES.read_text("utf-8").splitlines())
    return {sys.intern(name): table for name, table in pairs}


def _element(said: dict[str, Any]) -> Element:
    return Element(
        name=sys.intern(said["name"]),
        type=sys.intern(said["type"]),
        many="many" in said,
        required="required" in said,
        choice=sys.intern(said.get("choice", "")),
        codes=_set(said.get("codes")),
        targets=_set(said.get("targets")),
        companion="companion" in said,
        summary="summary" in said,
    )


def _set(names: list[str] | None) -> frozenset[str] | None:
    return None if names is None else frozenset(map(sys.intern, names))
