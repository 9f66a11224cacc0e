"""Each key is found on its own line: the scanner sees the paths that tomllib sees, where they stand."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.records.lines import line_at, lines_of

ROOT = Path(__file__).parents[3]
SHIPPED = sorted((ROOT / "fixtures" / "protocols").rglob("*.toml")) + [ROOT / "pyproject.toml"]

KEYS = st.sampled_from(["a", "b-1", "C_2", "9"])
STRINGS = st.sampled_from(
    [
        '"x"',
        "'#, ]}'",
        '"é \\" [a] = {"',
        '"""\nun ""deux""\n# [x]\n"""',
        "'''\n] } ''\n'''",
        '""',
        '""""fin""""',
        "''''a'''",
    ]
)
SCALARS = STRINGS | st.sampled_from(["1", "-2.5", "true", "2026-11-22", "2026-11-22T10:00:00Z"])
SPACES = st.sampled_from(["", " ", "\n", " # ] } , \n  ", "\n\n"])


def paths(value: Any, path: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield f"{path}.{key}" if path else key
            yield from paths(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield f"{path}[{index}]"
            yield from paths(inner, f"{path}[{index}]")


@st.composite
def values(draw: st.DrawFn, depth: int = 2) -> str:
    kind = draw(st.sampled_from(["scalar", "list", "table"])) if depth else "scalar"
    if kind == "scalar":
        return draw(SCALARS)
    if kind == "list":
        inner = draw(st.lists(values(depth - 1), max_size=3))
        comma = "," if inner and draw(st.booleans()) else ""
        return "[" + draw(SPACES) + ("," + draw(SPACES)).join(inner) + draw(SPACES) + comma + draw(SPACES) + "]"
    keys = draw(st.lists(KEYS, unique=True, max_size=3))
    return "{ " + ", ".join(f"{key} = {draw(values(0))}" for key in keys) + " }"


@st.composite
def documents(draw: st.DrawFn) -> str:
    lines = []
    for n, key in enumerate(draw(st.lists(KEYS, unique=True, max_size=3))):
        lines.append(f"{key}{n} = {draw(values())} # fin\n")
    for n in range(draw(st.integers(0, 3))):
        header = draw(st.sampled_from([f"[t{n}]", "[[liste]]", "[[liste]]\n[[liste.dans]]", f"[ t{n} . 'u' ]"]))
        lines.append(f"{header}\n")
        for key in draw(st.lists(KEYS, unique=True, max_size=3)):
            lines.append(draw(st.sampled_from(["", "\n", "# un mot\n"])))
            lines.append(f"  {key} = {draw(values())}\n")
    return "".join(lines)


@given(documents())
def test_the_same_paths_as_tomllib(text: str) -> None:
    lines = lines_of(text)
    assert set(lines) == set(paths(tomllib.loads(text)))
    rows = text.split("\n")
    for path, line in lines.items():
        name = path.rpartition(".")[2]
        assert "[" in name or name in rows[line - 1]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_shipped_files(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    lines = lines_of(text)
    assert set(lines) == set(paths(tomllib.loads(text)))
    rows = text.split("\n")
    for each, line in lines.items():
        name = each.rpartition(".")[2]
        assert "[" in name or name in rows[line - 1]


def test_lines() -> None:
    text = 'a = 1\n\n[[b]]\nc = [\n  1,\n  { d = """\nx""", e = 2 },\n]\n[[b]]\nf = 3\n'
    assert lines_of(text) == {
        "a": 1,
        "b": 3,
        "b[0]": 3,
        "b[0].c": 4,
        "b[0].c[0]": 5,
        "b[0].c[1]": 6,
        "b[0].c[1].d": 6,
        "b[0].c[1].e": 7,
        "b[1]": 9,
        "b[1].f": 10,
    }


@pytest.mark.parametrize(
    ("path", "line"), [("b[1].f", 4), ("b[1].manque", 3), ("b[1].x.y[3].z", 3), ("rien", 1), ("", 1)]
)
def test_what_is_missing_is_told_where_it_should_stand(path: str, line: int) -> None:
    assert line_at(lines_of("[[b]]\nc = 1\n[[b]]\nf = 3\n"), path) == line
