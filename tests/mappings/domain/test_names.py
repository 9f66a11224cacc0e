"""One number and two names: which of them may be one person's."""

import pytest

from mappings.domain.names import are_strangers


@pytest.mark.parametrize(
    ("one", "other", "told"),
    [
        ("MARTIN", "martin", False),
        ("LE GOFF", "Le Goff", False),
        ("LEGRAND-ÉPINE", "Legrand Epine", False),
        # A name of marriage beside the name of birth.
        ("MARTIN", "MARTIN-DURAND", False),
        ("MARTIN", "DURAND", True),
        ("MARTIN-FICTIF", "DURAND-FICTIF", True),
    ],
)
def test_one_number_and_another_name(one: str, other: str, told: bool) -> None:
    assert are_strangers(one, other) is told
