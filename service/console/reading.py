"""From the store to the pages: what a délégant has to read, what they read lately, one of their acts.

A délégant sees an act when a task about it is theirs, and no other.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from mappings.domain.protocol import Protocol
from mappings.domain.time import french_day
from mappings.fhir.act import is_in_error
from mappings.fhir.datatypes import reference_id
from mappings.fhir.json import parse
from mappings.fhir.patient import patient_from_fhir
from mappings.fhir.practitioner import practitioner_from_fhir
from mappings.fhir.task import TASK_CODE
from service.clock import Clock
from service.composition import Composition, road_to_the_record
from service.console.act_page import trace_view
from service.console.traced import (
    TraceView,
)
from service.console.tracing import Tracing, envelopes_of
from service.console.views import ActView, act_view
from service.evidence import judged_version
from service.finding import Match, found, page
from service.outbox.envelope import Destination, Envelope
from service.owners import tasks_of
from service.store import Store
from service.store.search import Found, Place
from service.versions import last_by_destination

Resource = dict[str, Any]

#: Tasks of one page of the list.
PAGE: Final = 50
_LATELY: Final = 10
_PLACE: Final = re.compile(r"(-?[0-9]{1,18})\.([0-9]{1,18})")
#: The two duties of a délégant about an act.
_DUTIES: Final[Sequence[Match]] = (("code", TASK_CODE, "acknowledge"), ("code", TASK_CODE, "reorient"))
#: Tasks of a structure about an act: a delivery to mend, a report to withdraw.
_OF_THE_STRUCTURE: Final = ("resolve-delivery", "withdraw-report", "read-reply")


@dataclass(frozen=True, slots=True)
class Page:
    """Some acts, and where the next ones begin; empty when these are the last."""

    acts: tuple[ActView, ...]
    after: str


@dataclass(frozen=True, slots=True)
class Desk:
    """What the pages read, for one délégant."""

    store: Store
    catalogue: Mapping[str, Protocol]
    clock: Clock
    rpps: str
    #: What finds the tasks that are theirs to answer, or that others have in their place.
    mine: Sequence[Match]
    #: The road that this installation takes to the shared record.
    road: Destination

    def waiting(self, after: str) -> Page:
        """Acts with something left to acknowledge, from ``after`` on: pages by date of record, each by date of act."""
        tasks = self._tasks("requested", sort="authored-on", count=PAGE, after=_place(after))
        acts = sorted(self._acts([parse(one.version.body) for one in tasks]), key=lambda act: act.start, reverse=True)
        return Page(tuple(acts), _told(tasks[-1].place) if len(tasks) == PAGE else "")

    def lately(self) -> tuple[ActView, ...]:
        """Acts read last, without those of which something is left."""
        tasks = self._tasks("completed", sort="modified", count=_LATELY * 2)
        acts = self._acts(parse(one.version.body) for one in tasks)
        return tuple(act for act in acts if act.duty.read_at)[:_LATELY]

    def act(self, procedure_id: str) -> ActView | None:
        """One act; None when it is not this délégant's to see."""
        return next(iter(self._acts(self.tasks_about(procedure_id))), None)

    def tasks_about(self, procedure_id: str) -> list[Resource]:
        """The délégant's duties about one act; none means that the act is not theirs."""
        about = ("focus", "Procedure", procedure_id)
        tasks = found(self.store, "Task", [about], self.mine, _DUTIES, sort="authored-on")
        return [parse(version.body) for version in tasks]

    def trace(self, procedure_id: str) -> TraceView | None:
        """Everything about one act; None when it is not this délégant's to see."""
        tasks = self.tasks_about(procedure_id)
        if not tasks:
            return None
        tracing = Tracing(store=self.store, catalogue=self.catalogue, clock=self.clock, road=self.road)
        return trace_view(tracing.told(procedure_id, tasks))

    def _tasks(self, status: str, *, sort: str, count: int, after: Place | None = None) -> list[Found]:
        conditions: list[Sequence[Match]] = [self.mine, [("status", "", status)], _DUTIES]
        return page(self.store, "Task", *conditions, sort=sort, descending=True, count=count, after=after)

    def _acts(self, tasks: Iterable[Resource]) -> tuple[ActView, ...]:
        """One view an act, in the order of ``tasks``; what belongs to all of them is read in three rounds."""
        ids = dict.fromkeys(filter(None, (reference_id(task["focus"], "Procedure") for task in tasks)))
        current = self._many(("Procedure", id_) for id_ in ids)
        procedures = {id_: self._as_accepted(one) if is_in_error(one) else one for id_, one in current.items()}
        patients = self._many(("Patient", _subject(procedure)) for procedure in procedures.values())
        roles = self._many(("PractitionerRole", _performer(procedure)) for procedure in procedures.values())
        people = self._many(("Practitioner", _practitioner(role)) for role in roles.values())
        sent = {id_: self._lately_sent(id_) for id_ in ids}
        outcomes = self.store.outcomes_of([one.id for envelopes in sent.values() for one in envelopes])
        now = self.clock()
        return tuple(
            act_view(
                procedures[id_],
                self.tasks_about(id_),
                sent[id_],
                outcomes,
                patient=patient_from_fhir(patients[_subject(procedures[id_])]),
                delegatee=practitioner_from_fhir(people[_practitioner(roles[_performer(procedures[id_])])]),
                catalogue=self.catalogue,
                now=now,
                in_error=is_in_error(current[id_]),
            )
            for id_ in ids
        )

    def _as_accepted(self, procedure: Resource) -> Resource:
        """The last version that says what was done or not."""
        version = judged_version(self.store, procedure["id"])
        before = self.store.read("Procedure", procedure["id"], version)
        return parse(before.body) if before else procedure

    def _many(self, keys: Iterable[tuple[str, str]]) -> dict[str, Resource]:
        return {version.id: parse(version.body) for version in self.store.read_many(list(dict.fromkeys(keys)))}

    def _lately_sent(self, procedure_id: str) -> list[Envelope]:
        """Of each destination the last version, and what withdraws it."""
        envelopes = envelopes_of(self.store, procedure_id)
        last = list(last_by_destination(envelopes).values())
        names = {one.id for one in last}
        return [*last, *(one for one in envelopes if one.purpose == "withdraw" and one.follows in names)]


def _told(place: Place) -> str:
    """A place as an address of ours says it."""
    return f"{place.keys[0]}.{place.number}"


def _place(told: str) -> Place | None:
    """The place that an address says; None when it says none."""
    match = _PLACE.fullmatch(told)
    return Place((int(match[1]),), int(match[2])) if match else None


def desk_of(composition: Composition, rpps: str) -> Desk:
    mine = tasks_of(composition.store, rpps, french_day(composition.clock()))
    road = road_to_the_record(composition.settings)
    return Desk(composition.store, composition.catalogue, composition.clock, rpps, mine, road)


def _subject(procedure: Resource) -> str:
    return reference_id(procedure["subject"], "Patient")


def _performer(procedure: Resource) -> str:
    return reference_id(procedure["performer"][0]["actor"], "PractitionerRole")


def _practitioner(role: Resource) -> str:
    return reference_id(role["practitioner"], "Practitioner")
