"""A team as it was declared to the authorities, at a date: who is on the list, and what must be declared again.

CSP D4011-4 (wording of 2025): the structure declares the implementation of a protocol, and every later change of the
team's members. Used and declared are two facts: what was done without a declaration is shown, never refused.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from mappings.domain.cooperation import Enrolment, Function, Period
from mappings.domain.names import are_strangers
from mappings.domain.time import french_day

#: Where a declaration stands with the authority that receives it. ``draft``: a list that nobody has been sent yet.
DeclarationState = Literal["draft", "lodged", "examined", "accepted", "refused", "closed"]
#: Why an act is not covered by a declaration.
Uncovered = Literal["no-declaration", "delegatee-not-listed", "delegator-not-listed"]

#: States that declare nothing (any more) once they are reached.
_OVER: Final = frozenset({"refused", "closed"})
#: Statuses of who is in the team without being at work.
_WAITING: Final = frozenset({"declared", "suspended"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One professional of a declared list."""

    function: Function
    family: str
    given: str
    #: TRE_G15.
    profession: str
    #: 11 digits; empty when the list gives an ADELI number instead.
    rpps: str = ""
    adeli: str = ""
    #: First day in the team, when the list says it.
    since: dt.date | None = None

    @property
    def number(self) -> str:
        """What tells one professional from another: a name may be two people's."""
        return self.rpps or f"ADELI {self.adeli}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """What was found in one row of the list: it was put aside, or kept with a doubt."""

    #: Number of the row as its reader counts; 0 for the dossier as a whole.
    row: int
    #: One sentence that names the element and never its value.
    text: str
    aside: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Referent:
    """Who declares for the structure."""

    name: str
    email: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """One state of one dossier (or of one file): a list, from an instant on."""

    #: Business identifier of the dossier; the same in each of its states.
    dossier: str
    #: Number that the authority gave it: the receipt; empty when there is none.
    receipt: str = ""
    #: When this list was declared: the lodging of the dossier, or the last change of its list.
    declared: dt.datetime
    #: When the dossier last changed, whatever of it.
    modified: dt.datetime
    state: DeclarationState
    #: When the authority decided; None while it has not.
    decided: dt.datetime | None = None
    #: Why it was refused or closed, in the authority's words; empty when it said nothing.
    reason: str = ""
    #: SHA-256 of what was received.
    digest: bytes
    #: Canonical with version; empty when the dossier does not tell it in words that are known here.
    protocol: str = ""
    #: Empty like the protocol.
    finess: str = ""
    structure: str = ""
    #: TRE_R02; empty when the dossier does not tell it.
    facility_type: str = ""
    #: Number and name of the service that examines it.
    authority: tuple[str, str] = ("", "")
    #: Revision of the procedure that the dossier was filled in under; empty for a file.
    revision: str = ""
    referent: Referent | None = None
    members: tuple[Member, ...] = ()
    remarks: tuple[Remark, ...] = ()

    @property
    def day(self) -> dt.date:
        return french_day(self.declared)

    @property
    def is_aside(self) -> bool:
        """The dossier as a whole could not be taken in."""
        return any(remark.aside and not remark.row for remark in self.remarks)

    @property
    def has_rows_aside(self) -> bool:
        return any(remark.aside and remark.row for remark in self.remarks)

    def declares_on(self, day: dt.date) -> bool:
        """Whether this list is one that the authorities hold on ``day``: lodged by then, and not refused by then."""
        return not (self.is_aside or self.state == "draft" or day < self.day or _is_over(self, day))


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """A member whom the declared list says otherwise than what is on record today."""

    declared: Member
    today: Member


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What must be declared again."""

    joined: tuple[Member, ...] = ()
    left: tuple[Member, ...] = ()
    changed: tuple[Changed, ...] = ()
    #: One number and another name: nothing to declare, somebody to make sure of.
    named: tuple[Changed, ...] = ()
    #: (declared, today), canonicals with version; None when it is the same.
    protocol: tuple[str, str] | None = None

    def __bool__(self) -> bool:
        return bool(self.joined or self.left or self.changed or self.protocol)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One enrolment as the difference looks at it: the enrolment, and who is enrolled."""

    enrolment: Enrolment
    member: Member


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedAct:
    """One act, as far as a declaration covers it or not."""

    id: str
    day: dt.date
    #: Canonical with version.
    protocol: str
    delegatee_rpps: str
    delegator_rpps: str


def in_force(declarations: Iterable[Declaration], protocol: str, day: dt.date) -> Declaration | None:
    """The last list declared for a protocol, whatever its version, among those of one structure.

    A new list replaces the former one whole.
    """
    ours = [d for d in declarations if _same_protocol(d.protocol, protocol)]
    withdrawn = {dossier for dossier, last in _last_states(ours).items() if _is_over(last, day)}
    held = [d for d in ours if d.declares_on(day) and d.dossier not in withdrawn]
    return max(held, key=lambda d: (d.declared, d.modified, d.dossier), default=None)


def difference(declared: Declaration | None, standings: Sequence[Standing], protocol: str, day: dt.date) -> Difference:
    """What the list in force says otherwise than the enrolments of ``day``, under version ``protocol``.

    Who is on the list and not active yet (in training, suspended) has not left. Who is known by an ADELI number alone
    has no enrolment to compare with.
    """
    if declared is None:
        return Difference(joined=_ordered(s.member for s in standings if s.enrolment.was_active(day)))
    listed = {m.number: m for m in declared.members}
    today = {s.member.number: s.member for s in standings if s.enrolment.was_active(day)}
    engaged = {s.member.number for s in standings if _is_engaged(s.enrolment, day)}
    return Difference(
        joined=_ordered(m for number, m in today.items() if number not in listed),
        left=_ordered(m for number, m in listed.items() if m.rpps and number not in engaged),
        changed=tuple(
            Changed(declared=listed[m.number], today=m)
            for m in _ordered(today.values())
            if m.number in listed and _told(listed[m.number]) != _told(m)
        ),
        named=tuple(
            Changed(declared=listed[m.number], today=m)
            for m in _ordered(today.values())
            if m.number in listed and are_strangers(listed[m.number].family, m.family)
        ),
        protocol=(declared.protocol, protocol) if declared.protocol != protocol else None,
    )


def between(before: Declaration | None, after: Declaration) -> Difference:
    """What a declared list changed of the one before it."""
    old = {m.number: m for m in before.members} if before else {}
    new = {m.number: m for m in after.members}
    return Difference(
        joined=_ordered(m for number, m in new.items() if number not in old),
        left=_ordered(m for number, m in old.items() if number not in new),
        changed=tuple(
            Changed(declared=old[m.number], today=m)
            for m in _ordered(new.values())
            if m.number in old and _told(old[m.number]) != _told(m)
        ),
        protocol=(before.protocol, after.protocol) if before and before.protocol != after.protocol else None,
    )


def uncovered(act: TracedAct, declarations: Iterable[Declaration]) -> tuple[Uncovered, ...]:
    """Why no declaration in force on the act's own day covers it; empty when one does."""
    declared = in_force(declarations, act.protocol, act.day)
    if declared is None:
        return ("no-declaration",)
    listed = {(m.function, m.rpps) for m in declared.members}
    faults: list[Uncovered] = []
    if ("DELEGATEE", act.delegatee_rpps) not in listed:
        faults.append("delegatee-not-listed")
    if ("DELEGATOR", act.delegator_rpps) not in listed:
        faults.append("delegator-not-listed")
    return tuple(faults)


def proposal(member: Member, declared: Declaration) -> Period:
    """From when an enrolment that the list calls for is proposed."""
    return Period(start=member.since or declared.day)


def _last_states(declarations: Iterable[Declaration]) -> dict[str, Declaration]:
    """The last state of each dossier: what the authority decided is of all that the dossier ever said."""
    last: dict[str, Declaration] = {}
    for one in sorted(declarations, key=lambda d: (d.modified, d.declared)):
        last[one.dossier] = one
    return last


def _is_over(declaration: Declaration, day: dt.date) -> bool:
    """Refused or closed by ``day``; a decision without a date counts from the start."""
    if declaration.state not in _OVER:
        return False
    return declaration.decided is None or french_day(declaration.decided) <= day


def _same_protocol(one: str, other: str) -> bool:
    return one.partition("|")[0] == other.partition("|")[0]


def _is_engaged(enrolment: Enrolment, day: dt.date) -> bool:
    if enrolment.status in _WAITING:
        return True
    return enrolment.status != "refused" and (enrolment.period.end is None or day <= enrolment.period.end)


def _told(member: Member) -> tuple[str, str]:
    return member.function, member.profession


def _ordered(members: Iterable[Member]) -> tuple[Member, ...]:
    """Délégants first, then by name."""
    return tuple(sorted(members, key=lambda m: (m.function != "DELEGATOR", m.family, m.given, m.number)))
