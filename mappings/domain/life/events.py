"""What befalls a protocol after it is published: its suspensions and its reviews, each told once and kept.

A suspension is of the whole protocol, or of its implementation by one structure. A day in it covers no act; what was
done before stays covered. Two suspensions of the same scope never overlap: a day is suspended by one decision.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace

from mappings.domain.cooperation import Period
from mappings.issues import Issue, Refused

_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspension:
    """One decision to suspend."""

    #: Whose implementation is suspended; empty = the protocol, everywhere.
    organization_id: str = ""
    #: Both days are suspended; an open end = until it is lifted.
    period: Period
    #: Who decided, in words: the regional agency as a rule.
    authority: str
    reason: str
    #: Where the decision can be read.
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """The definition was looked at again."""

    on: dt.date
    #: Who looked at it.
    by: str
    rpps: str
    #: The version that stands after the review: the one that was reviewed, or the new one.
    version: str
    changed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Events:
    """All that is known to have befallen one protocol, whatever its version."""

    #: ``B/PlanDefinition/x``, without version.
    protocol: str
    suspensions: tuple[Suspension, ...] = ()
    reviews: tuple[Reviewed, ...] = ()

    def suspended(self, organization_id: str, day: dt.date) -> Suspension | None:
        """What suspends this structure on ``day``: the protocol itself first; None = nothing does."""
        return next((one for one in self._of(organization_id) if one.period.covers(day)), None)

    def next_suspension(self, organization_id: str, day: dt.date) -> dt.date | None:
        """The first day after ``day`` on which a suspension that is known begins."""
        starts = (one.period.start for one in self._of(organization_id))
        return min((start for start in starts if start > day), default=None)

    def last_review(self, day: dt.date) -> Reviewed | None:
        return max((one for one in self.reviews if one.on <= day), key=lambda one: one.on, default=None)

    def _of(self, organization_id: str) -> Iterable[Suspension]:
        yield from (one for one in self.suspensions if not one.organization_id)
        yield from (one for one in self.suspensions if one.organization_id and one.organization_id == organization_id)


def with_suspension(events: Events, suspension: Suspension) -> Events:
    """The same, suspended too; as it was when that very decision is known; ``Refused`` over another one."""
    same = _of_scope(events, suspension.organization_id)
    if any(_told_already(one, suspension) for one in same):
        return events
    for one in same:
        if _overlap(one.period, suspension.period):
            text = f"Une suspension court déjà depuis le {one.period.start:%d/%m/%Y} sur ces jours."
            raise Refused(Issue("conflict", "suspension", text))
    told = sorted((*events.suspensions, suspension), key=lambda one: (one.period.start, one.organization_id))
    return replace(events, suspensions=tuple(told))


def with_resumption(events: Events, organization_id: str, day: dt.date) -> Events:
    """The same, the suspension of that scope lifted from ``day`` on; ``Refused`` when none is there to lift."""
    eve = day - _DAY
    for one in _of_scope(events, organization_id):
        if one.period.end == eve:
            return events
        if one.period.covers(eve):
            lifted = replace(one, period=Period(start=one.period.start, end=eve))
            return replace(events, suspensions=tuple(lifted if each is one else each for each in events.suspensions))
    text = f"Aucune suspension ne court la veille du {day:%d/%m/%Y} : il n’y a rien à lever."
    raise Refused(Issue("not-found", "suspension", text))


def with_review(events: Events, review: Reviewed) -> Events:
    """The same, reviewed too; as it was when that review is known."""
    if review in events.reviews:
        return events
    return replace(events, reviews=tuple(sorted((*events.reviews, review), key=lambda one: (one.on, one.version))))


def _of_scope(events: Events, organization_id: str) -> list[Suspension]:
    return [one for one in events.suspensions if one.organization_id == organization_id]


def _told_already(one: Suspension, again: Suspension) -> bool:
    """The same decision, whether or not it has been lifted since."""
    return replace(one, period=Period(start=one.period.start)) == replace(
        again, period=Period(start=again.period.start)
    )


def _overlap(one: Period, other: Period) -> bool:
    last, others_last = one.end or dt.date.max, other.end or dt.date.max
    return one.start <= others_last and other.start <= last
