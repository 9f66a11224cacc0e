"""The npm packages of ``conformance/node`` and of ``profiles``: installed once from their locks, never committed."""

import shutil
from functools import cache
from pathlib import Path

from conformance.verdict import NODE, run


@cache
def installed(folder: Path = NODE) -> bool:
    """Whether they are there, after an attempt to install them where npm is."""
    npm = shutil.which("npm")
    if not (folder / "node_modules").is_dir() and npm is not None:
        run([npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"], 300, cwd=folder)
    return (folder / "node_modules").is_dir()
