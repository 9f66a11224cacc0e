"""Public holidays by territory, and what hours come to on them: open only where it was told."""

import datetime as dt
import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.domain.availability import Arrangement, Availability, held_on_holidays
from mappings.domain.holidays import TERRITORIES, Territory, easter, holiday_on, is_holiday
from mappings.domain.logic import Truth
from mappings.domain.reach import reachable
from tests.mappings import cooperation_strategies as drawn
from tests.mappings.domain.test_reach import PHONE, WEEK, at, delegator

YES, NO, UNKNOWN = Truth.YES, Truth.NO, Truth.UNKNOWN
#: Wednesday.
ARMISTICE = dt.date(2026, 11, 11)
territories = st.sampled_from(TERRITORIES)


@pytest.mark.parametrize(
    ("year", "month", "day"),
    [
        # The earliest and the latest there are, those that the corrections of the moon move, and ours.
        *((1818, 3, 22), (2285, 3, 22), (1943, 4, 25), (2038, 4, 25)),
        *((1954, 4, 18), (1981, 4, 19), (2049, 4, 18), (2076, 4, 19)),
        *((2024, 3, 31), (2025, 4, 20), (2026, 4, 5), (2027, 3, 28), (2028, 4, 16), (2029, 4, 1), (2030, 4, 21)),
    ],
)
def test_easter(year: int, month: int, day: int) -> None:
    assert easter(year) == dt.date(year, month, day)


@given(st.integers(1583, 9998))
def test_easter_is_a_sunday_of_spring(year: int) -> None:
    sunday = easter(year)
    assert sunday.weekday() == 6
    assert dt.date(year, 3, 22) <= sunday <= dt.date(year, 4, 25)


def test_the_eleven_days_of_a_year() -> None:
    year = [dt.date(2026, 1, 1) + dt.timedelta(days=n) for n in range(365)]
    found = {f"{day:%d/%m}": holiday.name for day in year if (holiday := holiday_on(day, "metropole"))}
    assert found == {
        "01/01": "Jour de l’an",
        "06/04": "Lundi de Pâques",
        "01/05": "Fête du Travail",
        "08/05": "Victoire de 1945",
        "14/05": "Ascension",
        "25/05": "Lundi de Pentecôte",
        "14/07": "Fête nationale",
        "15/08": "Assomption",
        "01/11": "Toussaint",
        "11/11": "Armistice de 1918",
        "25/12": "Noël",
    }


@pytest.mark.parametrize(
    ("territory", "days"),
    [
        ("metropole", {}),
        ("alsace-moselle", {(4, 3): UNKNOWN, (12, 26): YES}),
        ("mayotte", {(4, 27): YES}),
        ("martinique", {(5, 22): YES}),
        ("guadeloupe", {(5, 27): YES}),
        ("saint-martin", {(5, 27): UNKNOWN, (5, 28): UNKNOWN}),
        ("guyane", {(6, 10): YES}),
        ("saint-barthelemy", {(10, 9): YES}),
        ("reunion", {(12, 20): YES}),
    ],
)
def test_what_a_territory_adds(territory: Territory, days: dict[tuple[int, int], Truth]) -> None:
    for day in (dt.date(2026, 1, 1) + dt.timedelta(days=n) for n in range(365)):
        ours = days.get((day.month, day.day), is_holiday(day, "metropole"))
        assert is_holiday(day, territory) is ours, day


def test_what_is_certain_everywhere_is_not_made_doubtful() -> None:
    """Whit Monday falls on one of the two days of Saint-Martin now and then."""
    disputed = [dt.date(year, 5, day) for year in range(2000, 2100) for day in (27, 28)]
    certain = [day for day in disputed if is_holiday(day, "metropole") is YES]
    assert certain
    assert {is_holiday(day, "saint-martin") for day in certain} == {YES}


@pytest.mark.parametrize(
    ("told", "holds", "holiday", "comes_to"),
    [
        *((told, holds, NO, told) for told, holds in itertools.product(Truth, (True, False, None))),
        *((told, True, holiday, told) for told, holiday in itertools.product(Truth, (YES, UNKNOWN))),
        (YES, None, YES, UNKNOWN),
        (UNKNOWN, None, YES, UNKNOWN),
        (NO, None, YES, NO),
        (YES, None, UNKNOWN, UNKNOWN),
        (NO, None, UNKNOWN, NO),
        (YES, False, YES, NO),
        (UNKNOWN, False, YES, NO),
        (NO, False, YES, NO),
        (YES, False, UNKNOWN, UNKNOWN),
        (UNKNOWN, False, UNKNOWN, UNKNOWN),
        (NO, False, UNKNOWN, NO),
    ],
)
def test_hours_on_a_holiday(told: Truth, holds: bool | None, holiday: Truth, comes_to: Truth) -> None:
    assert held_on_holidays(told, holds, holiday) is comes_to


@pytest.mark.parametrize(
    ("own", "agreed", "comes_to"),
    [
        (None, None, UNKNOWN),
        (True, None, YES),
        (False, None, NO),
        (None, True, YES),
        (None, False, NO),
        (True, False, YES),
        (False, True, NO),
    ],
)
def test_what_one_says_goes_before_what_the_team_says(own: bool | None, agreed: bool | None, comes_to: Truth) -> None:
    enrolment = delegator(availability=Availability(contacts=(PHONE,), hours=(WEEK,), on_holidays=own))
    arrangement = Arrangement(on_holidays=agreed)
    assert reachable(enrolment, at(10, day=ARMISTICE), arrangement) is comes_to
    assert reachable(enrolment, at(10, day=ARMISTICE + dt.timedelta(days=1)), arrangement) is YES
    assert reachable(enrolment, at(20, day=ARMISTICE), arrangement) is NO


def test_the_day_is_that_of_france_and_the_territory_is_asked() -> None:
    enrolment = delegator(availability=Availability(contacts=(PHONE,), on_holidays=False))
    around = Arrangement(hours=(WEEK,))
    abolition = dt.datetime(2027, 12, 20, 9, 0, tzinfo=dt.UTC)
    assert reachable(enrolment, abolition, around) is YES
    assert reachable(enrolment, abolition, around, "reunion") is NO
    # 23:30 UTC on the 10th is the 11th in France.
    assert reachable(enrolment, dt.datetime(2026, 11, 10, 23, 30, tzinfo=dt.UTC)) is NO


@given(drawn.availabilities, drawn.arrangements, drawn.instants, territories)
def test_a_holiday_never_makes_anybody_reachable(
    told: Availability, agreed: Arrangement, moment: dt.datetime, territory: Territory
) -> None:
    silent = reachable(
        delegator(availability=replace(told, on_holidays=None)), moment, replace(agreed, on_holidays=None), territory
    )
    holding = reachable(delegator(availability=replace(told, on_holidays=True)), moment, agreed, territory)
    closed = reachable(delegator(availability=replace(told, on_holidays=False)), moment, agreed, territory)
    rank = {NO: 0, UNKNOWN: 1, YES: 2}
    assert rank[closed] <= rank[silent] <= rank[holding]
    if is_holiday(moment.astimezone(at(0).tzinfo).date(), territory) is YES:
        assert silent is not YES
        assert closed is NO
