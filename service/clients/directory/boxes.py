"""Which of a professional's MSSanté boxes a mail goes to: the only one, else the one of that structure, else nobody's guess.

Kinds of box, TRE_R257: a personal one (PER) is the professional's, or theirs in one structure; one of a practice (CAB),
of a structure (ORG) or of its software (APP) has other readers, and is never taken for theirs. Pure.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Box:
    """One personal box."""

    address: str
    #: What the directory calls the structures that it is tied to; empty for the professional's own.
    structures: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Choice:
    """The box to write to, or those among which somebody has to choose."""

    #: Empty when there is none, or more than one could be meant.
    address: str = ""
    among: tuple[str, ...] = ()


def choose(boxes: Iterable[Box], structures: Collection[str]) -> Choice:
    """``structures``: what the directory calls the one for which the professional is written to."""
    every = list(boxes)
    for some in (every, [box for box in every if box.structures & frozenset(structures)]):
        if len(found := addresses(some)) == 1:
            return Choice(found[0])
    return Choice(among=addresses(every))


def addresses(boxes: Iterable[Box]) -> tuple[str, ...]:
    """Each once, in alphabetical order: the directory's own order says nothing."""
    return tuple(sorted({box.address.lower() for box in boxes}))
