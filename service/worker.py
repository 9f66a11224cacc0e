"""Composes the delivery process: what it delivers with, the loop, its companions, a stop signal, nothing else."""

import datetime as dt
import random
import signal
import threading
from pathlib import Path

from service.acknowledge import Acknowledge
from service.clients import CLIENTS, ClientSettings
from service.clients.mssante import composing as mailing
from service.clients.mssante.membership import Membership
from service.clients.mssante.token import Tokens
from service.clock import Clock, Identifiers, random_identifiers, system_clock
from service.composition import pdsm_record, publishes_simply, retry_policy, settle, shared_record
from service.config import Settings
from service.delivery.clock import StoreClock
from service.delivery.worker import Worker
from service.dispatch import Dispatch
from service.exporting.slices import Exporting
from service.inbound.composing import inboxes
from service.intake.knowledge import Readings
from service.intake.objection import objection_to
from service.records.catalogue import load_catalogue
from service.sealing import Sealing, level_of
from service.store import Store
from service.subscriptions.composing import rounds

__all__ = ["Worker", "compose", "run"]


def compose(
    settings: Settings,
    store: Store,
    *,
    clock: Clock = system_clock,
    ids: Identifiers = random_identifiers,
    listed: Membership | None = None,
    session: Tokens | None = None,
) -> Dispatch:
    """Story two, with what it is given; ``listed``: who is of the trust space; ``session`` opens the boxes of the mails."""
    readings = Readings()
    clients = ClientSettings(
        dmp=shared_record(settings, clock, ids),
        pdsm=pdsm_record(settings),
        mssante=mailing.submission(settings, clock, session),
        mail_limits=mailing.limits(settings, listed),
    )
    return Dispatch(
        longest=dt.timedelta(seconds=settings.attempt_seconds),
        clients={destination: factory(clients) for destination, factory in CLIENTS.items()},
        sealing=Sealing(
            store=store,
            catalogue=load_catalogue(Path(settings.protocols)),
            source_id=settings.oid,
            nil=settings.mssante_nil,
            simplified=publishes_simply(settings),
            clock=clock,
            level=level_of(settings),
        ),
        acknowledge=Acknowledge(
            store=store,
            clock=clock,
            ids=ids,
            policy=retry_policy(settings),
            draw=random.SystemRandom().random,
            objection=lambda document, destination: objection_to(store, readings, document, destination),
        ),
    )


def run(settings: Settings, store: Store) -> None:
    """The command ``binome worker``: until SIGTERM or SIGINT."""
    clock = StoreClock(store, system_clock)
    listed = mailing.membership(settings, system_clock)
    session = mailing.tokens(settings, system_clock)
    dispatch = compose(settings, store, clock=clock, listed=listed, session=session)
    worker = Worker(store, dispatch, settings, clock, random_identifiers)
    keep = dt.timedelta(hours=settings.export_hours)
    exporting = Exporting(store, Path(settings.exports), keep, system_clock, random_identifiers)
    notifying = rounds(settings, store, system_clock, random_identifiers)
    receiving = inboxes(settings, store, system_clock, random_identifiers, token_for=mailing.token_for(session))
    beside = [
        threading.Thread(target=exporting.run, name="exports"),
        threading.Thread(target=notifying.run, name="notifications"),
        *([threading.Thread(target=listed.run, name="trust-space")] if listed else []),
        threading.Thread(target=receiving.run, name="inboxes"),
    ]

    def stop(*_: object) -> None:
        worker.stop()
        exporting.stop()
        notifying.stop()
        if listed:
            listed.stop()
        receiving.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    settle()
    for thread in beside:
        thread.start()
    try:
        worker.run()
    finally:
        stop()
        for thread in beside:
            thread.join()
