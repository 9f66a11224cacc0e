"""The web process under its server, alone or with everything that shows Binôme whole."""

import socket
import threading
import time
from functools import partial
from pathlib import Path

from flask import Flask
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from mappings.issues import Issue, Refused
from service.access.development import refuse_beyond_loopback
from service.config import Settings
from service.cores import Cores

#: The box of the demonstration's team, in the sandbox.
_BOXES = "fixtures/boites/bac-a-sable.toml"
#: Seconds that a port may take to come free.
_STILL_HELD = 3.0


def serve(settings: Settings) -> None:
    """Serve until stopped. Requests are not logged: addresses may name a person."""
    refuse_beyond_loopback(settings.host)
    _refuse_taken(settings)
    _begin_once(settings)
    cores = Cores(settings.processes if settings.own_cores else 1)
    Granian(
        "service.app:application",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=settings.processes,
        blocking_threads=settings.threads,
        log_access=False,
        log_level=LogLevels.error,
        respawn_failed_workers=True,
    ).serve(target_loader=partial(_begin, cores), wrap_loader=False)


def _begin(cores: Cores) -> Flask:
    """In a web process, before it has a thread."""
    from service.app import application

    cores.keep_to_one_share()
    return application()


def _refuse_taken(settings: Settings) -> None:
    """``Refused`` when the port is somebody else's: the server would begin its processes again and again, in silence.

    Processes that were killed a moment ago may still have it: they are waited for.
    """
    until = time.monotonic() + _STILL_HELD
    while not _is_free(settings):
        if time.monotonic() > until:
            text = (
                f"Rien ne peut être servi sur {settings.host}, port {settings.port} : il est déjà pris, ou n’est pas "
                "permis. BINOME_PORT en donne un autre."
            )
            raise Refused(Issue("conflict", "BINOME_PORT", text))
        time.sleep(0.1)


def _is_free(settings: Settings) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET) as asked:
        asked.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            asked.bind((settings.host, settings.port))
        except OSError:
            return False
    return True


def _begin_once(settings: Settings) -> None:
    """What every web process needs, done before they part: code and tables are then shared, and the catalogue is published.

    A setting that cannot be used, or a version in force that no longer says what was published, stops the service here
    with its sentence. Nothing is kept that may not be shared: no thread, no connection, no secret.
    """
    from mappings.fhir.structure import warm
    from service import app
    from service.intake.admission import OPEN_TYPES
    from service.records.catalogue import catalogue_of
    from service.store import open_store

    catalogue_of(Path(settings.protocols))  # one that cannot be used makes no database
    warm(OPEN_TYPES)
    store = open_store(settings.database, waiting=settings.waiting_writes)
    try:
        app.compose(settings, store=store)
    finally:
        store.close()
    app.settle()


def serve_demonstration(settings: Settings) -> None:
    """Serve with the sandbox destinations and the worker beside, and the demonstration loaded once ready."""
    refuse_beyond_loopback(settings.host)
    # Before anything is begun beside it.
    _refuse_taken(settings)
    # Here, not above: the process that only watches over the web processes then weighs half, and starts at once.
    from service.processes import children

    base = f"http://{settings.host}:{settings.port}"
    # What comes back to the box of the team is fetched from the sandbox, unless other boxes are named.
    boxes = {"BINOME_INBOUND": settings.inbound or _BOXES, "BINOME_INBOUND_PAUSE_SECONDS": "5"}
    with children([("sandbox",), ("worker",)], boxes):
        threading.Thread(target=_load, args=(base,), daemon=True).start()
        serve(settings)


def _load(base: str) -> None:
    from service.demonstration import load
    from service.processes import wait_until_ready

    wait_until_ready(f"{base}/readyz", 60)
    load(base, acts=True)
    print(f"Binôme : {base}/  (données fictives, identités de développement)", flush=True)  # noqa: T201  # for the person who typed the command
