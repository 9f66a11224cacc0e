"""What an accepted act rested on, read back from its Provenance: the very versions, not today's."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from mappings.domain.execution import Execution
from mappings.domain.protocol import Protocol
from mappings.domain.report import ActReport
from mappings.domain.reporting import Edition, report_of
from mappings.fhir.act import BELONGINGS, ISSUED, act_from_fhir, is_in_error
from mappings.fhir.json import parse
from mappings.fhir.organization import organization_from_fhir
from mappings.fhir.patient import patient_from_fhir
from mappings.fhir.practitioner import practitioner_from_fhir
from mappings.fhir.practitioner_role import enrolment_from_fhir
from mappings.fhir.provenance import reason_of
from mappings.remembered import Remembered
from service.finding import found
from service.outbox.envelope import Document
from service.store import Store
from service.store.unit import StoredVersion

Resource = dict[str, Any]
#: Sources by their versioned reference.
Sources = Remembered[str, Resource]
#: What was read in one of them, by its versioned reference and the name of its reader.
Readings = Remembered[tuple[str, str], Any]
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class ActEvidence:
    """One act as stored, with the resources around it and the versions its Provenance names."""

    procedure: Resource
    version: int
    responses: tuple[Resource, ...]
    observations: tuple[Resource, ...]
    #: What it prescribed and what it dispensed.
    issued: tuple[Resource, ...]
    #: The Provenance that the acceptance wrote.
    provenance: Resource
    #: Versioned references of what the act rested on, and those resources.
    sources: dict[str, Resource]

    @property
    def told(self) -> tuple[Resource, ...]:
        """The act and all that belongs to it, the act first."""
        return (self.procedure, *self.responses, *self.observations, *self.issued)

    def source(self, type_: str, id_: str) -> Resource:
        """The version of ``type_/id_`` that the act rested on; ``LookupError`` when the proof names none."""
        return self.sources[self._reference(type_, id_)]

    def read(self, type_: str, id_: str, reader: Callable[[Resource], T], known: "Readings | None" = None) -> T:
        """What ``reader`` makes of that version; once, of what is ``known`` by its version."""
        reference = self._reference(type_, id_)
        kept: T | None = known.get((reference, reader.__name__)) if known is not None else None
        if kept is None:
            kept = reader(self.sources[reference])
            if known is not None:
                known.keep((reference, reader.__name__), kept)
        return kept

    def _reference(self, type_: str, id_: str) -> str:
        begun = f"{type_}/{id_}/"
        for reference in self.sources:
            if reference.startswith(begun):
                return reference
        raise LookupError(f"the proof of the act names no {type_}")


def judged_version(store: Store, procedure_id: str) -> int:
    """The last version that says what was done; ``LookupError`` when there is no such act."""
    stored = store.read("Procedure", procedure_id)
    if stored is None:
        raise LookupError("no such act")
    retracted = stored.version > 1 and is_in_error(parse(stored.body))
    return stored.version - 1 if retracted else stored.version


def evidence_of(store: Store, procedure_id: str, version: int = 0, known: Sources | None = None) -> ActEvidence:
    """All of it for one version of one act, the last that was judged unless told; ``LookupError`` when it is not on record.

    ``known``: sources read before; a version never changes, and a team's are those of all its acts.
    """
    version = version or judged_version(store, procedure_id)
    procedure = store.read("Procedure", procedure_id, version)
    if procedure is None:
        raise LookupError("no such act")
    me = f"Procedure/{procedure_id}"
    proofs = ((one, parse(one.body)) for one in found(store, "Provenance", [("target", "Procedure", procedure_id)]))
    proof = next(
        (
            (stored.number, resource)
            for stored, resource in proofs
            if resource["target"][0]["reference"] == f"{me}/_history/{version}" and _tells_sources(resource)
        ),
        None,
    )
    if proof is None:
        raise LookupError("the act has no proof")
    number, provenance = proof
    sources = [one["what"]["reference"] for one in provenance["entity"] if one["role"] == "source"]
    named = {reference: version_of(store, reference, known) for reference in sources}
    later = version > 1
    belonging = _named(store, provenance, named) if later else _first(store, procedure_id, number)
    return ActEvidence(
        procedure=parse(procedure.body),
        version=version,
        responses=tuple(one for one in belonging if one["resourceType"] == "QuestionnaireResponse"),
        observations=tuple(one for one in belonging if one["resourceType"] == "Observation"),
        issued=tuple(one for one in belonging if one["resourceType"] in ISSUED),
        provenance=provenance,
        sources={name: one for name, one in named.items() if one["resourceType"] not in BELONGINGS},
    )


def version_of(store: Store, reference: str, known: Sources | None = None) -> Resource:
    """What a versioned reference names, to be read only; ``LookupError`` when it is not on record."""
    kept = known.get(reference) if known is not None else None
    if kept is not None:
        return kept
    type_, id_, _, number = reference.split("/")
    stored = store.read(type_, id_, int(number))
    if stored is None:
        raise LookupError(f"the {type_} that an act is or rests on is not on record")
    resource = parse(stored.body)
    if known is not None and type_ not in BELONGINGS:
        known.keep(reference, resource)
    return resource


def _tells_sources(provenance: Resource) -> bool:
    return any(one["role"] == "source" for one in provenance.get("entity", ()))


def _named(store: Store, provenance: Resource, named: Mapping[str, Resource]) -> list[Resource]:
    """Of a later version, what its proof names: what was corrected with it, and what stayed as it was."""
    changed = [version_of(store, one["reference"]) for one in provenance["target"][1:]]
    both = [*changed, *named.values()]
    return [one for one in both if one["resourceType"] in BELONGINGS and not is_in_error(one)]


def _first(store: Store, procedure_id: str, number: int) -> list[Resource]:
    """Of a first version, what it was judged with: as it stood at its proof, whose place in the order of writing is ``number``."""
    belonging = (
        _before(store, one, number)
        for type_, param in BELONGINGS.items()
        for one in found(store, type_, [(param, "Procedure", procedure_id)])
    )
    return [parse(one.body) for one in belonging if one is not None]


def _before(store: Store, one: StoredVersion, number: int) -> StoredVersion | None:
    """The last version that was written before ``number``; None when there is none."""
    stands: StoredVersion | None = one
    while stands is not None and stands.number >= number:
        stands = store.read(one.type, one.id, stands.version - 1) if stands.version > 1 else None
    return stands


def report_from(
    evidence: ActEvidence,
    catalogue: Mapping[str, Protocol],
    document: Document,
    *,
    execution: Execution | None = None,
    level: Literal[1, 3] = 3,
    edition: Edition | None = None,
    known: Readings | None = None,
) -> ActReport:
    """The report of an act, read back from the very versions that it rested on; with ``execution``, how it was judged.

    ``edition``: which version it is, where that matters. ``known``: readings of sources made before.
    """
    act = act_from_fhir(evidence.procedure, evidence.responses, evidence.observations, evidence.issued)
    delegatee = evidence.read("PractitionerRole", act.delegatee_id, enrolment_from_fhir, known)
    delegator = evidence.read("PractitionerRole", act.delegator_id, enrolment_from_fhir, known)
    return report_of(
        act,
        catalogue[act.protocol],
        patient=evidence.read("Patient", act.patient_id, patient_from_fhir, known),
        delegatee=evidence.read("Practitioner", delegatee.practitioner_id, practitioner_from_fhir, known),
        delegator=evidence.read("Practitioner", delegator.practitioner_id, practitioner_from_fhir, known),
        organization=evidence.read("Organization", act.organization_id, organization_from_fhir, known),
        unique_id=document.unique_id,
        set_id=document.set_id,
        created_at=document.created_at,
        execution=execution,
        level=level,
        edition=edition or Edition(reason=reason_of(evidence.provenance)),
    )
