"""What a started server inherits."""

import sys
from pathlib import Path

import pytest

from bench.trees import Tree
from tests.waiting import PATIENCE


def test_a_server_is_not_told_where_the_peers_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BINOME_PEER_HFS", "somewhere")
    monkeypatch.setenv("BINOME_DOMAIN", "kept.example")
    seen = tmp_path / "seen"
    program = f"import os; open({str(seen)!r}, 'w').write(' '.join(sorted(os.environ)))"
    tree = Tree((sys.executable, "-c", program), {"MORE": "1"})
    try:
        assert tree.process.wait(PATIENCE) == 0
    finally:
        tree.end()
    names = seen.read_text().split()
    assert "BINOME_PEER_HFS" not in names
    assert {"BINOME_DOMAIN", "MORE"} <= set(names)
