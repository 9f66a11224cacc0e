"""A receipt becomes the envelope's next state and a proof, in one commit.

Accepted: the publication goes on record. Refused or out of time: somebody gets a task, never a silent drop. Of an act
that was meanwhile told to be entered in error nothing is sent again, and somebody gets a task for what has arrived; nor
where the patient objects by now, and somebody gets a task for what may have arrived.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from service.acknowledge.consequences import Consequences, Ended
from service.acknowledge.recording import Recording
from service.clients.mssante.bounce import Bounce
from service.clock import Clock, Identifiers
from service.outbox.envelope import BRINGS, CHANGES_SHOWING, Destination, Document, Envelope, Lease, State
from service.outbox.objection import NO_OBJECTION, Objection, can_be_objected_to
from service.outbox.receipt import NOTHING_THERE, RETRACTED, SUPERSEDED, Outcome, Receipt
from service.outbox.retry import RetryPolicy, next_attempt
from service.outbox.states import Event, move, settled
from service.store import Store
from service.store.unit import Fenced, Settlement, Stale, Unit
from service.versions import is_superseded
from service.withdrawal import Holding, holding, standing_of

#: Answers after which something may still follow.
_OPEN: Final = frozenset({Outcome.UNREACHABLE, Outcome.IN_DOUBT, Outcome.REFUSED})
#: States that a mail given back leaves as they are: somebody has been told already, or its act is in error.
_OVER: Final = frozenset({State.REFUSED, State.EXHAUSTED, State.CANCELLED})


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
    recording: Recording = field(init=False, compare=False, repr=False)
    _consequences: Consequences = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "recording", Recording(self.store, self.ids))
        object.__setattr__(self, "_consequences", Consequences(self.recording))

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
        envelope, now = lease.envelope, self.clock()
        relied, in_error = standing_of(self.store, document)
        retracted = in_error and envelope.purpose != "withdraw"
        # What is changed of a former version is changed all the same: it is that one which shows until the next arrives.
        superseded = envelope.purpose in BRINGS and is_superseded(document, relied, in_error=in_error)
        objection = NO_OBJECTION
        if not retracted and receipt.outcome in _OPEN and can_be_objected_to(envelope):
            objection = self.objection(document, envelope.destination)
        number, deadline = self._series(lease)
        again = next_attempt(now, number, deadline, self.draw(), self.policy, receipt.retry_after)
        ends = retracted or bool(objection.code) or (superseded and _is_over(receipt)) or _is_vain(envelope, receipt)
        state = move(State.SENDING, settled(receipt.outcome, budget_left=again is not None, retracted=ends))
        ended = Ended(
            envelope=envelope,
            document=document,
            receipt=receipt,
            state=state,
            now=now,
            retracted=retracted,
            superseded=superseded,
            objection=objection.code,
            doubted=lambda: self.doubted(envelope, lease.number),
        )
        self.store.commit(
            Unit(
                chain=document.chain,
                recorded=now,
                relies_on=(relied, *objection.relied),
                writes=self._consequences.of(ended),
                settlements=(
                    Settlement(
                        envelope_id=envelope.id,
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
        # Of an act in error, or of a former version, nothing is to be delivered any more.
        untold = retracted or is_superseded(document, relied, in_error=retracted)
        self.store.commit(
            Unit(
                chain=document.chain,
                recorded=now,
                relies_on=(relied,),
                writes=self._consequences.given_back(envelope, document, outcome, state, now, untold=untold),
                settlements=(_beside(envelope, outcome, state, now, code=bounce.status, raw=raw),),
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
        state = move(envelope.state, Event.BUDGET_SPENT)
        try:
            self.store.commit(
                Unit(
                    chain=document.chain,
                    recorded=now,
                    relies_on=(relied,),
                    stands_on=((envelope.id, envelope.state, envelope.attempts),),
                    writes=self._consequences.out_of_time(envelope, document, state, now, superseded=superseded),
                    settlements=(_beside(envelope, "spent", state, now, code="not-called"),),
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
        duty = self.recording.duty(envelope, document, reason, now, id=id_)
        try:
            self.store.commit(Unit(chain=document.chain, recorded=now, relies_on=(relied,), writes=(duty,)))
        except Stale:
            return False  # told by another, or the act has moved: looked at again the next time
        return True


def _beside(
    envelope: Envelope, outcome: str, state: State, now: dt.datetime, *, code: str, raw: bytes = b""
) -> Settlement:
    """What no attempt made, journalled as the next."""
    return Settlement(
        envelope_id=envelope.id,
        token="",
        number=envelope.attempts + 1,
        outcome=outcome,
        code=code,
        receiver_id="",
        raw=raw,
        finished_at=now,
        state=state,
        next_attempt_at=now,
    )


def _is_over(receipt: Receipt) -> bool:
    """Whether nothing more is to be found out of a version that a later one follows."""
    return receipt.outcome is Outcome.UNREACHABLE or receipt.code == SUPERSEDED


def _is_vain(envelope: Envelope, receipt: Receipt) -> bool:
    """Whether what was to be changed of a document never came where it is."""
    unsent = receipt.outcome is Outcome.UNREACHABLE and receipt.code == NOTHING_THERE
    return unsent and envelope.purpose in CHANGES_SHOWING
