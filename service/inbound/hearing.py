"""What a receipt changes: a line in the journal of its envelope, and a state that only moves forward (INV-10).

Whatever the order and however often they come, the same receipts leave the same state: what failed outweighs what was
delivered, for a mail is never told delivered when it is not; and a receipt of one kind counts once. No receipt does
the délégant's duty: a box that says displayed does not say who has read.
"""

from dataclasses import dataclass
from typing import Final

from mappings.fhir.json import parse
from mappings.fhir.publication import MESSAGE_ID, received
from mappings.mail.notices import Notice, Said
from service.acknowledge import Acknowledge
from service.clients.mssante.bounce import Bounce
from service.finding import found
from service.inbound.matching import Answered, Unmatched
from service.outbox.envelope import Envelope, State
from service.outbox.receipt import Outcome, Receipt
from service.outbox.states import Event, IllegalMove, move
from service.store.unit import Fenced, Settlement, Stale, Unit, Write
from service.withdrawal import standing_of
from service.writes import stamped, write_of

#: States that a receipt leaves as they are; it is journalled all the same.
_FINAL: Final = frozenset({State.REFUSED, State.EXHAUSTED, State.CANCELLED})
_FAILURES: Final = frozenset({Said.FAILED, Said.NOT_INTEGRATED})
#: Outcomes in the journal that are receipts, not answers to an attempt.
HEARD: Final = frozenset({said.value for said in Said if said is not Said.PENDING})


@dataclass(frozen=True, slots=True)
class Hearing:
    """Writes receipts."""

    acknowledge: Acknowledge

    def hear(self, answered: Answered, notice: Notice, raw: bytes) -> State:
        """The state after it. ``IllegalMove`` while an attempt is under way: its answer comes first."""
        store = self.acknowledge.store
        while True:
            envelope = store.envelope(answered.envelope.id)
            assert envelope is not None
            heard = {attempt.outcome for attempt in store.attempts_of(envelope.id)}
            if notice.said is Said.PENDING or notice.said.value in heard:
                return envelope.state
            if envelope.state is State.SENDING:
                raise IllegalMove(envelope.state, Event.BOUNCED)
            if envelope.state is State.QUEUED:
                raise Unmatched("never-sent", envelope)
            try:
                return self._hear(envelope, answered, notice, raw)
            except (Stale, Fenced):
                continue  # the act or the envelope has just moved: look again

    def _hear(self, envelope: Envelope, answered: Answered, notice: Notice, raw: bytes) -> State:
        if envelope.state in _FINAL:
            self._journal(envelope, answered, notice, raw, envelope.state)
            return envelope.state
        if notice.said in _FAILURES:
            bounce = Bounce(message_id="", envelope_id=envelope.id, status=notice.code)
            state = self.acknowledge.bounced(bounce, raw, outcome=notice.said.value)
            assert state is not None
            return state
        if envelope.state is State.IN_DOUBT:
            return self._found(envelope, answered, notice, raw)
        self._journal(envelope, answered, notice, raw, envelope.state, self._received(envelope))
        return envelope.state

    def _received(self, envelope: Envelope) -> tuple[Write, ...]:
        """The record of the mail, told to have arrived; nothing once a receipt has said so."""
        store, now = self.acknowledge.store, self.acknowledge.clock()
        sent = found(store, "Communication", [("identifier", MESSAGE_ID, envelope.message_id.strip("<>"))])
        told = ((one, parse(one.body)) for one in sent)
        return tuple(
            write_of(stamped(received(before, now), one.version + 1, now), one.version + 1, previous=before)
            for one, before in told
            if "received" not in before
        )

    def _found(self, envelope: Envelope, answered: Answered, notice: Notice, raw: bytes) -> State:
        """What was in doubt is there: it is not sent again, and its publication goes on record."""
        now = self.acknowledge.clock()
        relied, retracted = standing_of(self.acknowledge.store, answered.document)
        if retracted:
            raise IllegalMove(envelope.state, Event.LOOKED_UP_FOUND)  # it is being called off
        state = move(envelope.state, Event.LOOKED_UP_FOUND)
        receipt = Receipt(Outcome.ACCEPTED, notice.said.value, raw=raw)
        publication = received(self.acknowledge.recording.publication(envelope, answered.document, receipt, now), now)
        writes = (write_of(stamped(publication, 1, now), 1),)
        self._journal(envelope, answered, notice, raw, state, writes, (relied,))
        return state

    def _journal(
        self,
        envelope: Envelope,
        answered: Answered,
        notice: Notice,
        raw: bytes,
        state: State,
        writes: tuple[Write, ...] = (),
        relies_on: tuple[tuple[str, str, int], ...] = (),
    ) -> None:
        now = self.acknowledge.clock()
        self.acknowledge.store.commit(
            Unit(
                chain=answered.document.chain,
                recorded=now,
                relies_on=relies_on,
                stands_on=((envelope.id, envelope.state, envelope.attempts),),
                writes=writes,
                settlements=(
                    Settlement(
                        envelope_id=envelope.id,
                        token="",
                        number=envelope.attempts + 1,
                        outcome=notice.said.value,
                        code=notice.code,
                        receiver_id="",
                        raw=raw,
                        finished_at=now,
                        state=state,
                        next_attempt_at=now,
                    ),
                ),
            )
        )
