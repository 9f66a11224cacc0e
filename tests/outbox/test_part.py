"""What one of several processes has of the whole."""

import pytest

from service.config import Settings
from service.delivery.worker import lane_policy
from service.outbox.part import Part
from service.worker import processes


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_the_shares_are_the_whole(count: int) -> None:
    settings = Settings(lanes=5, deliveries_a_second=100)
    policies = [lane_policy(settings, Part(number, count)) for number in range(count)]
    assert sum(one.calls for one in policies) == 5
    assert sum(one.rate for one in policies) == pytest.approx(100)
    assert min(one.calls for one in policies) >= 1
    # A destination that is down is left alone by all of them after as many failures, and less than one more of each.
    assert 5 <= sum(one.failures for one in policies) < 5 + count


def test_each_document_is_preferred_by_one() -> None:
    parts = [Part(number, 3) for number in range(3)]
    preferred = [[part.prefers(f"d-{n}") for part in parts] for n in range(300)]
    assert {sum(each) for each in preferred} == {1}
    assert all(any(each[part.number] for each in preferred) for part in parts)
    assert Part().prefers("d")


def test_no_process_without_a_place_in_each_lane() -> None:
    assert processes(Settings(worker_processes=3)) == 3
    assert processes(Settings(worker_processes=3, lanes=2)) == 2
    assert processes(Settings(worker_processes=0)) == 1


def test_a_session_is_one_process_s() -> None:
    assert processes(Settings(worker_processes=3, mssante_login="xoauth2")) == 1
