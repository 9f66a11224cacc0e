"""What nobody answers goes on by itself: from the délégant to who stands in, from there to the whole team.

Run often (``binome escalate``), and once a night with the rest. A task moves when its time is over, or when the
délégant who has it is known to be away; always forward, so that it ends, and twice in a row is once. Each move is a
commit of its own: the task, and its proof.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from mappings.codes import systems
from mappings.domain.cooperation import Enrolment
from mappings.domain.logic import Truth
from mappings.domain.reach import addressee
from mappings.fhir.care_team import team_from_fhir
from mappings.fhir.datatypes import reference_id
from mappings.fhir.json import parse
from mappings.fhir.practitioner_role import enrolment_from_fhir
from mappings.fhir.provenance import readdressing_provenance
from mappings.fhir.task import TASK_CODE, instead_of, readdressed
from mappings.issues import Refused
from service.clock import Clock, Identifiers
from service.finding import Match, over, page
from service.intake.addressees import Addressees
from service.intake.knowledge import Knowledge, Readings
from service.intake.teams import members_of
from service.store import Store
from service.store.search import Condition, Place
from service.store.unit import Stale, StoredVersion, Unit
from service.writes import stamped, write_of, write_of_proof

Resource = dict[str, Any]

_CHUNK: Final = 200
_OPEN: Final = (("status", "", "requested"), ("status", "", "received"))
_DUTIES: Final = tuple(("code", TASK_CODE, code) for code in ("acknowledge", "reorient", "notify-adverse-event"))
_ACTIVE: Final = (("enrolment-status", "", "active"),)
_AWAY: Final = "est absent"
_LATE: Final = "n’a pas répondu dans le délai"


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    """With what it is given."""

    store: Store
    clock: Clock
    ids: Identifiers
    readings: Readings
    #: How long whoever gets a task has to answer, where the team has not agreed on a time.
    answer: dt.timedelta

    def escalate(self) -> int:
        """Give what waits too long, or waits for somebody who is away, to the next; tells how many tasks moved."""
        now = self.clock()
        ids = dict.fromkeys([*self._overdue(now), *self._of_the_absent(now)])
        return sum(self._move(id_, now) for id_ in ids)

    def _overdue(self, now: dt.datetime) -> Iterator[str]:
        """Whose limit is past, and who is somebody: beyond the team there is nobody."""
        for found in self._pages("Task", _OPEN, _DUTIES, also=[over("Task", "ack-deadline", now)]):
            if reference_id(parse(found.body)["owner"], "PractitionerRole"):
                yield found.id

    def _of_the_absent(self, now: dt.datetime) -> Iterator[str]:
        is_delegator = (("role", systems.ROLE_CODE, "DELEGATOR"),)
        for role in self._pages("PractitionerRole", _ACTIVE, is_delegator):
            enrolment = _read(role.body)
            if enrolment and enrolment.availability.absent(now) is Truth.YES:
                own = (("owner", "PractitionerRole", role.id),)
                yield from (task.id for task in self._pages("Task", own, _OPEN, _DUTIES))

    def _pages(
        self, type_: str, *conditions: Sequence[Match], also: Sequence[Condition] = ()
    ) -> Iterator[StoredVersion]:
        after: Place | None = None
        while some := page(self.store, type_, *conditions, count=_CHUNK, after=after, also=also):
            yield from (one.version for one in some)
            after = some[-1].place

    def _move(self, id_: str, now: dt.datetime) -> bool:
        """Once: whoever writes the task meanwhile has answered it, or moved it."""
        stored = self.store.read("Task", id_)
        task = parse(stored.body) if stored and stored.body else None
        if stored is None or task is None or task["status"] not in ("requested", "received"):
            return False
        holder = self._enrolment(reference_id(task["owner"], "PractitionerRole"))
        delegator = self._enrolment(reference_id(instead_of(task) or task["owner"], "PractitionerRole"))
        if holder is None or delegator is None:
            return False
        away = holder.availability.absent(now) is Truth.YES
        if not (away or _is_late(task, now)):
            return False
        members = {one.id: one for one in members_of(delegator.protocol, delegator.organization_id, self.store)}
        # Who stood in and did not answer in time: everybody is told, whoever else could stand in.
        skip = not away and holder.id != delegator.id
        one = None if skip else addressee(delegator, members, now, after=holder.id)
        try:
            self._commit(stored, task, holder, delegator, one, now, why=_AWAY if away else _LATE)
        except Stale:
            return False
        return True

    def _commit(
        self,
        stored: StoredVersion,
        before: Resource,
        holder: Enrolment,
        delegator: Enrolment,
        one: Enrolment | None,
        now: dt.datetime,
        *,
        why: str,
    ) -> None:
        knowledge = Knowledge(self.store, self.readings)
        who = "Le délégant" if holder.id == delegator.id else "Le remplaçant"
        reason = f"{who} {why} : adressée à " + ("un remplaçant." if one else "tous les délégants de l’équipe.")
        to = Addressees(store=self.store, knowledge=knowledge).named(delegator, one, reason, reason)
        limit = _limit(before)
        until = max(filter(None, (limit, now + self._time_for(before, delegator, knowledge))))
        version = stored.version + 1
        after = readdressed(
            before, owner=to.owner, delegator=to.delegator, reason=reason, at=now, until=until if limit else None
        )
        sources = [holder.id, *([one.id] if one and one.id != holder.id else [])]
        provenance = readdressing_provenance(
            id=self.ids(),
            task=f"Task/{stored.id}/_history/{version}",
            sources=[knowledge.versioned("PractitionerRole", id_) for id_ in sources],
            policy=delegator.protocol,
            reason=reason,
            recorded=now,
            fictitious="security" in before.get("meta", {}),
        )
        self.store.commit(
            Unit(
                chain=delegator.organization_id,
                recorded=now,
                writes=(
                    write_of(stamped(after, version, now), version, previous=before),
                    write_of_proof(stamped(provenance, 1, now), 0),
                ),
            )
        )

    def _time_for(self, task: Resource, delegator: Enrolment, knowledge: Knowledge) -> dt.timedelta:
        """What is urgent is answered within the time that the team has agreed on, when it has."""
        if task.get("priority") == "routine":
            return self.answer
        team = Addressees(store=self.store, knowledge=knowledge).team(delegator)
        read = knowledge.reading("CareTeam", reference_id(team, "CareTeam"), team_from_fhir)
        return (read.arrangement.response if read else None) or self.answer

    def _enrolment(self, id_: str) -> Enrolment | None:
        stored = self.store.read("PractitionerRole", id_) if id_ else None
        return _read(stored.body) if stored and stored.body else None


def _limit(task: Resource) -> dt.datetime | None:
    end = task.get("restriction", {}).get("period", {}).get("end")
    return dt.datetime.fromisoformat(end) if end else None


def _is_late(task: Resource, now: dt.datetime) -> bool:
    limit = _limit(task)
    return limit is not None and limit < now


def _read(body: bytes) -> Enrolment | None:
    """What was accepted once and no longer reads as it should is nobody's enrolment."""
    try:
        return enrolment_from_fhir(parse(body))
    except Refused:
        return None
