"""A compiled tree is used only when it is of these very sources."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from compiled import tree
from compiled.__main__ import main
from compiled.tree import Stale, check, digest, prepare

ROOT = Path(__file__).parents[2]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("compiled", "mappings", "service"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text('"""A room."""\n', encoding="utf-8")
        (tmp_path / name / "table.tsv").write_text("a\tb\n", encoding="utf-8")
    return tmp_path


@pytest.fixture
def built(root: Path) -> Path:
    folder = root / "var" / "compiled"
    folder.mkdir(parents=True)
    (folder / "digest").write_text(digest(root), encoding="ascii")
    return folder


def test_a_tree_of_these_sources_is_taken(root: Path, built: Path) -> None:
    (root / "service" / "__pycache__").mkdir()
    (root / "service" / "__pycache__" / "__init__.cpython-311.pyc").write_bytes(b"")
    check(root, built)


@pytest.mark.parametrize("room", ["compiled", "mappings", "service"])
@pytest.mark.parametrize(
    "change",
    [
        lambda room: (room / "__init__.py").write_text('"""A roof."""\n', encoding="utf-8"),
        lambda room: (room / "new.py").write_text("", encoding="utf-8"),
        lambda room: (room / "__init__.py").rename(room / "other.py"),
        lambda room: (room / "__init__.py").unlink(),
        lambda room: (room / "table.tsv").write_text("a\tc\n", encoding="utf-8"),
    ],
    ids=["changed", "new", "renamed", "gone", "a table changed"],
)
def test_a_tree_of_other_sources_is_refused(
    root: Path, built: Path, room: str, change: Callable[[Path], object]
) -> None:
    change(root / room)
    with pytest.raises(Stale, match="have changed"):
        check(root, built)


def test_a_tree_of_another_compiler_is_refused(root: Path, built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree, "version", lambda name: "0.1")
    with pytest.raises(Stale, match="have changed"):
        check(root, built)


def test_no_tree_and_a_broken_build_are_refused(root: Path, built: Path) -> None:
    (built / "digest").unlink()
    with pytest.raises(Stale, match="nothing is compiled"):
        check(root, built)


def test_the_command_refuses_before_anything_runs(tmp_path: Path) -> None:
    """The room alone, elsewhere: nothing was compiled there."""
    for path in (ROOT / "compiled").glob("*.py"):
        (tmp_path / "compiled").mkdir(exist_ok=True)
        (tmp_path / "compiled" / path.name).write_bytes(path.read_bytes())
    done = subprocess.run(
        (sys.executable, "-m", "compiled", "run", "serve"), cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr == "nothing is compiled here: make compiled\n"


def test_the_prepared_tree_is_whole_and_a_former_one_is_gone(tmp_path: Path) -> None:
    folder = tmp_path / "tree"
    folder.mkdir()
    (folder / "digest").write_text("old", encoding="ascii")
    chosen = prepare(ROOT, folder)
    assert not (folder / "digest").exists()
    for name in ("mappings", "service"):
        kept = [
            p.relative_to(ROOT) for p in (ROOT / name).rglob("*") if p.is_file() and p.suffix not in (".pyc", ".so")
        ]
        assert [str(path) for path in kept if not (folder / path).is_file()] == []
        same = [path for path in kept if str(path) not in chosen]
        assert [str(p) for p in same if (folder / p).read_bytes() != (ROOT / p).read_bytes()] == []
    assert (folder / "profiles" / "compiled").is_dir()


def test_without_a_compiler_it_is_told_and_what_was_built_stays(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CC", "no-such-compiler -O2")
    touched: list[Path] = []
    monkeypatch.setattr(tree, "prepare", lambda: touched.append(tree.TREE))
    assert main(["build"]) == 1
    assert capsys.readouterr().err.startswith("no C compiler here (no-such-compiler -O2)")
    assert touched == []


def test_what_builds_it_is_locked_as_all_else() -> None:
    locked = (ROOT / "requirements" / "dev.txt").read_text(encoding="utf-8")
    for name in ("mypy", "setuptools"):
        assert re.search(rf"^{name}==\S+ \\\n    --hash=sha256:", locked, re.MULTILINE), name
    assert "index-url" not in locked
