"""A team tells how it is reached: the next version of its CareTeam, which nothing else of it changes, and its proof."""

import datetime as dt
from dataclasses import replace
from typing import Final

from mappings.domain.availability import Arrangement
from mappings.fhir.care_team import team_from_fhir, team_to_fhir
from mappings.fhir.json import parse
from mappings.fhir.provenance import arrangement_provenance
from mappings.issues import Issue, Refused
from service.clock import Identifiers
from service.store import Store
from service.store.unit import Stale, Unit
from service.writes import stamped, unchanged, write_of, write_of_proof

_TURNS: Final = 4


def arrange(
    store: Store, ids: Identifiers, team_id: str, told: Arrangement, *, rpps: str, now: dt.datetime
) -> tuple[int, bool]:
    """The version that says what was told, and whether it is new; ``rpps`` is of who was identified, empty for nobody."""
    for _ in range(_TURNS):
        stored = store.read("CareTeam", team_id)
        if stored is None or not stored.body:
            text = "Aucune adhésion n’est connue dans cette équipe : elle se forme des adhésions de ses membres."
            raise Refused(Issue("not-found", "team", text, "CSP D4011-4"))
        before = parse(stored.body)
        team = replace(team_from_fhir(before), arrangement=told)
        after = team_to_fhir(team)
        if unchanged(before, after):
            return stored.version, False
        version = stored.version + 1
        provenance = arrangement_provenance(
            id=ids(),
            team=f"CareTeam/{team_id}/_history/{version}",
            organization=team.organization_id,
            policy=team.protocol,
            rpps=rpps,
            recorded=now,
        )
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
