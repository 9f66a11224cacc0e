"""The primitive types in JSON: the JSON type, the format, the bounds (https://hl7.org/fhir/R4/datatypes.html#primitive).

A pattern is FHIR's own where it is one regular expression; white space means ASCII white space, as in the
specification: French typography puts no-break spaces in texts.
"""

import binascii
import datetime as dt
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from mappings.fhir.faults import NONE, Check, Fault, Faults, fault
from mappings.fhir.narrative import fault_of_div

#: Longest text, in characters.
_LONGEST: Final = 1024 * 1024
_INTEGER: Final = (-(2**31), 2**31 - 1)

_YEAR: Final = r"(?!0000)\d{4}"
_DAY: Final = r"(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
_CLOCK: Final = r"([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?"
_ZONE: Final = r"(Z|[+-]((0\d|1[0-3]):[0-5]\d|14:00))"

_PATTERNS: Final = {
    "code": r"[^ \t\r\n]+([ \t\r\n][^ \t\r\n]+)*",
    "date": rf"{_YEAR}(-(0[1-9]|1[0-2])|-{_DAY})?",
    "dateTime": rf"{_YEAR}(-(0[1-9]|1[0-2])|-{_DAY}(T{_CLOCK}{_ZONE})?)?",
    "id": r"[A-Za-z0-9\-.]{1,64}",
    "instant": rf"{_YEAR}-{_DAY}T{_CLOCK}{_ZONE}",
    "oid": r"urn:oid:[0-2](\.(0|[1-9][0-9]*))+",
    "time": _CLOCK,
    "uri": r"\S+",
    "uuid": r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
}
_SENTENCES: Final = {
    "code": "L’élément « {} » n’est pas un code : ni vide, ni espace en tête, en fin ou répété.",
    "date": "L’élément « {} » n’est pas une date valide (AAAA, AAAA-MM ou AAAA-MM-JJ).",
    "dateTime": "L’élément « {} » n’est pas une date valide, ou son heure n’a pas de fuseau.",
    "id": "L’élément « {} » n’est pas un identifiant technique valide (64 caractères au plus : A-Z, a-z, 0-9, - et .).",
    "instant": "L’élément « {} » n’est pas un instant valide, avec date, heure, secondes et fuseau.",
    "oid": "L’élément « {} » n’est pas un OID valide (urn:oid:…).",
    "time": "L’élément « {} » n’est pas une heure valide (hh:mm:ss).",
    "uri": "L’élément « {} » n’est pas un URI : ni vide, ni espace.",
    "uuid": "L’élément « {} » n’est pas un UUID valide (urn:uuid:…, en minuscules).",
}

_EMPTY: Final = fault("structure", "L’élément « {} » est vide.")
_TOO_LONG: Final = fault("too-long", "L’élément « {} » dépasse 1 048 576 caractères.")
_NO_CODE: Final = fault("code-invalid", "L’élément « {} » n’est pas un code de la liste que FHIR impose.")
_NO_BASE64: Final = fault("value", "L’élément « {} » n’est pas encodé en base64.")


def string(value: Any) -> Faults:
    if type(value) is not str:
        return mistyped(value, "un texte")
    if not value:
        return _EMPTY
    return _TOO_LONG if len(value) > _LONGEST else NONE


def boolean(value: Any) -> Faults:
    return NONE if type(value) is bool else mistyped(value, "un booléen (true ou false)")


def decimal(value: Any) -> Faults:
    # bool is an int to isinstance
    if type(value) is int or (isinstance(value, Decimal) and value.is_finite()):
        return NONE
    return mistyped(value, "un nombre")


def base64_binary(value: Any) -> Faults:
    if type(value) is not str:
        return mistyped(value, "un texte")
    try:
        # white space is allowed anywhere and carries nothing
        data = binascii.a2b_base64("".join(value.split()), strict_mode=True)
    except ValueError:
        return _NO_BASE64
    return NONE if data else _EMPTY


def xhtml(value: Any) -> Faults:
    if type(value) is not str:
        return mistyped(value, "un texte")
    sentence = fault_of_div(value)
    return fault("invariant", sentence) if sentence else NONE


def enumerated(codes: frozenset[str]) -> Check:
    """One of the codes of a required binding."""

    def check(value: Any) -> Faults:
        if type(value) is not str:
            return mistyped(value, "un texte")
        return NONE if value in codes else _NO_CODE

    return check


def mistyped(value: Any, wanted: str) -> Faults:
    """The fault of a JSON value of another type than the one wanted."""
    if value is None:
        return fault("structure", "L’élément « {} » ne peut pas valoir null : un élément absent s’omet.")
    if type(value) is list:
        return fault("structure", "L’élément « {} » ne se répète pas : une valeur est attendue, et non un tableau.")
    return fault("structure", f"L’élément « {{}} » doit être {wanted}.")


def _formatted(name: str) -> Check:
    matches = re.compile(_PATTERNS[name], re.ASCII).fullmatch
    wrong = fault("value", _SENTENCES[name])

    def check(value: Any) -> Faults:
        if type(value) is not str:
            return mistyped(value, "un texte")
        return NONE if matches(value) else wrong

    return check


def _dated(name: str) -> Check:
    """A date that the calendar has: 30 February is well formed and is no day."""
    formatted = _formatted(name)
    wrong = fault("value", _SENTENCES[name])

    def check(value: Any) -> Faults:
        if faults := formatted(value):
            return faults
        try:
            if len(value) >= 10:
                dt.date.fromisoformat(value[:10])
        except ValueError:
            return wrong
        return NONE

    return check


def _pointing() -> Check:
    """A URI; one that points inside the resource makes a contained resource used (dom-3)."""
    formatted = _formatted("uri")

    def check(value: Any) -> Faults:
        faults = formatted(value)
        if not faults and value[0] == "#":
            return (Fault("", "invariant", "", value),)
        return faults

    return check


def _bounded(least: int, most: int, wanted: str) -> Check:
    out = fault("value", f"L’élément « {{}} » doit être {wanted}.")

    def check(value: Any) -> Faults:
        if type(value) is not int:
            return mistyped(value, wanted)
        return NONE if least <= value <= most else out

    return check


CHECKS: Final[Mapping[str, Check]] = {
    "base64Binary": base64_binary,
    "boolean": boolean,
    "canonical": _pointing(),
    "code": _formatted("code"),
    "date": _dated("date"),
    "dateTime": _dated("dateTime"),
    "decimal": decimal,
    "id": _formatted("id"),
    "instant": _dated("instant"),
    "integer": _bounded(*_INTEGER, "un nombre entier de 32 bits"),
    "markdown": string,
    "oid": _formatted("oid"),
    "positiveInt": _bounded(1, _INTEGER[1], "un nombre entier supérieur à zéro"),
    "string": string,
    "time": _formatted("time"),
    "unsignedInt": _bounded(0, _INTEGER[1], "un nombre entier positif ou nul"),
    "uri": _pointing(),
    "url": _pointing(),
    "uuid": _formatted("uuid"),
    "xhtml": xhtml,
}
