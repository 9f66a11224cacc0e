"""The rounds of the reader: what waits is taken under a lease, read in a process that may die, judged, and settled.

One mail that kills every reader costs three tries, then waits for somebody; the others go on beside it.
"""

import datetime as dt
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from mappings.mail.message import Unreadable
from mappings.mail.reading import Reading
from service.clock import Clock, Identifiers
from service.inbound.confined import Crashed
from service.inbound.effects import Effects
from service.outbox.states import IllegalMove
from service.store import Store, Unconfirmed
from service.store.inbound import Found, InboundLease, Standing
from service.store.unit import Fenced

log = logging.getLogger(__name__)

#: After as many a mail that nothing could read is set aside.
TRIES: Final = 3
#: Longest it sleeps before it looks again, and how long a mail waits for the attempt it speaks of, seconds.
_NAP: Final = 0.5
_PATIENCE: Final = 10.0
#: Time of one lease, seconds: over a reading and its commits.
_LEASE: Final = 300.0
#: Mails taken at once.
_AT_ONCE: Final = 4


@dataclass(slots=True, kw_only=True)
class Settling:
    """Reads and settles until stopped."""

    store: Store
    read: Callable[[bytes], Reading]
    effects: Effects
    clock: Clock
    ids: Identifiers
    _over: threading.Event = field(default_factory=threading.Event)

    def stop(self) -> None:
        self._over.set()

    def run(self) -> None:
        """Until stopped; what is under way is finished first."""
        while not self._over.is_set():
            if not self.once():
                self._over.wait(_NAP)

    def drain(self) -> int:
        """Settle what waits now; gives how many mails were taken."""
        count = 0
        while taken := self.once():
            count += taken
        return count

    def once(self) -> int:
        try:
            leases = self.store.inbound.claim(self.clock(), _LEASE, _AT_ONCE, self.ids)
        except Unconfirmed:
            log.warning("the store did not confirm a claim of mails; trying again")
            return 0
        for lease in leases:
            try:
                self._settle(lease)
            except (Fenced, Unconfirmed):
                log.warning("mail %s: left to its lease", lease.mail.id)
        return len(leases)

    def _settle(self, lease: InboundLease) -> None:
        try:
            found = self._found(lease)
        except IllegalMove:
            self._leave(lease, counted=False)
            return
        except (Fenced, Unconfirmed):
            raise
        except Crashed as failure:
            log.warning("mail %s, try %d: its reader %s", lease.mail.id, lease.mail.tries + 1, failure)
            found = None
        except Exception as defect:  # the reader goes on: the mails behind this one are nobody's fault
            log.error("mail %s, try %d: defect %s", lease.mail.id, lease.mail.tries + 1, type(defect).__name__)
            found = None
        if found is None:
            if lease.mail.tries + 1 < TRIES:
                self._leave(lease, counted=True)
                return
            found = Found(kind="unread", code="poison", state=Standing.QUARANTINED)
        self.store.inbound.settle(lease, found, self.clock())
        log.info("mail %s: %s %s %s", lease.mail.id, found.state, found.kind, found.code)

    def _found(self, lease: InboundLease) -> Found | None:
        if lease.mail.tries >= TRIES:
            return None  # whoever read it before did not live to say so
        try:
            reading = self.read(self.store.inbound.raw(lease.mail.id))
        except Unreadable as refusal:
            return Found(kind="unread", code=refusal.code, state=Standing.QUARANTINED)
        return self.effects.of(lease.mail, reading)

    def _leave(self, lease: InboundLease, *, counted: bool) -> None:
        self.store.inbound.leave(lease, self.clock() + dt.timedelta(seconds=_PATIENCE), counted=counted)
