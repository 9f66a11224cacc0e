"""The npm packages of ``conformance/node``: installed once from their lock, never committed."""

import shutil
from functools import cache

from conformance.verdict import NODE, run


@cache
def installed() -> bool:
    """Whether they are there, after an attempt to install them where npm is."""
    folder = NODE / "node_modules"
    npm = shutil.which("npm")
    if not folder.is_dir() and npm is not None:
        run([npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"], 300, cwd=NODE)
    return folder.is_dir()
