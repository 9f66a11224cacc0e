"""Each professional of a list held against the national directory: known, of that profession, at work in that structure.

An outage says nothing of anybody: what could not be asked is « non vérifié », never false. A doubt stands beside the
list, it takes nobody off it.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from mappings.domain.declaration import Member
from service.clients.directory import Absence, Directory
from service.clock import Clock

Verdict = Literal["yes", "no", "unverified"]

#: How long one list may ask a slow directory; who it did not come to is asked about the next time.
_PATIENCE: Final = dt.timedelta(seconds=20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What the directory says of one member."""

    member: Member
    known: Verdict
    profession: Verdict
    activity: Verdict

    @property
    def is_whole(self) -> bool:
        return (self.known, self.profession, self.activity) == ("yes", "yes", "yes")


def check_members(members: Iterable[Member], finess: str, directory: Directory, clock: Clock) -> list[Check]:
    """In the order of the list. Who has no RPPS number cannot be asked about; nobody is, once somebody waited enough."""
    until = clock() + _PATIENCE
    return [_check(member, finess, directory) if clock() < until else _unverified(member) for member in members]


def _unverified(member: Member) -> Check:
    return Check(member=member, known="unverified", profession="unverified", activity="unverified")


def _check(member: Member, finess: str, directory: Directory) -> Check:
    found = directory.practitioner_by_rpps(member.rpps) if member.rpps else Absence.UNAVAILABLE
    if isinstance(found, Absence):
        known: Verdict = "no" if found in (Absence.UNKNOWN, Absence.INACTIVE) else "unverified"
        return Check(member=member, known=known, profession="unverified", activity="unverified")
    works = directory.works_in(member.rpps, finess)
    return Check(
        member=member,
        known="yes",
        profession="yes" if found.profession == member.profession else "no",
        activity="unverified" if isinstance(works, Absence) else "yes" if works else "no",
    )
