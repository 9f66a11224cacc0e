"""Who can be reached: what is not known never makes anybody reachable, and never takes a task away."""

import datetime as dt
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.domain.availability import Absence, Arrangement, Availability, Contact, Hours
from mappings.domain.cooperation import Enrolment, Period
from mappings.domain.logic import Truth
from mappings.domain.reach import addressee, all_absent, reach, reachable
from tests.mappings import cooperation_strategies as drawn

FRANCE = ZoneInfo("Europe/Paris")
YES, NO, UNKNOWN = Truth.YES, Truth.NO, Truth.UNKNOWN
PHONE = Contact(channel="phone", value="0465710001")
#: Friday 20 November 2026.
FRIDAY = dt.date(2026, 11, 20)
WEEK = Hours(days=("mon", "tue", "wed", "thu", "fri"), start=dt.time(9), end=dt.time(18))
AWAY = Absence(start=FRIDAY, end=FRIDAY, description="Congés")


def at(hour: int, minute: int = 0, day: dt.date = FRIDAY) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(hour, minute), FRANCE)


def delegator(
    id_: str = "a", *substitutes: str, availability: Availability | None = None, **changes: object
) -> Enrolment:
    enrolment = Enrolment(
        id=id_,
        identifier=id_,
        function="DELEGATOR",
        status="active",
        protocol="https://binome.example/fhir/PlanDefinition/pc-x|2026.1",
        period=Period(start=dt.date(2026, 9, 1)),
        practitioner_id=id_,
        rpps="99900002017",
        organization_id="o",
        substitute_ids=substitutes,
        availability=availability or Availability(),
    )
    return replace(enrolment, **changes)  # type: ignore[arg-type]


def team(*members: Enrolment) -> dict[str, Enrolment]:
    return {one.id: one for one in members}


# ── one absence, one span of hours ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("start", "end", "moment", "told"),
    [
        (FRIDAY, FRIDAY, at(0), YES),
        (FRIDAY, FRIDAY, at(23, 59), YES),
        (FRIDAY, FRIDAY, at(0, day=dt.date(2026, 11, 21)), NO),
        (FRIDAY, None, at(12, day=dt.date(2027, 11, 21)), YES),
        (FRIDAY, None, at(12, day=dt.date(2026, 11, 19)), NO),
        (None, FRIDAY, at(12), UNKNOWN),
        (None, FRIDAY, at(12, day=dt.date(2026, 11, 21)), NO),
        (None, None, at(12), UNKNOWN),
        (at(14), at(16), at(13, 59), NO),
        (at(14), at(16), at(15), YES),
        (at(14), at(16), at(16, 1), NO),
        # A day in France, told at an hour elsewhere.
        (FRIDAY, FRIDAY, dt.datetime(2026, 11, 19, 23, 30, tzinfo=dt.UTC), YES),
    ],
)
def test_an_absence(
    start: dt.date | dt.datetime | None, end: dt.date | dt.datetime | None, moment: dt.datetime, told: Truth
) -> None:
    assert Absence(start=start, end=end, description="Congés").covers(moment) is told


@pytest.mark.parametrize(
    ("hours", "moment", "told"),
    [
        (WEEK, at(9), YES),
        (WEEK, at(17, 59), YES),
        (WEEK, at(18), NO),
        (WEEK, at(8, 59), NO),
        (WEEK, at(12, day=dt.date(2026, 11, 21)), NO),
        (Hours(days=("fri",), all_day=True), at(3), YES),
        (Hours(days=("fri",)), at(12), UNKNOWN),
        (Hours(days=("fri",), start=dt.time(9)), at(12), UNKNOWN),
        (Hours(days=("fri",), start=dt.time(9)), at(8), NO),
        (Hours(start=dt.time(9), end=dt.time(18)), at(12), UNKNOWN),
        (Hours(start=dt.time(9), end=dt.time(18)), at(20), NO),
    ],
)
def test_a_span_of_hours(hours: Hours, moment: dt.datetime, told: Truth) -> None:
    assert hours.covers(moment) is told


def test_exceptions_in_words_leave_open_hours_unknown_and_closed_ones_closed() -> None:
    told = Availability(hours=(WEEK,), exceptions="Sauf jours fériés")
    assert told.open(at(12)) is UNKNOWN
    assert told.open(at(20)) is NO


# ── reachable ─────────────────────────────────────────────────────────────────────────────────────────────


def test_reachable_when_all_of_it_is_known() -> None:
    told = Availability(contacts=(PHONE,), hours=(WEEK,))
    assert reachable(delegator(availability=told), at(12)) is YES
    assert reachable(delegator(availability=told), at(20)) is NO
    assert reachable(delegator(availability=replace(told, absences=(AWAY,))), at(12)) is NO
    assert reachable(delegator(availability=told, status="suspended"), at(12)) is NO
    assert reachable(delegator(availability=replace(told, contacts=())), at(12)) is UNKNOWN
    assert reachable(delegator(availability=replace(told, hours=())), at(12)) is UNKNOWN
    assert reachable(delegator(availability=replace(told, hours=())), at(20)) is UNKNOWN


def test_the_teams_own_hours_and_channels_stand_in_for_none() -> None:
    agreed = Arrangement(contacts=(PHONE,), hours=(WEEK,))
    assert reachable(delegator(), at(12), agreed) is YES
    assert reachable(delegator(), at(20), agreed) is NO
    closed = delegator(availability=Availability(hours=(Hours(days=("mon",), all_day=True),)))
    assert reachable(closed, at(12), agreed) is NO


#: Mostly whole, so that somebody is often reachable.
likely = st.builds(
    Availability,
    contacts=st.sampled_from([(), (PHONE,), (PHONE,)]),
    hours=st.sampled_from([(), (WEEK,), (WEEK,), (Hours(days=("fri",), all_day=True),), (Hours(days=("fri",)),)]),
    absences=st.sampled_from([(), (), (), (AWAY,), (Absence(description="Congés"),)]),
    exceptions=st.sampled_from(["", "", "", "Sauf jours fériés"]),
)
agreements = st.builds(
    Arrangement, contacts=st.sampled_from([(), (PHONE,)]), hours=st.sampled_from([(), (WEEK,), (Hours(days=("fri",)),)])
)
moments = st.sampled_from([at(12), at(20), at(12, day=dt.date(2026, 11, 21))])


@given(likely | drawn.availabilities, agreements | drawn.arrangements, moments | drawn.instants)
def test_what_is_not_known_never_makes_reachable(told: Availability, agreed: Arrangement, moment: dt.datetime) -> None:
    """Reachable: then hours and a channel were told and nothing said of an absence is in doubt."""
    always = Period(start=dt.date.min)
    if reachable(delegator(availability=told, period=always), moment, agreed) is YES:
        assert told.hours or agreed.hours
        assert told.contacts or agreed.contacts
        assert not told.exceptions
        assert all(one.covers(moment) is NO for one in told.absences)


@given(likely | drawn.availabilities, moments | drawn.instants, st.data())
def test_telling_less_never_makes_more_sure(told: Availability, moment: dt.datetime, data: st.DataObject) -> None:
    """Without its channels, its hours or its bounds, an availability says yes no more often."""
    less = data.draw(
        st.sampled_from(
            [
                replace(told, contacts=()),
                replace(told, hours=()),
                replace(told, hours=tuple(replace(one, days=()) for one in told.hours)),
                replace(told, absences=(*told.absences, Absence(description="Congés"))),
                replace(told, exceptions="Sauf exception"),
            ]
        )
    )
    always = Period(start=dt.date.min)
    if reachable(delegator(availability=told, period=always), moment) is not YES:
        assert reachable(delegator(availability=less, period=always), moment) is not YES


def test_the_one_to_be_counted_on_and_the_one_to_be_tried() -> None:
    open_now = Availability(contacts=(PHONE,), hours=(WEEK,))
    unsure, sure = delegator("a", "b"), delegator("b", availability=open_now)
    told = reach(unsure, [unsure, sure], at(12))
    assert told.certain is not None
    assert told.certain.enrolment.id == "b"
    assert told.possible is not None
    assert told.possible.enrolment.id == "a"
    nobody = reach(unsure, [unsure], at(12))
    assert nobody.certain is None
    assert nobody.possible is not None
    away = delegator("a", availability=replace(open_now, absences=(AWAY,)))
    assert reach(away, [away], at(12)).possible is None


# ── addressed ─────────────────────────────────────────────────────────────────────────────────────────────


def gone(id_: str, *substitutes: str) -> Enrolment:
    return delegator(id_, *substitutes, availability=Availability(absences=(AWAY,)))


def perhaps(id_: str, *substitutes: str) -> Enrolment:
    return delegator(id_, *substitutes, availability=Availability(absences=(Absence(description="Congés"),)))


@pytest.mark.parametrize(
    ("members", "after", "whose"),
    [
        ((delegator("a", "b"), delegator("b")), "", "a"),
        ((perhaps("a", "b"), delegator("b")), "", "a"),
        ((gone("a", "b"), delegator("b")), "", "b"),
        ((gone("a", "b", "c"), gone("b"), delegator("c")), "", "c"),
        ((gone("a", "b", "c"), perhaps("b"), delegator("c")), "", "c"),
        ((gone("a", "b"), perhaps("b")), "", None),
        ((gone("a", "b"), delegator("b", status="suspended")), "", None),
        ((gone("a", "b"), delegator("b", organization_id="elsewhere")), "", None),
        ((gone("a"), delegator("b")), "", None),
        ((delegator("a", "b", "c"), delegator("b"), delegator("c")), "a", "b"),
        ((delegator("a", "b", "c"), delegator("b"), delegator("c")), "b", "c"),
        ((delegator("a", "b", "c"), delegator("b"), delegator("c")), "c", None),
        ((delegator("a", "b"), delegator("b"), delegator("z")), "z", None),
    ],
)
def test_whose_a_task_is(members: tuple[Enrolment, ...], after: str, whose: str | None) -> None:
    found = addressee(members[0], team(*members), at(12), after=after)
    assert (found.id if found else None) == whose


@given(st.lists(drawn.availabilities, min_size=1, max_size=5), drawn.instants, st.data())
def test_a_task_goes_forward_until_it_is_the_teams(
    told: list[Availability], moment: dt.datetime, data: st.DataObject
) -> None:
    ids = [str(number) for number in range(len(told))]
    order = data.draw(st.permutations(ids[1:]))
    always = Period(start=dt.date.min)
    members = team(
        *(
            delegator(id_, *(order if id_ == "0" else ()), availability=one, period=always)
            for id_, one in zip(ids, told, strict=True)
        )
    )
    holders: list[str] = []
    after = ""
    while (found := addressee(members["0"], members, moment, after=after)) is not None:
        assert found.id not in holders
        if found.id == "0":
            assert found.availability.absent(moment) is not YES
        else:
            assert found.availability.absent(moment) is NO
        holders.append(found.id)
        after = found.id
    assert [one for one in ["0", *order] if one in holders] == holders


def test_everybody_away_is_said_only_when_it_is_known() -> None:
    assert all_absent([gone("a"), gone("b")], FRIDAY) is YES
    assert all_absent([gone("a"), perhaps("b")], FRIDAY) is UNKNOWN
    assert all_absent([gone("a"), delegator("b")], FRIDAY) is NO
    assert all_absent([gone("a"), delegator("b", status="suspended")], FRIDAY) is YES
    assert all_absent([], FRIDAY) is NO
    half = Absence(start=at(8), end=at(13), description="Matin")
    assert all_absent([delegator("a", availability=Availability(absences=(half,)))], FRIDAY) is NO
