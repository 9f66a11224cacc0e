"""The servers that are measured, each as a command, its settings and the request that it takes."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.acts import Sample, Templates, load
from bench.floors.rows import create
from bench.trees import Tree, started
from service.processes import free_ports


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """One row of the result."""

    name: str
    command: Callable[[int], Sequence[str]]
    templates: Callable[[Sample], Templates]
    #: True when it is the service: its database is named its own way, and its team loaded first.
    ours: bool


@dataclass(frozen=True, slots=True)
class Running:
    """A server that is up."""

    tree: Tree
    port: int
    #: Seconds from the start of the command to the first 200.
    start: float

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def _binome(_: int) -> Sequence[str]:
    return (sys.executable, "-m", "service.cli", "serve")


def _naive(port: int) -> Sequence[str]:
    listen = ("-b", f"127.0.0.1:{port}", "--keep-alive", "75", "--no-control-socket", "--log-level", "error")
    size = ("-k", "gthread", "-w", "2", "--threads", "8")
    return (sys.executable, "-m", "gunicorn", *size, *listen, "bench.floors.naive:app")


def _fast(port: int) -> Sequence[str]:
    listen = ("--host", "127.0.0.1", "--port", str(port), "--no-ws", "--log-level", "error")
    size = ("--interface", "wsgi", "--workers", "2", "--blocking-threads", "8")
    return (sys.executable, "-m", "granian", *size, *listen, "--factory", "bench.floors.fast:application")


BY_FHIR: Final = Server(name="Binôme, FHIR transaction", command=_binome, templates=lambda s: s.fhir, ours=True)
BY_RECORD: Final = Server(name="Binôme, flat record", command=_binome, templates=lambda s: s.records, ours=True)
NAIVE: Final = Server(name="naive floor", command=_naive, templates=lambda s: s.floors, ours=False)
FAST: Final = Server(name="fast floor", command=_fast, templates=lambda s: s.floors, ours=False)


@contextmanager
def running(server: Server, folder: Path, database: str = "", *, fresh: bool = True) -> Iterator[Running]:
    """``server`` over the database in ``folder`` (or ``database``), the team loaded when it is ``fresh``."""
    (port,) = free_ports(1)
    floor = str(folder / "floor.sqlite")
    environment = {"FLOOR_DATABASE": floor}
    if not server.ours:
        # Here, once: two processes that both make a write-ahead log get in each other's way.
        create(floor)
    if server.ours:
        environment = {
            "BINOME_DATABASE": database or f"sqlite:///{folder / 'binome.sqlite'}",
            "BINOME_KEYS": str(folder / "keys"),
            "BINOME_PORT": str(port),
        }
    with started(server.command(port), environment, f"http://127.0.0.1:{port}/readyz") as (tree, seconds):
        up = Running(tree, port, seconds)
        if server.ours and fresh:
            load(up.base)
        yield up
