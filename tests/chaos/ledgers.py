"""What four witnesses say of one run, each noted apart from the others: clients, store, shared record, mailboxes.

The checker (``checker``) holds one against the others; nothing here was derived from another ledger.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(slots=True, kw_only=True)
class Sent:
    """One act as its client saw it."""

    #: Business identifier, unique to this act.
    identifier: str
    #: Destinations that this patient's choices allow.
    destinations: frozenset[str]
    #: Bodies of the answers that acknowledged it, each different one once.
    answers: set[bytes] = field(default_factory=set)
    #: ``Procedure/id`` named by those answers.
    procedures: set[str] = field(default_factory=set)
    #: Requests whose connection broke before an answer: done or not, nobody knows.
    broken: int = 0
    #: Statuses of answers that were neither a yes nor « ask again ».
    refusals: list[int] = field(default_factory=list)
    #: Its client told that the act was entered in error; and was answered that it is.
    retracting: bool = False
    retracted: bool = False

    @property
    def acknowledged(self) -> bool:
        return bool(self.answers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """One attempt as the store journalled it; None until settled."""

    number: int
    worker: str
    started: dt.datetime
    finished: dt.datetime | None
    outcome: str | None
    #: State that the envelope took by it.
    state: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """One envelope as the store has it at the end."""

    id: str
    destination: str
    submission_id: str
    message_id: str
    state: str
    attempts: int
    #: SHA-256 of the sealed bytes, hexadecimal; empty when never sealed.
    sha256: str
    journal: tuple[Tried, ...]
    #: What it was sent for, and the envelope that it follows.
    purpose: str = "publish"
    follows: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One Procedure as the store has it at the end, with all that hangs on it."""

    identifier: str
    #: ``Procedure/id``.
    procedure: str
    #: Number of resources of each type that speak of it.
    companions: Mapping[str, int]
    #: uniqueId of each of its documents, with the SHA-256 of its sealed CDA.
    documents: Mapping[str, str]
    envelopes: tuple[Carried, ...]
    #: Status of the Procedure, and every status among the resources of a type that speak of it.
    status: str = "completed"
    statuses: Mapping[str, frozenset[str]] = field(default_factory=dict)
    #: What the tasks say that ask somebody to withdraw the report.
    to_withdraw: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """One submission that reached the shared record whole, whatever fault struck it then."""

    unique_id: str
    submission_id: str
    sha256: str
    #: The record had the document already.
    known: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """One entry of the shared record at the end."""

    unique_id: str
    submission_id: str
    sha256: str
    #: Act that the document itself names.
    identifier: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One message in one mailbox at the end."""

    message_id: str
    mailbox: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledgers:
    """Everything that was said of one run."""

    sent: tuple[Sent, ...] = ()
    kept: tuple[Kept, ...] = ()
    #: What the verifier of the proofs found.
    unproved: tuple[str, ...] = ()
    brought: tuple[Brought, ...] = ()
    registered: tuple[Registered, ...] = ()
    letters: tuple[Letter, ...] = ()
    #: Lines in which a process of the service tells a defect of its own.
    defects: tuple[str, ...] = ()
