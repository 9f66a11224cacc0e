"""One leased subscription: its target is told what it does not have, and the answer becomes the next state.

A handshake comes before anything else; then events in their order, several at once where the subscriber takes several;
after a silence a sign of life. Where resources are handed over to a FHIR server there is neither handshake nor sign of
life: nothing but updates is said to it (R4 4.0.1, https://hl7.org/fhir/R4/subscription.html#channels).

An event counts as told once its notification was answered 2xx: before that it is told again, under the same number.
Nothing is ever left out to get on: a target that refuses, or that does not answer within the budget, is switched off,
and somebody gets a task; asked for again, it resumes where it had stopped.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from mappings.fhir.json import parse
from mappings.fhir.notification import Event, Kind
from mappings.fhir.subscription import Status, Subscription, subscription_from_fhir, with_status
from mappings.fhir.task import Duty, subscription_task
from service.clients.resthook.send import Parcel
from service.clock import Clock, Identifiers
from service.intake.chains import COMMON_CHAIN
from service.outbox.receipt import Outcome, Receipt
from service.outbox.retry import RetryPolicy, next_attempt
from service.store import Store
from service.store.subscriptions import NotificationLease
from service.store.unit import Notified, Standing, StoredVersion, Unit, Write
from service.subscriptions.concealment import Concealment
from service.subscriptions.telling import parcel_of, said_of
from service.writes import stamped, write_of

Resource = dict[str, Any]

_HANDSHAKE_FAILED: Final = "La cible n’a pas répondu à la vérification."
_REFUSED: Final = "La cible a refusé définitivement une notification."
_SPENT: Final = "La cible n’a pas pu être notifiée dans le délai prévu."


class Hook(Protocol):
    """What carries notifications."""

    def send(self, parcel: Parcel, timeout: float = 0) -> Receipt: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Notifier:
    """Tells and settles; ``draw`` is a fresh number of [0, 1[ for the jitter."""

    store: Store
    clock: Clock
    ids: Identifiers
    policy: RetryPolicy
    draw: Callable[[], float]
    hook: Hook
    concealment: Concealment
    #: Address of the FHIR base as subscribers know it, without a final slash.
    base: str

    def notify(self, lease: NotificationLease) -> Receipt | None:
        """One attempt; None when there was nothing to tell. ``Fenced`` or ``Stale`` when the lease was lost on the way."""
        stored = self.store.read("Subscription", lease.subscription)
        if stored is None or stored.number != lease.number:
            return None  # written anew since: the next lease is of what it says now
        subscription = subscription_from_fhir(parse(stored.body))
        if lease.over and (lease.standing is Standing.REQUESTED or lease.last == lease.delivered):
            self._move(lease, stored, "off")
            return None
        kind, events = self._to_tell(lease, subscription)
        if kind == "handshake" and subscription.hands_over:
            self._move(lease, stored, "active", delivered=lease.delivered)
            return None
        if kind == "heartbeat" and (subscription.hands_over or not subscription.heartbeat):
            self._commit(Notified(subscription=lease.subscription, token=lease.token, delivered=lease.delivered))
            return None
        parcel = parcel_of(
            subscription,
            self._headers(subscription),
            said_of(subscription, kind, lease.last, self.base),
            events,
            id=self.ids(),
            at=self.clock(),
        )
        self.store.make_durable()  # what is told of is not lost after it was told
        receipt = self.hook.send(parcel, subscription.timeout)
        self.settle(lease, stored, receipt, told=events[-1].number if events else lease.delivered)
        return receipt

    def record(self, lease: NotificationLease, receipt: Receipt) -> None:
        """The outcome of an attempt that told nothing."""
        stored = self.store.read("Subscription", lease.subscription)
        if stored is not None and stored.number == lease.number:
            self.settle(lease, stored, receipt, told=lease.delivered)

    def settle(self, lease: NotificationLease, stored: StoredVersion, receipt: Receipt, *, told: int) -> None:
        """The outcome of an attempt that told everything up to number ``told``."""
        if receipt.outcome is Outcome.ACCEPTED:
            if lease.standing is Standing.REQUESTED:
                self._move(lease, stored, "active", delivered=told)
            else:
                self._commit(Notified(subscription=lease.subscription, token=lease.token, delivered=told))
            return
        now = self.clock()
        deadline = (lease.failing_since or now) + self.policy.budget
        again = next_attempt(now, lease.attempt, deadline, self.draw(), self.policy)
        if lease.standing is Standing.REQUESTED:
            # Whoever asks is there to see it: no task.
            self._move(lease, stored, "error", code=receipt.code, reason=_HANDSHAKE_FAILED)
        elif receipt.outcome is Outcome.REFUSED or again is None:
            reason = _REFUSED if receipt.outcome is Outcome.REFUSED else _SPENT
            duty = self._duty(lease.subscription, f"{reason} L’abonnement est arrêté.", now)
            self._move(lease, stored, "error", code=receipt.code, reason=reason, more=(duty,))
        else:
            failed = Notified(
                subscription=lease.subscription, token=lease.token, delivered=None, code=receipt.code, again=again
            )
            self._commit(failed)

    def _to_tell(self, lease: NotificationLease, subscription: Subscription) -> tuple[Kind, Sequence[Event]]:
        if lease.standing is Standing.REQUESTED:
            return "handshake", ()
        if lease.last == lease.delivered:
            return "heartbeat", ()
        count = 1 if subscription.bare else subscription.most
        whole = subscription.content == "full-resource"
        found = self.store.events(lease.subscription, lease.delivered + 1, lease.last, count)
        return "event-notification", [event_of(number, version, whole=whole) for number, version in found]

    def _headers(self, subscription: Subscription) -> dict[str, str]:
        endpoint = subscription.endpoint
        return {name: self.concealment.reveal(name, value, endpoint) for name, value in subscription.headers}

    def _move(
        self,
        lease: NotificationLease,
        stored: StoredVersion,
        status: Status,
        *,
        delivered: int | None = None,
        code: str = "",
        reason: str = "",
        more: tuple[Write, ...] = (),
    ) -> None:
        """The next version of the Subscription, with what goes with it, in one commit."""
        before = parse(stored.body)
        version = stored.version + 1
        error = f"{reason} ({code})" if reason else ""
        after = stamped(with_status(before, status, error), version, self.clock())
        notified = Notified(subscription=lease.subscription, token=lease.token, delivered=delivered, code=code)
        self._commit(notified, write_of(after, version, previous=before), *more)

    def _commit(self, notified: Notified, *writes: Write) -> None:
        self.store.commit(Unit(chain=COMMON_CHAIN, recorded=self.clock(), writes=writes, notified=(notified,)))

    def _duty(self, subscription: str, reason: str, now: dt.datetime) -> Write:
        duty = Duty(
            id=self.ids(),
            code="resolve-subscription",
            visit="",
            authored=now,
            until=None,
            fictitious=False,
            reason=reason,
        )
        return write_of(stamped(subscription_task(subscription, duty), 1, now), 1)


def event_of(number: int, version: StoredVersion, *, whole: bool) -> Event:
    """An event as it is told, with its resource where whole ones are sent."""
    return Event(
        number=number,
        at=version.recorded,
        type=version.type,
        id=version.id,
        version=version.version,
        resource=parse(version.body) if whole else None,
    )
