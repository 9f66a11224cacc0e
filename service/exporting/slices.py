"""The worker's side of exports: jobs claimed under a lease and done slice by slice, files of past ones removed.

Of a slice the files are durable first, then the row that says so. Killed between the two, it is done again, into
other files; nothing is lost but the slice, and nothing is told twice.
"""

import datetime as dt
import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

from mappings.fhir.json import dump, parse
from mappings.fhir.operation_outcome import operation_outcome
from mappings.fhir.search import index_of
from mappings.fhir.subset import elements
from mappings.issues import Issue, Refused
from service.clock import Clock, Identifiers
from service.exporting import files
from service.exporting.files import Parts
from service.exporting.request import ExportRequest, load
from service.exporting.selection import WINDOW, Records, bodies, bounded, records_of, wanted
from service.store import Store, Unconfirmed
from service.store.exports import ExportJob, Standing
from service.store.unit import Fenced, Index

log = logging.getLogger(__name__)

#: How long a lease lasts from one slice to the next, seconds: far longer than a slice.
LEASE: Final = 60.0
#: Longest sleep between two looks for a job, seconds.
_NAP: Final = 1.0
#: Pause after a defect, seconds, and the defects that an export survives.
_PAUSE: Final = 30.0
_DEFECTS: Final = 3
_LINE_ENDS: Final = (b"\n", b"\r")


class Exporting:
    """Does what waits, one job at a time; any number of processes may."""

    def __init__(self, store: Store, folder: Path, keep: dt.timedelta, clock: Clock, ids: Identifiers) -> None:
        self._store = store
        self._folder = folder
        self._keep = keep
        self._clock = clock
        self._ids = ids
        self._stop = threading.Event()

    def stop(self) -> None:
        """The slice under way is finished, the job left for the next process."""
        self._stop.set()

    def run(self) -> None:
        """Until stopped."""
        while not self._stop.is_set():
            try:
                worked = self.turn()
            except Unconfirmed:
                log.warning("the store did not confirm an export's step; trying again")
                worked = False
            except Exception as defect:  # the worker goes on: what is behind is nobody's fault
                log.error("exports: defect %s", type(defect).__name__)
                worked = False
            if not worked:
                self._stop.wait(_NAP)

    def turn(self) -> bool:
        """Remove what is over, then do one job; False when there was none."""
        self._sweep()
        job = self._store.exports.claim(self._clock(), LEASE, self._ids())
        if job is None:
            return False
        try:
            self._do(job)
        except Fenced:
            log.info("export %s: cancelled, or another worker's", job.id)
        except Unconfirmed:
            raise
        except Exception as defect:  # disk full, say: tried again later, not for ever
            log.error("export %s attempt %d: defect %s", job.id, job.attempts, type(defect).__name__)
            self._failed(job)
        return True

    def _do(self, job: ExportJob) -> None:
        exports = self._store.exports
        request = load(job.asked)
        written = exports.files(job.id)
        alive: Callable[[], None] = lambda: exports.advance(job, job.reached, (), self._lease())  # noqa: E731
        records = records_of(self._store, request, job.number, alive)
        parts = Parts(self._folder / job.id, job.attempts, written)
        try:
            reached = job.reached
            while reached < job.number:
                if self._stop.is_set():
                    exports.leave(job, self._clock(), defect=False)
                    return
                reached = self._slice(job, request, records, parts, reached)
                exports.advance(job, reached, parts.settle(), self._lease())
        finally:
            parts.close()
        exports.end(job, "complete", self._clock() + self._keep)
        log.info("export %s: complete", job.id)

    def _slice(self, job: ExportJob, request: ExportRequest, records: Records | None, parts: Parts, after: int) -> int:
        """What follows ``after`` put into the files; gives the number up to which it is."""
        upto = min(after + WINDOW, job.number)
        window = self._store.exports.window(after, upto, job.number, request.types)
        standing, upto = bounded([one for one in window if wanted(request, one)], upto)
        for one, body in bodies(self._store.exports, [one for one in standing if one.length]):
            try:
                line = _line(one, body, request, records)
            except (Refused, KeyError, TypeError, AttributeError):
                parts.add("error", "OperationOutcome", _unreadable(one))
                continue
            if line:
                parts.add("output", one.type, line)
        for one in standing:
            if not one.length and (records is None or records.held(one)):
                parts.add("deleted", "Bundle", _deletion(one))
        return upto

    def _lease(self) -> dt.datetime:
        return self._clock() + dt.timedelta(seconds=LEASE)

    def _failed(self, job: ExportJob) -> None:
        try:
            if job.failures + 1 >= _DEFECTS:
                self._store.exports.end(job, "failed", self._clock() + self._keep)
            else:
                pause = dt.timedelta(seconds=_PAUSE)
                self._store.exports.leave(job, self._clock() + pause, defect=True)
        except Fenced:
            log.info("export %s: cancelled, or another worker's", job.id)

    def _sweep(self) -> None:
        for id_ in self._store.exports.over(self._clock()):
            files.remove(self._folder / id_)
            self._store.exports.removed(id_)
            log.info("export %s: files removed", id_)


def _line(one: Standing, body: bytes, request: ExportRequest, records: Records | None) -> bytes:
    """The resource on one line, as it is stored or the part of it that is wanted; empty when it is not asked for."""
    broken = any(end in body for end in _LINE_ENDS)
    filters = [each for each in request.filters if each.type == one.type]
    if records is None and not filters and not request.elements and not broken:
        return body
    resource = parse(body)
    if records is not None and not records.holds(resource):
        return b""
    if filters:
        index = Index(*index_of(resource))
        if not any(each.meets(one, index) for each in filters):
            return b""
    if request.elements:
        return dump(elements(resource, request.elements_of(one.type)))
    return dump(resource) if broken else body


def _unreadable(one: Standing) -> bytes:
    text = f"La ressource {one.type}/{one.id} n’a pas pu être lue ; elle manque à l’export."
    return dump(operation_outcome([Issue("exception", one.type, text)]))


def _deletion(one: Standing) -> bytes:
    """As the specification wants it: a transaction that would delete the same."""
    request = {"method": "DELETE", "url": f"{one.type}/{one.id}"}
    return dump({"resourceType": "Bundle", "type": "transaction", "entry": [{"request": request}]})
