"""A primitive value and its companion: ``birthDate`` and ``_birthDate``, what JSON writes of one element in two members.

R4 4.0.1, https://hl7.org/fhir/R4/json.html#primitive.
"""

from typing import Any, Final

from mappings.elements import Json
from mappings.fhir.faults import NONE, Fault, Faults, fault

ONLY_AN_ID: Final = fault("invariant", "L’élément « {} » n’a ni valeur ni contenu (ele-1).")
#: Also where a null only holds the place of a value: then its companion decides.
NULL: Final = "L’élément « {} » vaut null sans extension qui en dise la raison."
_MISALIGNED: Final = "L’élément « {} » et ses extensions n’ont pas le même nombre de places."


def without_placeholders(faults: Faults, value: Json, member: str) -> Faults:
    """Nulls that hold the place of a value are judged with the companion."""
    beside = member[1:] if member[0] == "_" else f"_{member}"
    return [found for found in faults if found.text is not NULL] if beside in value else faults


def companion_faults(value: Any, companion: Any) -> Faults:
    """Of what stands beside ``value``; whether the companion itself has its shape is its type's to say."""
    if type(companion) is list:
        return _aligned(value, companion)
    if value is None and type(companion) is dict and companion and "extension" not in companion:
        return ONLY_AN_ID
    return NONE


def _aligned(values: Any, companions: list[Any]) -> Faults:
    """JSON writes a repeated primitive as two arrays of one length, null where there is nothing."""
    if values is None:
        values = [None] * len(companions)
    if type(values) is not list:
        return NONE
    if len(values) != len(companions):
        return fault("structure", _MISALIGNED)
    return [
        Fault(f"[{index}]", "structure", NULL)
        for index, (value, companion) in enumerate(zip(values, companions, strict=True))
        if value is None and not (type(companion) is dict and "extension" in companion)
    ]
