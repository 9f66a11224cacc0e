"""What is on record of a team's declarations: the list in force on a day, what it lacks today, what it does not cover."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Final

from mappings.codes import systems
from mappings.codes.systems import PLAN_DEFINITION
from mappings.domain.declaration import (
    Declaration,
    Difference,
    Member,
    Standing,
    TracedAct,
    Uncovered,
    difference,
    in_force,
    uncovered,
)
from mappings.domain.people import Practitioner
from mappings.domain.protocol import Protocol
from mappings.fhir.declaration import CODE, declaration_from_fhir
from mappings.fhir.json import parse
from mappings.fhir.practitioner import practitioner_from_fhir
from mappings.fhir.practitioner_role import enrolment_from_fhir
from mappings.fhir.task import TASK_CODE
from mappings.fhir.traced_act import traced_act
from mappings.records.dossier import version_on
from service.finding import Match, ids_with, page
from service.store import Store
from service.store.search import Place

#: Acts looked at for one answer, the latest of the team.
MOST_ACTS: Final = 5_000
_CHUNK: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamView:
    """One structure and one protocol, on a day."""

    #: Without version.
    protocol: str
    #: Version in force on that day; empty when none was, or none is known.
    version: str
    title: str
    finess: str
    day: dt.date
    declared: Declaration | None
    difference: Difference
    #: Acts done up to that day that no declaration in force on their own day covers, the latest first.
    uncovered: tuple[tuple[TracedAct, tuple[Uncovered, ...]], ...]
    #: Acts looked at, and whether there are older ones that were not.
    examined: int
    unexamined: bool
    #: The last state of each dossier of this structure of which something was put aside or is to be verified.
    remarked: tuple[Declaration, ...]
    #: Number of who is suspended that day, and since when; None when that is not told.
    suspended: Mapping[str, dt.date | None]


def team_view(store: Store, catalogue: Mapping[str, Protocol], protocol: str, finess: str, day: dt.date) -> TeamView:
    """``protocol`` is a name, without version."""
    url = f"{PLAN_DEFINITION}{protocol}"
    version = version_on(catalogue, protocol, day)
    all_declared = declarations_of(store, finess)
    declared = [d for d in all_declared if not d.protocol or d.protocol.partition("|")[0] == url]
    standings = list(_standings(store, url, finess))
    held = in_force(declared, url, day)
    today = version.canonical if version else held.protocol if held else url
    latest = list(islice(_traced(store, url, standings), MOST_ACTS + 1))
    named = sorted(latest[:MOST_ACTS], key=lambda act: (act.day, act.id), reverse=True)
    reasons = [(act, uncovered(act, declared)) for act in named if act.day <= day]
    return TeamView(
        protocol=protocol,
        version=version.version if version else "",
        title=version.title if version else protocol,
        finess=finess,
        day=day,
        declared=held,
        difference=difference(held, standings, today, day),
        uncovered=tuple((act, why) for act, why in reasons if why),
        examined=len(named),
        unexamined=len(latest) > MOST_ACTS,
        remarked=tuple(d for d in _last(declared) if d.remarks),
        suspended=_suspended(standings, day),
    )


def declarations_of(store: Store, finess: str) -> list[Declaration]:
    """Every declared list of a structure, in the order of declaration."""
    of_structure = [("requester:identifier", systems.FINESS, finess)]
    found = _everything(store, "Task", [("code", TASK_CODE, CODE)], of_structure)
    return sorted(map(declaration_from_fhir, found), key=lambda d: (d.declared, d.modified, d.dossier))


def _suspended(standings: Iterable[Standing], day: dt.date) -> dict[str, dt.date | None]:
    """Whose enrolment is suspended, and who was not active that day under another version."""
    begun = [one for one in standings if one.enrolment.period.start <= day]
    active = {one.member.number for one in begun if one.enrolment.was_active(day)}
    return {
        one.member.number: one.enrolment.suspended_since
        for one in begun
        if one.enrolment.status == "suspended" and one.member.number not in active
    }


def _last(declared: Iterable[Declaration]) -> list[Declaration]:
    last = {one.dossier: one for one in declared}
    return list(last.values())


def _standings(store: Store, url: str, finess: str) -> Iterator[Standing]:
    """The enrolments under any version of the protocol, with who is enrolled."""
    structures = [("organization", "Organization", id_) for id_ in _ids(store, finess)]
    if not structures:
        return
    enrolments = [
        enrolment_from_fhir(one) for one in _everything(store, "PractitionerRole", [("protocol", "", url)], structures)
    ]
    keys = list(dict.fromkeys(("Practitioner", e.practitioner_id) for e in enrolments))
    people = {
        one.id: practitioner_from_fhir(parse(one.body))
        for start in range(0, len(keys), _CHUNK)
        for one in store.read_many(keys[start : start + _CHUNK])
        if one.body
    }
    for enrolment in enrolments:
        if enrolment.practitioner_id in people:
            yield Standing(enrolment=enrolment, member=_member(people[enrolment.practitioner_id], enrolment.function))


def _member(person: Practitioner, function: object) -> Member:
    return Member(
        function="DELEGATOR" if function == "DELEGATOR" else "DELEGATEE",
        family=person.family,
        given=person.given,
        profession=person.profession,
        rpps=person.rpps,
    )


def _traced(store: Store, url: str, standings: Iterable[Standing]) -> Iterator[TracedAct]:
    """Every act that a délégué of the structure did under the protocol, the latest first."""
    performers = [
        ("performer", "PractitionerRole", s.enrolment.id) for s in standings if s.enrolment.function == "DELEGATEE"
    ]
    if not performers:
        return
    for procedure in _everything(store, "Procedure", [("protocol", "", url)], performers, latest="date"):
        act = traced_act(procedure)
        if act is not None:
            yield act


def _ids(store: Store, finess: str) -> list[str]:
    return ids_with(store, "Organization", "identifier", systems.FINESS, finess)


def _everything(store: Store, type_: str, *conditions: list[Match], latest: str = "") -> Iterator[dict[str, object]]:
    """Every current resource that meets the conditions, a few hundred at a time; ``latest`` first by that date."""
    after: Place | None = None
    while some := page(store, type_, *conditions, sort=latest, descending=bool(latest), count=_CHUNK, after=after):
        yield from (parse(one.version.body) for one in some)
        after = some[-1].place
