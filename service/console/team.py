"""What the page of a team's declaration shows: the list in force on a day, what it lacks, what it does not cover.

A délégant sees the teams that they are enrolled in, and no other.
"""

import datetime as dt
from dataclasses import dataclass, replace
from typing import Final

from mappings.codes import systems
from mappings.codes.health_professions import HEALTH_PROFESSIONS
from mappings.codes.systems import PLAN_DEFINITION
from mappings.domain.declaration import Declaration, Difference, Member, TracedAct
from mappings.domain.identity import team_id, team_identifier
from mappings.domain.people import Organization
from mappings.fhir.json import parse
from mappings.fhir.organization import organization_from_fhir
from mappings.fhir.practitioner_role import enrolment_from_fhir
from service.composition import Composition
from service.console import french, words
from service.console.suspensions import team_halts
from service.declarations import TeamView, team_view
from service.declarations.checking import Check, check_members, recorded_mailboxes
from service.finding import found

#: Acts without a declaration that one page shows.
MOST_ACTS: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """A team that the reader is part of."""

    #: Logical id of its CareTeam: what the page's address says.
    id: str
    #: Name of the protocol, without version.
    protocol: str
    title: str
    organization: Organization


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One professional of a list, in words."""

    function: str
    name: str
    profession: str
    number: str
    #: What the directory says; None when it was not asked.
    verdict: tuple[str, words.Tone] | None = None
    #: What is on record today, where it is not what was declared.
    today: str = ""
    #: That the enrolment is suspended, in words.
    suspended: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncovered:
    """One act without a declaration, and whether the reader may open its trace."""

    act: TracedAct
    why: str
    is_readers: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamPage:
    """The whole page."""

    team: Team
    day: dt.date
    declared: Declaration | None
    state: tuple[str, words.Tone]
    #: What authorities have suspended, a sentence each.
    halted: tuple[str, ...]
    rows: tuple[Row, ...]
    verified: bool
    joined: tuple[Row, ...]
    left: tuple[Row, ...]
    changed: tuple[Row, ...]
    #: One number, and another name than on record: to be made sure of.
    named: tuple[Row, ...]
    #: (declared, in force), versions; None when it is the same.
    versions: tuple[str, str] | None
    uncovered: tuple[Uncovered, ...]
    #: Acts beyond those shown, and whether older ones were not looked at.
    more: int
    unexamined: bool
    #: (where, sentence, whether it was put aside).
    remarks: tuple[tuple[str, str, bool], ...]

    @property
    def differs(self) -> bool:
        return bool(self.joined or self.left or self.changed or self.versions)


def teams_of(composition: Composition, rpps: str) -> list[Team]:
    """The teams where the professional is enrolled, by title; each once, under the last version enrolled in."""
    own = [("practitioner:identifier", systems.RPPS, rpps)]
    enrolments = [enrolment_from_fhir(parse(one.body)) for one in found(composition.store, "PractitionerRole", own)]
    titles = {one.canonical: one.short_title for one in composition.catalogue.values()}
    teams: dict[tuple[str, str], Team] = {}
    for enrolment in sorted(enrolments, key=lambda e: (e.period.start, e.protocol)):
        stored = composition.store.read("Organization", enrolment.organization_id)
        if stored is None or not stored.body:
            continue
        organization = organization_from_fhir(parse(stored.body))
        name = enrolment.protocol.removeprefix(PLAN_DEFINITION).partition("|")[0]
        teams[name, organization.id] = Team(
            id=team_id(team_identifier(enrolment.protocol, organization.finess)),
            protocol=name,
            title=titles.get(enrolment.protocol, name),
            organization=organization,
        )
    return sorted(teams.values(), key=lambda team: (team.title, team.organization.name))


def team_page(composition: Composition, team: Team, day: dt.date, rpps: str, *, verify: bool) -> TeamPage:
    """``verify`` asks the national directory about each member."""
    finess = team.organization.finess
    view = team_view(composition.store, composition.catalogue, team.protocol, finess, day)
    members = view.declared.members if view.declared else ()
    recorded = recorded_mailboxes(composition.store, members) if verify else {}
    checks = check_members(members, finess, composition.directory, composition.clock, recorded) if verify else []
    verdicts: list[tuple[str, words.Tone] | None] = (
        [_verdict(one) for one in checks] if verify else [None] * len(members)
    )
    told = view.difference
    return TeamPage(
        team=team,
        day=day,
        declared=view.declared,
        state=words.DECLARATIONS[view.declared.state] if view.declared else ("", "waiting"),
        halted=team_halts(composition.store, team.protocol, finess, day),
        rows=tuple(
            replace(_row(member, verdict), suspended=_suspended(view, member))
            for member, verdict in zip(members, verdicts, strict=True)
        ),
        verified=verify,
        joined=tuple(map(_row, told.joined)),
        left=tuple(map(_row, told.left)),
        changed=tuple(_changed(told)),
        named=tuple(_named(told)),
        versions=told.protocol and (_version(told.protocol[0]), _version(told.protocol[1])),
        uncovered=tuple(_uncovered(view, rpps)),
        more=max(0, len(view.uncovered) - MOST_ACTS),
        unexamined=view.unexamined,
        remarks=tuple(
            (_where(one, remark.row), remark.text, remark.aside) for one in view.remarked for remark in one.remarks
        ),
    )


def _version(canonical: str) -> str:
    return canonical.partition("|")[2]


def _row(member: Member, verdict: tuple[str, words.Tone] | None = None) -> Row:
    return Row(
        function=words.FUNCTIONS[member.function].capitalize(),
        name=f"{member.given} {member.family}",
        profession=_profession(member),
        number=f"RPPS {member.rpps}" if member.rpps else f"ADELI {member.adeli}",
        verdict=verdict,
    )


def _suspended(view: TeamView, member: Member) -> str:
    if member.number not in view.suspended:
        return ""
    return words.suspended(view.suspended[member.number])


def _changed(difference: Difference) -> list[Row]:
    return [
        Row(
            function=words.FUNCTIONS[one.declared.function].capitalize(),
            name=f"{one.today.given} {one.today.family}",
            profession=_profession(one.declared),
            number=f"RPPS {one.today.rpps}",
            today=f"{words.FUNCTIONS[one.today.function]}, {_profession(one.today)}",
        )
        for one in difference.changed
    ]


def _named(difference: Difference) -> list[Row]:
    return [
        Row(
            function=words.FUNCTIONS[one.declared.function].capitalize(),
            name=f"{one.declared.given} {one.declared.family}",
            profession=_profession(one.declared),
            number=f"RPPS {one.today.rpps}",
            today=f"{one.today.given} {one.today.family}",
        )
        for one in difference.named
    ]


def _profession(member: Member) -> str:
    return HEALTH_PROFESSIONS.get(member.profession, member.profession).lower()


def _uncovered(view: TeamView, rpps: str) -> list[Uncovered]:
    return [
        Uncovered(act=act, why=" ; ".join(words.UNCOVERED[one] for one in why), is_readers=act.delegator_rpps == rpps)
        for act, why in view.uncovered[:MOST_ACTS]
    ]


def _verdict(check: Check) -> tuple[str, words.Tone]:
    if check.is_whole:
        return "vérifié", "done"
    if check.known != "yes":
        return words.KNOWN[check.known]
    doubts = [
        words.PROFESSION_DOUBTS.get(check.profession, ""),
        words.ACTIVITY_DOUBTS.get(check.activity, ""),
        words.MAILBOX_DOUBTS.get(check.mailbox, ""),
        f"d’après l’annuaire du {french.moment(check.as_of)}" if check.as_of else "",
    ]
    wrong = "no" in (check.profession, check.activity) or check.mailbox in ("moved", "to-choose")
    return " ; ".join(filter(None, doubts)), "alert" if wrong else "waiting"


def _where(declaration: Declaration, row: int) -> str:
    dossier = f"Dossier {declaration.receipt}" if declaration.receipt else "Fichier"
    return f"{dossier}, ligne {row}" if row else dossier
