"""The page of a team's members: who can be reached at an instant, absences, commitments, trainings, their attestations.

A délégant sees the teams that they are enrolled in, and no other.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from flask import Response, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from mappings.domain.availability import Absence
from mappings.domain.cooperation import Enrolment, Training
from mappings.domain.cooperation import Team as CareTeam
from mappings.domain.people import Practitioner
from mappings.domain.time import FRANCE, french_day
from mappings.fhir.care_team import team_from_fhir
from mappings.fhir.json import parse
from mappings.fhir.task import TASK_CODE
from mappings.issues import Issue, Refused
from mappings.pdf.attestation import attestation_page
from service import views
from service.attesting import attestation_of
from service.composition import Composition
from service.console import words
from service.console.pages import console
from service.console.people import practitioner
from service.console.suspensions import team_halts
from service.console.team import Team, teams_of
from service.finding import found
from service.intake.teams import members_of
from service.life.reaching import TeamReach, team_reach
from service.printing import printed


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRow:
    """One member: commitment, absences from the day on, trainings in their order."""

    enrolment: Enrolment
    absences: tuple[Absence, ...]
    trainings: tuple[Training, ...]
    substitutes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MembersPage:
    """The whole page."""

    team: Team
    at: dt.datetime
    #: What authorities have suspended, a sentence each.
    halted: tuple[str, ...]
    reach: TeamReach | None
    #: Délégants who are suspended today: nobody is sent to them.
    suspended: tuple[Enrolment, ...]
    rows: tuple[MemberRow, ...]
    #: By RPPS.
    people: Mapping[str, Practitioner | None]
    #: Tasks that are the whole team's, without an answer.
    waiting: int


@console.get("/equipe/membres")
def members() -> Answer | str:
    composition, rpps = views.composition(), views.caller().rpps
    if not rpps:
        return redirect(url_for("console.sign_in_page"), 303)
    page = members_page(composition, _team(composition, rpps), _instant(composition))
    return render_template("members.html", page=page, words=words)


@console.get("/equipe/membres/<logical_id:id_>/formations/<int:number>.pdf")
def attestation(id_: str, number: int) -> Answer:
    """Of a member of one of the reader's teams; of anybody else there is none."""
    composition, rpps = views.composition(), views.caller().rpps
    if not rpps:
        return redirect(url_for("console.sign_in_page"), 303)
    mine = {(team.protocol, team.organization.id) for team in teams_of(composition, rpps)}
    told = attestation_of(composition, id_, number)
    if told is None or (_name(told.canonical), told.organization.id) not in mine:
        abort(404)
    answer = Response(printed(attestation_page(told)), content_type="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="attestation-{number}.pdf"'
    return answer


def members_page(composition: Composition, team: Team, at: dt.datetime) -> MembersPage:
    reach = team_reach(composition.store, team.id, at, composition.territory)
    stored = composition.store.read("CareTeam", team.id)
    enrolments = _enrolments(composition, team_from_fhir(parse(stored.body))) if stored and stored.body else []
    people = {one.rpps: practitioner(composition.store, one.rpps) for one in enrolments}
    rpps_of = {one.id: one.rpps for one in enrolments}
    trainers = {one.trainer.rpps for each in enrolments for one in each.trainings if one.trainer}
    people |= {rpps: practitioner(composition.store, rpps) for rpps in trainers - people.keys()}
    own = ("owner", "CareTeam", team.id)
    requested = ("status", "", "requested")
    codes = [("code", TASK_CODE, code) for code in ("acknowledge", "reorient", "notify-adverse-event")]
    return MembersPage(
        team=team,
        at=at,
        halted=team_halts(composition.store, team.protocol, team.organization.finess, french_day(at)),
        reach=reach,
        suspended=tuple(one for one in enrolments if (one.function, one.status) == ("DELEGATOR", "suspended")),
        rows=tuple(
            MemberRow(
                enrolment=one,
                absences=tuple(each for each in one.availability.absences if not each.is_over(at)),
                trainings=one.trainings,
                substitutes=tuple(rpps_of[id_] for id_ in one.substitute_ids if id_ in rpps_of),
            )
            for one in enrolments
        ),
        people=people,
        waiting=len(found(composition.store, "Task", [own], [requested], codes)),
    )


def _enrolments(composition: Composition, team: CareTeam) -> list[Enrolment]:
    known = members_of(team.protocol, team.organization_id, composition.store)
    here = [one for one in known if one.status in ("declared", "active", "suspended")]
    return sorted(here, key=lambda one: (one.function != "DELEGATOR", one.period.start, one.identifier))


def _team(composition: Composition, rpps: str) -> Team:
    teams, wanted = teams_of(composition, rpps), request.args.get("equipe", "")
    team = next((one for one in teams if one.id == wanted), teams[0] if teams and not wanted else None)
    if team is None:
        abort(404)
    return team


def _instant(composition: Composition) -> dt.datetime:
    """The minute that the address names, by the clock in France; now when it names none."""
    told = request.args.get("a", "")
    try:
        return dt.datetime.fromisoformat(told).replace(tzinfo=FRANCE) if told else composition.clock()
    except ValueError:
        raise Refused(Issue("value", "a", "Cet instant n’en est pas un.")) from None


def _name(canonical: str) -> str:
    return canonical.rpartition("/")[2].partition("|")[0]
