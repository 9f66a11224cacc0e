"""The room composed from the settings: what the web process keeps Subscriptions by, what the worker notifies with."""

import datetime as dt
import random
from pathlib import Path

from service.access.development import development_secret
from service.clients.resthook.client import RestHook
from service.clients.resthook.targets import Targets, targets_from
from service.clients.tls import Tls
from service.clock import Clock, Identifiers
from service.config import Settings
from service.outbox.retry import RetryPolicy
from service.store import Store
from service.subscriptions.concealment import Concealment
from service.subscriptions.keeping import Keeping
from service.subscriptions.notifier import Notifier
from service.subscriptions.rounds import Rounds


def keeping(settings: Settings) -> Keeping:
    return Keeping(_targets(settings), _concealment(settings))


def rounds(settings: Settings, store: Store, clock: Clock, ids: Identifiers) -> Rounds:
    notifier = Notifier(
        store=store,
        clock=clock,
        ids=ids,
        policy=RetryPolicy(
            base=dt.timedelta(seconds=settings.retry_base_seconds),
            cap=dt.timedelta(seconds=settings.retry_cap_seconds),
            budget=dt.timedelta(seconds=settings.subscription_budget_seconds),
        ),
        draw=random.SystemRandom().random,
        hook=RestHook(targets=_targets(settings), tls=Tls(), seconds=settings.attempt_seconds),
        concealment=_concealment(settings),
        base=settings.base.rstrip("/"),
    )
    return Rounds(
        store,
        notifier,
        clock,
        ids,
        lanes=settings.lanes,
        lease_seconds=settings.lease_seconds,
        attempt_seconds=settings.attempt_seconds,
    )


def _targets(settings: Settings) -> Targets:
    return targets_from(settings.subscription_targets, settings.subscription_whole, settings.subscription_networks)


def _concealment(settings: Settings) -> Concealment:
    return Concealment(development_secret(Path(settings.keys)))
