"""Composes the delivery process: a claimer, lanes that deliver, a stop signal, nothing else."""

import datetime as dt
import logging
import random
import signal
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from pathlib import Path
from typing import Final

from service import __name__ as _package
from service.acknowledge import Acknowledge
from service.clients import CLIENTS, ClientSettings
from service.clients.dmp.identity import Software
from service.clients.dmp.send import SharedRecord
from service.clients.mssante.send import Submission
from service.clients.seal import development_key
from service.clients.tls import Tls
from service.clock import Clock, Identifiers, random_identifiers, system_clock
from service.composition import retry_policy
from service.config import Settings
from service.dispatch import Dispatch
from service.exporting.slices import Exporting
from service.intake.knowledge import Readings
from service.intake.objection import objection_to
from service.outbox.envelope import Lease
from service.outbox.receipt import Outcome, Receipt
from service.records.catalogue import load_catalogue
from service.sealing import Sealing
from service.store import Store, Unconfirmed
from service.store.unit import Fenced
from service.subscriptions.composing import rounds

log = logging.getLogger(_package)

#: Longest the worker sleeps before it looks again, seconds.
_NAP: Final = 0.5
#: Calls of a doubtful attempt: the look-up, then the delivery.
_CALLS: Final = 2


def compose(
    settings: Settings, store: Store, *, clock: Clock = system_clock, ids: Identifiers = random_identifiers
) -> Dispatch:
    """Story two, with what it is given."""
    host, _, port = settings.mssante.rpartition(":")
    readings = Readings()
    clients = ClientSettings(
        dmp=SharedRecord(
            repository=settings.dmp_repository,
            registry=settings.dmp_registry,
            seconds=settings.attempt_seconds,
            key=development_key(Path(settings.keys), clock()),
            software=Software(id=settings.oid, name="Binome", version="0.1", approval="DEVELOPPEMENT"),
            now=clock,
            identify=ids,
        ),
        mssante=Submission(
            host=host,
            port=int(port),
            starttls=settings.mssante_starttls == "required",
            tls=Tls(),
            greeting=settings.mail_domain,
            seconds=settings.attempt_seconds,
        ),
    )
    return Dispatch(
        clients={destination: factory(clients) for destination, factory in CLIENTS.items()},
        sealing=Sealing(
            store=store,
            catalogue=load_catalogue(Path(settings.protocols)),
            source_id=settings.oid,
            nil=settings.mssante_nil,
            clock=clock,
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


class Worker:
    """Claims what is due and delivers it, the envelopes of one document in one lane."""

    def __init__(self, store: Store, dispatch: Dispatch, settings: Settings, clock: Clock, ids: Identifiers) -> None:
        if settings.lease_seconds <= _CALLS * settings.attempt_seconds:
            raise ValueError("BINOME_LEASE_SECONDS covers a look-up and a delivery: over twice BINOME_ATTEMPT_SECONDS")
        self._store = store
        self._dispatch = dispatch
        self._settings = settings
        self._clock = clock
        self._ids = ids
        self._name = f"worker-{ids()}"
        self._stop = threading.Event()

    def stop(self) -> None:
        self._stop.set()

    def run(self) -> None:
        """Until stopped; what is under way is finished first."""
        lanes = self._settings.lanes
        free = threading.Semaphore(lanes)
        with ThreadPoolExecutor(lanes, thread_name_prefix="lane") as pool:
            while not self._stop.is_set():
                leases = self._claim(lanes)
                for _, group in groupby(leases, key=lambda lease: lease.envelope.document_id):
                    free.acquire()
                    pool.submit(self._lane, list(group), free)
                if not leases:
                    self._stop.wait(self._pause())

    def drain(self) -> int:
        """Deliver what is due now, in this thread; gives how many attempts were made."""
        count = 0
        while leases := self._claim(self._settings.lanes):
            for lease in leases:
                self._deliver(lease)
                count += 1
        return count

    def _claim(self, limit: int) -> Sequence[Lease]:
        try:
            return self._store.claim(self._clock(), self._name, self._settings.lease_seconds, limit * 3, self._ids)
        except Unconfirmed:
            log.warning("the store did not confirm a claim; trying again")
            self._stop.wait(_NAP)
            return ()

    def _pause(self) -> float:
        try:
            due = self._store.due_in(self._clock())
        except Unconfirmed:
            return _NAP  # the store does not answer now; it may in a moment
        return _NAP if due is None else min(max(due, 0.01), _NAP)

    def _lane(self, leases: Sequence[Lease], free: threading.Semaphore) -> None:
        try:
            for lease in leases:
                self._deliver(lease)
        finally:
            free.release()

    def _deliver(self, lease: Lease) -> None:
        """One attempt. A defect of ours is written down as an unclear outcome, and the next row is taken."""
        envelope = lease.envelope
        if not self._covers(lease):
            log.warning("envelope %s attempt %d: not begun, too little of its lease is left", envelope.id, lease.number)
            # Nothing was sent; what was in doubt before still is.
            self._record(lease, Receipt(Outcome.IN_DOUBT if lease.doubtful else Outcome.UNREACHABLE, "not-begun"))
            return
        try:
            receipt = self._dispatch.deliver(lease)
            log.info("envelope %s attempt %d: %s %s", envelope.id, lease.number, receipt.outcome, receipt.code)
        except Fenced:
            log.warning("envelope %s attempt %d: the lease was lost", envelope.id, lease.number)
        except Exception as defect:  # the worker goes on: the rows behind this one are nobody's fault
            log.error("envelope %s attempt %d: defect %s", envelope.id, lease.number, type(defect).__name__)
            self._record(lease, Receipt(Outcome.IN_DOUBT, "defect"))

    def _covers(self, lease: Lease) -> bool:
        """Whether the attempt will be over before its lease: while it lasts, nobody else makes one."""
        calls = _CALLS if lease.doubtful else 1
        return self._clock() + calls * dt.timedelta(seconds=self._settings.attempt_seconds) <= lease.until

    def _record(self, lease: Lease, receipt: Receipt) -> None:
        document = self._store.document(lease.envelope.document_id)
        if document is not None:
            try:
                self._dispatch.acknowledge.attempt(lease, document, receipt)
            except (Fenced, Unconfirmed):
                log.warning("envelope %s attempt %d: left to its lease", lease.envelope.id, lease.number)


def run(settings: Settings, store: Store) -> None:
    """The command ``binome worker``: until SIGTERM or SIGINT."""
    worker = Worker(store, compose(settings, store), settings, system_clock, random_identifiers)
    keep = dt.timedelta(hours=settings.export_hours)
    exporting = Exporting(store, Path(settings.exports), keep, system_clock, random_identifiers)
    notifying = rounds(settings, store, system_clock, random_identifiers)
    beside = [
        threading.Thread(target=exporting.run, name="exports"),
        threading.Thread(target=notifying.run, name="notifications"),
    ]

    def stop(*_: object) -> None:
        worker.stop()
        exporting.stop()
        notifying.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    for thread in beside:
        thread.start()
    try:
        worker.run()
    finally:
        stop()
        for thread in beside:
            thread.join()
