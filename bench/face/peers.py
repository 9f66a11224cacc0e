"""Servers of others, started like ours. A peer that cannot be had is left out with its reason.

What each keeps is not said here but seen (``bench.face.kept``); here stands only what no run can see.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.face import installing
from bench.face.installing import GLUE, HFS_DATA, MEDPLUM_VERSION
from bench.floors.rows import create
from bench.servers import NAIVE

_EVERY: Final = frozenset({"create", "act", "read", "search", "transaction"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """One row of the result."""

    name: str
    #: Its folder among the peers.
    room: str
    #: Installs it, when it is not there; gives what ``command`` needs.
    install: Callable[[Path], Path]
    command: Callable[[Path, int, Path], Sequence[str]]
    environment: Callable[[int, Path], Mapping[str, str]]
    #: Path of the FHIR base, and of an address that answers 200 once it serves.
    base: str
    ready: str
    #: Kinds of request that it answers.
    works: frozenset[str] = _EVERY
    #: What is not promised, in the words of the row.
    lacks: str
    #: Seconds until it serves at most, and until it is as fast as it gets.
    patience: float = 60.0
    warm_up: float = 1.0


def _sekmet_settings(port: int, folder: Path) -> Mapping[str, str]:
    settings = folder / "settings.yaml"
    settings.write_text("log_inbound: false\nsimulator: {enabled: false}\n")
    return {
        "SEKMET_CONFIG": str(settings),
        "SEKMET_DB": str(folder / "sekmet.db"),
        "SEKMET_BASE_URL": f"http://127.0.0.1:{port}/fhir",
    }


def _beside(setting: str, folder: Path, *command: str) -> Sequence[str]:
    """``command`` with a PostgreSQL of its own, told by ``setting`` where it is."""
    return (sys.executable, "-m", "bench.face.beside", setting, str(folder), *command)


def _hapi(name: str, validation: str, lacks: str) -> Peer:
    return Peer(
        name=name,
        room="hapi",
        install=installing.hapi,
        command=lambda listed, _, folder: _beside(
            "PEER_DATABASE=jdbc:postgresql://{}/postgres?user=postgres",
            folder,
            *("java", "-Dorg.slf4j.simpleLogger.defaultLogLevel=off", f"-Djava.io.tmpdir={folder}"),
            *("-cp", f"{listed.parent / 'classes'}:{listed.read_text().strip()}", "peer.Main"),
        ),
        environment=lambda port, _: {"PEER_PORT": str(port), "PEER_VALIDATION": validation},
        base="/fhir",
        ready="/fhir/metadata",
        lacks=lacks,
        patience=400.0,
        warm_up=30.0,
    )


def _hfs(name: str, database: str, validation: str, lacks: str) -> Peer:
    def command(program: Path, port: int, folder: Path) -> Sequence[str]:
        alone = (str(program), "--port", str(port), "--host", "127.0.0.1", "--data-dir", str(HFS_DATA.absolute()))
        if database == "sqlite":
            return (*alone, "--database-url", str(folder / "hfs.sqlite"))
        return _beside("HFS_DATABASE_URL=postgresql://postgres@{}/postgres", folder, *alone)

    return Peer(
        name=name,
        room="hfs",
        install=installing.hfs,
        command=command,
        environment=lambda port, folder: {
            "HFS_LOG_LEVEL": "error",
            "HFS_BASE_URL": f"http://127.0.0.1:{port}",
            "HFS_STORAGE_BACKEND": database,
            "HFS_VALIDATION_MODE": validation,
            "HFS_EXPORT_DIR": str(folder / "exports"),
        },
        base="",
        ready="/health",
        lacks=lacks,
        patience=240.0,
    )


_JVM: Final = "its PostgreSQL weighed with it; heap as the JVM chooses it; a patient that an act names is made with it"
_NORMAL: Final = "synchronous=NORMAL, which no setting changes: a commit does not wait for the disk"

SEKMET: Final = Peer(
    name="sekmet-fhir 0.1.1",
    room="sekmet",
    install=installing.python("sekmet-fhir==0.1.1"),
    command=lambda python, port, _: (
        str(python),
        *("-m", "uvicorn", "sekmet.main:app_factory", "--factory", "--host", "127.0.0.1", "--port", str(port)),
        *("--log-level", "error"),
    ),
    environment=_sekmet_settings,
    base="/fhir",
    ready="/fhir/metadata",
    lacks="one process; SQLite as it sets it",
)
FHIRSTARTER: Final = Peer(
    name="fhirstarter 4.2.0 on SQLite FULL",
    room="fhirstarter",
    install=installing.python("fhirstarter==4.2.0", "uvicorn==0.54.0"),
    command=lambda python, port, _: (
        str(python),
        *("-m", "uvicorn", "fhirstarter_sqlite:app", "--app-dir", str(GLUE), "--workers", "2"),
        *("--host", "127.0.0.1", "--port", str(port), "--log-level", "error"),
    ),
    environment=lambda _, folder: {"PEER_DATABASE": str(folder / "peer.sqlite"), "FHIR_SEQUENCE": "R4B"},
    base="",
    ready="/metadata",
    works=frozenset({"create", "act", "read", "search"}),
    lacks="no transaction; three indexes; no history",
)


def _naive(_: Path, port: int, folder: Path) -> Sequence[str]:
    # Here, once: two processes that both make a write-ahead log get in each other's way.
    create(str(folder / "floor.sqlite"))
    return NAIVE.command(port)


FLOOR: Final = Peer(
    name=NAIVE.name,
    room="floor",
    install=lambda folder: folder,
    command=_naive,
    environment=lambda _, folder: {"FLOOR_DATABASE": str(folder / "floor.sqlite")},
    base="/fhir",
    ready="/readyz",
    works=frozenset({"create", "act"}),
    lacks="patients and acts only, found by identifier, or by patient and date; no history",
)
MEDPLUM: Final = Peer(
    name=f"Medplum router {MEDPLUM_VERSION} in memory",
    room="medplum",
    install=installing.medplum,
    command=lambda program, _port, _folder: ("node", str(program)),
    environment=lambda port, _: {"PEER_PORT": str(port)},
    base="",
    ready="/metadata",
    lacks="nothing durable; one process",
)
ALL: Final[Mapping[str, Peer]] = {
    "sekmet": SEKMET,
    "fhirstarter": FHIRSTARTER,
    "naive": FLOOR,
    "medplum": MEDPLUM,
    "hapi": _hapi("HAPI FHIR JPA 8.8.0 on PostgreSQL", "off", _JVM),
    "hapi-validating": _hapi("HAPI FHIR JPA 8.8.0 on PostgreSQL, validating", "on", _JVM),
    "hfs": _hfs("Helios HFS on SQLite", "sqlite", "off", _NORMAL),
    "hfs-validating": _hfs("Helios HFS on SQLite, validating", "sqlite", "enforce", _NORMAL),
    "hfs-postgres": _hfs("Helios HFS on PostgreSQL", "postgres", "off", "its PostgreSQL weighed with it"),
    "hfs-postgres-validating": _hfs(
        "Helios HFS on PostgreSQL, validating", "postgres", "enforce", "its PostgreSQL weighed with it"
    ),
}
