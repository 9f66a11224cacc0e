"""The client of subscribers: one notification, one receipt."""

from dataclasses import dataclass

from service.clients.resthook.read import read
from service.clients.resthook.send import Parcel, send
from service.clients.resthook.targets import Targets
from service.clients.tls import Tls
from service.outbox.receipt import Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class RestHook:
    """Calls no one but ``targets``."""

    targets: Targets
    tls: Tls
    #: Total time of one call, at most.
    seconds: float

    def send(self, parcel: Parcel, timeout: float = 0) -> Receipt:
        """``timeout``: what the subscriber asked for, seconds; 0 when nothing."""
        seconds = min(self.seconds, timeout) if timeout else self.seconds
        return read(send(parcel, self.targets, seconds=seconds, tls=self.tls))
