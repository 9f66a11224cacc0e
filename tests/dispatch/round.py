"""One act's deliveries: the worker as it is composed, with the destinations of ``places``."""

from dataclasses import replace

from service import worker
from service.ledger.verify import verify
from service.outbox.envelope import Destination, Envelope, State
from service.store.delivery import Attempt
from service.worker import Worker
from tests.dispatch.places import Place
from tests.house import House, Json

DMP, DOCTOR, PATIENT = Destination.DMP, Destination.MSSANTE_PROFESSIONAL, Destination.MSSANTE_PATIENT


class Round:
    """``drain`` makes the attempts that are due; a new worker each time, as after a restart."""

    def __init__(self, house: House, act: str) -> None:
        self.house = house
        self.act = act
        self.places = {DMP: Place(), DOCTOR: Place(can_be_asked=False), PATIENT: Place(can_be_asked=False)}
        composed = worker.compose(house.settings, house.store, clock=house.clock, ids=house.ids)
        self.acknowledge = replace(composed.acknowledge, draw=lambda: 1.0)
        self.dispatch = replace(composed, clients=self.places, acknowledge=self.acknowledge)

    def sendings(self) -> int:
        """How often any destination was sent to."""
        return sum(len(place.sent) for place in self.places.values())

    def publications(self) -> int:
        """The same, of reports alone: what withdraws one is sent because its act is in error."""
        return sum(place.purposes.count("publish") for place in self.places.values())

    def worker(self) -> Worker:
        return Worker(self.house.store, self.dispatch, self.house.settings, self.house.clock, self.house.ids)

    def drain(self) -> int:
        return self.worker().drain()

    def after_the_lease(self) -> int:
        """Another worker, when the lease of the one before is over."""
        self.house.clock.pass_(seconds=self.house.settings.lease_seconds + 1)
        return self.drain()

    def later(self) -> int:
        """When the longest pause between two attempts is over."""
        self.house.clock.pass_(seconds=self.house.settings.retry_cap_seconds)
        return self.drain()

    def envelope(self, destination: Destination, purpose: str = "publish") -> Envelope:
        (found,) = (e for e in self._of(purpose) if e.destination is destination)
        return found

    def states(self, purpose: str = "publish") -> dict[Destination, State]:
        return {e.destination: e.state for e in self._of(purpose)}

    def _of(self, purpose: str) -> list[Envelope]:
        return [e for e in self.house.store.envelopes_of(self.act) if e.purpose == purpose]

    def attempts(self, destination: Destination) -> list[Attempt]:
        return self.house.store.attempts_of(self.envelope(destination).id)

    def duties(self) -> list[Json]:
        """Deliveries that wait for somebody."""
        return self.house.found("Task?code=resolve-delivery")

    def assert_proved(self) -> None:
        assert verify(self.house.store) == []
