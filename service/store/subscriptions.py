"""The rows of subscriptions: watches, numbered events, leases of notifications.

The same algorithm as for envelopes (``delivery``): a claim under a lease with a fencing token, an outcome settled in
a unit. What differs is that one row stands for all that one target must be told: events leave in their order, without
a hole, because there is one attempt at a time and one number up to which the target has everything.
"""

import datetime as dt
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from service.store import rows
from service.store.engine import Row, Session
from service.store.instants import instant, micros
from service.store.unit import Standing, StoredVersion, Watch
from service.store.watches import Watcher, Watchers, Watching

if TYPE_CHECKING:
    from service.store.plan import Changes

#: Later than anything: nothing waits.
NEVER: Final = 2**62

_WATCHES = "SELECT id, type, watched, ends FROM subscription WHERE watching = 1"
_TOKENS = "SELECT e.id, e.token FROM {keys} AS k JOIN subscription e ON e.id = k.column1 {lock}"
_LASTS = "SELECT e.id, e.last FROM {keys} AS k JOIN subscription e ON e.id = k.column1"
_CHANGED = "UPDATE subscription_change SET number = number + 1"
# A handshake begins anew, and whatever attempt was under way is fenced; what was numbered stays numbered.
_WATCH = """
    INSERT INTO subscription
        (id, number, standing, watching, type, watched, beat, ends, last, delivered, due, attempts, failing, code, token)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, 0, ?, 0, 0, '', '')
    ON CONFLICT (id) DO UPDATE SET number = excluded.number, standing = excluded.standing,
        watching = CASE excluded.standing WHEN 'active' THEN 1 WHEN 'off' THEN 0 ELSE subscription.watching END,
        type = excluded.type, watched = excluded.watched, beat = excluded.beat, ends = excluded.ends,
        due = CASE WHEN excluded.standing = 'active' AND subscription.standing = 'active'
            AND subscription.last = subscription.delivered THEN subscription.due ELSE excluded.due END,
        attempts = 0, failing = 0, token = '',
        code = CASE excluded.standing WHEN 'error' THEN subscription.code ELSE '' END"""
_UNWATCH = f"""
    UPDATE subscription SET standing = 'off', watching = 0, due = {NEVER}, token = '' WHERE number = ?"""
# What is under way, or waits after a failure, is not hurried.
_NOTICED = """
    UPDATE subscription SET last = ?, due = CASE
        WHEN standing = 'active' AND token = '' AND failing = 0 AND due > ? THEN ? ELSE due END
    WHERE id = ?"""
_DELIVERED = f"""
    UPDATE subscription SET delivered = ?, attempts = 0, failing = 0, code = '', token = '', due = CASE
        WHEN standing <> 'active' THEN {NEVER}
        WHEN last > ? THEN ?
        WHEN beat > 0 AND beat + ? < ends THEN beat + ?
        ELSE ends END
    WHERE id = ?"""
_FAILED = """
    UPDATE subscription SET token = '', code = ?, due = ?, failing = CASE failing WHEN 0 THEN ? ELSE failing END
    WHERE id = ? AND standing IN ('requested', 'active')"""
_CODE = "UPDATE subscription SET code = ? WHERE id = ?"
_DUE = """
    SELECT e.id, e.number, e.standing, e.ends, e.last, e.delivered, e.attempts, e.failing, e.token FROM subscription e
    WHERE e.standing IN ('requested', 'active') AND e.due <= ? ORDER BY e.due, e.id LIMIT ? {skip}"""
_LEASED = "UPDATE subscription SET token = ?, attempts = ?, failing = ?, due = ? WHERE id = ?"
_NEXT = "SELECT min(due) FROM subscription WHERE standing IN ('requested', 'active')"
_PROGRESS = "SELECT standing, last, delivered, attempts, failing, code FROM subscription WHERE id = ?"
_EVENTS = f"""
    SELECT s.event, {rows.VERSION} FROM subscription_event s JOIN resource_version v ON v.number = s.number
    WHERE s.subscription = ? AND s.event >= ? AND s.event <= ? ORDER BY s.event LIMIT ?"""
_WATCHED = """
    SELECT s.id, s.type, s.watched, v.body FROM subscription s JOIN resource_version v ON v.number = s.number
    WHERE s.standing <> 'off'"""
_REWATCH = "UPDATE subscription SET type = ?, watched = ? WHERE id = ?"
_COUNTS = "SELECT standing, count(*), sum(last - delivered) FROM subscription GROUP BY standing"


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationLease:
    """The right to notify one subscription, until ``until``."""

    subscription: str
    #: Fencing token; an outcome under another token is refused.
    token: str
    #: Number of the version of the Subscription that this lease rests on.
    number: int
    standing: Standing
    #: Number of the last event, and of the last one that the target has.
    last: int
    delivered: int
    #: This attempt's number since the last success, from 1.
    attempt: int
    #: Since when attempts have failed; None when the one before succeeded.
    failing_since: dt.datetime | None
    until: dt.datetime
    #: Whether its end has come.
    over: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a subscription is."""

    standing: Standing
    last: int
    delivered: int
    attempts: int
    failing_since: dt.datetime | None
    #: Code of the last failure since the last success; empty when there is none.
    code: str


# Under the writer's lock


def watches(session: Session, watching: Watching, change: int | None) -> Mapping[str, Watchers]:
    """All watches by type; read again when ``change`` says so."""
    if watching.change != change:
        by_type: dict[str, Watchers] = {}
        for id, type, watched, ends in session.rows(_WATCHES):
            every, none, becoming = json.loads(watched)
            watcher = Watcher(id, tuple(map(frozenset, every)), frozenset(none), becoming, ends)
            by_type.setdefault(type, Watchers()).add(watcher)
        watching.by_type, watching.change = by_type, change or 0
    return watching.by_type


def tokens(session: Session, ids: set[Row]) -> dict[str, str]:
    return dict(session.rows_of(_TOKENS, "t", sorted(ids))) if ids else {}


def write(session: Session, changes: "Changes") -> None:
    """Watches, outcomes, then events: each sees what the one before has done."""
    if changes.watched:
        session.run_all(_WATCH, [_watch_row(*watched) for watched in changes.watched])
    if changes.unwatched:
        session.run_all(_UNWATCH, [(number,) for number in changes.unwatched])
    if changes.watched or changes.unwatched:
        session.run_all(_CHANGED, [()])
    for now, one in changes.notified:
        if one.delivered is not None:
            session.run_all(_DELIVERED, [(one.delivered, one.delivered, now, now, now, one.subscription)])
        elif one.again is not None:
            session.run_all(_FAILED, [(one.code, micros(one.again), now, one.subscription)])
        else:
            session.run_all(_CODE, [(one.code, one.subscription)])
    if changes.noticed:
        _record(session, changes)


def _record(session: Session, changes: "Changes") -> None:
    ids = sorted({(subscription,) for subscription, _ in changes.noticed})
    lasts: dict[str, int] = dict(session.rows_of(_LASTS, "t", ids))
    events = []
    for subscription, number in changes.noticed:
        lasts[subscription] += 1
        events.append((subscription, lasts[subscription], number))
    session.insert("subscription_event", events)
    recorded = {row[0]: row[4] for row in changes.rows["resource_version"]}
    now = max(recorded[number] for _, number in changes.noticed)
    session.run_all(_NOTICED, [(last, now, now, id) for id, last in lasts.items()])


def rewatch(session: Session, watch_of: Callable[[bytes], Watch]) -> int:
    """Every watch told anew, from the version that watches; gives how many were told otherwise before."""
    changed = []
    for id, type, watched, body in session.rows(_WATCHED):
        watch = watch_of(body)
        if (type, watched) != (watch.type, _told(watch)):
            changed.append((watch.type, _told(watch), id))
    if changed:
        session.run_all(_REWATCH, changed)
        session.run_all(_CHANGED, [()])
    return len(changed)


def _told(watch: Watch) -> str:
    return json.dumps([watch.every, watch.none, watch.becoming])


def _watch_row(id: str, number: int, now: int, watch: Watch) -> Row:
    watched = _told(watch)
    ends = NEVER if watch.ends is None else micros(watch.ends)
    due = now if watch.standing in (Standing.REQUESTED, Standing.ACTIVE) else NEVER
    active = int(watch.standing is Standing.ACTIVE)
    return (
        id, number, watch.standing.value, active, watch.type, watched, watch.heartbeat * 1_000_000, ends, due,
    )  # fmt: skip


# The notifier's


def claim(
    session: Session, now: dt.datetime, lease_seconds: float, limit: int, token_source: Callable[[], str]
) -> list[NotificationLease]:
    """Subscriptions whose target must be told something now, each under a lease."""
    until = now + dt.timedelta(seconds=lease_seconds)
    leases, taken = [], []
    for id, number, standing, ends, last, delivered, attempts, failing, token in session.rows(
        _DUE, (micros(now), limit)
    ):
        # The lease before ran out without an outcome: a failure like another.
        failing = failing or (micros(now) if token else 0)
        lease = NotificationLease(
            subscription=id,
            token=token_source(),
            number=number,
            standing=Standing(standing),
            last=last,
            delivered=delivered,
            attempt=attempts + 1,
            failing_since=instant(failing) if failing else None,
            until=until,
            over=ends <= micros(now),
        )
        leases.append(lease)
        taken.append((lease.token, lease.attempt, failing, micros(until), id))
    if taken:
        session.run_all(_LEASED, taken)
    return leases


def due_in(session: Session, now: dt.datetime) -> float | None:
    """Seconds until a notification may be claimed, 0 when it may be now, None when nothing waits."""
    ((due,),) = session.rows(_NEXT)
    return None if due is None or due >= NEVER else max(0.0, (due - micros(now)) / 1_000_000)


# What is asked of them


def progress(session: Session, id: str) -> Progress | None:
    found = session.rows(_PROGRESS, (id,))
    if not found:
        return None
    standing, last, delivered, attempts, failing, code = found[0]
    return Progress(
        standing=Standing(standing),
        last=last,
        delivered=delivered,
        attempts=attempts,
        failing_since=instant(failing) if failing else None,
        code=code,
    )


def events(session: Session, id: str, first: int, last: int, count: int) -> Sequence[tuple[int, StoredVersion]]:
    """Events ``first`` to ``last``, at most ``count``: the number of each, and the version that it is about."""
    return [(event, rows.stored_version(tuple(row))) for event, *row in session.rows(_EVENTS, (id, first, last, count))]


def backlog(session: Session) -> dict[str, tuple[int, int]]:
    """By standing: how many subscriptions, and how many events their targets do not have."""
    return {standing: (count, int(waiting or 0)) for standing, count, waiting in session.rows(_COUNTS)}
