"""A team tells how it is reached: the next version of its CareTeam, which nothing else of it changes, and its proof."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from mappings.domain.availability import Arrangement
from mappings.domain.cooperation import Team
from mappings.fhir.care_team import team_from_fhir, team_to_fhir
from mappings.fhir.json import parse
from mappings.fhir.provenance import arrangement_provenance
from mappings.issues import Issue, Refused
from service.clock import Identifiers
from service.intake.conditions import located
from service.intake.effect import Effect
from service.intake.placement import Placed, numbered
from service.store import Store
from service.store.unit import Stale, Unit, Write
from service.structures import refuse_foreign
from service.writes import stamped, unchanged, write_of, write_of_proof

Resource = dict[str, Any]
_TURNS: Final = 4
_TWICE: Final = (
    "Cette transaction change des adhésions de l’équipe, et l’équipe avec elles : ce que l’équipe a convenu se transmet à "
    "part, après elles."
)


def arrangements(placed: Sequence[Placed], ids: Identifiers, rpps: str, now: dt.datetime) -> Effect:
    """The proof of each team of a request that tells how it is reached; the teams are written among the rest."""
    return Effect(
        writes=tuple(
            write_of_proof(stamped(_proof(team_from_fhir(one.resource), one.version, ids, rpps, now), 1, now), position)
            for position, one in numbered(placed)
            if one.stays and one.entry.type == "CareTeam"
        )
    )


def refuse_twice_told(placed: Sequence[Placed], teams: Sequence[Write]) -> None:
    """One version of a team in one commit: what its members make of it, or what it tells itself."""
    projected = {write.id for write in teams}
    told = [one for one in placed if one.stays and one.entry.type == "CareTeam" and one.id in projected]
    if told:
        raise Refused(Issue("business-rule", located("CareTeam", one.entry), _TWICE, "CSP D4011-4") for one in told)


def arrange(
    store: Store, ids: Identifiers, team_id: str, told: Arrangement, *, rpps: str, now: dt.datetime, finess: str = ""
) -> tuple[int, bool]:
    """The version that says what was told, and whether it is new; ``rpps`` is of who was identified, empty for nobody.

    ``finess``: the structure on whose behalf it is told; empty, of the whole installation.
    """
    for _ in range(_TURNS):
        stored = store.read("CareTeam", team_id)
        if stored is None or not stored.body:
            text = "Aucune adhésion n’est connue dans cette équipe : elle se forme des adhésions de ses membres."
            raise Refused(Issue("not-found", "team", text, "CSP D4011-4"))
        before = parse(stored.body)
        team = replace(team_from_fhir(before), arrangement=told)
        refuse_foreign(store, team.organization_id, finess, "CareTeam")
        after = team_to_fhir(team)
        if unchanged(before, after):
            return stored.version, False
        version = stored.version + 1
        provenance = _proof(team, version, ids, rpps, now)
        try:
            store.commit(
                Unit(
                    chain=team.organization_id,
                    recorded=now,
                    relies_on=(("CareTeam", team_id, stored.version),),
                    writes=(
                        write_of(stamped(after, version, now), version, previous=before),
                        write_of_proof(stamped(provenance, 1, now), 0),
                    ),
                )
            )
        except Stale:
            continue  # a member has just come or gone: look again
        return version, True
    raise Refused(Issue("transient", "team", "Cette équipe ne cesse de changer ; présentez de nouveau la demande."))


def _proof(team: Team, version: int, ids: Identifiers, rpps: str, now: dt.datetime) -> Resource:
    """``rpps`` is of who was identified, empty for nobody."""
    return arrangement_provenance(
        id=ids(),
        team=f"CareTeam/{team.id}/_history/{version}",
        organization=team.organization_id,
        policy=team.protocol,
        rpps=rpps,
        recorded=now,
    )
