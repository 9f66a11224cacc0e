"""A choice, ``value[x]``: one element under the names of several types, of which one is told.

R4 4.0.1, https://hl7.org/fhir/R4/formats.html#choice.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from mappings.elements import Json
from mappings.fhir.definitions import Definition
from mappings.fhir.faults import NONE, Faults, fault

REQUIRED: Final = "L’élément « {} » est obligatoire."
_TWO_VALUES: Final = "L’élément « {} » figure sous plusieurs types : un seul est permis."


@dataclass(frozen=True, slots=True)
class Choice:
    #: Step of FHIRPath.
    path: str
    names: frozenset[str]
    required: bool


def choices_of(table: Definition) -> Iterable[Choice]:
    for choice in dict.fromkeys(e.choice for e in table.elements.values() if e.choice):
        elements = [e for e in table.elements.values() if e.choice == choice]
        names = frozenset(name for e in elements for name in (e.name, f"_{e.name}"))
        yield Choice(f".{choice}", names, required=any(e.required for e in elements))


def choice_faults(choice: Choice, value: Json) -> Faults:
    if choice.names.isdisjoint(value):
        return fault("required", REQUIRED, choice.path) if choice.required else NONE
    if len({member.lstrip("_") for member in value if member in choice.names}) > 1:
        return fault("structure", _TWO_VALUES, choice.path)
    return NONE
