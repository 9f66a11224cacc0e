"""``docs/settings.md`` tells every setting, its default as the code has it, and nothing that does not exist."""

import re
from dataclasses import fields
from pathlib import Path

from service.config import Settings

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"
_ROW = re.compile(r"^\| `BINOME_(?P<name>[A-Z0-9_]+)` \| `(?P<default>[^`]*)` \| (?P<meaning>.+) \|$", re.MULTILINE)


def test_every_setting_is_documented_with_its_default() -> None:
    told = {row["name"].lower(): row["default"] for row in _ROW.finditer(PAGE.read_text(encoding="utf-8"))}
    assert told == {field.name: str(field.default) for field in fields(Settings)}


def test_every_setting_is_told_once() -> None:
    told = [row["name"] for row in _ROW.finditer(PAGE.read_text(encoding="utf-8"))]
    assert len(told) == len(set(told))


def test_every_row_has_a_meaning() -> None:
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    assert all(_ROW.fullmatch(row) for row in rows), "a row of the table is not: variable, default, meaning"
