"""A receipt becomes the envelope's next state and a proof, in one commit.

Accepted: the publication goes on record. Refused or out of time: somebody gets a task, never a silent drop. Of an act
that was meanwhile told to be entered in error nothing is sent again, and somebody gets a task for what has arrived; nor
where the patient objects by now, and somebody gets a task for what may have arrived.
"""

import datetime as dt
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from mappings.cda.reading import Told, told
from mappings.fhir.json import parse
from mappings.fhir.organization import organization_from_fhir
from mappings.fhir.publication import (
    Publication,
    communication,
    document_in_error,
    document_reference,
    document_replacing,
    document_superseded,
)
from mappings.fhir.task import Duty, delivery_task
from mappings.remembered import Remembered
from service.changing import NOT_IN_TIME, REFUSED, outcome_writes
from service.clients import visibility_sealed
from service.clients.mssante.bounce import Bounce
from service.clients.mssante.codes import is_too_long
from service.clients.sealed import cda_of
from service.clock import Clock, Identifiers
from service.evidence import Sources, version_of
from service.outbox.envelope import (
    BRINGS,
    CHANGES_SHOWING,
    SHARED_RECORD,
    Destination,
    Document,
    Envelope,
    Lease,
    State,
)
from service.outbox.objection import NO_OBJECTION, Objection, can_be_objected_to
from service.outbox.receipt import (
    CALLED_OFF,
    HIDDEN,
    NOTHING_THERE,
    OUTSIDE,
    RETRACTED,
    SUPERSEDED,
    TOO_LONG,
    Outcome,
    Receipt,
)
from service.outbox.retry import RetryPolicy, next_attempt
from service.outbox.states import Event, move, settled
from service.showing import changes_of
from service.store import Store
from service.store.unit import Fenced, Settlement, Stale, Unit, Write
from service.versions import formers, formers_on_record, is_superseded
from service.withdrawal import PLACES, Holding, holding, standing_of, withdrawal_duty
from service.writes import stamped, write_of

Resource = dict[str, Any]

#: Why a delivery waits for somebody, in words that name no one.
_REASONS: Final = {
    State.REFUSED: "Le destinataire a refusé définitivement l’envoi du compte rendu.",
    State.EXHAUSTED: "Le compte rendu n’a pas pu être remis dans le délai prévu.",
}
#: The same of a change of how it shows in the shared record.
_CHANGE_REASONS: Final = {State.REFUSED: REFUSED, State.EXHAUSTED: NOT_IN_TIME}
#: The same of what cannot be sent as it is.
_HELD_BACK: Final = {
    TOO_LONG: "Le message dépasse la taille que l’opérateur de messagerie admet : il n’a pas été remis.",
    OUTSIDE: "L’adresse du destinataire n’est pas de l’espace de confiance MSSanté : rien n’a été envoyé.",
}
#: The same of a mail that was taken first, by what came back.
_BACK: Final = {"not-integrated": "Le logiciel du destinataire n’a pas pu intégrer le compte rendu."}
#: What may be there although nothing is sent any more.
_UNCERTAIN: Final = "Le patient s’oppose désormais à cet envoi, dont une tentative est restée incertaine : à vérifier."
#: The same of a mail whose report is by now hidden from whom it goes to.
_HIDDEN: Final = (
    "Le compte rendu est désormais masqué à ce destinataire ; une tentative est restée incertaine : à vérifier."
)
#: Answers after which something may still follow.
_OPEN: Final = frozenset({Outcome.UNREACHABLE, Outcome.IN_DOUBT, Outcome.REFUSED})
#: States of a withdrawal that nobody was told of.
_UNTOLD: Final = frozenset({State.REFUSED, State.EXHAUSTED, State.CANCELLED})
#: States that a mail given back leaves as they are: somebody has been told already, or its act is in error.
_OVER: Final = frozenset({State.REFUSED, State.EXHAUSTED, State.CANCELLED})

#: Acts, documents, structures remembered, at least: the envelopes of one act are close together.
_REMEMBERED: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledge:
    """Writes outcomes; ``draw`` is a fresh number of [0, 1[ for the jitter."""

    store: Store
    clock: Clock
    ids: Identifiers
    policy: RetryPolicy
    draw: Callable[[], float]
    #: What the patient has by now against sending a document to a destination.
    objection: Callable[[Document, Destination], Objection] = lambda document, destination: NO_OBJECTION
    #: What never changes and is asked again for each envelope of an act, or each act of a structure.
    _acts: Sources = field(default_factory=lambda: Sources(_REMEMBERED), compare=False, repr=False)
    _told: Remembered[bytes, Told] = field(default_factory=lambda: Remembered(_REMEMBERED), compare=False, repr=False)
    _facilities: Remembered[tuple[str, int], str] = field(
        default_factory=lambda: Remembered(_REMEMBERED), compare=False, repr=False
    )

    def attempt(self, lease: Lease, document: Document, receipt: Receipt) -> State:
        """Settle one attempt under its lease; gives the state the envelope took."""
        while True:
            try:
                return self._attempt(lease, document, receipt)
            except Stale:
                continue  # the act has just been told to be in error, or the patient has decided: look again

    def called_off(self, document: Document) -> str:
        """Why ``document`` is sent no more, its act being in error or corrected by now; empty when it is."""
        relied, in_error = standing_of(self.store, document)
        if in_error:
            return RETRACTED
        return SUPERSEDED if is_superseded(document, relied, in_error=in_error) else ""

    def doubted(self, envelope: Envelope, number: int) -> bool:
        """Whether an attempt before ``number`` may have left the document at its destination."""
        before = [one for one in self.store.attempts_of(envelope.id) if one.number < number]
        return holding(State.SENDING, before) is not Holding.NO

    def _attempt(self, lease: Lease, document: Document, receipt: Receipt) -> State:
        now = self.clock()
        relied, in_error = standing_of(self.store, document)
        withdraws = lease.envelope.purpose == "withdraw"
        changes = lease.envelope.purpose in CHANGES_SHOWING
        retracted = in_error and not withdraws
        # What is changed of a former version is changed all the same: it is that one which shows until the next arrives.
        superseded = lease.envelope.purpose in BRINGS and is_superseded(document, relied, in_error=in_error)
        number, deadline = self._series(lease)
        again = next_attempt(now, number, deadline, self.draw(), self.policy)
        objection = NO_OBJECTION
        if not retracted and receipt.outcome in _OPEN and can_be_objected_to(lease.envelope):
            objection = self.objection(document, lease.envelope.destination)
        ends = retracted or bool(objection.code) or (superseded and _over(receipt))
        ends = ends or (changes and receipt.outcome is Outcome.UNREACHABLE and receipt.code == NOTHING_THERE)
        event = settled(receipt.outcome, budget_left=again is not None, retracted=ends)
        state = move(State.SENDING, event)
        follows = self._withdrawal if retracted else self._objected if objection.code else self._consequences
        if superseded and not objection.code:
            follows = self._superseded
        if withdraws:
            follows = self._withdrawn
        if changes:
            follows = self._ended if retracted else self._changed
        self.store.commit(
            Unit(
                chain=document.chain,
                recorded=now,
                relies_on=(relied, *objection.relied),
                writes=follows(lease, document, receipt, state, now),
                settlements=(
                    Settlement(
                        envelope_id=lease.envelope.id,
                        token=lease.token,
                        number=lease.number,
                        outcome=receipt.outcome,
                        code=receipt.code,
                        receiver_id=receipt.receiver_id,
                        raw=receipt.raw,
                        finished_at=now,
                        state=state,
                        next_attempt_at=again or now,
                    ),
                ),
            )
        )
        return state

    def _series(self, lease: Lease) -> tuple[int, dt.datetime]:
        """Number of this attempt since its last beginning, and when its time is over: a replay is a new beginning."""
        before = self.store.attempts_of(lease.envelope.id) if lease.number > 1 else []
        replayed = [one for one in before if one.outcome == "replayed" and one.finished_at is not None]
        if not replayed or replayed[-1].finished_at is None:
            return lease.number, lease.envelope.deadline
        return lease.number - replayed[-1].number, replayed[-1].finished_at + self.policy.budget

    def bounced(self, bounce: Bounce, raw: bytes, *, outcome: str = "bounced") -> State | None:
        """A mail that came back: refused after all, and somebody gets a task. None when it is none of ours.

        ``IllegalMove`` while an attempt is under way: the answer to that attempt comes first.
        """
        while True:
            by_envelope = self.store.envelope(bounce.envelope_id) if bounce.envelope_id else None
            envelope = by_envelope or self.store.envelope_of_message(bounce.message_id)
            document = self.store.document(envelope.document_id) if envelope else None
            if envelope is None or document is None:
                return None
            if envelope.state in _OVER:
                return envelope.state
            try:
                return self._bounced(envelope, document, bounce, raw, outcome)
            except (Stale, Fenced):
                continue  # the act or the envelope has just moved: look again

    def _bounced(self, envelope: Envelope, document: Document, bounce: Bounce, raw: bytes, outcome: str) -> State:
        now = self.clock()
        relied, retracted = standing_of(self.store, document)
        state = move(envelope.state, Event.BOUNCED)
        self.store.commit(
            Unit(
                chain=document.chain,
                recorded=now,
                relies_on=(relied,),
                # Of an act in error nothing is to be delivered any more.
                writes=self._given_back(
                    envelope,
                    document,
                    outcome,
                    state,
                    now,
                    untold=retracted or is_superseded(document, relied, in_error=retracted),
                ),
                settlements=(
                    Settlement(
                        envelope_id=envelope.id,
                        token="",
                        number=envelope.attempts + 1,
                        outcome=outcome,
                        code=bounce.status,
                        receiver_id="",
                        raw=raw,
                        finished_at=now,
                        state=state,
                        next_attempt_at=now,
                    ),
                ),
            )
        )
        return state

    def spent(self, envelope: Envelope) -> bool:
        """Its time is over while it waits: somebody gets a task. False when it has moved meanwhile."""
        document = self.store.document(envelope.document_id)
        if document is None:
            return False
        now = self.clock()
        relied, retracted = standing_of(self.store, document)
        if retracted:
            return False  # being cancelled
        superseded = envelope.purpose in BRINGS and is_superseded(document, relied, in_error=retracted)
        changes = envelope.purpose in CHANGES_SHOWING
        state = move(envelope.state, Event.BUDGET_SPENT)
        reason = (_CHANGE_REASONS if changes else _REASONS)[state]
        told = outcome_writes(self.store, envelope, document, state, "not-called", now) if changes else ()
        settlement = Settlement(
            envelope_id=envelope.id,
            token="",
            number=envelope.attempts + 1,
            outcome="spent",
            code="not-called",
            receiver_id="",
            raw=b"",
            finished_at=now,
            state=state,
            next_attempt_at=now,
        )
        try:
            self.store.commit(
                Unit(
                    chain=document.chain,
                    recorded=now,
                    relies_on=(relied,),
                    stands_on=((envelope.id, envelope.state, envelope.attempts),),
                    # What carries the later version follows it, and has its own end.
                    writes=() if superseded else (*told, self.duty(envelope, document, reason, now)),
                    settlements=(settlement,),
                )
            )
        except (Stale, Fenced):
            return False
        return True

    def unanswered(self, envelope: Envelope, hours: int) -> bool:
        """A mail that was taken, and of which nobody has had a word since: somebody gets a task, once."""
        document, id_ = self.store.document(envelope.document_id), f"no-receipt-{envelope.id}"
        if document is None or self.store.read("Task", id_) is not None:
            return False
        now = self.clock()
        relied, retracted = standing_of(self.store, document)
        if retracted or is_superseded(document, relied, in_error=retracted):
            return False
        reason = f"Aucun accusé n’est revenu en {hours} h : l’opérateur a pris le message en charge, rien ne dit qu’il a été remis."
        duty = self.duty(envelope, document, reason, now, id=id_)
        try:
            self.store.commit(Unit(chain=document.chain, recorded=now, relies_on=(relied,), writes=(duty,)))
        except Stale:
            return False  # told by another, or the act has moved: looked at again the next time
        return True

    def _given_back(
        self, envelope: Envelope, document: Document, outcome: str, state: State, now: dt.datetime, *, untold: bool
    ) -> tuple[Write, ...]:
        if envelope.purpose == "withdraw":
            return (self._to_withdraw(envelope, document, now),)
        return () if untold else (self.duty(envelope, document, _BACK.get(outcome, _REASONS[state]), now),)

    def _withdrawn(
        self, lease: Lease, document: Document, receipt: Receipt, state: State, now: dt.datetime
    ) -> tuple[Write, ...]:
        """Told, or else somebody's to have withdrawn; a mail that left is on record as any other."""
        envelope = lease.envelope
        if state is State.ACCEPTED and envelope.destination not in SHARED_RECORD:
            return (write_of(stamped(self.publication(envelope, document, receipt, now), 1, now), 1),)
        if state in _UNTOLD:
            return (self._to_withdraw(envelope, document, now),)
        return ()

    def _ended(
        self, lease: Lease, document: Document, receipt: Receipt, state: State, now: dt.datetime
    ) -> tuple[Write, ...]:
        """A change of what is taken back anyway is nobody's to mend."""
        return outcome_writes(self.store, lease.envelope, document, state, receipt.code, now)

    def _changed(
        self, lease: Lease, document: Document, receipt: Receipt, state: State, now: dt.datetime
    ) -> tuple[Write, ...]:
        """Done, or somebody's to do in the record; not where there is nothing that could be changed."""
        writes = self._ended(lease, document, receipt, state, now)
        if state not in _CHANGE_REASONS or receipt.code == NOTHING_THERE:
            return writes
        return (*writes, self.duty(lease.envelope, document, f"{_CHANGE_REASONS[state]} {receipt.told}".rstrip(), now))

    def _to_withdraw(self, envelope: Envelope, document: Document, now: dt.datetime) -> Write:
        procedure, _ = self._act(document)
        places = {envelope.destination: Holding.YES}
        return withdrawal_duty(procedure, places, id=self.ids(), fictitious=_is_fictitious(procedure), now=now)

    def _consequences(
        self, lease: Lease, document: Document, receipt: Receipt, state: State, now: dt.datetime
    ) -> tuple[Write, ...]:
        envelope = lease.envelope
        if state is State.ACCEPTED:
            return self._published(envelope, document, receipt, now)
        if state in _REASONS:
            reason = _refusal(receipt.code) if state is State.REFUSED else _REASONS[state]
            return (self.duty(envelope, document, f"{reason} {receipt.told}".rstrip(), now),)
        return ()

    def _superseded(
        self, lease: Lease, document: Document, receipt: Receipt, state: State, now: dt.datetime
    ) -> tuple[Write, ...]:
        """A later version follows: what arrived is on record, and nobody need mend what did not."""
        return self._published(lease.envelope, document, receipt, now) if state is State.ACCEPTED else ()

    def _published(
        self, envelope: Envelope, document: Document, receipt: Receipt, now: dt.datetime
    ) -> tuple[Write, ...]:
        """What was published, and what it replaces in the shared record."""
        said = self.publication(envelope, document, receipt, now)
        if said["resourceType"] != "DocumentReference" or not envelope.follows:
            return (write_of(stamped(said, 1, now), 1),)
        procedure_id = document.act.split("/")[1]
        before = formers_on_record(self.store, procedure_id, formers(self.store, envelope))
        said = document_replacing(said, [one.id for one in before])
        return (
            write_of(stamped(said, 1, now), 1),
            *(
                write_of(stamped(document_superseded(former), one.version + 1, now), one.version + 1, previous=former)
                for one in before
                for former in [parse(one.body)]
            ),
        )

    def _objected(
        self, lease: Lease, document: Document, receipt: Receipt, state: State, now: dt.datetime
    ) -> tuple[Write, ...]:
        """Nothing is to be delivered any more; what may have arrived is somebody's to find out."""
        if self._held(lease, receipt, state) is Holding.NO:
            return ()
        hidden = self.objection(document, lease.envelope.destination).code == HIDDEN
        return (self.duty(lease.envelope, document, _HIDDEN if hidden else _UNCERTAIN, now),)

    def _withdrawal(
        self, lease: Lease, document: Document, receipt: Receipt, state: State, now: dt.datetime
    ) -> tuple[Write, ...]:
        """The same of an act that is in error by now: what has arrived, or may have, is somebody's to withdraw."""
        envelope, writes = lease.envelope, []
        if state is State.ACCEPTED:
            publication = self.publication(envelope, document, receipt, now)
            is_document = publication["resourceType"] == "DocumentReference"
            said = document_in_error(publication) if is_document else publication
            writes.append(write_of(stamped(said, 1, now), 1))
        held = self._held(lease, receipt, state)
        if held is not Holding.NO:
            procedure, _ = self._act(document)
            fictitious = _is_fictitious(procedure)
            places = {envelope.destination: held}
            writes.append(withdrawal_duty(procedure, places, id=self.ids(), fictitious=fictitious, now=now))
        return tuple(writes)

    def _held(self, lease: Lease, receipt: Receipt, state: State) -> Holding:
        if state is State.ACCEPTED:
            return Holding.YES
        if receipt.outcome is Outcome.IN_DOUBT:
            return Holding.PERHAPS
        # Not sent at all: the attempts before were looked into first.
        doubted = receipt.code not in CALLED_OFF and self.doubted(lease.envelope, lease.number)
        return Holding.PERHAPS if doubted else Holding.NO

    def publication(self, envelope: Envelope, document: Document, receipt: Receipt, now: dt.datetime) -> Resource:
        procedure, version = self._act(document)
        cda = cda_of(document)
        sha1 = hashlib.sha1(cda, usedforsecurity=False).digest()  # IHE's content hash, not a protection
        filed = self._filed(cda, sha1)
        publication = Publication(
            id=self.ids(),
            procedure=procedure,
            version=version,
            unique_id=document.unique_id,
            sha1=sha1,
            size=len(cda),
            type_code=filed.type_code.code,
            class_code=filed.class_code.code,
            title=filed.type_code.display,
            format_code=filed.format_code.code,
            format_system=filed.format_code.system,
            practice_setting=filed.practice_setting,
            facility_type=self._facility(procedure),
            at=now,
            fictitious=_is_fictitious(procedure),
            visibility=self._sealed_as(envelope, procedure["id"]),
        )
        if envelope.destination is Destination.DMP:
            return document_reference(publication, entry_uuid=receipt.receiver_id or envelope.entry_uuid)
        if envelope.destination is Destination.PDSM:
            # The record's own name of it is a reference, and stays in the journal of the attempt.
            return document_reference(publication, entry_uuid=envelope.entry_uuid)
        to: Any = "patient" if envelope.destination is Destination.MSSANTE_PATIENT else "delegator"
        return communication(publication, message_id=envelope.message_id.strip("<>"), to=to)

    def duty(self, envelope: Envelope, document: Document, reason: str, now: dt.datetime, *, id: str = "") -> Write:
        procedure, _ = self._act(document)
        duty = Duty(
            id=id or self.ids(),
            code="resolve-delivery",
            visit=procedure["identifier"][0]["value"],
            authored=now,
            until=None,
            fictitious=_is_fictitious(procedure),
            reason=f"{reason} Destination : {PLACES[envelope.destination]}.",
        )
        return write_of(stamped(delivery_task(procedure, duty), 1, now), 1)

    def _sealed_as(self, envelope: Envelope, procedure_id: str) -> frozenset[str]:
        """Hidden from whom the bytes that arrived say; they are read again only where somebody has asked for anything."""
        if envelope.destination not in SHARED_RECORD or not changes_of(self.store, procedure_id):
            return frozenset()
        return visibility_sealed(self.store.envelope(envelope.id) or envelope)

    def _facility(self, procedure: Resource) -> str:
        id_ = procedure["performer"][0]["onBehalfOf"]["reference"].partition("/")[2]
        stored = self.store.read("Organization", id_)
        if stored is None:
            return ""
        known = self._facilities.get((id_, stored.version))
        if known is None:
            known = organization_from_fhir(parse(stored.body)).facility_type
            self._facilities.keep((id_, stored.version), known)
        return known

    def _filed(self, cda: bytes, sha1: bytes) -> Told:
        """The envelopes of one document all ask how it is filed."""
        known = self._told.get(sha1)
        if known is None:
            known = told(cda)
            self._told.keep(sha1, known)
        return known

    def _act(self, document: Document) -> tuple[Resource, int]:
        return version_of(self.store, document.act, self._acts), int(document.act.rpartition("/")[2])


def _over(receipt: Receipt) -> bool:
    """Whether nothing more is to be found out of a version that a later one follows."""
    return receipt.outcome is Outcome.UNREACHABLE or receipt.code == SUPERSEDED


def _refusal(code: str) -> str:
    """Why it was refused, in words, where the code says more than that."""
    return _HELD_BACK.get(TOO_LONG if is_too_long(code) else code, _REASONS[State.REFUSED])


def _is_fictitious(resource: Resource) -> bool:
    return any(label.get("code") == "HTEST" for label in resource.get("meta", {}).get("security", ()))
