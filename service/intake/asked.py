"""What a caller asks, and what is answered. Neither knows HTTP; ``api`` and ``records`` translate."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from service.intake.destinations import Withheld
from service.outbox.envelope import Destination


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of one entry."""

    type: str
    id: str
    version: int
    #: False when the resource was already there, unchanged.
    created: bool
    #: As stored; None when nothing was written.
    resource: dict[str, Any] | None


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
