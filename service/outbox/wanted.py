"""How much of a destination's backlog somebody is ready to take."""

from collections.abc import Callable
from dataclasses import dataclass

from service.outbox.envelope import Destination


def _any_number(recipient: str) -> int:
    return 1 << 30


def _any(document_id: str) -> bool:
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """At most ``limit`` envelopes of ``destination``, at most ``share(recipient)`` of one recipient."""

    #: None for any.
    destination: Destination | None
    limit: int
    share: Callable[[str], int] = _any_number
    #: Recipients of whom nothing is taken now.
    without: frozenset[str] = frozenset()
    #: Documents whose envelopes are taken rather than those of others, where more are due than are taken.
    prefers: Callable[[str], bool] = _any


def whatever(limit: int) -> tuple[Wanted, ...]:
    """The first that are due, wherever they go."""
    return (Wanted(destination=None, limit=limit),)
