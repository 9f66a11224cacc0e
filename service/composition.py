"""What a process is made of, passed around as one value. Built by ``app`` and ``worker``, read by the edges."""

from collections.abc import Mapping
from dataclasses import dataclass

from mappings.domain.protocol import Protocol
from service.access import DevelopmentIssuer
from service.clients.directory import Directory
from service.clock import Clock, Identifiers
from service.config import Settings
from service.intake import Intake
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
