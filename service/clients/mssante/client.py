"""The mail client: one envelope, one submission, one receipt."""

from dataclasses import dataclass

from service.clients.look_up import LookUp
from service.clients.mssante.preflight import Limits, held_back
from service.clients.mssante.read import read
from service.clients.mssante.send import Submission, submit
from service.clients.sealed import payload_of
from service.outbox.envelope import Document, Envelope
from service.outbox.receipt import Receipt


@dataclass(frozen=True, slots=True)
class MssanteClient:
    """Carries to professionals and to patients alike: the box is the envelope's."""

    submission: Submission
    limits: Limits = Limits()

    def send(self, envelope: Envelope, document: Document) -> Receipt:
        message = payload_of(envelope)
        return held_back(envelope, message, self.limits) or read(
            submit(self.submission, envelope.recipient, envelope.id, message)
        )

    def look_up(self, envelope: Envelope, document: Document) -> LookUp | None:
        """None: a mail server does not tell what it has."""
        return None
