"""The life of a protocol, read on a day: who may still act and under which version, what is due, what sleeps.

Pure: versions, enrolments, teams and the dates of acts come in, a statement comes out. The same conditions as the
rules that judge an act, for those of them that look at people and not at a patient.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Final

from mappings.domain.cooperation import Team
from mappings.domain.life.events import Events
from mappings.domain.life.model import Life, Member, Obstacle, Reason, Review, Standing, TeamLife, TeamState
from mappings.domain.life.standing import standing_of
from mappings.domain.protocol import Protocol
from mappings.domain.versions import version_on

__all__ = [
    "REVIEW_MONTHS",
    "Life",
    "Member",
    "Obstacle",
    "Reason",
    "Review",
    "Standing",
    "TeamLife",
    "TeamState",
    "life_of",
    "months_after",
    "review_of",
]

NOTHING: Final = Events(protocol="")
#: A protocol is looked at again each year (mise à jour annuelle).
REVIEW_MONTHS: Final = 12
_SUSPENDED: Final = ("team-suspended", "protocol-suspended")


def life_of(
    versions: Sequence[Protocol],
    members: Iterable[Member],
    teams: Iterable[Team],
    day: dt.date,
    *,
    dormant_months: int,
    events: Events | None = NOTHING,
) -> Life:
    """``events`` None: what is on record of suspensions does not read, and nobody may act."""
    current = version_on(versions, day)
    everyone = tuple(members)
    by_team = {(team.protocol, team.organization_id): team for team in teams}
    standings = tuple(standing_of(member, everyone, versions, by_team, events, day) for member in everyone)
    structures = sorted({member.enrolment.organization_id for member in everyone})
    return Life(
        day=day,
        version=current,
        review=review_of(current, day, events or NOTHING) if current else None,
        suspension=events.suspended("", day) if events else None,
        teams=tuple(
            _team(
                structure,
                [s for s in standings if s.member.enrolment.organization_id == structure],
                day,
                dormant_months,
            )
            for structure in structures
        ),
    )


def review_of(version: Protocol, day: dt.date, events: Events = NOTHING) -> Review:
    """A date after the day is not known yet on the day."""
    assert version.period is not None
    checked = version.annex_check.on if version.annex_check and version.annex_check.on <= day else None
    recorded = events.last_review(day)
    last = max(filter(None, (version.period.start, checked, recorded.on if recorded else None)))
    due = months_after(last, REVIEW_MONTHS)
    # Told by name when it is the last one; a later version or check of the annex speaks for itself.
    return Review(
        last=last, due=due, overdue=due < day, recorded=recorded if recorded and recorded.on == last else None
    )


def months_after(day: dt.date, months: int) -> dt.date:
    """The same day of a later month; its last day, where that month is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    following = dt.date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return min(dt.date(year, month + 1, 1) + dt.timedelta(days=day.day - 1), following - dt.timedelta(days=1))


def _team(structure: str, standings: Sequence[Standing], day: dt.date, dormant_months: int) -> TeamLife:
    able = [standing.member.enrolment.function for standing in standings if standing.may_act]
    acts = [s.member.last_act for s in standings if s.member.last_act is not None and s.member.last_act <= day]
    last_act = max(acts, default=None)
    begun = min(standing.member.enrolment.period.start for standing in standings)
    asleep = months_after(last_act or begun, dormant_months)
    suspended = any(reason.obstacle in _SUSPENDED for s in standings for reason in s.reasons)
    complete = "DELEGATOR" in able and "DELEGATEE" in able
    state: TeamState = "dormant" if asleep <= day else "active"
    if not complete:
        state = "suspended" if suspended else "incomplete"
    return TeamLife(
        organization_id=structure,
        state=state,
        delegators=able.count("DELEGATOR"),
        delegatees=able.count("DELEGATEE"),
        last_act=last_act,
        dormant_since=asleep if asleep <= day else None,
        standings=tuple(standings),
    )
