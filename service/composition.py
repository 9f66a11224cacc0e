"""What a process is made of, passed around as one value. Built by ``app`` and ``worker``, read by the edges."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from mappings.domain.protocol import Protocol
from mappings.records.neighbours import Neighbour
from service.access import DevelopmentIssuer
from service.access.cursors import Pages
from service.acknowledge import Acknowledge
from service.clients.directory import Directory
from service.clock import Clock, Identifiers
from service.config import Settings
from service.intake import Intake
from service.metas import Metas
from service.outbox.retry import RetryPolicy
from service.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Composition:
    """The web process."""

    settings: Settings
    store: Store
    catalogue: Mapping[str, Protocol]
    clock: Clock
    ids: Identifiers
    intake: Intake
    issuer: DevelopmentIssuer
    directory: Directory
    #: Late receipts come in by the web process too.
    acknowledge: Acknowledge
    pages: Pages
    #: Regimes beside cooperation, listed and never executed.
    neighbours: tuple[Neighbour, ...] = ()
    #: What ``$meta`` tells of the whole server, as far as this process has looked.
    metas: Metas = field(default_factory=Metas)


def retry_policy(settings: Settings) -> RetryPolicy:
    """How patient the deliveries of this installation are."""
    return RetryPolicy(
        base=dt.timedelta(seconds=settings.retry_base_seconds),
        cap=dt.timedelta(seconds=settings.retry_cap_seconds),
        budget=dt.timedelta(seconds=settings.delivery_budget_seconds),
    )
