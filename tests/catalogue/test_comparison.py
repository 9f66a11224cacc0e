"""What a reviewer is shown between two versions is what the orders changed, and nothing else."""

from itertools import pairwise

import pytest

from mappings.codes.systems import PLAN_DEFINITION
from mappings.domain.comparison import differences
from tests.catalogue.test_patients import catalogue

#: Kinds whose text is not repeated here: titles and pay.
LONG = ("Titre", "Rémunération")


def between(name: str, before: str, after: str) -> list[str]:
    known = catalogue()
    told = differences(*(known[f"{PLAN_DEFINITION}{name}|{version}"] for version in (before, after)))
    return [line for line in told if not line.startswith(LONG)]


@pytest.mark.parametrize(
    ("name", "before", "after", "expected"),
    [
        (
            "pc-odynophagie",
            "2020.1",
            "2023.1",
            [
                "Structure : Communauté professionnelle territoriale de santé (dit autrement)",
                "Critère : Fenêtre d’âge de la version de 2020 : non trouvée → Âge de 6 à 45 ans",
            ],
        ),
        ("pc-odynophagie", "2023.1", "2023.2", ["Critère : Âge de 6 à 45 ans → Âge de 6 à 50 ans"]),
        (
            "pc-odynophagie",
            "2023.2",
            "2024.1",
            [
                "Délégué retiré : Pharmacien",
                "Branche : Test positif : antibiotique, prescrit ou délivré → Test positif : antibiotique",
                "Acte retiré : Délivrance d’un antibiotique, test positif",
            ],
        ),
        ("pc-pollakiurie", "2023.1", "2024.1", ["Délégué retiré : Pharmacien"]),
    ],
)
def test_what_changed(name: str, before: str, after: str, expected: list[str]) -> None:
    assert between(name, before, after) == expected


def test_what_left_pollakiurie_in_2023() -> None:
    told = between("pc-pollakiurie", "2020.1", "2023.1")
    assert "Critère retiré : Immunodépression grave" in told
    assert "Formation : Formation pollakiurie et brûlures mictionnelles (dit autrement)" in told
    assert not [line for line in told if line.startswith(("Acte", "Branche", "Score"))]


def test_nothing_differs_from_itself() -> None:
    assert [
        differences(protocol, protocol) for protocol in catalogue().values() if differences(protocol, protocol)
    ] == []


def test_acts_do_not_differ_for_their_version_alone() -> None:
    known = list(catalogue().values())
    told = {
        f"{after.id} {after.version} {line}"
        for before, after in pairwise(known)
        if before.id == after.id
        for line in differences(before, after)
        if line.startswith("Acte")
    }
    # What the pharmacists dispensed left with them.
    assert told == {"pc-odynophagie 2024.1 Acte retiré : Délivrance d’un antibiotique, test positif"}
