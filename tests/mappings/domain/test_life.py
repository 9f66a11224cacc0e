"""The life of a protocol on a day: who may act, until when, under what, and what is due or asleep."""

import dataclasses
import datetime as dt
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mappings.domain.cooperation import Enrolment, Period, Team, Training
from mappings.domain.life import Life, Member, Standing, life_of, months_after, review_of
from mappings.domain.life.events import Events, Reviewed, Suspension
from mappings.domain.protocol import AnnexCheck, Protocol
from mappings.domain.versions import versions_of
from service.rules import enrolments, inclusion, professions, protocol, suspension
from tests.mappings.catalogue import shipped
from tests.rules.cases import DAY, good

VERSIONS = versions_of(shipped(), "pc-odynophagie")
(OLD, NEW) = VERSIONS[-2:]
assert OLD.period is not None
LAST = OLD.period.end
assert LAST is not None
FIRST = LAST + dt.timedelta(days=1)
NURSE, PHARMACIST, DOCTOR = ("60", ""), ("21", ""), ("10", "SM26")


def member(version: Protocol = OLD, who: tuple[str, str] = NURSE, **changed: Any) -> Member:
    enrolment = Enrolment(
        id=f"{version.version}-{who[0]}",
        identifier=f"ADH-{who[0]}",
        function="DELEGATOR" if who == DOCTOR else "DELEGATEE",
        status="active",
        protocol=version.canonical,
        period=Period(start=dt.date(2023, 9, 1)),
        practitioner_id="pro",
        rpps=f"999000010{who[0]}",
        organization_id="msp",
        trainings=tuple(Training(module=one.module, completed=dt.date(2020, 1, 15)) for one in version.trainings),
    )
    last_act = changed.pop("last_act", None)
    return Member(
        enrolment=dataclasses.replace(enrolment, **changed),
        profession=who[0],
        specialty=who[1],
        facility_type="SA52",
        last_act=last_act,
    )


def life(*members: Member, day: dt.date, teams: tuple[Team, ...] = (), months: int = 6) -> Life:
    return life_of(VERSIONS, members, teams, day, dormant_months=months)


def standing(one: Member, day: dt.date, *others: Member) -> Standing:
    (team,) = life(one, *others, day=day).teams
    return team.standings[0]


def obstacles(one: Standing) -> list[str]:
    return [reason.obstacle for reason in one.reasons]


def test_the_last_day_of_a_version_and_the_day_after() -> None:
    last, after = standing(member(), LAST), standing(member(), FIRST)
    assert last.may_act
    assert last.until == LAST
    assert not after.may_act
    (reason,) = after.reasons
    assert (reason.obstacle, reason.since, reason.about) == ("version-superseded", FIRST, NEW.version)
    assert after.until is None


def test_after_a_new_version_each_is_asked_again() -> None:
    nurse, pharmacist = standing(member(), FIRST), standing(member(who=PHARMACIST), FIRST)
    assert (nurse.current, nurse.renewed, nurse.renewal) == (NEW.version, False, ())
    assert [reason.obstacle for reason in pharmacist.renewal] == ["profession-removed"]
    assert standing(member(), FIRST, member(NEW)).renewed
    assert not standing(member(), FIRST, member(NEW, status="refused")).renewed
    assert not standing(member(), FIRST, member(NEW, who=PHARMACIST)).renewed


def test_enrolled_before_the_version_begins() -> None:
    early = standing(member(NEW), LAST)
    assert obstacles(early) == ["version-not-begun"]
    assert early.current == OLD.version


@pytest.mark.parametrize(
    ("changed", "obstacle"),
    [
        ({"status": "suspended"}, "enrolment-suspended"),
        ({"status": "declared"}, "enrolment-not-active"),
        ({"status": "refused"}, "enrolment-not-active"),
        ({"period": Period(start=dt.date(2024, 7, 1))}, "enrolment-not-begun"),
        ({"period": Period(start=dt.date(2023, 9, 1), end=dt.date(2024, 1, 31))}, "enrolment-ended"),
        ({"protocol": "ailleurs|1"}, "version-unknown"),
    ],
)
def test_an_enrolment_that_does_not_let_act(changed: dict[str, Any], obstacle: str) -> None:
    assert obstacles(standing(member(**changed), dt.date(2024, 3, 1))) == [obstacle]


def test_a_team_suspended_by_the_authority_lets_nobody_act() -> None:
    team = Team(
        id="t",
        identifier="t",
        name="Équipe",
        status="suspended",
        protocol=OLD.canonical,
        period=Period(start=dt.date(2023, 9, 1)),
        organization_id="msp",
        participants=(),
    )
    (seen,) = life(member(), member(who=DOCTOR), day=LAST, teams=(team,)).teams
    assert [obstacles(one) for one in seen.standings] == [["team-suspended"]] * 2
    assert (seen.state, seen.delegators, seen.delegatees) == ("suspended", 0, 0)
    ended = dataclasses.replace(team, status="inactive")
    (seen,) = life(member(), day=LAST, teams=(ended,)).teams
    assert obstacles(seen.standings[0]) == ["team-not-active"]


def test_a_training_that_expires() -> None:
    torsion = next(version for version in shipped() if version.id == "pc-torsion-cheville")
    training = Training(module=torsion.trainings[0].module, completed=dt.date(2026, 1, 1), valid_until=DAY)
    one = member(torsion, ("70", ""), trainings=(training,))
    without = member(torsion, ("70", ""), trainings=())
    seen = {
        day: life_of([torsion], [one, without], [], day, dormant_months=6).teams[0].standings
        for day in (DAY, DAY + dt.timedelta(days=1))
    }
    valid, missing = seen[DAY]
    expired, _ = seen[DAY + dt.timedelta(days=1)]
    assert (valid.may_act, valid.until) == (True, DAY)
    assert (obstacles(missing), missing.reasons[0].about) == (["training-missing"], torsion.trainings[0].module)
    assert (obstacles(expired), expired.reasons[0].since) == (["training-expired"], DAY + dt.timedelta(days=1))


def test_a_draft_is_for_fictitious_identities_only() -> None:
    assert standing(member(), LAST).fictitious_only
    checked = AnnexCheck(by="Dr TEST-RELECTRICE", on=dt.date(2023, 9, 1))
    complete = dict.fromkeys(OLD.completeness, "complete")
    founded = dataclasses.replace(
        OLD,
        criteria=OLD.criteria[:1],
        activities=OLD.activities[:1],
        tree=(),
        scores=(),
        annex_check=checked,
        completeness=complete,
    )
    assert founded.status == "active"
    (team,) = life_of([founded], [member()], [], LAST, dormant_months=6).teams
    assert not team.standings[0].fictitious_only


@pytest.mark.parametrize(
    ("acted", "day", "state"),
    [
        (dt.date(2023, 12, 15), dt.date(2024, 6, 14), "active"),
        (dt.date(2023, 12, 15), dt.date(2024, 6, 15), "dormant"),
        (None, dt.date(2024, 2, 29), "active"),
        # Without any act, from the first enrolment on.
        (None, dt.date(2024, 3, 1), "dormant"),
        # What was done after the day asked is not known on that day.
        (dt.date(2024, 5, 1), dt.date(2024, 4, 1), "dormant"),
    ],
)
def test_a_team_sleeps_after_months_without_an_act(acted: dt.date | None, day: dt.date, state: str) -> None:
    (team,) = life(member(last_act=acted), member(who=DOCTOR), day=day).teams
    assert team.state == state
    assert (team.dormant_since is not None) is (state == "dormant")


def test_a_team_needs_one_of_each() -> None:
    (team,) = life(member(last_act=LAST), day=LAST).teams
    assert (team.state, team.delegators, team.delegatees, team.last_act) == ("incomplete", 0, 1, LAST)


def test_structures_stand_apart() -> None:
    other = member(organization_id="cds", rpps="99900001019")
    assert [team.organization_id for team in life(member(), other, day=LAST).teams] == ["cds", "msp"]


def test_the_review_is_due_each_year_and_a_check_is_one() -> None:
    assert NEW.period is not None
    begun = NEW.period.start
    due = dt.date(begun.year + 1, begun.month, begun.day)
    assert not review_of(NEW, due).overdue
    assert review_of(NEW, due + dt.timedelta(days=1)).overdue
    checked = dataclasses.replace(NEW, annex_check=AnnexCheck(by="Dr TEST-RELECTRICE", on=due))
    assert review_of(checked, due + dt.timedelta(days=1)).last == due
    assert review_of(checked, due - dt.timedelta(days=1)).last == begun


def test_no_version_no_review() -> None:
    before = life(member(), day=dt.date(2019, 1, 1))
    assert (before.version, before.review) == (None, None)


@pytest.mark.parametrize(
    ("day", "months", "after"),
    [
        ("2024-01-31", 1, "2024-02-29"),
        ("2023-01-31", 1, "2023-02-28"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2024-11-30", 3, "2025-02-28"),
        ("2024-12-31", 12, "2025-12-31"),
        ("2024-06-17", 0, "2024-06-17"),
    ],
)
def test_months(day: str, months: int, after: str) -> None:
    assert months_after(dt.date.fromisoformat(day), months) == dt.date.fromisoformat(after)


DATES = st.dates(dt.date(2023, 6, 1), dt.date(2025, 12, 31))


@settings(max_examples=200)
@given(
    st.sampled_from(VERSIONS),
    st.sampled_from([NURSE, PHARMACIST, DOCTOR]),
    DATES,
    st.none() | DATES,
    DATES,
    st.sampled_from(["active", "ended", "suspended"]),
)
def test_the_right_lasts_until_the_day_told_and_not_a_day_more(
    version: Protocol, who: tuple[str, str], start: dt.date, end: dt.date | None, day: dt.date, status: Any
) -> None:
    one = member(version, who, period=Period(start=start, end=end), status=status)
    seen = standing(one, day)
    if not seen.may_act:
        assert seen.until is None
    elif seen.until is not None:
        assert seen.until >= day
        assert standing(one, seen.until).may_act
        assert not standing(one, seen.until + dt.timedelta(days=1)).may_act
    else:
        assert all(standing(one, day + dt.timedelta(days=later)).may_act for later in (1, 400, 4000))


@settings(max_examples=200)
@given(
    st.sampled_from(["active", "ended", "suspended", "declared", "refused"]),
    st.sampled_from(["70", "60"]),
    st.sampled_from(["SA52", "SA05", "SA63", "SA07"]),
    st.sampled_from([-400, -1, 0, 1, 400]),
    st.none() | st.sampled_from([-1, 0, 1]),
    st.sampled_from([None, -1, 0, 1]),
    st.sampled_from(["active", "suspended", "inactive"]),
    st.none() | st.tuples(st.sampled_from([-9, -1, 0, 1]), st.none() | st.sampled_from([-1, 0, 1])),
    st.sampled_from(["", "msp", "autre"]),
)
def test_who_may_act_here_is_who_the_rules_let_act(
    status: Any,
    profession: str,
    facility: str,
    begun: int,
    ended: int | None,
    expired: int | None,
    team_status: Any,
    suspended: tuple[int, int | None] | None,
    where: str,
) -> None:
    case = good()
    assert case.delegatee is not None
    assert case.protocol is not None
    assert case.team is not None
    assert case.organization is not None
    assert case.delegatee_practitioner is not None

    def around(days: int) -> dt.date:
        return DAY + dt.timedelta(days=days)

    period = Period(start=around(begun), end=None if ended is None else max(around(begun), around(ended)))
    trainings = tuple(
        dataclasses.replace(one, valid_until=None if expired is None else around(expired))
        for one in case.delegatee.trainings
    )
    enrolment = dataclasses.replace(case.delegatee, status=status, period=period, trainings=trainings)
    team = dataclasses.replace(case.team, status=team_status)
    judged = dataclasses.replace(
        case,
        delegatee=enrolment,
        team=team,
        organization=dataclasses.replace(case.organization, facility_type=facility),
        delegatee_practitioner=dataclasses.replace(case.delegatee_practitioner, profession=profession),
        events=_suspended(
            where,
            around(suspended[0]),
            None if suspended[1] is None else max(around(suspended[0]), around(suspended[1])),
        )
        if suspended
        else Events(protocol=""),
    )
    rules = (
        protocol.protocol_was_in_force,
        suspension.protocol_was_not_suspended,
        enrolments.delegatee_is_enrolled,
        enrolments.delegatee_is_trained,
        professions.professions_are_admitted,
        professions.structure_is_admitted,
        inclusion.team_covers_the_act,
    )
    faults = [fault for rule in rules for fault in rule(judged)]
    one = Member(enrolment=enrolment, profession=profession, specialty="", facility_type=facility)
    (seen,) = life_of([case.protocol], [one], [team], DAY, dormant_months=6, events=judged.events).teams
    assert seen.standings[0].may_act is (not faults)


def _suspended(where: str, start: dt.date, end: dt.date | None = None) -> Events:
    one = Suspension(
        organization_id=where,
        period=Period(start=start, end=end),
        authority="ARS (fictive)",
        reason="Motif (fictif)",
        source="Décision 1 (fictive)",
    )
    return Events(protocol="", suspensions=(one,))


@pytest.mark.parametrize(("where", "obstacle"), [("", "protocol-suspended"), ("msp", "team-suspended")])
def test_around_a_suspension(where: str, obstacle: str) -> None:
    start, last = dt.date(2024, 1, 10), dt.date(2024, 1, 20)

    def seen(day: dt.date) -> Standing:
        told = life_of(VERSIONS, [member()], [], day, dormant_months=6, events=_suspended(where, start, last))
        assert bool(told.suspension) is (not where and start <= day <= last)
        return told.teams[0].standings[0]

    day = dt.timedelta(days=1)
    assert (seen(start - 9 * day).may_act, seen(start - 9 * day).until) == (True, start - day)
    assert [(reason.obstacle, reason.since) for reason in seen(start).reasons] == [(obstacle, start)]
    assert not seen(last).may_act
    assert (seen(last + day).may_act, seen(last + day).until) == (True, LAST)
    assert (
        life_of(VERSIONS, [member(), member(who=DOCTOR)], [], start, dormant_months=6, events=_suspended(where, start))
        .teams[0]
        .state
        == "suspended"
    )


def test_what_does_not_read_lets_nobody_act() -> None:
    (team,) = life_of(VERSIONS, [member()], [], LAST, dormant_months=6, events=None).teams
    assert obstacles(team.standings[0]) == ["suspensions-unreadable"]


def test_a_review_that_is_recorded_puts_the_next_one_off() -> None:
    done = Reviewed(
        on=dt.date(2025, 6, 2), by="Dr TEST-RELECTRICE", rpps="99900001019", version="2024.1", changed=False
    )
    events = Events(protocol="", reviews=(done,))
    before, after = (review_of(NEW, dt.date(2025, 6, day), events) for day in (1, 2))
    assert (before.last, before.recorded) == (FIRST, None)
    assert (after.last, after.due, after.recorded) == (done.on, dt.date(2026, 6, 2), done)
    # A version that came later speaks for itself.
    earlier = dataclasses.replace(done, on=dt.date(2024, 1, 2))
    assert review_of(NEW, done.on, Events(protocol="", reviews=(earlier,))).recorded is None
