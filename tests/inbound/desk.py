"""A house whose act was sent everywhere, and the mail that then comes to its box."""

import hashlib
import itertools

from mappings.mail.reading import reading_of
from mappings.mail.sameness import claimed_id, sameness
from service.inbound.composing import settling
from service.inbound.settling import Settling
from service.outbox.envelope import Destination, State
from service.store.inbound import InboundMail, Taken
from tests.dispatch.round import DOCTOR, Round
from tests.house import Json
from tests.inbound.boxes import ADDRESS


class Desk:
    """``receive`` puts a mail where the fetcher would, and has it read."""

    def __init__(self, round_: Round) -> None:
        self.round = round_
        self.house = round_.house
        self.store = round_.house.store
        self._uids = itertools.count(1)

    def settling(self) -> Settling:
        """The reader as composed, but in this process: another test has its own process."""
        composed = settling(self.house.settings, self.store, self.house.clock, self.house.ids)
        composed.read = reading_of
        return composed

    def put(self, raw: bytes, box: str = ADDRESS) -> bool:
        taken = Taken(
            box=box,
            validity=1,
            uid=next(self._uids),
            sameness=sameness(raw),
            digest=hashlib.sha256(raw).digest(),
            size=len(raw),
            message_id=claimed_id(raw),
            raw=raw,
        )
        return self.store.inbound.keep(taken, self.house.ids(), self.house.clock())

    def receive(self, raw: bytes, box: str = ADDRESS) -> InboundMail:
        self.put(raw, box)
        self.settling().drain()
        self.house.clock.pass_(seconds=1)
        return self.store.inbound.latest(box, 1)[0]

    def state(self, destination: Destination = DOCTOR) -> State:
        return self.round.envelope(destination).state

    def heard(self, destination: Destination = DOCTOR) -> list[tuple[str | None, str | None]]:
        """(outcome, code) of what followed the first attempt."""
        return [(one.outcome, one.code) for one in self.round.attempts(destination) if not one.token]

    def tasks(self, code: str) -> list[Json]:
        return self.house.found(f"Task?code={code}")
