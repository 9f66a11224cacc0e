"""What ``build`` runs in the prepared tree: mypyc, then the C compiler, each module beside its source."""

import tempfile
from pathlib import Path
from typing import Any

from mypyc.build import mypycify
from setuptools import setup

from compiled.rooms import modules

with tempfile.TemporaryDirectory() as folder:
    extensions: list[Any] = mypycify(
        modules(Path.cwd()), opt_level="2", debug_level="0", multi_file=True, target_dir=folder
    )
    setup(
        name="binome-compiled",
        # Told, because setuptools would otherwise look for packages by itself, and find too many.
        packages=[],
        py_modules=[],
        ext_modules=extensions,
        script_args=["--quiet", "build_ext", "--inplace", "--build-temp", folder, "--build-lib", f"{folder}/lib"],
    )
