"""One state of one dossier, kept: its Task, what its list calls for, and the proof, in one commit.

The same state again changes nothing, and an older one never replaces a newer: the order in which polls bring dossiers,
and how often, does not matter.
"""

import datetime as dt
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from mappings.codes import systems
from mappings.domain.declaration import Declaration, Remark
from mappings.domain.identity import team_id, team_identifier
from mappings.fhir.declaration import DOSSIER, declaration_from_fhir, declaration_to_fhir, task_id
from mappings.fhir.json import parse
from mappings.fhir.practitioner_role import enrolment_from_fhir
from mappings.fhir.provenance import declaration_provenance
from mappings.fhir.task import PROFILE
from mappings.issues import Issue, Refused
from service.clock import Clock, Identifiers
from service.declarations.proposals import Proposed, proposed
from service.intake.asked import Asked
from service.intake.chains import COMMON_CHAIN
from service.intake.claims import Freed, check_lengths, claims, frees
from service.intake.knowledge import Knowledge, Readings
from service.intake.placement import Placed, Placing, place
from service.intake.teams import team_writes
from service.store import Store
from service.store.unit import Repeated, Stale, Unit
from service.writes import stamped, unchanged, write_of, write_of_proof

Resource = dict[str, Any]

_TURNS: Final = 8
_UNKNOWN_STRUCTURE: Final = (
    "la structure n’est pas encore connue ici, et le dossier ne dit pas son secteur d’activité : "
    "aucune adhésion n’est proposée."
)


class Kept(StrEnum):
    """What became of a state of a dossier."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    #: A newer state of the same list is on record already.
    OLDER = "older"


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """Keeps declarations; ``Refused`` when what is on record stands against it."""

    store: Store
    clock: Clock
    ids: Identifiers
    readings: Readings

    def keep(self, declaration: Declaration) -> Kept:
        freed: Freed = {}
        overtaken: set[tuple[str, str]] = set()
        for _ in range(_TURNS):
            try:
                return self._turn(declaration, freed)
            except Stale:
                continue
            except Repeated as repeated:
                claimed = (repeated.claim.scope, repeated.claim.key)
                if not frees(repeated.claim, self.store, freed) and claimed in overtaken:
                    text = "Une ressource porte déjà un identifiant de cette liste, avec un autre contenu."
                    raise Refused(Issue("duplicate", "identifier", text)) from None
                # Somebody has just brought the bearer: the next turn finds it.
                overtaken.add(claimed)
        raise Refused(Issue("transient", "", "Ce que la déclaration modifie ne cesse de changer."))

    def _turn(self, declaration: Declaration, freed: Freed) -> Kept:
        now = self.clock()
        id_ = task_id(declaration.dossier, declaration.declared)
        stored = self.store.read("Task", id_)
        previous = parse(stored.body) if stored else None
        if previous is not None:
            held = declaration_from_fhir(previous)
            if (held.digest, held.state) == (declaration.digest, declaration.state):
                # The same file again says nothing new, whenever it comes.
                declaration = replace(declaration, modified=held.modified)
            elif _newer(held, declaration):
                return Kept.OLDER
        knowledge = Knowledge(self.store, self.readings)
        wanted = proposed(declaration, self.store, knowledge)
        if declaration.members and not wanted.organization_id:
            unknown = Remark(row=0, text=_UNKNOWN_STRUCTURE, aside=False)
            declaration = replace(declaration, remarks=(*declaration.remarks, unknown))
        placed = place(wanted.entries, Placing(knowledge=knowledge, store=self.store, ids=self.ids, now=now, keep={}))
        check_lengths(placed)
        teams = list(team_writes(_enrolments(placed), knowledge, self.store, now))
        # A dossier aside points at nothing: what it names may or may not be here, depending on what came before it.
        task = declaration_to_fhir(
            declaration,
            organization_id="" if declaration.is_aside else wanted.organization_id,
            team=not declaration.is_aside and _has_team(declaration, knowledge),
        )
        if previous is not None and unchanged(previous, task):
            return Kept.SAME
        version = (stored.version if stored else 0) + 1
        written = [item for item in placed if item.writes]
        task = stamped(task, version, now)
        targets = [f"Task/{id_}/_history/{version}", *(f"{p.entry.type}/{p.id}/_history/{p.version}" for p in written)]
        self.store.commit(
            Unit(
                chain=wanted.organization_id or COMMON_CHAIN,
                recorded=now,
                relies_on=tuple((*key, version) for key, version in knowledge.relied.items()),
                requests=tuple(claims(placed, _asked(declaration), 201, b"{}", freed)),
                writes=(
                    write_of(task, version, previous=previous),
                    *(write_of(p.resource, p.version, previous=p.previous) for p in written),
                    *teams,
                    write_of_proof(self._proof(declaration, wanted, task, targets, now), 0),
                ),
            )
        )
        return Kept.CHANGED if previous is not None else Kept.NEW

    def _proof(
        self, declaration: Declaration, wanted: Proposed, task: Resource, targets: list[str], now: dt.datetime
    ) -> Resource:
        provenance = declaration_provenance(
            id=self.ids(),
            targets=targets,
            dossier={"system": DOSSIER, "value": declaration.dossier},
            author=task["requester"],
            policy=declaration.protocol or PROFILE,
            declared=declaration.declared,
            recorded=now,
            fictitious="security" in task["meta"],
        )
        return stamped(provenance, 1, now)


def _newer(held: Declaration, come: Declaration) -> bool:
    return (held.modified, held.digest) > (come.modified, come.digest)


def _enrolments(placed: list[Placed]) -> list[Any]:
    return [enrolment_from_fhir(p.resource) for p in placed if p.stays and p.entry.type == "PractitionerRole"]


def _has_team(declaration: Declaration, knowledge: Knowledge) -> bool:
    if not declaration.protocol or not declaration.finess:
        return False
    return knowledge.version("CareTeam", team_id(team_identifier(declaration.protocol, declaration.finess))) > 0


def _asked(declaration: Declaration) -> Asked:
    """The commit answers no request of a client: its claims are of identifiers alone."""
    return Asked(
        client=systems.CANONICAL, key="", fingerprint=declaration.digest, render=lambda outcome: b"{}", trusted=True
    )
