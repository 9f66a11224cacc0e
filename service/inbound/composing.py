"""The room composed from the settings: what the worker runs, and ``binome fetch-mail`` once."""

import random
from collections.abc import Callable
from pathlib import Path

from service.acknowledge import Acknowledge
from service.clock import Clock, Identifiers
from service.composition import retry_policy
from service.config import Settings
from service.inbound.box import boxes_from
from service.inbound.confined import Confinement
from service.inbound.effects import Effects
from service.inbound.fetching import Fetching
from service.inbound.hearing import Hearing
from service.inbound.matching import Matching
from service.inbound.rounds import Inboxes
from service.inbound.settling import Settling
from service.store import Store


def inboxes(
    settings: Settings,
    store: Store,
    clock: Clock,
    ids: Identifiers,
    *,
    token_for: Callable[[str], str] | None = None,
    refused: Callable[[str], None] = lambda token: None,
) -> Inboxes:
    """``token_for`` gives a fresh XOAUTH2 access token for a box's address; ``refused`` is told one that was not taken."""
    boxes = (
        boxes_from(
            Path(settings.inbound),
            token_for=token_for,
            refused=refused,
            seconds=float(settings.inbound_seconds),
            idle_seconds=float(settings.inbound_idle_seconds),
            longest=settings.inbound_bytes,
        )
        if settings.inbound
        else []
    )
    return Inboxes(
        boxes=boxes,
        fetching=Fetching(store=store, clock=clock, ids=ids, longest=settings.inbound_bytes),
        settling=settling(settings, store, clock, ids),
        pause_seconds=settings.inbound_pause_seconds,
    )


def settling(settings: Settings, store: Store, clock: Clock, ids: Identifiers) -> Settling:
    acknowledge = Acknowledge(
        store=store, clock=clock, ids=ids, policy=retry_policy(settings), draw=random.SystemRandom().random
    )
    effects = Effects(Hearing(acknowledge), Matching(store))
    return Settling(store=store, read=Confinement().read, effects=effects, clock=clock, ids=ids)
