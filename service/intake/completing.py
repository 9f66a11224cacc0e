"""Complete: what follows of a request that may be done, beside what was judged: who is told, who proves it, its teams."""

from collections.abc import Sequence

from mappings.domain.cooperation import Enrolment
from mappings.fhir.practitioner_role import enrolment_from_fhir
from service.intake.adverse import Reporting
from service.intake.arranging import arrangements, refuse_twice_told
from service.intake.effect import Effect, together
from service.intake.judging import Judged
from service.intake.placement import Placed, numbered
from service.intake.replies import ReadingReplies
from service.intake.teams import team_writes
from service.intake.telling import Telling
from service.store.unit import Write
from service.writes import deletion_of, write_of


def complete(placed: Sequence[Placed], judged: Judged, telling: Telling) -> Effect:
    """All that the request adds to the commit; what it writes itself comes first, in its order."""
    rpps, now = telling.asked.rpps, telling.now
    replies = ReadingReplies(store=telling.store, knowledge=telling.knowledge, ids=telling.ids, now=now, rpps=rpps)
    teams = list(team_writes(_enrolments(placed), telling.knowledge, telling.store, now))
    refuse_twice_told(placed, teams)
    return together(
        [
            # First: the proofs name these by their places.
            Effect(writes=[_write(one) for one in placed if one.writes]),
            *judged.effects,
            *_reports(placed, telling),
            arrangements(placed, telling.ids, rpps, now),
            *replies.effects(placed),
            Effect(writes=teams),
        ]
    )


def _write(item: Placed) -> Write:
    if item.effect == "deleted":
        return deletion_of(item.resource, item.version)
    return write_of(item.resource, item.version, previous=item.previous)


def _reports(placed: Sequence[Placed], telling: Telling) -> list[Effect]:
    """Every adverse event of the request: its proof, and whoever is told."""
    events = [(n, one) for n, one in numbered(placed) if one.stays and one.entry.type == "AdverseEvent"]
    if not events:
        return []
    reporting = Reporting(
        store=telling.store, knowledge=telling.knowledge, ids=telling.ids, now=telling.now, rpps=telling.asked.rpps
    )
    return [reporting.report(one, position) for position, one in events]


def _enrolments(placed: Sequence[Placed]) -> list[Enrolment]:
    return [enrolment_from_fhir(p.resource) for p in placed if p.stays and p.entry.type == "PractitionerRole"]
