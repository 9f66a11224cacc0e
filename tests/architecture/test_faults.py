"""The list of faults names tests and parts that are there, and leaves out no fault and no point."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.full import PARTS
from tests.chaos.points import POINTS

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "faults.md").read_text(encoding="utf-8")
FAULTS = ("F12", *(f"F{n}" for n in range(15, 23)), "F24", "F26", "F28")
CITED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", TEXT)))


def rows(letter: str) -> Iterator[tuple[str, list[str]]]:
    for line in TEXT.splitlines():
        name, *cells = (cell.strip() for cell in line.strip("|").split("|"))
        if re.fullmatch(rf"{letter}\d\d", name):
            yield name, cells


@pytest.mark.parametrize(("path", "name"), CITED)
def test_each_test_named_is_there(path: str, name: str) -> None:
    assert re.search(rf"^def {name}\(", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE), f"{path}::{name}"


def test_each_part_named_is_played_on_the_store_told() -> None:
    for name, (_, held_by, stores) in (*rows("F"), *rows("K")):
        for part in re.findall(r"`make chaos` (\w+)", held_by):
            played = PARTS[part][1]
            told_both = re.search(r"both", stores.partition("`make chaos`")[2] or stores)
            if told_both and "::" not in held_by:
                assert played == ("sqlite", "postgres"), f"{name} {part}"


def test_no_fault_and_no_point_is_left_out() -> None:
    assert {name for name, _ in rows("F")} == set(FAULTS)
    points = {point for some in POINTS.values() for point in some} | {"K24", "K25"}
    assert {name for name, _ in rows("K")} == points == {f"K{n}" for n in range(10, 26)}
