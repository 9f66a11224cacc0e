"""Whether one enrolment lets its holder act on a day, why not, until when, and what the version in force asks anew."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence

from mappings.domain.cooperation import Enrolment, Team
from mappings.domain.life.events import Events
from mappings.domain.life.model import Member, Reason, Standing
from mappings.domain.protocol import Protocol
from mappings.domain.versions import version_on


def standing_of(
    member: Member,
    everyone: Sequence[Member],
    versions: Sequence[Protocol],
    teams: Mapping[tuple[str, str], Team],
    events: Events | None,
    day: dt.date,
) -> Standing:
    enrolment = member.enrolment
    version = next((one for one in versions if one.canonical == enrolment.protocol), None)
    current = version_on(versions, day)
    other = current if current is not None and current is not version else None
    team = teams.get((enrolment.protocol, enrolment.organization_id))
    reasons = (
        *_of_the_events(events, enrolment.organization_id, day),
        *_reasons(member, version, versions, team, day),
    )
    doubtful = version is not None and not _admitted(version, member, day, demonstration=False)
    return Standing(
        member=member,
        version=version.version if version else "",
        reasons=reasons,
        until=None if reasons or version is None else _until(member, version, versions, team, events, day),
        fictitious_only=version is not None and (version.status == "draft" or doubtful),
        current=other.version if other else "",
        renewed=other is not None and any(_same_person(one, member, other) for one in everyone),
        renewal=tuple(_of_the_person(member, other, day)) if other else (),
    )


def _reasons(
    member: Member, version: Protocol | None, versions: Sequence[Protocol], team: Team | None, day: dt.date
) -> Iterator[Reason]:
    yield from _of_the_version(version, versions, day)
    yield from _of_the_enrolment(member.enrolment, day)
    yield from _of_the_team(team, day)
    if version is not None:
        yield from _of_the_person(member, version, day)


def _of_the_version(version: Protocol | None, versions: Sequence[Protocol], day: dt.date) -> Iterator[Reason]:
    if version is None:
        yield Reason("version-unknown")
    elif version.period is None:
        yield Reason("version-undated")
    elif day < version.period.start:
        yield Reason("version-not-begun")
    elif version.period.end is not None and version.period.end < day:
        since = version.period.end + dt.timedelta(days=1)
        following = version_on(versions, since)
        yield Reason("version-superseded", since, following.version) if following else Reason("version-ended", since)


def _of_the_events(events: Events | None, organization_id: str, day: dt.date) -> Iterator[Reason]:
    if events is None:
        yield Reason("suspensions-unreadable")
    elif suspension := events.suspended(organization_id, day):
        yield Reason("team-suspended" if suspension.organization_id else "protocol-suspended", suspension.period.start)


def _of_the_enrolment(enrolment: Enrolment, day: dt.date) -> Iterator[Reason]:
    if enrolment.was_active(day):
        return
    if enrolment.status == "suspended":
        last = enrolment.period.end
        yield Reason("enrolment-suspended", last + dt.timedelta(days=1) if last and last < day else None)
    elif enrolment.status not in ("active", "ended"):
        yield Reason("enrolment-not-active")
    elif day < enrolment.period.start:
        yield Reason("enrolment-not-begun")
    elif enrolment.period.end is not None and enrolment.period.end < day:
        yield Reason("enrolment-ended", enrolment.period.end + dt.timedelta(days=1))


def _of_the_team(team: Team | None, day: dt.date) -> Iterator[Reason]:
    """No team on record says nothing: it is what the enrolments make of it."""
    if team is not None and team.status == "suspended":
        yield Reason("team-suspended")
    elif team is not None and (team.status != "active" or not team.period.covers(day)):
        yield Reason("team-not-active")


def _of_the_person(member: Member, version: Protocol, day: dt.date) -> Iterator[Reason]:
    """Profession, structure and training, asked again of each version."""
    enrolment = member.enrolment
    is_delegatee = enrolment.function == "DELEGATEE"
    admitted = version.delegatee_admitted if is_delegatee else version.delegator_admitted
    if not admitted(member.profession, member.specialty, day):
        yield Reason("profession-removed")
    if not _admitted(version, member, day, demonstration=True):
        yield Reason("structure-removed")
    for asked in version.trainings if is_delegatee else ():
        done = [one for one in enrolment.trainings if one.module == asked.module and one.completed <= day]
        if not done:
            yield Reason("training-missing", about=asked.module)
        elif all(one.valid_until is not None and one.valid_until < day for one in done):
            last = max(one.valid_until for one in done if one.valid_until is not None)
            yield Reason("training-expired", last + dt.timedelta(days=1), asked.module)


def _admitted(version: Protocol, member: Member, day: dt.date, *, demonstration: bool) -> bool:
    return version.structure_admitted(member.facility_type, day, demonstration=demonstration)


def _until(
    member: Member,
    version: Protocol,
    versions: Sequence[Protocol],
    team: Team | None,
    events: Events | None,
    day: dt.date,
) -> dt.date | None:
    """The first day, of those on which something ends, after which there is an obstacle."""
    carriers = version.delegatees if member.enrolment.function == "DELEGATEE" else version.delegators
    periods = [version.period, member.enrolment.period, team.period if team else None]
    periods += [carrier.period for carrier in carriers]
    periods += [structure.period for structure in version.structures]
    ends = [period.end for period in periods if period is not None]
    ends += [training.valid_until for training in member.enrolment.trainings]
    suspended = events.next_suspension(member.enrolment.organization_id, day) if events else None
    eve = suspended - dt.timedelta(days=1) if suspended else None
    for end in sorted({end for end in (*ends, eve) if end is not None and end >= day}):
        if end == eve or any(_reasons(member, version, versions, team, end + dt.timedelta(days=1))):
            return end
    return None


def _same_person(one: Member, other: Member, version: Protocol) -> bool:
    """Enrolled in that version too, in the same function of the same structure, and not refused."""
    mine, theirs = one.enrolment, other.enrolment
    return (
        mine.protocol == version.canonical
        and (mine.rpps, mine.function, mine.organization_id) == (theirs.rpps, theirs.function, theirs.organization_id)
        and mine.status in ("active", "declared")
    )
