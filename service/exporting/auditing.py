"""What is kept of who exports: an AuditEvent when an export is asked for, and one each time a file of it is taken.

Each is a commit of its own, in the chain of proof, before what it tells of: nothing leaves that is not on record.
"""

from mappings.fhir.export_event import export_event
from service.access import Caller
from service.clock import Clock, Identifiers
from service.exporting.request import ExportRequest, instant_of
from service.intake.chains import COMMON_CHAIN
from service.store import Store
from service.store.exports import ExportFile, ExportJob
from service.store.unit import Unit
from service.writes import print_utc, stamped, write_of

Resource = dict[str, object]


class Auditing:
    """Writes the events of one server."""

    def __init__(self, store: Store, clock: Clock, ids: Identifiers) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids

    def requested(self, job: ExportJob, request: ExportRequest) -> None:
        """``request`` as the caller made it."""
        details = {
            "level": request.level,
            "_type": ",".join(request.types),
            "_since": _told(request.since),
            "_until": _told(request.until),
            "_elements": ",".join(".".join(filter(None, each)) for each in request.elements),
            "_typeFilter": str(len(request.filters)) if request.filters else "",
        }
        self._record(
            export_event(
                "requested",
                id=self._ids(),
                export=job.id,
                client=job.client,
                rpps=job.rpps,
                recorded=self._clock(),
                details=details,
                team=request.team,
                patients=request.patients,
            )
        )

    def downloaded(self, job: ExportJob, file: ExportFile, caller: Caller) -> None:
        details = {"file": str(file.number), "kind": file.kind, "type": file.type, "count": str(file.count)}
        self._record(
            export_event(
                "downloaded",
                id=self._ids(),
                export=job.id,
                client=caller.client,
                rpps=caller.rpps,
                recorded=self._clock(),
                details=details,
            )
        )

    def _record(self, event: Resource) -> None:
        now = self._clock()
        self._store.commit(Unit(chain=COMMON_CHAIN, recorded=now, writes=(write_of(stamped(event, 1, now), 1),)))


def _told(instant: int | None) -> str:
    return print_utc(instant_of(instant)) if instant is not None else ""
