"""What a change adds to the commit that takes it: the one shape in which every consequence of a request is told."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

from service.outbox.envelope import Document, Envelope, State
from service.store.unit import Settlement, Write


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """Of an act, of its retraction, of a decision, of an event, of a team: nothing unless told."""

    writes: Sequence[Write] = ()
    documents: Sequence[Document] = ()
    envelopes: Sequence[Envelope] = ()
    settlements: Sequence[Settlement] = ()
    #: Envelopes that are left, as they were read: (id, state, attempts).
    stands_on: Sequence[tuple[str, State, int]] = ()


def together(effects: Iterable[Effect]) -> Effect:
    """All of them as one, in their order: a proof names a write by its place."""
    told = list(effects)
    return Effect(
        writes=tuple(chain.from_iterable(one.writes for one in told)),
        documents=tuple(chain.from_iterable(one.documents for one in told)),
        envelopes=tuple(chain.from_iterable(one.envelopes for one in told)),
        settlements=tuple(chain.from_iterable(one.settlements for one in told)),
        stands_on=tuple(chain.from_iterable(one.stands_on for one in told)),
    )
