"""Deletion: a version that says nothing any more; what came before stays in the history, and so does its proof.

What something current points at is not deleted: a reference that led somewhere goes on leading there. References are
those that are indexed, the consent that an inclusion rests on, and the structure that a chain of proof is kept for.
"""

from collections.abc import Iterable, Sequence

from mappings.fhir.bundle import targets_of
from mappings.fhir.json import parse
from mappings.fhir.search import PARAMETERS, targets
from mappings.issues import Issue
from service.finding import found, term_of
from service.intake.placement import Placed
from service.store import Store
from service.store.search import Search


def in_the_way(placed: Sequence[Placed], store: Store) -> list[Issue]:
    """Deletions that something current stands against; what this request itself writes is judged with it."""
    rewritten = {(item.entry.type, item.id) for item in placed if item.writes}
    return [
        Issue(
            "processing",
            item.entry.expression or item.entry.type,
            "Cette ressource est encore désignée par une autre : elle ne peut pas être supprimée.",
            "FHIR R4, http.html#delete",
        )
        for item in placed
        if item.effect == "deleted" and _pointed(item, rewritten, store)
    ]


def _pointed(item: Placed, rewritten: set[tuple[str, str]], store: Store) -> bool:
    type_, id_ = item.entry.type, item.id
    if type_ == "Organization" and store.head(id_).sequence:
        return True
    terms = list(_terms(type_, id_))
    wanted = Search(every=[terms], count=len(rewritten) + 1)
    pointing = [one.version for one in store.search(wanted)] if terms else []
    if type_ == "Consent":
        patient = str(item.resource["patient"]["reference"]).partition("/")[2]
        plans = found(store, "CarePlan", [("subject", "Patient", patient)])
        pointing += [plan for plan in plans if f"Consent/{id_}" in targets_of(parse(plan.body))]
    return any((one.type, one.id) not in rewritten for one in pointing)


def _terms(type_: str, id_: str) -> Iterable[int]:
    """Under which any resource that points at this one is entered."""
    for source, parameters in PARAMETERS.items():
        for name in {one.name for one in parameters if one.kind == "reference"}:
            if type_ in targets(source, name):
                yield term_of(source, name, type_, id_)
