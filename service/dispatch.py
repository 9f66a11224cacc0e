"""Story two: one leased envelope is carried to its destination, and the answer is handed to ``acknowledge``.

seal      render once, commit                    sealing
look up   when the attempt before has no clear outcome
deliver   the one network call, no transaction open
settle    the answer, the next state, a proof    acknowledge
"""

import datetime as dt
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from service import failpoints
from service.acknowledge import Acknowledge
from service.changing import nothing_there
from service.clients import Client
from service.clients.deadline import whole
from service.clients.look_up import Presence
from service.outbox.envelope import CHANGES_SHOWING, Destination, Document, Envelope, Lease
from service.outbox.objection import can_be_objected_to
from service.outbox.receipt import SUPERSEDED, Outcome, Receipt
from service.sealing import Sealing


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatch:
    """Carries envelopes; knows no destination by name."""

    clients: Mapping[Destination, Client]
    sealing: Sealing
    acknowledge: Acknowledge
    #: Longest time of one delivery, with all that it asks on the way.
    longest: dt.timedelta = dt.timedelta(seconds=10)
    #: The envelopes of one document go out at the same time: one of them seals it, the others wait for that.
    turns: "Turns" = field(default_factory=lambda: Turns())

    def prepare(self, lease: Lease) -> None:
        """The documents of an envelope, made and sealed if nobody has: what ``deliver`` would begin with."""
        with self.turns.of(lease.envelope.document_id):
            self.sealing.seal(lease.envelope.document_id, lease.envelope.id)

    def deliver(self, lease: Lease) -> Receipt:
        """One attempt, from seal to settlement. ``Fenced`` when the lease was lost on the way."""
        with self.turns.of(lease.envelope.document_id):
            document, envelope = self.sealing.sealed(lease.envelope.document_id, lease.envelope.id)
        receipt = self._attempt(lease, document, envelope)
        failpoints.reach("K23" if envelope.destination is Destination.DMP else "K18")
        self.acknowledge.attempt(lease, document, receipt)
        failpoints.reach("K19")
        return receipt

    def _attempt(self, lease: Lease, document: Document, envelope: Envelope) -> Receipt:
        client = self.clients[envelope.destination]
        code = self._called_off(document, envelope)
        if code:
            return self._not_sent(lease, document, envelope, client, code)
        vain = nothing_there(self.acknowledge.store, envelope, document)
        if vain:
            return vain
        if lease.doubtful:
            answer = client.look_up(envelope, document)
            if answer is not None and answer.presence is not Presence.ABSENT:
                return answer.receipt
            # Asking takes its time: what was right to send before may be wrong by now.
            code = self._called_off(document, envelope)
            if code:
                return Receipt(Outcome.IN_DOUBT if answer is None else Outcome.UNREACHABLE, code)
        # What this rests on must not be lost while what leaves is not.
        self.acknowledge.store.make_durable()
        failpoints.reach("K13")
        with whole(self.longest.total_seconds()):
            # Sealing and asking took their time, or the process was stopped: somebody else may have this lease by now.
            if not self.in_time(lease):
                return Receipt(Outcome.IN_DOUBT if lease.doubtful else Outcome.UNREACHABLE, "not-begun")
            return client.send(envelope, document)

    def in_time(self, lease: Lease) -> bool:
        """Whether a call that begins now is over before the lease is."""
        return self.acknowledge.clock() + self.longest <= lease.until

    def _called_off(self, document: Document, envelope: Envelope) -> str:
        """Why nothing may leave any more: the act is corrected or in error, the patient objects; empty when it may."""
        # What withdraws a report is sent because its act is in error.
        code = "" if envelope.purpose == "withdraw" else self.acknowledge.called_off(document)
        if code == SUPERSEDED and envelope.purpose in CHANGES_SHOWING:
            code = ""  # how it shows is asked of whatever version is there
        if code or not can_be_objected_to(envelope):
            return code
        # An objection made since the act was accepted: no attempt starts after it.
        return self.acknowledge.objection(document, envelope.destination).code

    def _not_sent(self, lease: Lease, document: Document, envelope: Envelope, client: Client, code: str) -> Receipt:
        """What was called off does not leave; where it may have arrived before, that is asked first."""
        if not lease.doubtful and not self.acknowledge.doubted(envelope, lease.number):
            return Receipt(Outcome.UNREACHABLE, code)
        answer = client.look_up(envelope, document)
        if answer is None:
            return Receipt(Outcome.IN_DOUBT, code)
        return Receipt(Outcome.UNREACHABLE, code) if answer.presence is Presence.ABSENT else answer.receipt


class Turns:
    """One at a time, by name."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        #: A lock for each name somebody has or waits for, and how many they are.
        self._turns: dict[str, tuple[threading.Lock, int]] = {}

    @contextmanager
    def of(self, name: str) -> Iterator[None]:
        with self._lock:
            turn, count = self._turns.get(name, (threading.Lock(), 0))
            self._turns[name] = (turn, count + 1)
        try:
            with turn:
                yield
        finally:
            with self._lock:
                turn, count = self._turns.pop(name)
                if count > 1:
                    self._turns[name] = (turn, count - 1)
