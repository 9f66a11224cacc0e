"""Claims: journalled before anything is sent, each envelope in one hand at a time, nothing overtakes."""

import hashlib
import threading

import pytest

from service.ledger.verify import verify
from service.outbox.envelope import Destination, State
from service.outbox.wanted import Wanted
from service.store import Store
from service.store.unit import Fenced, Seal, Settlement
from tests.stores import DESTINATIONS, NOW, document, envelope, later, three_envelopes, tokens, unit
from tests.waiting import PATIENCE


def settled(id: str, token: str, number: int, state: State, next_attempt: float = 0) -> Settlement:
    return Settlement(
        envelope_id=id,
        token=token,
        number=number,
        outcome="x",
        code="x",
        receiver_id="",
        raw=b"",
        finished_at=later(1),
        state=state,
        next_attempt_at=later(next_attempt),
    )


def test_a_claim_is_journalled(store: Store) -> None:
    store.commit(unit(documents=(document("x"),), envelopes=three_envelopes("x")))
    leases = store.claim(NOW, "worker-1", 60, 10, tokens())
    assert [lease.envelope.id for lease in leases] == ["x-0", "x-1", "x-2"]
    for lease in leases:
        assert (lease.number, lease.doubtful, lease.until) == (1, False, later(60))
        assert store.envelope(lease.envelope.id) == lease.envelope
        assert lease.envelope.state is State.SENDING
        (attempt,) = store.attempts_of(lease.envelope.id)
        assert (attempt.token, attempt.started_at, attempt.finished_at) == (lease.token, NOW, None)
    assert store.claim(later(59), "worker-2", 60, 10, tokens()) == []
    assert verify(store) == []


def test_a_claim_tells_what_is_sealed_and_leaves_it_where_it_is(store: Store) -> None:
    store.commit(unit(documents=(document("x"),), envelopes=three_envelopes("x")))
    store.commit(unit(seals=(Seal(document_id="x", cda=b"c", pdf=b"p"), Seal(envelope_id="x-1", payload=b"m"))))
    leases = store.claim(NOW, "w", 60, 10, tokens())
    sealed = hashlib.sha256(b"m").digest()
    assert [one.envelope.payload_sha256 for one in leases] == [None, sealed, None]
    assert [one.envelope.payload for one in leases] == [None, None, None]


def test_one_document_is_taken_together(store: Store) -> None:
    for id in ("b", "a", "c"):
        store.commit(unit(documents=(document(id),), envelopes=three_envelopes(id)))
    first = store.claim(NOW, "w", 60, 3, tokens())
    assert {lease.envelope.document_id for lease in first} == {"a"}


def test_what_is_preferred_is_taken_first_and_what_is_left_after_it(store: Store) -> None:
    for id in "abcdef":
        store.commit(unit(documents=(document(id),), envelopes=three_envelopes(id)))
    wanted = Wanted(destination=Destination.DMP, limit=2, prefers=lambda document_id: document_id in "bce")

    def claimed() -> list[str]:
        return [lease.envelope.document_id for lease in store.claim(NOW, "w", 60, (wanted,), source)]

    source = tokens()
    assert [claimed() for _ in range(4)] == [["b", "c"], ["e", "a"], ["d", "f"], []]


def test_an_expired_lease_is_doubtful_and_fences_the_late(store: Store) -> None:
    store.commit(unit(documents=(document("x"),), envelopes=(envelope("e", "x"),)))
    source = tokens()
    (late,) = store.claim(NOW, "w1", 60, 1, source)
    (lease,) = store.claim(later(60), "w2", 60, 1, source)
    assert (lease.number, lease.doubtful) == (2, True)
    with pytest.raises(Fenced):
        store.commit(unit(settlements=(settled("e", late.token, 1, State.ACCEPTED),)))
    store.commit(unit(settlements=(settled("e", lease.token, 2, State.IN_DOUBT, 100),)))
    assert store.claim(later(99), "w", 60, 1, source) == []
    (again,) = store.claim(later(100), "w", 60, 1, source)
    assert (again.number, again.doubtful) == (3, True)
    store.commit(unit(settlements=(settled("e", again.token, 3, State.QUEUED, 200),)))
    (clear,) = store.claim(later(200), "w", 60, 1, source)
    assert clear.doubtful is False
    assert verify(store) == []


def test_what_is_hastened_does_not_begin_before_its_last_attempt_ended(store: Store) -> None:
    """Whoever hastens may have read the time before somebody else settled the attempt."""
    store.commit(unit(documents=(document("x"),), envelopes=(envelope("e", "x"), envelope("f", "x"))))
    source = tokens()
    leases = store.claim(NOW, "w", 60, 2, source)
    store.commit(unit(settlements=tuple(settled(x.envelope.id, x.token, 1, State.QUEUED, 100) for x in leases)))
    store.hasten(["e", "e", "unheard-of"], later(0.5))
    assert store.claim(later(0.5), "w", 60, 1, source) == []
    (lease,) = store.claim(later(1), "w", 60, 2, source)
    first, second = store.attempts_of(lease.envelope.id)
    assert lease.envelope.id == "e"
    assert first.finished_at is not None
    assert first.finished_at <= second.started_at


def test_what_is_hastened_later_is_due_then(store: Store) -> None:
    store.commit(unit(documents=(document("x"),), envelopes=(envelope("e", "x"),)))
    source = tokens()
    (lease,) = store.claim(NOW, "w", 60, 1, source)
    store.commit(unit(settlements=(settled("e", lease.token, 1, State.IN_DOUBT, 100),)))
    store.hasten(["e"], later(5))
    assert store.claim(later(4), "w", 60, 1, source) == []
    store.hasten(["e"], later(50))  # it does not go backwards
    assert [one.envelope.id for one in store.claim(later(5), "w", 60, 1, source)] == ["e"]


def test_a_replacement_waits_for_what_it_replaces(store: Store) -> None:
    store.commit(unit(documents=(document("v1", set_id="s"),), envelopes=three_envelopes("v1")))
    store.commit(unit(documents=(document("v2", set_id="s", version=2),), envelopes=three_envelopes("v2")))
    source = tokens()
    leases = store.claim(NOW, "w", 60, 10, source)
    assert {lease.envelope.document_id for lease in leases} == {"v1"}
    assert store.due_in(NOW) == 60.0
    dmp = next(lease for lease in leases if lease.envelope.destination is Destination.DMP)
    store.commit(unit(settlements=(settled(dmp.envelope.id, dmp.token, 1, State.IN_DOUBT, 1000),)))
    assert store.claim(NOW, "w", 60, 10, source) == []
    mail = next(lease for lease in leases if lease.envelope.destination is Destination.MSSANTE_PATIENT)
    store.commit(unit(settlements=(settled(mail.envelope.id, mail.token, 1, State.REFUSED),)))
    (lease,) = store.claim(NOW, "w", 60, 10, source)
    assert (lease.envelope.document_id, lease.envelope.destination) == ("v2", Destination.MSSANTE_PATIENT)


def test_what_waits_is_told(store: Store) -> None:
    assert store.due_in(NOW) is None
    assert store.backlog() == {}
    store.commit(unit(documents=(document("x"),), envelopes=three_envelopes("x")))
    assert store.due_in(NOW) == 0.0
    assert store.due_in(later(-2.5)) == 2.5
    store.claim(NOW, "w", 60, 1, tokens())
    assert store.backlog() == {
        ("dmp", "sending"): 1,
        ("mssante-professional", "queued"): 1,
        ("mssante-patient", "queued"): 1,
    }
    assert [e.id for e in store.envelopes_of("Procedure/x/_history/1")] == ["x-0", "x-2", "x-1"]
    found = store.envelope_of_message("<x-1@binome.example>")
    assert found is not None
    assert found.id == "x-1"
    assert store.envelope_of_message("") is None
    assert (store.envelope("none"), store.document("none"), store.attempts_of("none")) == (None, None, [])


def test_many_workers_never_share(store: Store) -> None:
    for n in range(20):
        store.commit(unit(documents=(document(f"d{n}"),), envelopes=three_envelopes(f"d{n}")))
    taken: list[str] = []
    barrier = threading.Barrier(6)

    def work(name: str) -> None:
        count = 0

        def source() -> str:
            nonlocal count
            count += 1
            return f"{name}-{count}"

        barrier.wait()
        while leases := store.claim(NOW, name, 60, 4, source):
            taken.extend(lease.envelope.id for lease in leases)
            store.commit(
                unit(settlements=tuple(settled(x.envelope.id, x.token, x.number, State.ACCEPTED) for x in leases))
            )

    threads = [threading.Thread(target=work, args=(f"w{n}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    # A worker may stop while another still holds what it skipped: whoever holds it settles it.
    assert len(taken) == len(set(taken)) == 60
    assert set(store.backlog()) == {(d.value, "accepted") for d in DESTINATIONS}
    assert verify(store) == []
