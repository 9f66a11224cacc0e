"""What one commit does. A ``Unit`` is all or nothing; units of concurrent requests may share one commit.

The store knows neither FHIR nor the law: a version is bytes with index entries, a proof is a link
over those bytes (``service.ledger.chain``).
"""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from service.ledger.chain import Link
from service.outbox.envelope import Document, Envelope, State

#: (space, text): a text that is known once used, and not forgotten; it finds nothing itself.
Word = tuple[int, str]


class Index(NamedTuple):
    """What a version is found by. The store gives no meaning to a term or to a space: who asks knows them."""

    #: Each 64 bits, signed, told once.
    terms: tuple[int, ...] = ()
    #: (space, low, high): intervals [low, high[ of a space.
    spans: tuple[tuple[int, int, int], ...] = ()
    #: (space, text): texts of a space, in the order of their code points.
    texts: tuple[tuple[int, str], ...] = ()
    #: 63 bits.
    mask: int = 0
    words: tuple[Word, ...] = ()


NOT_FOUND = Index()


#: Bytes; or what makes them, and all that they are found by, of the links of the writes before it in the same unit: a
#: Provenance holds its target's link.
Body = bytes | Callable[[Sequence[Link]], tuple[bytes, Index]]


class Standing(StrEnum):
    """Where a subscription stands, in FHIR's words (SubscriptionStatus)."""

    #: Asked for; its target has not answered a handshake yet.
    REQUESTED = "requested"
    ACTIVE = "active"
    #: Switched off by the server; what happens is still numbered.
    ERROR = "error"
    #: Switched off by its client; what happens is no event of it.
    OFF = "off"


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What a version watches for: every write of ``type`` whose entries meet the conditions is an event of it."""

    standing: Standing
    type: str
    #: One term of each must be there.
    every: tuple[tuple[int, ...], ...] = ()
    #: None of these may be.
    none: tuple[int, ...] = ()
    #: Only when the version before did not meet them.
    becoming: bool
    #: Seconds of silence before a sign of life; 0 for none.
    heartbeat: int = 0
    ends: dt.datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """One new version of one resource, and the index entries of the version it follows, which it takes away."""

    type: str
    id: str
    version: int
    body: Body
    #: Nothing for a body that is made in the unit.
    index: Index = NOT_FOUND
    stale: Index = NOT_FOUND
    #: Replaces the watch of the version it follows.
    watch: Watch | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestClaim:
    """This unit answers request ``key`` of ``scope``; a second unit with the same pair is refused with ``Repeated``."""

    scope: str
    key: str
    #: SHA-256 of the request body.
    fingerprint: bytes
    #: What was answered, given back to a repeat.
    status: int
    answer: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """Bytes made by the worker before the first attempt: of a document, or of an envelope. First seal wins."""

    document_id: str = ""
    cda: bytes = b""
    pdf: bytes = b""
    envelope_id: str = ""
    payload: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """The outcome of one attempt and the envelope's next state, under the lease that made it.

    What no attempt made (a bounce, a cancellation, a look-up by hand) has an empty token and the next
    number, ``Envelope.attempts + 1``: it is journalled alike, and refused while somebody holds the lease.
    """

    envelope_id: str
    token: str
    number: int
    #: ``Outcome`` value, foreign code, receiver's name for the thing, raw answer.
    outcome: str
    code: str
    receiver_id: str
    raw: bytes
    finished_at: dt.datetime
    state: State
    next_attempt_at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Notified:
    """The outcome of one notification, under the lease that made it."""

    subscription: str
    token: str
    #: Number of the last event that the target has; None when the attempt failed.
    delivered: int | None
    #: Code of the failure; empty when there is none.
    code: str = ""
    #: When to try again after a failure.
    again: dt.datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One all-or-nothing change and its proof."""

    #: Chain that takes a link for every write, seal and settlement, in that order.
    chain: str
    recorded: dt.datetime
    #: (type, id, version): refused with ``Stale`` when one of them is no longer current.
    relies_on: tuple[tuple[str, str, int], ...] = ()
    #: (envelope, state, attempts): refused with ``Stale`` when one of them stands elsewhere by now.
    stands_on: tuple[tuple[str, State, int], ...] = ()
    requests: tuple[RequestClaim, ...] = ()
    writes: tuple[Write, ...] = ()
    documents: tuple[Document, ...] = ()
    envelopes: tuple[Envelope, ...] = ()
    seals: tuple[Seal, ...] = ()
    settlements: tuple[Settlement, ...] = ()
    notified: tuple[Notified, ...] = ()


class StoredVersion(NamedTuple):
    """One stored version, its exact bytes."""

    #: Place in the order of all writing, grows by one a version.
    number: int
    type: str
    id: str
    version: int
    recorded: dt.datetime
    body: bytes


class Repeated(Exception):
    """A request claim was already answered: the first answer, and whether the body was the same."""

    def __init__(self, claim: RequestClaim, *, same: bool) -> None:
        super().__init__("request already answered")
        self.claim = claim
        self.same = same


class Stale(Exception):
    """A version relied on, or followed, is no longer current: decide again on what is."""


class Fenced(Exception):
    """The lease is no longer ours: somebody else settles this attempt."""
