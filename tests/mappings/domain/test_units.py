"""A number of the exam is read with its unit, as in French."""

from decimal import Decimal

import pytest

from mappings.codes.units import UNITS
from mappings.domain.protocol import FormItem
from mappings.domain.reporting import _said


@pytest.mark.parametrize(
    ("unit", "maximum", "text"),
    [
        ("Cel", None, "38,5 °C"),
        ("mm[Hg]", None, "38,5 mmHg"),
        ("umol/L", None, "38,5 µmol/L"),
        ("h", None, "38,5 h"),
        ("{score}", 100, "38,5 / 100"),
        ("{score}", None, "38,5"),
        ("", None, "38,5"),
    ],
)
def test_said(unit: str, maximum: int | None, text: str) -> None:
    item = FormItem(link_id="x", text="x", type="decimal", unit=unit, maximum=maximum, source="essai", certainty="S")
    assert _said(item, Decimal("38.5")) == text
    assert not unit or unit in UNITS
