"""A new version of a report, to everyone who had the former one or still waited for it, and to nobody else.

Decided in the commit that makes the act's new version. What surely reached nobody is called off: nothing that is known to
be wrong is sent. What is under way, or may have arrived, comes to its end first; the new version follows it.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from mappings.fhir.json import parse
from mappings.fhir.task import Duty, cancelled, delivery_task
from service.clock import Identifiers
from service.finding import found
from service.intake.destinations import Addressing, Withheld, document_oid, envelope_for
from service.outbox.envelope import SHARED_RECORD, Destination, Document, Envelope, Purpose, State
from service.outbox.receipt import CONSENT_WITHDRAWN, OBJECTION, SUPERSEDED
from service.store import Store
from service.store.unit import Settlement, Write
from service.versions import (
    documents_of,
    envelopes_of_act,
    held_by,
    last_by_destination,
    last_that_left,
    reports,
)
from service.withdrawal import PLACES, Holding, cancellation, holding
from service.writes import stamped, write_of

Resource = dict[str, Any]

_UNDER_WAY: Final = frozenset({State.SENDING, State.IN_DOUBT, State.QUEUED})
_A_NO: Final = frozenset({OBJECTION, CONSENT_WITHDRAWN})
_REPLACED: Final = "Une nouvelle version du compte rendu est adressée à cette destination."


@dataclass(frozen=True, slots=True)
class FormerReport:
    """What is known of the report before its new version."""

    store: Store
    envelopes: tuple[Envelope, ...]

    @property
    def documents(self) -> list[Document]:
        return documents_of(self.store, self.envelopes)

    @property
    def chain(self) -> str:
        """Empty when the report went nowhere."""
        return self.documents[0].chain if self.envelopes else ""

    @property
    def last(self) -> dict[Destination, Envelope]:
        return last_by_destination(self.envelopes)

    def road(self, otherwise: Destination) -> Destination:
        """The road to the shared record that the report took first: its versions take the same."""
        return next((one for one in self.last if one in SHARED_RECORD), otherwise)

    def document(self, act: str, chain: str, now: dt.datetime, ids: Identifiers, addressing: Addressing) -> Document:
        """The new version, named but not yet sealed; the first of a new set while no version may have left."""
        before = last_that_left(self.store, self.envelopes)
        known = [one.version for one in self.documents if before and one.set_id == before.set_id]
        return Document(
            id=ids(),
            act=act,
            chain=chain,
            unique_id=document_oid(addressing.oid, 1, ids()),
            set_id=before.set_id if before else document_oid(addressing.oid, 2, ids()),
            version=max(known, default=0) + 1,
            created_at=now,
        )

    def replaced(self) -> str:
        """uniqueId of the version that the new one replaces; empty when none may have left."""
        before = last_that_left(self.store, self.envelopes)
        return before.unique_id if before else ""


def former_of(store: Store, procedure_id: str, version: int) -> FormerReport:
    """Of an act before its version ``version``."""
    return FormerReport(store, tuple(envelopes_of_act(store, procedure_id, version - 1)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reissuing:
    """What it takes to send a new version of the report of ``procedure``, its own version in force."""

    former: FormerReport
    procedure: Resource
    ids: Identifiers
    addressing: Addressing
    now: dt.datetime

    def envelopes(self, document: Document, recipients: Mapping[Destination, str]) -> tuple[Envelope, ...]:
        """One for each destination that may have the report, and had it or waited for it."""
        purpose: Purpose = "replace" if document.version > 1 else "publish"
        return tuple(
            replace(
                envelope_for(document, destination, recipients[destination], self.ids, self.addressing),
                follows=last.id,
                purpose=purpose,
            )
            for destination, last in self.former.last.items()
            if destination in recipients and self.is_owed(last)
        )

    def settlements(self) -> tuple[Settlement, ...]:
        """What waits, and surely reached nobody, is called off."""
        return tuple(cancellation(one, SUPERSEDED, self.now) for one in self.former.last.values() if self._waits(one))

    def stands_on(self) -> tuple[tuple[str, State, int], ...]:
        """The others, as they were read: who has what rests on it."""
        rest = (one for one in reports(self.former.envelopes) if not self._waits(one))
        return tuple((one.id, one.state, one.attempts) for one in rest)

    def tasks(
        self, recipients: Mapping[Destination, str], withheld: Sequence[Withheld], sent: Iterable[Destination]
    ) -> Iterable[Write]:
        """Whoever has a former version and cannot be sent this one is the structure's to tell; what is sent is mended."""
        reasons = {one.destination: one.reason for one in withheld}
        for destination, last in self.former.last.items():
            if destination in reasons and self._may_have(last):
                yield self._duty(destination, f"Version corrigée non envoyée. {reasons[destination]}")
            elif destination in recipients and self._is_elsewhere(last, recipients[destination]):
                yield self._duty(destination, "L’identifiant du patient a changé depuis.")
        yield from self.mended(sent, _REPLACED)

    def _waits(self, envelope: Envelope) -> bool:
        return envelope.state is State.QUEUED and self._holding(envelope) is Holding.NO

    def _holding(self, envelope: Envelope) -> Holding:
        return holding(envelope.state, self.former.store.attempts_of(envelope.id))

    def _may_have(self, last: Envelope) -> bool:
        under_way = last.state in _UNDER_WAY and not self._waits(last)
        return under_way or bool(held_by(self.former.store, last, last.recipient))

    def is_owed(self, last: Envelope) -> bool:
        """A destination that the patient closed before anything arrived there is not opened again by a correction."""
        if last.state is not State.CANCELLED or self._may_have(last):
            return True
        return self.former.store.attempts_of(last.id)[-1].code not in _A_NO

    def _is_elsewhere(self, last: Envelope, recipient: str) -> bool:
        """A former version lies with another identity of the patient, where nothing of ours goes any more."""
        if last.destination is Destination.MSSANTE_PROFESSIONAL or last.recipient == recipient:
            return False
        return self._may_have(last)

    def _duty(self, destination: Destination, reason: str) -> Write:
        duty = Duty(
            id=self.ids(),
            code="resolve-delivery",
            visit=self.procedure["identifier"][0]["value"],
            authored=self.now,
            until=None,
            fictitious="security" in self.procedure["meta"],
            reason=f"{reason} La version précédente y est peut-être encore : à faire corriger ou à démentir. "
            f"Destination : {PLACES[destination]}.",
        )
        return write_of(stamped(delivery_task(self.procedure, duty), 1, self.now), 1)

    def mended(self, sent: Iterable[Destination], reason: str) -> Iterable[Write]:
        """The structure's tasks about deliveries to where something is sent by now: nobody's any more."""
        places = {PLACES[one] for one in sent}
        about = [("focus", "Procedure", str(self.procedure["id"]))]
        for stored in found(self.former.store, "Task", about, [("status", "", "requested")]):
            task = parse(stored.body)
            of_delivery = task["code"]["coding"][0]["code"] == "resolve-delivery"
            if of_delivery and any(place in task["reasonCode"]["text"] for place in places):
                done = stamped(cancelled(task, at=self.now, reason=reason), stored.version + 1, self.now)
                yield write_of(done, stored.version + 1, previous=task)
