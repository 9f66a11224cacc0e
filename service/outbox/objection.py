"""What the patient has against a delivery, a value: asked of the stories, told to whoever sends and settles."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Objection:
    """Why nothing is sent, and the versions (type, id, number) that say so."""

    #: Code of a receipt; empty when nothing stands against it.
    code: str = ""
    relied: tuple[tuple[str, str, int], ...] = ()


NO_OBJECTION = Objection()
