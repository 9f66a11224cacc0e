"""What an accepted act rested on, read back from its Provenance: the very versions, not today's."""

from dataclasses import dataclass
from typing import Any

from mappings.fhir.act import ISSUED
from mappings.fhir.json import parse
from mappings.remembered import Remembered
from service.finding import found
from service.store import Store

Resource = dict[str, Any]
#: Sources by their versioned reference.
Sources = Remembered[str, Resource]


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

    def source(self, type_: str, id_: str) -> Resource:
        """The version of ``type_/id_`` that the act rested on; ``LookupError`` when the proof names none."""
        for reference, resource in self.sources.items():
            if reference.startswith(f"{type_}/{id_}/"):
                return resource
        raise LookupError(f"the proof of the act names no {type_}")


def evidence_of(store: Store, procedure_id: str, version: int = 1, known: Sources | None = None) -> ActEvidence:
    """All of it for one version of one act; ``LookupError`` when the act or its proof is not on record.

    ``known``: sources read before; a version never changes, and a team's are those of all its acts.
    """
    procedure = store.read("Procedure", procedure_id, version)
    if procedure is None:
        raise LookupError("no such act")
    me = f"Procedure/{procedure_id}"
    provenance = next(
        (
            resource
            for resource in _found(store, "Provenance", "target", procedure_id)
            if resource["target"][0]["reference"] == f"{me}/_history/{version}" and "entity" in resource
        ),
        None,
    )
    if provenance is None:
        raise LookupError("the act has no proof")
    named = [entity["what"]["reference"] for entity in provenance["entity"]]
    sources = {reference: _source(store, reference, known) for reference in named}
    return ActEvidence(
        procedure=parse(procedure.body),
        version=version,
        responses=tuple(_belonging(store, "QuestionnaireResponse", "part-of", procedure_id)),
        observations=tuple(_belonging(store, "Observation", "part-of", procedure_id)),
        issued=tuple(
            resource
            for type_, row in ISSUED.items()
            for resource in _belonging(store, type_, row.found_by, procedure_id)
        ),
        provenance=provenance,
        sources=sources,
    )


def _source(store: Store, reference: str, known: Sources | None) -> Resource:
    kept = known.get(reference) if known is not None else None
    if kept is not None:
        return kept
    type_, id_, _, number = reference.split("/")
    stored = store.read(type_, id_, int(number))
    if stored is None:
        raise LookupError(f"the proof of the act names a {type_} that is not on record")
    resource = parse(stored.body)
    if known is not None:
        known.keep(reference, resource)
    return resource


def _found(store: Store, type_: str, param: str, procedure_id: str) -> list[Resource]:
    return [parse(version.body) for version in found(store, type_, [(param, "Procedure", procedure_id)])]


def _belonging(store: Store, type_: str, param: str, procedure_id: str) -> list[Resource]:
    """As the act was judged with it: what follows a first version only says that the act was entered in error."""
    current = found(store, type_, [(param, "Procedure", procedure_id)])
    first = [one if one.version == 1 else store.read(type_, one.id, 1) for one in current]
    return [parse(one.body) for one in first if one]
