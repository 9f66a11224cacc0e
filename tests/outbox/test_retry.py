import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.outbox.retry import RetryPolicy, ceiling, deadline, next_attempt

NOW = dt.datetime(2026, 11, 16, 9, 0, tzinfo=dt.UTC)
FAR = NOW + dt.timedelta(hours=72)
POLICY = RetryPolicy()

draws = st.floats(min_value=0, max_value=1, exclude_max=True)
numbers = st.integers(min_value=1, max_value=10**9)
policies = st.builds(
    RetryPolicy,
    base=st.timedeltas(min_value=dt.timedelta(seconds=1), max_value=dt.timedelta(hours=1)),
    cap=st.timedeltas(min_value=dt.timedelta(seconds=1), max_value=dt.timedelta(days=1)),
)


@pytest.mark.parametrize(
    ("number", "seconds"),
    [(1, 30), (2, 60), (3, 120), (4, 240), (5, 480), (6, 960), (7, 1800), (8, 1800), (500, 1800), (10**6, 1800)],
)
def test_the_ceiling_doubles_up_to_the_cap(number: int, seconds: int) -> None:
    assert ceiling(number, POLICY) == dt.timedelta(seconds=seconds)


@pytest.mark.parametrize(("draw", "seconds"), [(0.0, 0), (0.5, 60), (0.75, 90)])
def test_the_draw_is_the_share_of_the_ceiling(draw: float, seconds: int) -> None:
    assert next_attempt(NOW, 3, FAR, draw, POLICY) == NOW + dt.timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [("", 60), ("600", 660), ("Mon, 16 Nov 2026 09:10:00 GMT", 660), ("999999", 1860), ("soon", 60), ("-9", 60)],
)
def test_what_the_destination_asked_for_comes_before_the_draw(retry_after: str, seconds: int) -> None:
    assert next_attempt(NOW, 3, FAR, 0.5, POLICY, retry_after) == NOW + dt.timedelta(seconds=seconds)


def test_what_the_destination_asked_for_does_not_pass_the_deadline() -> None:
    soon = NOW + dt.timedelta(seconds=10)
    assert next_attempt(NOW, 3, soon, 0.5, POLICY, "600") == soon


def test_the_budget_is_seventy_two_hours_and_sets_the_deadline() -> None:
    assert deadline(NOW, POLICY) == NOW + dt.timedelta(days=3)


def test_the_last_attempt_falls_on_the_deadline_and_none_follows() -> None:
    soon = NOW + dt.timedelta(seconds=10)
    assert next_attempt(NOW, 9, soon, 0.9, POLICY) == soon
    assert next_attempt(soon, 10, soon, 0.0, POLICY) is None


@given(numbers, draws, policies, st.timedeltas(min_value=dt.timedelta(seconds=-9), max_value=dt.timedelta(days=9)))
def test_always_inside_now_ceiling_cap_and_deadline(
    number: int, draw: float, policy: RetryPolicy, left: dt.timedelta
) -> None:
    at = next_attempt(NOW, number, NOW + left, draw, policy)
    assert (at is None) == (left <= dt.timedelta(0))
    if at is not None:
        assert NOW <= at <= NOW + min(ceiling(number, policy), policy.cap, left)


@given(numbers, policies)
def test_the_ceiling_never_shrinks(number: int, policy: RetryPolicy) -> None:
    assert ceiling(number, policy) <= ceiling(number + 1, policy)


@given(st.lists(draws, min_size=1, max_size=300))
def test_a_destination_that_never_answers_spends_the_budget(some: list[float]) -> None:
    """Whatever is drawn, the way ends: with at least one positive draw in the cycle, time passes."""
    now, number = NOW, 0
    cycle = [*some, 0.5]
    while (at := next_attempt(now, number + 1, FAR, cycle[number % len(cycle)], POLICY)) is not None:
        assert at >= now
        now, number = at, number + 1
        assert number < 200_000
    assert now == FAR
