"""From the store to the pages: what a délégant has to read, and the whole trace of one of their acts.

A délégant sees an act when a task about it is theirs, and no other.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from mappings.codes import systems
from mappings.domain.cooperation import Enrolment
from mappings.domain.people import Organization, Practitioner
from mappings.domain.protocol import Protocol
from mappings.domain.time import french_day
from mappings.fhir.act import is_in_error
from mappings.fhir.datatypes import reference_id
from mappings.fhir.json import parse
from mappings.fhir.organization import organization_from_fhir
from mappings.fhir.patient import patient_from_fhir
from mappings.fhir.practitioner import practitioner_from_fhir
from mappings.fhir.practitioner_role import enrolment_from_fhir
from mappings.fhir.task import TASK_CODE
from service.clock import Clock
from service.composition import Composition, road_to_the_record
from service.console import french
from service.console.adverse import is_told
from service.console.timeline import trace_view
from service.console.traced import (
    Acknowledgement,
    Amendment,
    Proof,
    ReplyRead,
    Retraction,
    Sent,
    Told,
    TraceView,
    Update,
)
from service.console.views import ActView, act_view, code_of
from service.evidence import ActEvidence, evidence_of, judged_version, report_from
from service.finding import Match, found, ids_with, page
from service.outbox.envelope import Destination, Document, Envelope
from service.owners import tasks_of
from service.showing import changes_of
from service.store import Store
from service.store.search import Found, Place
from service.versions import documents_of, envelopes_of_act, last_by_destination

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Delegator:
    """A délégant of a team, as offered on the development sign-in page."""

    enrolment_id: str
    rpps: str
    practitioner: Practitioner
    organization: Organization


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
        evidence = evidence_of(self.store, procedure_id)
        first = evidence if evidence.version == 1 else evidence_of(self.store, procedure_id, 1)
        documents, sent = self._sent(evidence)
        document = documents[-1] if documents else self._nameless(evidence)
        report = report_from(evidence, self.catalogue, document)
        provenances = self._found("Provenance", "target", procedure_id)
        repairs = [one for one in self._found("Task", "focus", procedure_id) if code_of(one) in _OF_THE_STRUCTURE]
        return trace_view(
            Told(
                report=report,
                protocol=self.catalogue.get(report.protocol_canonical),
                evidence=evidence,
                first=first.provenance,
                proof=self._proof(first.provenance, report.organization),
                amendments=[
                    self._amendment(one, report.organization) for one in _amendments(procedure_id, provenances)
                ],
                updates=self._updates(procedure_id, provenances, report.organization),
                tasks=tasks,
                acknowledgements=[
                    Acknowledgement(task=task, proof=self._proof(_proving(task, provenances), report.organization))
                    for task in tasks
                    if task["status"] == "completed"
                ],
                owners={task["id"]: self._owner(task) for task in tasks},
                repairs=repairs,
                read=[
                    self._read(one, provenances, report.organization)
                    for one in repairs
                    if code_of(one) == "read-reply" and one["status"] == "completed"
                ],
                retraction=self._retraction(procedure_id, provenances, report.organization),
                consent=self._consent(evidence),
                adverse=[one for one in self._found("AdverseEvent", "substance", procedure_id) if is_told(one)],
                document=document,
                documents=documents,
                sent=sent,
                mails=[
                    one
                    for act in dict.fromkeys(each.act for each in documents)
                    for one in self.store.inbound.about(act)
                    if one.kind != "notice"
                ],
                road=self.road,
                now=self.clock(),
            )
        )

    def _retraction(
        self, procedure_id: str, provenances: Iterable[Resource], organization: Organization
    ) -> Retraction | None:
        """Who told that the act was entered in error; None when nobody did."""
        stored = self.store.read("Procedure", procedure_id)
        if stored is None or not is_in_error(parse(stored.body)):
            return None
        reference = f"Procedure/{procedure_id}/_history/{stored.version}"
        provenance = next(one for one in provenances if one["target"][0]["reference"] == reference)
        return Retraction(
            procedure=parse(stored.body), provenance=provenance, proof=self._proof(provenance, organization)
        )

    def _read(self, task: Resource, provenances: Iterable[Resource], organization: Organization) -> ReplyRead:
        provenance = _proving(task, provenances)
        rpps = provenance["agent"][0]["who"]["identifier"]["value"] if provenance else ""
        found = practitioner(self.store, rpps) if rpps else None
        who = french.name(found) if found else ""
        return ReplyRead(task=task, who=who, proof=self._proof(provenance, organization))

    def _updates(self, procedure_id: str, provenances: Iterable[Resource], organization: Organization) -> list[Update]:
        """What was asked about the report in the shared record, a request after the other."""
        asked = {one.id: parse(one.body) for one in changes_of(self.store, procedure_id)}
        found = []
        for provenance in provenances:
            ids = [reference_id(one, "Task") for one in provenance["target"]]
            tasks = [asked[id_] for id_ in ids if id_ in asked]
            if tasks:
                found.append(Update(tasks=tasks, provenance=provenance, proof=self._proof(provenance, organization)))
        return found

    def _amendment(self, provenance: Resource, organization: Organization) -> Amendment:
        version = int(provenance["target"][0]["reference"].rpartition("/")[2])
        return Amendment(version=version, provenance=provenance, proof=self._proof(provenance, organization))

    def _owner(self, task: Resource) -> str:
        """Whose the task is, by name; a team is all its délégants."""
        if reference_id(task["owner"], "CareTeam"):
            return "Tous les délégants de l’équipe"
        found = practitioner(self.store, task["owner"]["identifier"]["value"])
        return french.name(found) if found else ""

    def _consent(self, evidence: ActEvidence) -> Resource:
        """As it stands today; as the act found it when it is gone."""
        of_then = next(one for name, one in evidence.sources.items() if name.startswith("Consent/"))
        stored = self.store.read("Consent", of_then["id"])
        return parse(stored.body) if stored and stored.body else of_then

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
        now = self.clock()
        return tuple(
            act_view(
                procedures[id_],
                self.tasks_about(id_),
                self._lately_sent(id_),
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

    def _found(self, type_: str, param: str, procedure_id: str) -> list[Resource]:
        return [parse(version.body) for version in found(self.store, type_, [(param, "Procedure", procedure_id)])]

    def _envelopes(self, procedure_id: str) -> list[Envelope]:
        """Of every version."""
        return envelopes_of_act(self.store, procedure_id, judged_version(self.store, procedure_id))

    def _lately_sent(self, procedure_id: str) -> list[Envelope]:
        """Of each destination the last version, and what withdraws it."""
        envelopes = self._envelopes(procedure_id)
        last = list(last_by_destination(envelopes).values())
        names = {one.id for one in last}
        return [*last, *(one for one in envelopes if one.purpose == "withdraw" and one.follows in names)]

    def _sent(self, evidence: ActEvidence) -> tuple[list[Document], list[Sent]]:
        """The report's documents, a version after the other, and their envelopes; none when it goes nowhere."""
        envelopes = self._envelopes(evidence.procedure["id"])
        documents = documents_of(self.store, envelopes)
        numbers = {one.id: one.version for one in documents} if len(documents) > 1 else {}
        sent = [
            Sent(envelope=one, attempts=self.store.attempts_of(one.id), version=numbers.get(one.document_id, 0))
            for one in envelopes
        ]
        return documents, sent

    def _nameless(self, evidence: ActEvidence) -> Document:
        """A document without name, of a report that goes nowhere."""
        act = f"Procedure/{evidence.procedure['id']}/_history/{evidence.version}"
        return Document(id="", act=act, chain="", unique_id="", set_id="", version=1, created_at=self.clock())

    def _proof(self, provenance: Resource | None, organization: Organization) -> Proof | None:
        """The link that ``provenance`` shows, looked up in the chain and recomputed from the stored bytes."""
        if provenance is None:
            return None
        shown = {part["url"]: part for part in provenance["extension"][0]["extension"]}
        sequence = shown["sequence"]["valuePositiveInt"]
        link = next(self.store.links(organization.id, sequence), None)
        holds = link is not None and link.sequence == sequence and all(self.store.proved(organization.id, [link]))
        return Proof(
            sequence=sequence,
            chain=organization.name,
            digest=link.digest.hex() if link else "",
            holds=holds,
        )


def _amendments(procedure_id: str, provenances: Iterable[Resource]) -> list[Resource]:
    """The proofs of the act's later versions, without the one that tells it to be in error."""
    me = f"Procedure/{procedure_id}/_history/"
    later = [one for one in provenances if _proves_a_version(one, me)]
    return sorted(later, key=lambda one: int(one["target"][0]["reference"].rpartition("/")[2]))


def _proves_a_version(provenance: Resource, me: str) -> bool:
    first = provenance["target"][0]["reference"]
    sources = any(one["role"] == "source" for one in provenance.get("entity", ()))
    return bool(first.startswith(me)) and first != f"{me}1" and sources


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


def delegators(store: Store) -> list[Delegator]:
    """Who may sign in: délégants with an active enrolment, each once, by family name."""
    is_delegator, is_active = ("role", systems.ROLE_CODE, "DELEGATOR"), ("enrolment-status", "", "active")
    listed: dict[str, Delegator] = {}
    for version in found(store, "PractitionerRole", [is_delegator], [is_active]):
        enrolment = enrolment_from_fhir(parse(version.body))
        listed.setdefault(enrolment.rpps, _delegator(store, enrolment))
    return sorted(listed.values(), key=lambda one: (one.practitioner.family, one.practitioner.given))


def practitioner(store: Store, rpps: str) -> Practitioner | None:
    """The professional of an RPPS number, as on record."""
    ids = ids_with(store, "Practitioner", "identifier", systems.RPPS, rpps)
    stored = store.read("Practitioner", ids[0]) if ids else None
    return practitioner_from_fhir(parse(stored.body)) if stored else None


def _delegator(store: Store, enrolment: Enrolment) -> Delegator:
    keys = [("Practitioner", enrolment.practitioner_id), ("Organization", enrolment.organization_id)]
    person, structure = (parse(version.body) for version in store.read_many(keys))
    return Delegator(
        enrolment_id=enrolment.id,
        rpps=enrolment.rpps,
        practitioner=practitioner_from_fhir(person),
        organization=organization_from_fhir(structure),
    )


def _proving(task: Resource, provenances: Iterable[Resource]) -> Resource | None:
    """The Provenance whose first target, the one that its link covers, is this version of the task."""
    reference = f"Task/{task['id']}/_history/{task['meta']['versionId']}"
    return next((p for p in provenances if p["target"][0]["reference"] == reference), None)


def _subject(procedure: Resource) -> str:
    return reference_id(procedure["subject"], "Patient")


def _performer(procedure: Resource) -> str:
    return reference_id(procedure["performer"][0]["actor"], "PractitionerRole")


def _practitioner(role: Resource) -> str:
    return reference_id(role["practitioner"], "Practitioner")
