"""A number that keeps the digits it came with (https://hl7.org/fhir/R4/datatypes.html#decimal)."""

from decimal import Decimal
from typing import Any, Self


class Written(Decimal):
    """A decimal that ``str`` would spell otherwise than it came (``1.0e2``, ``0.0000001``)."""

    __slots__ = ("text",)

    #: The number as it stood in the body.
    text: str

    def __new__(cls, text: str) -> Self:
        number = super().__new__(cls, text)
        number.text = text
        return number

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    def __reduce__(self) -> tuple[type[Self], tuple[str]]:
        return type(self), (self.text,)
