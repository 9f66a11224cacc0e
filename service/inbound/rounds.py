"""The rounds of fetching: each box in a thread of its own, so that one that does not answer keeps none of the others.

A box is asked, then listened to (IDLE) until it has news, or looked at again after a pause.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from service.inbound.box import Box
from service.inbound.fetching import Fetching
from service.inbound.imap import Conversation
from service.inbound.settling import Settling
from service.inbound.wire import Broken
from service.store import Closed, Unconfirmed

log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class Inboxes:
    """All boxes, and the reader of what they hold."""

    boxes: Sequence[Box]
    fetching: Fetching
    settling: Settling
    pause_seconds: float
    _over: threading.Event = field(default_factory=threading.Event)

    def stop(self) -> None:
        self._over.set()
        self.settling.stop()

    def run(self) -> None:
        """Until stopped."""
        threads = [
            threading.Thread(target=self._watch, args=(box,), name=f"box-{n}") for n, box in enumerate(self.boxes)
        ]
        for thread in threads:
            thread.start()
        try:
            if self.boxes:
                self.settling.run()
        finally:
            for thread in threads:
                thread.join()

    def once(self, tell: Callable[[str], None]) -> bool:
        """Each box once, then all that waits is read; False when a box could not be fetched."""
        right = True
        for box in self.boxes:
            where = box.address.rpartition("@")[2]
            try:
                with Conversation(box) as conversation:
                    self.fetching.flag_again(box.address, conversation)
                    new, known = self.fetching.everything(box.address, conversation)
                tell(f"{where} : {new} message(s) nouveau(x), {known} déjà connu(s)")
            except Broken as broken:
                tell(f"{where} : boîte non relevée ({broken.code})")
                right = False
        tell(f"{self.settling.drain()} message(s) lu(s)")
        return right

    def _watch(self, box: Box) -> None:
        while not self._over.is_set():
            try:
                self._converse(box)
            except Broken as broken:
                log.warning("box %s: %s; trying again", box.address.rpartition("@")[2], broken.code)
                self._over.wait(self.pause_seconds)
            except (Unconfirmed, Closed):
                log.warning("the store did not confirm a mail; trying again")
                self._over.wait(self.pause_seconds)
            except Exception as defect:  # the other boxes, and this one's next mail, are nobody's fault
                log.error("box %s: defect %s", box.address.rpartition("@")[2], type(defect).__name__)
                self._over.wait(self.pause_seconds)

    def _converse(self, box: Box) -> None:
        """One connection: all that is there, then whatever the box announces while it is listened to."""
        with Conversation(box) as conversation:
            self.fetching.flag_again(box.address, conversation)
            listens = bool(box.idle_seconds) and conversation.can_idle
            news = True
            while news and not self._over.is_set():
                self.fetching.everything(box.address, conversation, self._over.is_set)
                # After a silence the connection is made anew: nobody else would tell that this one is dead.
                news = listens and conversation.idle(self._over.is_set)
        if not listens:
            self._over.wait(self.pause_seconds)
