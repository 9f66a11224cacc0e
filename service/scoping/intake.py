"""What a caller of one structure submits: nothing of another is written; else the same story as for all."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

from mappings.fhir.bundle import Entry
from mappings.issues import Issue, Refused
from service.intake import Answer, Asked, Intake
from service.intake.knowledge import Readings
from service.scoping.sight import Sight
from service.scoping.writing import foreign_entries
from service.store import Store
from service.structures import ARTICLE, foreign


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopedIntake(Intake):
    """Its own store and readings show what is seen; what is submitted is judged on all that is on record."""

    whole: Intake
    sight: Sight

    def submit(self, entries: Sequence[Entry], asked: Asked) -> Answer:
        # Our own flat door names people by their numbers: what it would change of them is judged in its place.
        judged = () if asked.trusted else entries
        issues = [issue for entry in judged if (issue := _against(entry, self.whole.store, self.store))]
        if issues:
            raise Refused(issues)
        try:
            return self.whole.submit(entries, asked)
        finally:
            self.sight.forget()


def scoped_intake(intake: Intake, store: Store, sight: Sight, finess: str) -> ScopedIntake:
    kept = {one.name: getattr(intake, one.name) for one in fields(Intake)}
    whole = replace(intake, forbids=lambda placed: foreign_entries(placed, intake.store, finess))
    return ScopedIntake(**(kept | {"store": store, "readings": Readings()}), whole=whole, sight=sight)


def _against(entry: Entry, store: Store, seen: Store) -> Issue | None:
    place = entry.expression or entry.type
    if entry.type == "Subscription":
        text = "Un abonnement se demande sans structure : ce qu’il annonce n’est pas filtré selon les partages."
        return Issue("forbidden", place, text, ARTICLE)
    id_ = entry.id or (str(entry.resource.get("id", "")) if entry.method == "PUT" else "")
    if entry.method == "POST" or not id_ or seen.read(entry.type, id_) is not None:
        return None
    if store.read(entry.type, id_) is None:
        return None  # nobody's yet
    return foreign(place)
