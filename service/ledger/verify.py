"""The verifier: every link computed anew from the stored bytes, and every stored thing looked up among the links.

It finds a changed byte in whatever the links cover (``service.store.content``), a link removed, inserted or
moved, a broken head, and a row without its link. What it cannot find alone is a history cut off at its end
and told anew in full: for this, give it an end that was noted elsewhere.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice, takewhile
from typing import Literal

from service.ledger.chain import GENESIS, Link, link
from service.store import Store

Kind = Literal[
    "gap",  # links are missing before this one
    "previous",  # does not follow the link before
    "digest",  # its digest is not that of its own text
    "content",  # what it proves is gone, or has changed
    "head",  # the head of the chain is not its last link
    "unproved",  # stored, without its link
    "unexplained",  # an envelope stands where no attempt put it
    "rewritten",  # the chain no longer holds an end that was noted elsewhere
]

#: Links verified at once.
_SOME = 500


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is not as it was written."""

    chain: str
    kind: Kind
    #: 0 when no link is concerned.
    sequence: int = 0
    reference: str = ""


def verify(store: Store, chain: str | None = None, noted: Mapping[str, tuple[int, bytes]] | None = None) -> list[Fault]:
    """All faults of one chain, or of all; none means whole. ``noted``: (sequence, digest) kept elsewhere, by chain."""
    names = store.chains() if chain is None else [chain]
    ends = noted or {}
    # A chain that was noted must be there, even when nothing speaks of it any more.
    names += [name for name in ends if name not in names and chain is None]
    return [fault for name in names for fault in faults(store, name, ends.get(name))]


def faults(store: Store, chain: str, noted: tuple[int, bytes] | None = None) -> Iterator[Fault]:
    """The faults of one chain, in memory that does not grow with it."""
    head = store.head(chain)
    last = (0, GENESIS)
    seen = noted is None
    # What was committed since the head was read is the next verification's.
    links = takewhile(lambda one: one.sequence <= head.sequence, store.links(chain))
    while some := list(islice(links, _SOME)):
        for one, proved in zip(some, store.proved(chain, some), strict=True):
            yield from _faults_of_link(chain, last, one, proved=proved)
            seen = seen or noted == (one.sequence, one.digest)
            last = (one.sequence, one.digest)
    if head.highest > head.sequence or (head.sequence and last != (head.sequence, head.digest)):
        yield Fault(chain, "head", head.sequence)
    if not seen and noted is not None:
        yield Fault(chain, "rewritten", noted[0])
    yield from (Fault(chain, "unproved", 0, reference) for reference in store.unproved(chain))
    yield from (Fault(chain, "unexplained", 0, reference) for reference in store.unexplained(chain))


def _faults_of_link(chain: str, last: tuple[int, bytes], one: Link, *, proved: bool) -> Iterator[Fault]:
    sequence, digest = last
    if one.sequence != sequence + 1:
        yield Fault(chain, "gap", one.sequence, one.reference)
    elif one.previous != digest:
        yield Fault(chain, "previous", one.sequence, one.reference)
    if link(one.sequence, one.previous, one.reference, one.content, one.recorded).digest != one.digest:
        yield Fault(chain, "digest", one.sequence, one.reference)
    if not proved:
        yield Fault(chain, "content", one.sequence, one.reference)
