"""When a professional is there, and by what they are reached: absences, hours, channels.

Judged on an instant, in three values. Nothing told of absences is no absence; nothing told of hours is hours that
are not known; what is not known never makes anybody reachable. How a door spells it must not be known here.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Final, Literal, get_args

from mappings.domain.logic import Truth, conjunction, disjunction, negation
from mappings.domain.time import FRANCE

Channel = Literal["phone", "video", "mssante"]
#: Codes of FHIR R4 (days-of-week).
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: Final[tuple[Weekday, ...]] = get_args(Weekday)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """One way to reach somebody."""

    channel: Channel
    #: Number, address of the video room, MSSanté address.
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """Away from ``start`` to ``end``, whole days, both included, or to the minute; why, in words.

    Without ``end`` it goes on until told otherwise; without ``start`` it began on a day that nobody told (Period,
    FHIR R4); without either, it is not known when.
    """

    start: dt.date | dt.datetime | None = None
    end: dt.date | dt.datetime | None = None
    description: str

    @property
    def is_in_order(self) -> bool:
        return self.start is None or self.end is None or _first(self.start) <= _last(self.end)

    def is_over(self, at: dt.datetime) -> bool:
        return self.end is not None and at > _last(self.end)

    def covers(self, at: dt.datetime) -> Truth:
        if self.start is None and self.end is None:
            return Truth.UNKNOWN
        if self.is_over(at):
            return Truth.NO
        if self.start is None:
            return Truth.UNKNOWN
        return Truth.YES if _first(self.start) <= at else Truth.NO


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """On these days, all day or from ``start`` to ``end``, by the clock in France; what is None was not told."""

    days: tuple[Weekday, ...] = ()
    all_day: bool = False
    start: dt.time | None = None
    #: The first instant that is no longer covered.
    end: dt.time | None = None

    def covers(self, at: dt.datetime) -> Truth:
        local = at.astimezone(FRANCE)
        if self.days and WEEKDAYS[local.weekday()] not in self.days:
            return Truth.NO
        if not self.all_day and self._excludes(local.time()):
            return Truth.NO
        told = bool(self.days) and (self.all_day or (self.start is not None and self.end is not None))
        return Truth.YES if told else Truth.UNKNOWN

    def _excludes(self, time: dt.time) -> bool:
        return (self.start is not None and time < self.start) or (self.end is not None and time >= self.end)


@dataclass(frozen=True, slots=True, kw_only=True)
class Availability:
    """All that is told of one professional in one team."""

    contacts: tuple[Contact, ...] = ()
    hours: tuple[Hours, ...] = ()
    absences: tuple[Absence, ...] = ()
    #: What the hours do not say, in words: a reader judges it, no program does.
    exceptions: str = ""
    #: Whether the hours hold on public holidays; None when it was not told.
    on_holidays: bool | None = None

    def absent(self, at: dt.datetime) -> Truth:
        return disjunction(absence.covers(at) for absence in self.absences)

    def absent_all_day(self, day: dt.date) -> Truth:
        """By one absence from the first minute to the last; less than a whole day is not a day of absence."""
        ends = (dt.datetime.combine(day, dt.time.min, FRANCE), dt.datetime.combine(day, dt.time.max, FRANCE))
        return disjunction(conjunction(absence.covers(at) for at in ends) for absence in self.absences)

    def open(self, at: dt.datetime) -> Truth:
        """Within the hours told; exceptions in words leave it unknown, for they may close any of them."""
        told = told_open(self.hours, at)
        return Truth.UNKNOWN if told is Truth.YES and self.exceptions else told


NOTHING_TOLD: Final = Availability()


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrangement:
    """What a team has agreed on to be reached: the arrangements of contact that a protocol asks for."""

    contacts: tuple[Contact, ...] = ()
    hours: tuple[Hours, ...] = ()
    #: Longest time within which a délégant answers; None when the team has not told it.
    response: dt.timedelta | None = None
    #: As of one professional.
    on_holidays: bool | None = None


NOTHING_AGREED: Final = Arrangement()


def told_open(hours: tuple[Hours, ...], at: dt.datetime) -> Truth:
    """Within one of ``hours``; not known when none is told."""
    return disjunction(one.covers(at) for one in hours) if hours else Truth.UNKNOWN


def held_on_holidays(told: Truth, holds: bool | None, holiday: Truth) -> Truth:
    """What hours come to on a day that is a public holiday, or may be one; not told is not known."""
    if holiday is Truth.NO or holds:
        return told
    if holds is None:
        return Truth.UNKNOWN if told is Truth.YES else told
    return conjunction((told, negation(holiday)))


def _first(bound: dt.date | dt.datetime) -> dt.datetime:
    return bound if isinstance(bound, dt.datetime) else dt.datetime.combine(bound, dt.time.min, FRANCE)


def _last(bound: dt.date | dt.datetime) -> dt.datetime:
    return bound if isinstance(bound, dt.datetime) else dt.datetime.combine(bound, dt.time.max, FRANCE)
