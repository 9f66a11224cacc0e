"""A lane: bounded, shared among recipients, shut while its destination is down, and opened by one attempt that goes to see."""

import datetime as dt

import pytest

from service.clients.breaker import Standing
from service.delivery.lane import Lane, LanePolicy
from service.outbox.envelope import Destination, Lease
from service.outbox.receipt import Outcome, Receipt
from service.outbox.sign import Sign, sign_of
from tests.stores import NOW, envelope, later

BOX = Destination.MSSANTE_PROFESSIONAL
PAUSE = 30
SOON, LATE = 0.1, 20.0


def lane(calls: int = 4, rate: float = 0, failures: int = 3) -> Lane:
    policy = LanePolicy(calls=calls, rate=rate, failures=failures, pause=dt.timedelta(seconds=PAUSE))
    return Lane(BOX, policy, NOW)


def lease(id: str, recipient: str = "a") -> Lease:
    return Lease(
        envelope=envelope(id, "d", BOX, recipient=recipient), token=id, number=1, until=later(60), doubtful=False
    )


def limit(one: Lane, seconds: float = 0) -> int:
    wanted = one.wanted(later(seconds))
    return wanted.limit if wanted else 0


def attempt(one: Lane, id: str, sign: Sign, *, to: str = "a", at: float = 0, took: float = SOON) -> list[str]:
    begun = lease(id, to)
    one.took([begun], later(at))
    return one.ended(begun, sign, later(at), took)


def shut(failures: int = 3) -> Lane:
    """Two recipients, no answer."""
    one = lane(failures=failures)
    attempt(one, "x", Sign.DOWN, to="z")
    for n in range(failures):
        attempt(one, f"x{n}", Sign.DOWN, to=f"box-{n}")
    return one


def test_no_more_than_its_calls_until_it_is_known_to_answer_soon() -> None:
    one = lane(calls=4)
    assert limit(one) == 4
    one.took([lease("1"), lease("2"), lease("3")], NOW)
    assert limit(one) == 1
    one.took([lease("4")], NOW)
    assert one.wanted(NOW) is None
    one.ended(lease("1"), Sign.ANSWERED, NOW, SOON)
    # Claimed ahead, three for each call; taken again once no more than the calls are left.
    assert limit(one) == 12 - 3
    one.took([lease(str(n)) for n in range(9)], NOW)
    one.ended(lease("2"), Sign.ANSWERED, NOW, SOON)
    assert limit(one) == 0
    one.ended(lease("3"), Sign.ANSWERED, NOW, LATE)
    assert limit(one) == 0, "slow: nothing ahead any more"


def test_one_recipient_has_half_the_lane_until_it_is_known_to_answer_soon() -> None:
    one = lane(calls=4)
    wanted = one.wanted(NOW)
    assert wanted is not None
    assert wanted.share("a") == 2
    one.took([lease("1", "a"), lease("2", "a")], NOW)
    wanted = one.wanted(NOW)
    assert wanted is not None
    assert (wanted.without, wanted.share("b")) == ({"a"}, 2)
    one.ended(lease("1", "a"), Sign.ANSWERED, NOW, SOON)
    wanted = one.wanted(NOW)
    assert wanted is not None
    assert wanted.share("a") > 2
    one.ended(lease("2", "a"), Sign.ANSWERED, NOW, LATE)
    wanted = one.wanted(NOW)
    assert wanted is not None
    assert wanted.share("a") == 2


def test_a_dead_recipient_is_left_alone_and_the_others_go_on() -> None:
    one = lane(failures=3)
    for n in range(3):
        assert one.wanted(NOW) is not None
        attempt(one, f"dead-{n}", Sign.DOWN, to="dead", took=LATE)
    wanted = one.wanted(NOW)
    assert wanted is not None
    assert "dead" in wanted.without
    assert "other" not in wanted.without
    assert one.standing(NOW)[0] is Standing.CLOSED
    assert one.next_in(NOW) == PAUSE
    # One attempt goes to see; what had failed need not wait any longer.
    wanted = one.wanted(later(PAUSE))
    assert wanted is not None
    assert (wanted.share("dead"), wanted.without) == (1, frozenset())
    assert attempt(one, "dead-3", Sign.ANSWERED, to="dead", at=PAUSE) == ["dead-0", "dead-1", "dead-2"]


def test_a_recipient_that_is_refused_for_now_does_not_close_the_destination() -> None:
    one = lane(failures=2)
    for n in range(6):
        attempt(one, f"{n}", Sign.RECIPIENT_DOWN, to=f"box-{n % 3}")
    assert one.standing(NOW)[0] is Standing.CLOSED
    wanted = one.wanted(NOW)
    assert wanted is not None
    assert wanted.without == {"box-0", "box-1", "box-2"}


def test_a_destination_is_down_when_several_recipients_fail_in_a_row() -> None:
    one = shut()
    assert one.wanted(NOW) is None
    assert one.wanted(later(PAUSE - 0.001)) is None
    assert one.standing(NOW)[0] is Standing.OPEN


def test_an_answer_in_between_begins_the_count_again() -> None:
    one = lane(failures=3)
    for n in range(8):
        attempt(one, f"{n}", Sign.ANSWERED if n % 3 == 2 else Sign.DOWN, to=f"box-{n}")
    assert one.standing(NOW)[0] is Standing.CLOSED


def test_half_open_one_goes_to_see_and_the_others_wait_for_it() -> None:
    one = shut()
    assert limit(one, PAUSE) == 1
    probe = lease("probe", "b")
    one.took([probe], later(PAUSE))
    assert one.wanted(later(PAUSE)) is None
    # Another pause when it fails.
    assert one.ended(probe, Sign.DOWN, later(PAUSE + 1), 1) == []
    assert one.wanted(later(2 * PAUSE)) is None
    assert limit(one, 2 * PAUSE + 1) == 1


def test_once_it_answers_what_failed_at_it_is_due() -> None:
    one = shut()
    attempt(one, "probe", Sign.DOWN, to="b", at=PAUSE)
    again = attempt(one, "second", Sign.ANSWERED, to="c", at=2 * PAUSE)
    assert {"x0", "x1", "x2", "probe"} <= set(again)
    assert limit(one, 2 * PAUSE) > 1
    assert one.standing(later(2 * PAUSE))[0] is Standing.CLOSED
    wanted = one.wanted(later(2 * PAUSE))
    assert wanted is not None
    assert wanted.without == frozenset(), "no recipient pays for the destination"


def test_nobody_asked_is_no_sign() -> None:
    one = lane(failures=1)
    for n in range(5):
        attempt(one, f"{n}", Sign.NONE, to=f"box-{n}")
    assert one.standing(NOW)[0] is Standing.CLOSED


def test_so_many_a_second() -> None:
    one = lane(calls=50, rate=10)
    begun = 0
    for step in range(41):
        room = limit(one, step / 4)
        some = [lease(f"{step}-{n}", f"{n}") for n in range(room)]
        one.took(some, later(step / 4))
        for each in some:
            one.ended(each, Sign.ANSWERED, later(step / 4), SOON)
        begun += len(some)
    # Ten seconds at ten a second, and the second's worth that was saved before.
    assert 95 <= begun <= 110
    assert one.next_in(later(10)) is not None


@pytest.mark.parametrize(
    ("outcome", "code", "sign"),
    [
        (Outcome.ACCEPTED, "250 2.0.0", Sign.ANSWERED),
        (Outcome.REFUSED, "550 5.1.1", Sign.ANSWERED),
        (Outcome.REFUSED, "XDSUnknownPatientId", Sign.ANSWERED),
        (Outcome.IN_DOUBT, "XDSDuplicateUniqueIdInRegistry", Sign.ANSWERED),
        (Outcome.UNREACHABLE, "absent", Sign.ANSWERED),
        (Outcome.UNREACHABLE, "predecessor-not-shown", Sign.ANSWERED),
        (Outcome.UNREACHABLE, "predecessor-unknown", Sign.DOWN),
        (Outcome.UNREACHABLE, "450 4.2.1", Sign.RECIPIENT_DOWN),
        (Outcome.UNREACHABLE, "451", Sign.RECIPIENT_DOWN),
        (Outcome.UNREACHABLE, "452 4.2.2", Sign.RECIPIENT_DOWN),
        (Outcome.UNREACHABLE, "421 4.3.2", Sign.DOWN),
        (Outcome.UNREACHABLE, "454", Sign.DOWN),
        (Outcome.UNREACHABLE, "connect", Sign.DOWN),
        (Outcome.UNREACHABLE, "XDSRepositoryBusy", Sign.DOWN),
        (Outcome.UNREACHABLE, "http-429", Sign.DOWN),
        (Outcome.IN_DOUBT, "http-503", Sign.DOWN),
        (Outcome.IN_DOUBT, "timeout", Sign.DOWN),
        (Outcome.IN_DOUBT, "Receiver", Sign.DOWN),
        (Outcome.UNREACHABLE, "not-begun", Sign.NONE),
        (Outcome.IN_DOUBT, "unconfirmed", Sign.NONE),
        (Outcome.IN_DOUBT, "defect", Sign.NONE),
        (Outcome.UNREACHABLE, "patient-objection", Sign.NONE),
        (Outcome.REFUSED, "too-long", Sign.NONE),
        (Outcome.REFUSED, "outside-trust-space", Sign.NONE),
    ],
)
def test_what_an_answer_says_of_who_gave_it(outcome: Outcome, code: str, sign: Sign) -> None:
    assert sign_of(Receipt(outcome, code)) is sign
