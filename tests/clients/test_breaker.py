import datetime as dt

from service.clients.breaker import Breaker

NOW = dt.datetime(2026, 11, 16, 9, 40, tzinfo=dt.UTC)
PAUSE = dt.timedelta(minutes=1)


def shut(failures: int = 3) -> Breaker:
    breaker = Breaker(failures=3, pause=PAUSE)
    for _ in range(failures):
        breaker.failed(NOW)
    return breaker


def test_shuts_at_the_limit_and_not_before() -> None:
    assert shut(2).allows(NOW)
    assert not shut(3).allows(NOW)
    assert not shut(3).allows(NOW + PAUSE - dt.timedelta(microseconds=1))


def test_a_success_starts_the_count_again() -> None:
    breaker = shut(2)
    breaker.succeeded()
    breaker.failed(NOW)
    breaker.failed(NOW)
    assert breaker.allows(NOW)


def test_after_the_pause_one_call_tries_and_the_others_wait_for_it() -> None:
    breaker = shut()
    later = NOW + PAUSE
    assert breaker.allows(later)
    assert not breaker.allows(later)
    breaker.succeeded()
    assert breaker.allows(later)


def test_a_trial_that_fails_shuts_again() -> None:
    breaker = shut()
    assert breaker.allows(NOW + PAUSE)
    breaker.failed(NOW + PAUSE + dt.timedelta(seconds=10))
    assert not breaker.allows(NOW + 2 * PAUSE)
    assert breaker.allows(NOW + 2 * PAUSE + dt.timedelta(seconds=10))


def test_a_trial_that_never_ends_does_not_shut_for_ever() -> None:
    breaker = shut()
    assert breaker.allows(NOW + PAUSE)
    assert breaker.allows(NOW + 2 * PAUSE)
