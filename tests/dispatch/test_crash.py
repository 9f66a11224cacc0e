"""The process dies between any two steps: another worker takes over when the lease is over, and the effect is one."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from service import sealing
from service.outbox.envelope import State
from service.store import Store
from service.store.unit import Fenced, Unit
from tests.dispatch.places import DIES_AFTER, DIES_BEFORE, LOST, Crash
from tests.dispatch.round import DMP, DOCTOR, PATIENT, Round
from tests.waiting import PATIENCE, until


def _seals(unit: Unit) -> bool:
    return bool(unit.seals)


def _settles(unit: Unit) -> bool:
    return bool(unit.settlements)


def _dies(monkeypatch: pytest.MonkeyPatch, which: Callable[[Unit], bool], *, committed: bool) -> None:
    """The process dies once: before the commit of such a unit, or after it and before anybody hears."""
    commit = Store.commit
    left = [1]

    def deadly(store: Store, unit: Unit) -> Any:
        if which(unit) and left:
            left.clear()
            if committed:
                commit(store, unit)
            raise Crash
        return commit(store, unit)

    monkeypatch.setattr(Store, "commit", deadly)


@pytest.mark.parametrize("which", [_seals, _settles])
@pytest.mark.parametrize("committed", [False, True])
def test_dies_around_a_commit(
    round_: Round, monkeypatch: pytest.MonkeyPatch, which: Callable[[Unit], bool], committed: bool
) -> None:
    _dies(monkeypatch, which, committed=committed)
    with pytest.raises(Crash):
        round_.drain()
    assert round_.drain() == 0, "while the lease lasts nobody else may send"
    round_.after_the_lease()
    _assert_one_effect(round_)


@pytest.mark.parametrize("place", [DMP, DOCTOR, PATIENT])
@pytest.mark.parametrize("death", [DIES_BEFORE, DIES_AFTER])
def test_dies_while_sending(round_: Round, place: Any, death: Any) -> None:
    round_.places[place].written = [death]
    with pytest.raises(Crash):
        round_.drain()
    assert round_.envelope(place).state is State.SENDING
    assert round_.drain() == 0
    round_.after_the_lease()
    _assert_one_effect(round_)
    # A shared record is asked first; a mailbox cannot be, and gets the same message again.
    found = place is DMP and death is DIES_AFTER
    assert len(round_.places[place].sent) == (1 if found else 2)


def test_dies_again_and_again(round_: Round) -> None:
    round_.places[DMP].written = [DIES_BEFORE, DIES_BEFORE, DIES_AFTER]
    for _ in range(3):
        with pytest.raises(Crash):
            round_.after_the_lease()
    round_.after_the_lease()
    _assert_one_effect(round_)
    assert len(round_.attempts(DMP)) == 4


def _assert_one_effect(round_: Round) -> None:
    """Each destination has the document once; every sending carried the same bytes; the record says it once."""
    assert set(round_.states().values()) == {State.ACCEPTED}
    for destination, place in round_.places.items():
        assert list(place.held.values()) == [round_.envelope(destination).payload]
        assert set(place.sent) == set(place.held.values())
    assert len(round_.house.found("DocumentReference")) == 1
    assert len(round_.house.found("Communication")) == 2
    assert round_.duties() == []
    assert round_.later() == 0
    round_.assert_proved()


def test_who_lost_the_lease_settles_nothing(round_: Round) -> None:
    """A worker that slept through its lease comes back with an answer: it is not believed, and nothing is lost."""
    (slow, *rest) = round_.house.store.claim(round_.house.clock(), "slow", 60, 1, round_.house.ids)
    assert rest == []
    round_.house.clock.pass_(seconds=61)
    assert round_.drain() == 3
    standing = round_.house.standing()
    with pytest.raises(Fenced):
        round_.dispatch.deliver(slow)
    assert round_.house.standing() == standing
    _assert_sent_alike(round_)


def _assert_sent_alike(round_: Round) -> None:
    for destination, place in round_.places.items():
        assert set(place.sent) == {round_.envelope(destination).payload}
        assert len(place.held) == 1


def test_four_workers_at_once_send_once(round_: Round) -> None:
    gate = threading.Barrier(4)
    made: list[int] = []

    def work() -> None:
        worker = round_.worker()
        gate.wait()
        made.append(worker.drain())

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert sum(made) == 3
    assert [len(place.sent) for place in round_.places.values()] == [1, 1, 1]
    _assert_one_effect(round_)


def test_the_seal_is_made_once_for_all(round_: Round) -> None:
    """Two that seal at the same time: the first seal is the seal, and both send it."""
    envelopes = round_.house.store.envelopes_of(round_.act)
    gate = threading.Barrier(3)
    sealed: list[tuple[bytes | None, bytes | None]] = []

    def seal(id_: str) -> None:
        gate.wait()
        document, envelope = round_.dispatch.sealing.sealed(envelopes[0].document_id, id_)
        sealed.append((document.cda, envelope.payload))

    threads = [threading.Thread(target=seal, args=(envelopes[0].id,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert len(sealed) == 3
    assert len(set(sealed)) == 1
    assert None not in sealed[0]


def test_what_is_sealed_is_not_rendered_again(round_: Round, monkeypatch: pytest.MonkeyPatch) -> None:
    round_.places[DMP].written = [LOST]
    round_.drain()

    def rendered(*_: Any) -> Any:
        raise AssertionError("a retry sends what was sealed")

    monkeypatch.setattr(sealing, "evidence_of", rendered)
    round_.later()
    assert round_.states()[DMP] is State.ACCEPTED


def test_one_document_is_rendered_once_although_its_envelopes_go_out_together(
    round_: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    rendered: list[str] = []
    gate, evidence_of = threading.Barrier(3), sealing.evidence_of

    def slow(store: Store, id_: str, *how: Any) -> Any:
        rendered.append(id_)
        # Whoever else would render waits for its turn by now.
        until(lambda: [count for _, count in round_.dispatch.turns._turns.values()] == [3])
        return evidence_of(store, id_, *how)

    monkeypatch.setattr(sealing, "evidence_of", slow)
    leases = round_.house.store.claim(round_.house.clock(), "w", 60, 3, round_.house.ids)

    def deliver(lease: Any) -> None:
        gate.wait(PATIENCE)
        round_.dispatch.deliver(lease)

    threads = [threading.Thread(target=deliver, args=(lease,)) for lease in leases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert len(rendered) == 1
    _assert_one_effect(round_)
