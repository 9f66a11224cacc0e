"""Destinations down for hours, thousands of reports behind them: no storm, nothing overtaken, drained soon after (F28)."""

import datetime as dt
from collections import Counter
from dataclasses import replace

import pytest

from service.config import Settings
from service.outbox.envelope import Destination, Envelope
from service.outbox.receipt import Outcome, Receipt
from service.store import Store, open_store
from tests.delivery.backlog import CLOSED, TAKEN, WAYS, Attempted, Outage
from tests.stores import NOW, document, envelope, later, tokens, unit

HEAL = NOW + dt.timedelta(hours=2)
SETTINGS = Settings(deliveries_a_second=50)


def assert_drained(outage: Outage, heal: dt.datetime) -> None:
    """What F28 promises of every destination."""
    assert set(outage.states()) == {"accepted"}
    assert_no_storm(outage.attempts, outage.settings, heal)


def assert_no_storm(attempts: list[Attempted], settings: Settings, heal: dt.datetime) -> None:
    """Few attempts while it is down, then no more than the rate; soon over, in order."""
    for destination in WAYS:
        tried = [one for one in attempts if one.envelope.destination is destination]
        before = [one for one in tried if one.at < heal]
        after = [one for one in tried if one.at >= heal]
        # While it is down: some failures at first, then one attempt a pause goes to see.
        probes = (heal - NOW).total_seconds() / settings.breaker_seconds
        assert len(before) <= probes + 4 * settings.breaker_failures
        # Once it is up: never more in a second than the rate, and the second's worth that was saved.
        busiest = max(Counter(int(one.at.timestamp()) for one in after).values())
        assert busiest <= 2 * settings.deliveries_a_second
        assert len(after) == len(tried) - len(before) == len({one.envelope.id for one in tried})
        waits = sorted((one.at - heal).total_seconds() for one in after)
        # No longer than the rate takes, and a minute.
        assert waits[int(len(waits) * 0.99)] <= 60 + len(after) / settings.deliveries_a_second
        assert_not_overtaken(after)


def assert_not_overtaken(after: list[Attempted]) -> None:
    arrived = {one.envelope.document_id: number for number, one in enumerate(after)}
    replacing = [id for id in arrived if id.startswith("r")]
    assert replacing
    assert all(arrived[f"d{id[1:]}"] < arrived[id] for id in replacing)


def test_a_backlog_is_drained_without_a_storm(tmp_path: object) -> None:
    store = open_store(f"sqlite:///{tmp_path}/binome.sqlite", test=True)
    outage = Outage(store, lambda envelope, now: TAKEN if now >= HEAL else CLOSED, SETTINGS)
    outage.fill(320, replaced=15)
    outage.until(HEAL)
    assert not outage.states()["accepted"]
    outage.until(HEAL + dt.timedelta(minutes=5))
    assert_drained(outage, HEAL)
    store.close()


def test_one_destination_down_delays_no_other(store: Store) -> None:
    outage = Outage(store, lambda envelope, now: CLOSED if envelope.destination is Destination.DMP else TAKEN)
    outage.fill(30)
    outage.until(later(1))
    assert outage.store.backlog() == {
        ("dmp", "queued"): 30,
        ("mssante-professional", "accepted"): 30,
        ("mssante-patient", "accepted"): 30,
    }
    # No attempt is counted for what was not tried.
    tried = {one.envelope.id for one in outage.of(Destination.DMP)}
    assert len(outage.of(Destination.DMP)) <= 2 * outage.settings.breaker_failures
    untried = [f"d{n:05}-0" for n in range(30) if f"d{n:05}-0" not in tried]
    assert untried
    for id in untried:
        waiting = store.envelope(id)
        assert waiting is not None
        assert (waiting.attempts, waiting.next_attempt_at) == (0, NOW)
    (lane,) = (one for one in store.lanes(outage.clock()) if one.destination == "dmp")
    assert lane.standing == "open"


def test_one_dead_mailbox_delays_no_other(store: Store) -> None:
    def answer(envelope: Envelope, _: dt.datetime) -> Receipt:
        return Receipt(Outcome.UNREACHABLE, "450 4.2.1") if envelope.recipient == "box-0" else TAKEN

    outage = Outage(store, answer)
    outage.fill(60, recipients=6)
    outage.until(later(1))
    assert outage.states() == {"accepted": 150, "queued": 30}
    dead = [one for one in outage.attempts if one.outcome is Outcome.UNREACHABLE]
    assert len(dead) <= 3 * (outage.settings.breaker_failures + outage.settings.lanes)
    assert {one.standing for one in store.lanes(outage.clock())} == {"closed"}
    assert {one.destination: one.paused for one in store.lanes(outage.clock()) if one.paused} == dict.fromkeys(WAYS, 1)


def test_what_failed_while_it_was_down_need_not_wait_once_it_is_up(store: Store) -> None:
    heal = NOW + dt.timedelta(minutes=21)
    outage = Outage(store, lambda envelope, now: TAKEN if now >= heal else CLOSED)
    outage.fill(4)
    outage.until(heal)
    assert max(one.next_attempt_at for one in _waiting(store)) > heal + dt.timedelta(minutes=2)
    waiting = [one.next_attempt_at for one in _waiting(store) if one.destination is Destination.DMP]
    assert min(waiting) < max(waiting)
    # The first whose own time comes goes to see; the others follow it.
    outage.until(min(waiting) + dt.timedelta(seconds=outage.settings.breaker_seconds))
    assert {state for (where, state) in store.backlog() if where == "dmp"} == {"accepted"}


def _waiting(store: Store) -> list[Envelope]:
    found = [store.envelope(f"d{n:05}-{k}") for n in range(4) for k in range(3)]
    return [one for one in found if one is not None]


@pytest.mark.parametrize("state", ["queued", "sending"])
def test_a_predecessor_that_is_not_at_its_end_is_not_overtaken(store: Store, state: str) -> None:
    """``follows`` names it, whatever document it carries and wherever that one's set goes."""
    first, second = envelope("first", "a"), replace(envelope("second", "b"), follows="first")
    store.commit(unit(documents=(document("a"), document("b")), envelopes=(first, second)))
    source = tokens()
    taken = store.claim(NOW, "w", 60, 5, source)
    assert [one.envelope.id for one in taken] == ["first"]
    outage = Outage(store, lambda envelope, now: TAKEN)
    if state == "sending":
        assert store.claim(later(59), "w", 60, 5, source) == []
        assert store.due_in(NOW) == 60.0
    outage.until(later(120))
    assert [one.envelope.id for one in outage.attempts] == ["first", "second"]
