"""An act told to be entered in error: all that falls with it, in the commit that says so.

The act itself is among the writes of the request; here is the rest: what belonged to it, the tasks about it, the
DocumentReferences of its report, the envelopes that wait; to whoever has the report, a withdrawal or else somebody's task;
the proof and the trace.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from mappings.fhir.act import ISSUED, in_error, protocol_of
from mappings.fhir.audit_event import act_retracted
from mappings.fhir.json import parse
from mappings.fhir.provenance import retraction_provenance
from mappings.fhir.publication import document_in_error
from mappings.fhir.task import cancelled
from service.clock import Identifiers
from service.finding import found
from service.intake.destinations import Addressing, withdrawal_of
from service.intake.effect import Effect
from service.intake.placement import Placed
from service.outbox.envelope import Destination, Envelope, State
from service.outbox.receipt import RETRACTED
from service.store import Store
from service.store.unit import Write
from service.versions import documents_of, envelopes_of_act, reports
from service.withdrawal import Holding, cancellation, holding, withdrawal_duty
from service.writes import stamped, write_of, write_of_proof

Resource = dict[str, Any]

_REASON: Final = "Acte annulé : saisi par erreur."
#: States that are left as they are: ended, or held by whoever makes the attempt, who then sees what became of the act.
_LEFT: Final = frozenset({State.SENDING, State.ACCEPTED, State.REFUSED, State.EXHAUSTED, State.CANCELLED})
#: What belonged to an act, and the parameter by which it is found.
_BELONGINGS: Final = (
    ("QuestionnaireResponse", "part-of"),
    ("Observation", "part-of"),
    *((type_, row.found_by) for type_, row in ISSUED.items()),
)
_MANY: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Retracted:
    """One act entered in error: what it adds to the commit; its envelopes withdraw the report."""

    #: Chain of the act's report; empty when the act has none.
    chain: str
    effect: Effect


@dataclass(frozen=True, slots=True, kw_only=True)
class Retracting:
    """What it takes: ``rpps`` is of the professional who was identified, empty when nobody was."""

    store: Store
    ids: Identifiers
    now: dt.datetime
    rpps: str
    addressing: Addressing

    def retract(self, placed: Placed, position: int) -> Retracted:
        """``position`` is the place of the act's new version among the writes of the commit."""
        procedure, me = placed.resource, placed.id
        envelopes = envelopes_of_act(self.store, me, placed.version - 1)
        documents = {one.id: one for one in documents_of(self.store, envelopes)}
        document = next(iter(documents.values()), None)
        # Each version that arrived, the oldest first: none shows again when the last is gone.
        withdrawals = [
            withdrawal_of(one, documents[one.document_id], self.now, self.ids, self.addressing)
            for one in reports(envelopes)
            if one.state is State.ACCEPTED and one.destination in self.addressing.withdraws
        ]
        told = {one.follows for one in withdrawals}
        belongings = [
            write for type_, param in _BELONGINGS for write in self._changed(type_, param, me, lambda _: True, in_error)
        ]
        writes = [
            *belongings,
            *self._changed("Task", "focus", me, _is_open, self._cancelled),
            *self._changed("DocumentReference", "related", me, lambda _: True, document_in_error),
            *self._duty(procedure, [one for one in reports(envelopes) if one.id not in told]),
            *self._proof(procedure, belongings, position),
        ]
        return Retracted(
            chain=document.chain if document else "",
            effect=Effect(
                writes=writes,
                settlements=[cancellation(one, RETRACTED, self.now) for one in envelopes if one.state not in _LEFT],
                envelopes=withdrawals,
                stands_on=[(one.id, one.state, one.attempts) for one in envelopes if one.state in _LEFT],
            ),
        )

    def _changed(
        self,
        type_: str,
        param: str,
        procedure_id: str,
        concerned: Callable[[Resource], bool],
        change: Callable[[Resource], Resource],
    ) -> list[Write]:
        """The next version of each resource of a type that points at the act and is concerned."""
        writes = []
        for stored in found(self.store, type_, [(param, "Procedure", procedure_id)], count=_MANY):
            before = parse(stored.body)
            if concerned(before):
                version = stored.version + 1
                writes.append(write_of(stamped(change(before), version, self.now), version, previous=before))
        return writes

    def _cancelled(self, task: Resource) -> Resource:
        return cancelled(task, at=self.now, reason=_REASON)

    def _duty(self, procedure: Resource, envelopes: Iterable[Envelope]) -> Iterable[Write]:
        """Nobody's when no destination can hold the report; of one that is being sent its sender will tell."""
        held = dict[Destination, Holding]()
        for one in envelopes:
            its = holding(one.state, self.store.attempts_of(one.id))
            if one.state is not State.SENDING and its is not Holding.NO:
                held[one.destination] = max(its, held.get(one.destination, its))
        if held:
            fictitious = "security" in procedure["meta"]
            yield withdrawal_duty(procedure, held, id=self.ids(), fictitious=fictitious, now=self.now)

    def _proof(self, procedure: Resource, belongings: Sequence[Write], position: int) -> Iterable[Write]:
        provenance = retraction_provenance(
            procedure,
            id=self.ids(),
            belongings=[f"{one.type}/{one.id}/_history/{one.version}" for one in belongings],
            rpps=self.rpps,
            policy=protocol_of(procedure),
            recorded=self.now,
        )
        event = act_retracted(procedure, id=self.ids(), enterer=provenance["agent"][0], recorded=self.now)
        yield write_of(stamped(event, 1, self.now), 1)
        yield write_of_proof(stamped(provenance, 1, self.now), position)


def _is_open(task: Resource) -> bool:
    return task["status"] not in ("completed", "cancelled")
