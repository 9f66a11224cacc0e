"""The neighbouring regimes are listed, and nothing of them is a protocol that could be played."""

from pathlib import Path

import pytest

from mappings.issues import Refused
from mappings.records.neighbours import neighbours_from_toml
from mappings.records.protocol.identity import NEIGHBOURS
from service.cli import main
from service.records.catalogue import load_catalogue, load_neighbours

CATALOGUE = Path(__file__).parents[2] / "fixtures" / "protocols"


def test_all_are_listed() -> None:
    assert {neighbour.regime for neighbour in load_neighbours(CATALOGUE)} == set(NEIGHBOURS)


def test_none_is_a_protocol() -> None:
    assert {protocol.regime for protocol in load_catalogue(CATALOGUE).values()} == {"national", "local"}


def test_the_command_lists_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "catalogue", str(CATALOGUE)]) == 0
    told = capsys.readouterr().out
    assert "Régimes voisins, listés et jamais exécutés :" in told
    assert all(f"({regime})" in told for regime in NEIGHBOURS)


def test_a_fault_has_its_line() -> None:
    text = (CATALOGUE / "voisins.toml").read_text(encoding="utf-8").replace('"acces-direct"', '"national"')
    at = next(n for n, row in enumerate(text.splitlines(), 1) if '"national"' in row)
    with pytest.raises(Refused) as refused:
        neighbours_from_toml(text)
    (issue,) = refused.value.issues
    assert issue.text.startswith(f"voisins.toml, ligne {at} : « regime » doit être l’un de :")
