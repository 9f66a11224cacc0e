"""The compiled tree, ``var/compiled``: how it is made from the sources, and whether it still says what they say."""

import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
from importlib.machinery import EXTENSION_SUFFIXES
from importlib.metadata import version
from pathlib import Path
from typing import Final

from compiled.natively import rewritten
from compiled.rooms import modules

ROOT: Final = Path(__file__).parents[1]
TREE: Final = ROOT / "var" / "compiled"
_SOURCES: Final = ("compiled", "mappings", "service")
#: Written last: a build that was broken off has none.
_DIGEST: Final = "digest"


class Stale(Exception):
    """The tree is not there, or is not of these sources."""


class NoCompiler(Exception):
    """Nothing here answers to the name by which this Python calls its C compiler; no package index has one to lock."""


def digest(root: Path = ROOT) -> str:
    """Of every source and what it reads beside it, what compiles them and what runs them."""
    told = hashlib.sha256(f"{EXTENSION_SUFFIXES[0]} mypy {version('mypy')}".encode())
    for path in sorted(path for name in _SOURCES for path in (root / name).rglob("*") if _is_source(path)):
        source = path.read_bytes()
        told.update(f"\n{path.relative_to(root)} {len(source)}\n".encode() + source)
    return told.hexdigest()


def _is_source(path: Path) -> bool:
    return path.is_file() and path.suffix not in (".pyc", ".so")


def check(root: Path = ROOT, tree: Path = TREE) -> None:
    """``Stale`` unless ``tree`` was built from these very sources, whole."""
    record = tree / _DIGEST
    if not record.exists():
        raise Stale("nothing is compiled here: make compiled")
    if record.read_text(encoding="ascii") != digest(root):
        raise Stale("the sources have changed since they were compiled: make compiled")


def prepare(root: Path = ROOT, tree: Path = TREE) -> list[str]:
    """The sources put in ``tree`` with what they read beside them; gives the modules to compile."""
    shutil.rmtree(tree, ignore_errors=True)
    for name in ("mappings", "service"):
        shutil.copytree(root / name, tree / name, ignore=shutil.ignore_patterns("__pycache__", "*.so"))
    for name in ("README.md", "profiles", "pyproject.toml"):
        (tree / name).symlink_to(root / name)
    chosen = modules(root)
    for module in chosen:
        path = tree / module
        path.write_text(rewritten(path.read_text(encoding="utf-8")), encoding="utf-8")
    return chosen


def build() -> None:
    """Everything anew, for some minutes of one core; ``NoCompiler`` before anything is touched."""
    command = os.environ.get("CC") or str(sysconfig.get_config_var("CC") or "cc")
    if shutil.which(command.split()[0]) is None:
        raise NoCompiler(f"no C compiler here ({command}); on Debian: apt-get install gcc python3-dev")
    told = digest()
    prepare()
    subprocess.run(
        (sys.executable, "-m", "compiled.extensions"), cwd=TREE, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True
    )
    (TREE / _DIGEST).write_text(told, encoding="ascii")


def environment() -> dict[str, str]:
    """What makes a process, and those that it starts, find the compiled tree before the sources."""
    return {**os.environ, "PYTHONPATH": f"{TREE}{os.pathsep}{ROOT}", "PYTHONSAFEPATH": "1"}
