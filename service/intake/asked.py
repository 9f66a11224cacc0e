"""What a caller asks, and what is answered. Neither knows HTTP; ``api`` and ``records`` translate."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from mappings.fhir.bundle import Criteria
from service.intake.destinations import Withheld
from service.outbox.envelope import Destination

#: Ids of the current resources of a type that meet the criteria, as many as tell one from several.
Matching = Callable[[str, Criteria], list[str]]
#: What an entry did.
Effect = Literal["created", "updated", "deleted", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of one entry."""

    type: str
    #: Empty when a condition to delete found nothing.
    id: str
    version: int
    #: False when the resource was already there, unchanged.
    created: bool
    effect: Effect
    #: As stored; None when it is not there any more.
    resource: dict[str, Any] | None
    #: Its bytes, when this request wrote them.
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ActOutcome:
    """One act accepted: what was made around it."""

    procedure_id: str
    identifier: str
    task_ids: tuple[str, ...]
    provenance_id: str
    #: (destination, envelope id) of each delivery under way.
    deliveries: tuple[tuple[Destination, str], ...]
    withheld: tuple[Withheld, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """All that one request did, entry by entry."""

    results: tuple[Result, ...]
    #: When what was written was.
    recorded: dt.datetime
    acts: tuple[ActOutcome, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request: who, under which Idempotency-Key, the fingerprint of its bytes, how its answer is written."""

    #: Client software; separates one client's keys from another's.
    client: str
    #: Idempotency-Key; empty when none.
    key: str
    #: SHA-256 of the request body.
    fingerprint: bytes
    #: The answer's bytes for an outcome.
    render: Callable[[Outcome], bytes]
    #: What an absolute reference to this server begins with, ``https://…/fhir/``; empty for a door that makes none.
    base: str = ""
    #: Answers a condition other than a business identifier; None for a door that makes no other.
    matching: Matching | None = None
    #: Whether an update may bring a resource into being under an id that the client chose.
    creates_by_update: bool = True
    #: RPPS of the professional behind the call; empty when none is identified.
    rpps: str = ""
    #: Why an act is corrected, in the words of whoever does; empty when nobody said.
    reason: str = ""
    #: Whether these bytes, the answer to an earlier request about the same act, answer this one too.
    replays: Callable[[bytes], bool] = lambda answer: True
    #: True when our own flat door wrote the resources: their shape needs no second look.
    trusted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the caller gets: 201 for the first time, 200 when it had been done before."""

    status: int
    body: bytes
    #: True when the stored answer of an earlier request is given again.
    repeated: bool = False
    outcome: Outcome | None = field(default=None, compare=False)
