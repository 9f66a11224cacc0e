"""How a room says that a setting cannot be used: the command then ends with its sentence, before anything is begun."""

from collections.abc import Iterator
from contextlib import contextmanager


class Unusable(ValueError):
    """A French sentence for the operator: the setting's name and what is expected of it, never a value that may be secret."""


@contextmanager
def named_by(setting: str) -> Iterator[None]:
    """What the system refuses of the file or the folder that ``setting`` names is told as ``Unusable``."""
    try:
        yield
    except (OSError, UnicodeDecodeError) as fault:
        raise Unusable(f"{setting} : ce que nomme ce réglage ne peut pas être lu ou écrit.") from fault
