"""From a box to the store: fetched, kept in one durable commit, and only then flagged in the box.

Nothing rests on the flag. What was kept is known by its place (box, UIDVALIDITY, UID), and the same mail in another
place by its digest: a process that ends between any two steps loses nothing, and whoever comes after it doubles
nothing.
"""

import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from mappings.mail.sameness import claimed_id, sameness
from service import failpoints
from service.clock import Clock, Identifiers
from service.inbound.imap import Conversation, Fetched
from service.inbound.wire import Broken, Denied
from service.store import Store
from service.store.inbound import Taken

log = logging.getLogger(__name__)

#: How often one mail may break the line before it is set aside, so that those behind it come.
_TRIES: Final = 3
#: What is kept of a mail too long to take, bytes: enough to see whose it is.
_BEGINNING: Final = 1 << 16


@dataclass(slots=True, kw_only=True)
class Fetching:
    """What is new in one box, taken in its order."""

    store: Store
    clock: Clock
    ids: Identifiers
    #: Longest mail taken, bytes.
    longest: int
    #: How often each mail broke the line, in this process.
    _broken: dict[tuple[str, int, int], int] = field(default_factory=dict)

    def everything(
        self, box: str, conversation: Conversation, stopped: Callable[[], bool] = lambda: False
    ) -> tuple[int, int]:
        """Take all that is there; gives how many mails were new, and how many were known already."""
        validity = conversation.validity
        mark = self.store.inbound.mark(box, validity)
        new = known = 0
        failpoints.about("mailbox", 1)
        for uid in conversation.after(mark):
            if stopped():
                break
            taken = self._taken(box, conversation, validity, uid)
            if taken is None:
                continue  # it was expunged meanwhile: there is nothing to lose
            failpoints.reach("K24")
            if self.store.inbound.keep(taken, self.ids(), self.clock()):
                new += 1
            else:
                known += 1
            failpoints.reach("K25")
            self._flag(conversation, uid)
        return new, known

    def flag_again(self, box: str, conversation: Conversation) -> None:
        """Flags that were lost are set once a conversation: kept it is, whatever the box shows."""
        for uid in conversation.unflagged(self.store.inbound.mark(box, conversation.validity)):
            self._flag(conversation, uid)

    def _taken(self, box: str, conversation: Conversation, validity: int, uid: int) -> Taken | None:
        place = box, validity, uid
        try:
            fetched = conversation.fetch(uid)
        except Broken as broken:  # a no among them: it may be one for now, and a mail passed over would be lost
            self._broken[place] = self._broken.get(place, 0) + 1
            if self._broken[place] < _TRIES:
                raise
            log.warning("a mail of box %s broke the line %d times (%s): set aside", _named(box), _TRIES, broken.code)
            self.store.inbound.keep(_unfetched(box, validity, uid), self.ids(), self.clock())
            raise
        if fetched is None:
            return None
        return _too_long(box, validity, fetched) if len(fetched.raw) > self.longest else _whole(box, validity, fetched)

    @staticmethod
    def _flag(conversation: Conversation, uid: int) -> None:
        try:
            conversation.flag(uid)
        except Denied:
            log.info("a box does not let itself be flagged")


def _whole(box: str, validity: int, fetched: Fetched) -> Taken:
    return Taken(
        box=box,
        validity=validity,
        uid=fetched.uid,
        sameness=sameness(fetched.raw),
        digest=hashlib.sha256(fetched.raw).digest(),
        size=len(fetched.raw),
        message_id=claimed_id(fetched.raw),
        raw=fetched.raw,
    )


def _too_long(box: str, validity: int, fetched: Fetched) -> Taken:
    """Its beginning alone; that it is another than one of the same beginning, its length tells."""
    beginning = fetched.raw[:_BEGINNING]
    return Taken(
        box=box,
        validity=validity,
        uid=fetched.uid,
        sameness=hashlib.sha256(b"%d " % fetched.size + sameness(fetched.raw)).digest(),
        digest=hashlib.sha256(beginning).digest(),
        size=fetched.size,
        message_id=claimed_id(beginning),
        raw=beginning,
        aside="too-large",
    )


def _unfetched(box: str, validity: int, uid: int) -> Taken:
    return Taken(
        box=box,
        validity=validity,
        uid=uid,
        sameness=hashlib.sha256(b"unfetched %d %d" % (validity, uid)).digest(),
        digest=hashlib.sha256(b"").digest(),
        size=0,
        message_id="",
        raw=b"",
        aside="unfetched",
    )


def _named(box: str) -> str:
    """A box in a log: its domain, for what stands before may be a person."""
    return box.rpartition("@")[2]
