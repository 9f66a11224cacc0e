"""Who can be reached at an instant: the délégant, else who stands in, else nobody. Pure, in three values.

What is not known never makes anybody reachable, and never takes a task away from the délégant: only an absence that
is told for that instant does.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from mappings.domain.availability import NOTHING_AGREED, Arrangement, Contact, held_on_holidays, told_open
from mappings.domain.cooperation import Enrolment
from mappings.domain.holidays import Territory, is_holiday
from mappings.domain.logic import Truth, conjunction, negation
from mappings.domain.time import french_day

Part = Literal["delegator", "substitute"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One of those who may answer, and what is known of it."""

    enrolment: Enrolment
    part: Part
    reachable: Truth
    absent: Truth
    #: Their own, then the team's.
    contacts: tuple[Contact, ...]


@dataclass(frozen=True, slots=True)
class Reach:
    """Those who may answer, the délégant first, then who stands in, in their order."""

    candidates: tuple[Candidate, ...]

    @property
    def certain(self) -> Candidate | None:
        """The first who is known to be reachable."""
        return next((one for one in self.candidates if one.reachable is Truth.YES), None)

    @property
    def possible(self) -> Candidate | None:
        """The first who is not known to be out of reach: to be tried, never to be counted on."""
        return next((one for one in self.candidates if one.reachable is not Truth.NO), None)


def is_in_force(enrolment: Enrolment, at: dt.datetime) -> bool:
    return enrolment.status == "active" and enrolment.period.covers(french_day(at))


def reachable(
    enrolment: Enrolment,
    at: dt.datetime,
    arrangement: Arrangement = NOTHING_AGREED,
    territory: Territory = "metropole",
) -> Truth:
    """In force, not away, within hours, and by a channel that is known; the team's hours stand in for none of their own.

    So does what the team says of public holidays.
    """
    own = enrolment.availability
    told = own.open(at) if own.hours or own.exceptions else told_open(arrangement.hours, at)
    holds = arrangement.on_holidays if own.on_holidays is None else own.on_holidays
    return conjunction(
        (
            Truth.YES if is_in_force(enrolment, at) else Truth.NO,
            negation(own.absent(at)),
            held_on_holidays(told, holds, is_holiday(french_day(at), territory)),
            Truth.YES if own.contacts or arrangement.contacts else Truth.UNKNOWN,
        )
    )


def reach(
    delegator: Enrolment,
    team: Iterable[Enrolment],
    at: dt.datetime,
    arrangement: Arrangement = NOTHING_AGREED,
    territory: Territory = "metropole",
) -> Reach:
    """Who may answer in place of ``delegator`` among those of ``team``."""
    members = {one.id: one for one in team}
    parts: list[tuple[Part, Enrolment]] = [("delegator", delegator)]
    parts += [("substitute", one) for one in substitutes_of(delegator, members)]
    return Reach(
        tuple(
            Candidate(
                enrolment=one,
                part=part,
                reachable=reachable(one, at, arrangement, territory),
                absent=one.availability.absent(at),
                contacts=tuple(dict.fromkeys((*one.availability.contacts, *arrangement.contacts))),
            )
            for part, one in parts
        )
    )


def substitutes_of(delegator: Enrolment, members: Mapping[str, Enrolment]) -> list[Enrolment]:
    """In their order; who has left the team, or never was a délégant of it, stands in for nobody."""
    named = (members[id_] for id_ in delegator.substitute_ids if id_ in members)
    return [one for one in named if _of_one_team(one, delegator) and one.id != delegator.id]


def addressee(
    delegator: Enrolment, members: Mapping[str, Enrolment], at: dt.datetime, *, after: str = ""
) -> Enrolment | None:
    """Whose a task for ``delegator`` is at an instant; None when nobody is left and it is the whole team's.

    The délégant, unless known to be away; then the first substitute known not to be. ``after`` is the enrolment that
    had it: only those behind it are asked, so that a task never comes back.
    """
    substitutes = [
        one
        for one in substitutes_of(delegator, members)
        if is_in_force(one, at) and one.availability.absent(at) is Truth.NO
    ]
    if not after:
        return delegator if delegator.availability.absent(at) is not Truth.YES else next(iter(substitutes), None)
    if after == delegator.id:
        return next(iter(substitutes), None)
    order = list(delegator.substitute_ids)
    behind = order[order.index(after) + 1 :] if after in order else []
    return next((one for one in substitutes if one.id in behind), None)


def all_absent(team: Iterable[Enrolment], day: dt.date) -> Truth:
    """Whether every délégant in force on ``day`` is away the whole day; no délégant at all is another matter."""
    present = [one for one in team if one.function == "DELEGATOR" and one.status == "active" and one.period.covers(day)]
    return conjunction(one.availability.absent_all_day(day) for one in present) if present else Truth.NO


def _of_one_team(one: Enrolment, other: Enrolment) -> bool:
    team = (one.protocol, one.organization_id, one.function)
    return team == (other.protocol, other.organization_id, other.function)
