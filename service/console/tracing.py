"""From the store to the page of one act: all that its trace is told, from the consent to the reading, and each proof."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from mappings.domain.people import Organization
from mappings.domain.protocol import Protocol
from mappings.fhir.act import is_in_error
from mappings.fhir.datatypes import reference_id
from mappings.fhir.json import parse
from service.clock import Clock
from service.console import french
from service.console.adverse import is_told
from service.console.people import practitioner
from service.console.traced import Acknowledgement, Amendment, Proof, ReplyRead, Retraction, Sent, Told, Update
from service.console.views import code_of
from service.evidence import ActEvidence, evidence_of, judged_version, report_from
from service.finding import found
from service.outbox.envelope import Destination, Document, Envelope
from service.showing import changes_of
from service.store import Store
from service.versions import documents_of, envelopes_of_act

Resource = dict[str, Any]

#: Tasks of a structure about an act: a delivery to mend, a report to withdraw, an answer to read.
_OF_THE_STRUCTURE: Final = ("resolve-delivery", "withdraw-report", "read-reply")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracing:
    """What it takes."""

    store: Store
    catalogue: Mapping[str, Protocol]
    clock: Clock
    #: The road that this installation takes to the shared record.
    road: Destination

    def told(self, procedure_id: str, tasks: list[Resource]) -> Told:
        """``tasks`` are the duties about the act of who looks at it."""
        evidence = evidence_of(self.store, procedure_id)
        first = evidence if evidence.version == 1 else evidence_of(self.store, procedure_id, 1)
        documents, sent = self._sent(evidence)
        document = documents[-1] if documents else self._nameless(evidence)
        report = report_from(evidence, self.catalogue, document)
        provenances = self._found("Provenance", "target", procedure_id)
        repairs = [one for one in self._found("Task", "focus", procedure_id) if code_of(one) in _OF_THE_STRUCTURE]
        return Told(
            report=report,
            protocol=self.catalogue.get(report.protocol_canonical),
            evidence=evidence,
            first=first.provenance,
            proof=self._proof(first.provenance, report.organization),
            amendments=[self._amendment(one, report.organization) for one in _amendments(procedure_id, provenances)],
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

    def _found(self, type_: str, param: str, procedure_id: str) -> list[Resource]:
        return [parse(version.body) for version in found(self.store, type_, [(param, "Procedure", procedure_id)])]

    def _sent(self, evidence: ActEvidence) -> tuple[list[Document], list[Sent]]:
        """The report's documents, a version after the other, and their envelopes; none when it goes nowhere."""
        envelopes = envelopes_of(self.store, evidence.procedure["id"])
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


def envelopes_of(store: Store, procedure_id: str) -> list[Envelope]:
    """Of every version of an act that says what was done or not."""
    return envelopes_of_act(store, procedure_id, judged_version(store, procedure_id))


def _amendments(procedure_id: str, provenances: Iterable[Resource]) -> list[Resource]:
    """The proofs of the act's later versions, without the one that tells it to be in error."""
    me = f"Procedure/{procedure_id}/_history/"
    later = [one for one in provenances if _proves_a_version(one, me)]
    return sorted(later, key=lambda one: int(one["target"][0]["reference"].rpartition("/")[2]))


def _proves_a_version(provenance: Resource, me: str) -> bool:
    first = provenance["target"][0]["reference"]
    sources = any(one["role"] == "source" for one in provenance.get("entity", ()))
    return bool(first.startswith(me)) and first != f"{me}1" and sources


def _proving(task: Resource, provenances: Iterable[Resource]) -> Resource | None:
    """The Provenance whose first target, the one that its link covers, is this version of the task."""
    reference = f"Task/{task['id']}/_history/{task['meta']['versionId']}"
    return next((p for p in provenances if p["target"][0]["reference"] == reference), None)
