"""Whoever operates sees how a process runs; what is left out of the compiled run is there."""

import ast
from contextlib import closing
from pathlib import Path

from mappings.fhir import json
from service.store import open_store
from tests.house import House

TESTS = Path(__file__).parents[1]


def test_the_figures_say_that_the_sources_run(tmp_path: Path) -> None:
    with closing(open_store(f"sqlite:///{tmp_path}/store.sqlite", test=True)) as store:
        told = House(store, tmp_path).client.get("/metrics").text
    assert str(json.__file__).endswith(".py")
    assert "binome_compiled 0.0\n" in told


def test_every_test_left_to_the_sources_is_there() -> None:
    # Read, not imported: the plugin is for who runs compiled.
    page = ast.parse((TESTS.parent / "compiled" / "witness.py").read_text(encoding="utf-8"))
    named = [node.value for node in ast.walk(page) if isinstance(node, ast.Constant) and "::" in str(node.value)]
    assert len(named) > 10
    for name in map(str, named):
        file, _, test = name.partition("::")
        assert f"def {test}(" in (TESTS / file).read_text(encoding="utf-8"), name
