"""Each professional of a list held against the national directory: known, of that profession, at work in that structure,
and written to where they are.

An outage says nothing of anybody: what could not be asked is « non vérifié », never false, and what was learnt before is
told with its date. A doubt stands beside the list, it takes nobody off it.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from mappings.domain.declaration import Member
from mappings.domain.identity import practitioner_id
from mappings.fhir.json import parse
from mappings.fhir.practitioner import practitioner_from_fhir
from mappings.issues import Refused
from service.clients.directory import Absence, Directory, Said
from service.clients.directory.boxes import addresses
from service.clock import Clock
from service.store import Store

Verdict = Literal["yes", "no", "unverified"]
#: Whether the box on record is one of theirs: ``moved`` when they have others and that one no more, ``to-choose`` when
#: none is on record and they have some, ``none`` when neither.
MailboxVerdict = Literal["yes", "moved", "to-choose", "none", "unverified"]

_NOTHING: Final[Mapping[str, str]] = {}
#: How long one list may ask a slow directory; who it did not come to is asked about the next time.
_PATIENCE: Final = dt.timedelta(seconds=20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What the directory says of one member."""

    member: Member
    known: Verdict
    profession: Verdict
    activity: Verdict
    mailbox: MailboxVerdict = "unverified"
    #: When the directory said so, where that is not of today; None else.
    as_of: dt.datetime | None = None

    @property
    def is_whole(self) -> bool:
        sure = (self.known, self.profession, self.activity) == ("yes", "yes", "yes")
        return sure and self.mailbox in ("yes", "none") and self.as_of is None


def check_members(
    members: Iterable[Member], finess: str, directory: Directory, clock: Clock, recorded: Mapping[str, str] = _NOTHING
) -> list[Check]:
    """In the order of the list. Who has no RPPS number cannot be asked about; nobody is, once somebody waited enough.

    ``recorded``: mailbox on record of each RPPS number.
    """
    until = clock() + _PATIENCE
    return [
        _check(member, finess, directory, recorded.get(member.rpps, "")) if clock() < until else _unverified(member)
        for member in members
    ]


def recorded_mailboxes(store: Store, members: Iterable[Member]) -> dict[str, str]:
    """Mailbox on record of each RPPS number of the list; empty for a professional without one."""
    numbers = [member.rpps for member in members if member.rpps]
    found: dict[str, str] = {}
    for stored in store.read_many([("Practitioner", practitioner_id(rpps)) for rpps in numbers]):
        try:
            read = practitioner_from_fhir(parse(stored.body))
        except Refused:
            continue
        found[read.rpps] = read.mailbox
    return found


def _unverified(member: Member) -> Check:
    return Check(member=member, known="unverified", profession="unverified", activity="unverified")


def _check(member: Member, finess: str, directory: Directory, recorded: str) -> Check:
    found = directory.about(member.rpps) if member.rpps else Absence.UNAVAILABLE
    if isinstance(found, Absence):
        known: Verdict = "no" if found in (Absence.UNKNOWN, Absence.INACTIVE) else "unverified"
        return Check(member=member, known=known, profession="unverified", activity="unverified")
    works = directory.works_in(member.rpps, finess)
    return Check(
        member=member,
        known="yes",
        profession="yes" if found.practitioner.profession == member.profession else "no",
        activity="unverified" if isinstance(works, Absence) else "yes" if works else "no",
        mailbox=_mailbox(found, recorded),
        as_of=None if found.fresh else found.learnt_at,
    )


def _mailbox(said: Said, recorded: str) -> MailboxVerdict:
    """A box that they do not publish (red list) is not held against whoever wrote it down."""
    published = addresses(said.boxes)
    if not recorded:
        return "to-choose" if published else "none"
    return "yes" if not published or recorded.lower() in published else "moved"
