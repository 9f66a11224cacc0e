"""What the patient has against a delivery, a value: asked of the stories, told to whoever sends and settles."""

from dataclasses import dataclass

from service.outbox.envelope import BRINGS, Envelope


@dataclass(frozen=True, slots=True)
class Objection:
    """Why nothing is sent, and the versions (type, id, number) that say so."""

    #: Code of a receipt; empty when nothing stands against it.
    code: str = ""
    relied: tuple[tuple[str, str, int], ...] = ()


NO_OBJECTION = Objection()


def can_be_objected_to(envelope: Envelope) -> bool:
    """A withdrawal from the shared record takes away, and a change of showing brings nothing; a withdrawal by mail brings
    the document once more."""
    return envelope.purpose in BRINGS or bool(envelope.message_id)
