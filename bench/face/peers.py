"""Servers of others, each in a folder of its own: installed from its registry once, started like ours.

A peer that cannot be had is left out with its reason. ``BINOME_PEER_HFS`` names the program of Helios HFS.
"""

import os
import subprocess
import venv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from shutil import which
from typing import Final

_GLUE: Final = Path(__file__).parent / "glue"
#: Where peers are installed, beside the other things of this machine.
PEERS: Final = Path("var/peers")
_MEDPLUM: Final = "4.5.2"


class Absent(Exception):
    """The peer cannot be had here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """One row of the result."""

    name: str
    #: Installs it, when it is not there; gives what ``command`` needs.
    install: Callable[[Path], Path]
    command: Callable[[Path, int, Path], Sequence[str]]
    environment: Callable[[int, Path], Mapping[str, str]]
    #: Path of the FHIR base, and of an address that answers 200 once it serves.
    base: str
    ready: str
    #: Kinds of request that it answers.
    works: frozenset[str]
    #: What is not promised, in the words of the row.
    lacks: str


def _python(*requirements: str) -> Callable[[Path], Path]:
    def install(folder: Path) -> Path:
        python = folder / "bin" / "python"
        if not python.exists():
            venv.create(folder, with_pip=True)
            _run([str(python), "-m", "pip", "install", "--quiet", *requirements])
        return python

    return install


def _medplum(folder: Path) -> Path:
    node = which("node")
    if node is None:
        raise Absent("Node is not there")
    if not (folder / "node_modules").exists():
        folder.mkdir(parents=True, exist_ok=True)
        packages = [f"@medplum/{name}@{_MEDPLUM}" for name in ("core", "definitions", "fhir-router")]
        _run(["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder), *packages])
    # Modules are found from where the program stands.
    (folder / "server.mjs").write_text((_GLUE / "medplum_memory.mjs").read_text())
    return folder / "server.mjs"


def _hfs(_: Path) -> Path:
    program = os.environ.get("BINOME_PEER_HFS") or which("hfs")
    if not program:
        raise Absent("BINOME_PEER_HFS names no program")
    return Path(program)


def _run(command: Sequence[str]) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=600)
    except (OSError, subprocess.SubprocessError) as error:
        raise Absent(f"{Path(command[0]).name} could not install it ({type(error).__name__})") from error


def _sekmet_settings(port: int, folder: Path) -> Mapping[str, str]:
    settings = folder / "settings.yaml"
    settings.write_text("log_inbound: false\nsimulator: {enabled: false}\n")
    return {
        "SEKMET_CONFIG": str(settings),
        "SEKMET_DB": str(folder / "sekmet.db"),
        "SEKMET_BASE_URL": f"http://127.0.0.1:{port}/fhir",
    }


_EVERY: Final = frozenset({"create", "read", "search", "transaction"})

SEKMET: Final = Peer(
    name="sekmet-fhir 0.1.1",
    install=_python("sekmet-fhir==0.1.1"),
    command=lambda python, port, _: (
        str(python),
        *("-m", "uvicorn", "sekmet.main:app_factory", "--factory", "--host", "127.0.0.1", "--port", str(port)),
        *("--log-level", "error"),
    ),
    environment=_sekmet_settings,
    base="/fhir",
    ready="/fhir/metadata",
    works=_EVERY,
    lacks="one process; SQLite as it sets it",
)
FHIRSTARTER: Final = Peer(
    name="fhirstarter 4.2.0 on SQLite FULL",
    install=_python("fhirstarter==4.2.0", "uvicorn==0.54.0"),
    command=lambda python, port, _: (
        str(python),
        *("-m", "uvicorn", "fhirstarter_sqlite:app", "--app-dir", str(_GLUE), "--workers", "2"),
        *("--host", "127.0.0.1", "--port", str(port), "--log-level", "error"),
    ),
    environment=lambda _, folder: {"PEER_DATABASE": str(folder / "peer.sqlite"), "FHIR_SEQUENCE": "R4B"},
    base="",
    ready="/metadata",
    works=frozenset({"create", "read", "search"}),
    lacks="no transaction; three indexes; no history",
)
MEDPLUM: Final = Peer(
    name=f"Medplum router {_MEDPLUM} in memory",
    install=_medplum,
    command=lambda program, _port, _folder: ("node", str(program)),
    environment=lambda port, _: {"PEER_PORT": str(port)},
    base="",
    ready="/metadata",
    works=_EVERY,
    lacks="nothing durable; one process",
)
HFS: Final = Peer(
    name="Helios HFS on SQLite",
    install=_hfs,
    command=lambda program, port, folder: (
        str(program),
        *("--port", str(port), "--host", "127.0.0.1", "--database-url", str(folder / "hfs.sqlite")),
    ),
    environment=lambda _port, _folder: {"HFS_LOG_LEVEL": "error"},
    base="",
    ready="/metadata",
    works=_EVERY,
    lacks="its own durability and validation, see the text",
)
ALL: Final[Mapping[str, Peer]] = {"sekmet": SEKMET, "fhirstarter": FHIRSTARTER, "medplum": MEDPLUM, "hfs": HFS}
