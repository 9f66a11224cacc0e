"""Numbers as spans of whole numbers in the same order (FHIR R4 4.0.1, https://hl7.org/fhir/R4/search.html#number)."""

import re
import struct
from decimal import Decimal, InvalidOperation
from typing import Any, Final

#: Below and above every place of a span.
FIRST: Final = -(2**63) + 1
LAST: Final = 2**63 - 1

_NUMBER: Final = re.compile(r"[+-]?\d{1,30}(?:\.\d{1,30})?(?:[eE][+-]?\d{1,3})?", re.ASCII)
_MAGNITUDE: Final = 0x7FFF_FFFF_FFFF_FFFF


def place(number: Decimal) -> int:
    """Where a number stands: in the order of the numbers, as far as a 64-bit float tells them apart.

    The bits of a positive float, read as a whole number, are in the order of the floats (IEEE 754); those of a
    negative one are in the opposite order.
    """
    (bits,) = struct.unpack(">q", struct.pack(">d", float(number) + 0.0))
    return int(bits if bits >= 0 else bits ^ _MAGNITUDE)


def number_span(value: Any, comparator: str = "") -> tuple[int, int]:
    """The places [low, high[ of a stored number; all beyond it when ``comparator`` says that it is a bound."""
    at = place(Decimal(str(value)))
    match comparator:
        case "<" | "<=":
            return FIRST, at + (comparator == "<=")
        case ">" | ">=":
            return at + (comparator == ">"), LAST
    return at, at + 1


def number_read(text: str) -> Decimal:
    """A number as a caller writes it; ``ValueError`` when it is none."""
    if not _NUMBER.fullmatch(text):
        raise ValueError("not a number")
    try:
        number = Decimal(text)
        float(number)
    except (InvalidOperation, OverflowError):
        raise ValueError("not a number") from None
    return number


def precision_range(number: Decimal) -> tuple[int, int]:
    """The places [low, high[ of what rounds to ``number`` at its last digit: 100 is 99.5 to 100.5."""
    exponent = number.as_tuple().exponent
    half = Decimal(5).scaleb(int(exponent) - 1)
    return place(number - half), place(number + half)
