"""Composes the delivery process: what it delivers with, the loop, its companions, a stop signal, nothing else.

One command is one such process, or several beside each other over the same store, and one that watches them.
"""

import datetime as dt
import random
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

from service.acknowledge import Acknowledge
from service.clients import CLIENTS, ClientSettings
from service.clients.mssante import composing as mailing
from service.clients.mssante.membership import Membership
from service.clients.mssante.token import Tokens
from service.clock import Clock, Identifiers, random_identifiers, system_clock
from service.composition import pdsm_record, publishes_simply, retry_policy, settle, shared_record
from service.config import Settings
from service.cores import Cores
from service.delivery.clock import StoreClock
from service.delivery.crew import Crew
from service.delivery.worker import Worker
from service.dispatch import Dispatch
from service.exporting.slices import Exporting
from service.inbound.composing import inboxes
from service.intake.knowledge import Readings
from service.intake.objection import objection_to
from service.outbox.part import WHOLE, Part
from service.records.catalogue import catalogue_of
from service.sealing import Sealing, level_of
from service.store import Store, open_store
from service.subscriptions.composing import rounds

__all__ = ["Worker", "compose", "run", "work"]


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
            catalogue=catalogue_of(Path(settings.protocols)),
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


def processes(settings: Settings) -> int:
    """How many one command has: as many as asked, each with a place of every lane.

    A session that opens the boxes of the mails is one process's: its refresh token serves one holder.
    """
    return 1 if settings.mssante_login == "xoauth2" else max(1, min(settings.worker_processes, settings.lanes))


def run(settings: Settings) -> int:
    """The command ``binome worker``: until SIGTERM or SIGINT; gives the exit code."""
    count = processes(settings)
    if count == 1:
        work(settings, WHOLE)
        return 0
    # Read before they part: they share the memory.
    catalogue_of(Path(settings.protocols))
    _compose_once(settings)
    settle()
    return Crew(
        lambda number, at_work: work(settings, Part(number, count), at_work),
        count,
        settings.lease_seconds,
        Cores(count if settings.own_cores else 1),
    ).run()


def _compose_once(settings: Settings) -> None:
    """``Unusable`` here, with its sentence, and not again and again in each process that would be begun."""
    store = open_store(settings.database)
    try:
        listed = mailing.membership(settings, system_clock)
        Worker(store, compose(settings, store, listed=listed), settings, system_clock, random_identifiers)
        for _ in _companions(settings, store, listed, None):
            pass
    finally:
        store.close()


def work(settings: Settings, part: Part, at_work: Callable[[], None] = lambda: None) -> None:
    """One delivery process, until SIGTERM or SIGINT; ``at_work`` is called when it begins."""
    store = open_store(settings.database)
    try:
        _work(settings, store, part, at_work)
    finally:
        store.close()


def _work(settings: Settings, store: Store, part: Part, at_work: Callable[[], None]) -> None:
    clock = StoreClock(store, system_clock)
    listed = mailing.membership(settings, system_clock)
    session = mailing.tokens(settings, system_clock)
    dispatch = compose(settings, store, clock=clock, listed=listed, session=session)
    worker = Worker(store, dispatch, settings, clock, random_identifiers, part)
    # Of several processes the first has them: the others know the list of the trust space by its file.
    beside = dict(_companions(settings, store, listed, session)) if part.number == 0 else {}
    threads = [threading.Thread(target=one.run, name=name) for name, one in beside.items()]

    def stop(*_: object) -> None:
        worker.stop()
        for companion in beside.values():
            companion.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    settle()
    at_work()
    for thread in threads:
        thread.start()
    try:
        worker.run()
    finally:
        stop()
        for thread in threads:
            thread.join()


class _Companion(Protocol):
    """Something else that a delivery process does, in a thread of its own."""

    def run(self) -> None: ...

    def stop(self) -> None: ...


def _companions(
    settings: Settings, store: Store, listed: Membership | None, session: Tokens | None
) -> Iterator[tuple[str, _Companion]]:
    keep = dt.timedelta(hours=settings.export_hours)
    yield "exports", Exporting(store, Path(settings.exports), keep, system_clock, random_identifiers)
    yield "notifications", rounds(settings, store, system_clock, random_identifiers)
    if listed:
        yield "trust-space", listed
    opened_by = mailing.opening(session)
    yield "inboxes", inboxes(settings, store, system_clock, random_identifiers, **opened_by)
