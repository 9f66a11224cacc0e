"""``binome verify`` as typed: of which chains it speaks."""

from pathlib import Path

import pytest

from service import cli
from service.store import open_store
from tests.house import House


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """How many links each chain of the store has that the command will open."""
    address = f"sqlite:///{tmp_path / 'binome.sqlite'}"
    monkeypatch.setenv("BINOME_DATABASE", address)
    store = open_store(address, test=True)
    try:
        House(store, tmp_path)
        return {chain: store.head(chain).sequence for chain in store.chains()}
    finally:
        store.close()


def test_one_chain_is_counted_alone(told: dict[str, int], capsys: pytest.CaptureFixture[str]) -> None:
    assert len(told) > 1
    for chain, links in told.items():
        assert cli.main(["verify", "--chain", chain]) == 0
        assert capsys.readouterr().out == f"{links} maillons dans 1 chaîne : intacts\n"


def test_a_chain_that_is_not_there_is_not_told_to_be_whole(
    told: dict[str, int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["verify", "--chain", "nope"]) == 1
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "Cette chaîne n’existe pas sur ce serveur.\n")
