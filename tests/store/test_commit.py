"""What one commit does: all or nothing, each unit for itself, and acknowledged only when durable."""

import dataclasses
import datetime as dt
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from service.ledger.chain import GENESIS, link
from service.ledger.verify import verify
from service.outbox.envelope import Destination, State
from service.store import Closed, Store, Unconfirmed, Unstorable, open_store, writer
from service.store.unit import NOT_FOUND, Fenced, Index, Repeated, Seal, Settlement, Stale, Unit
from tests.stores import (
    CHAIN,
    NOW,
    act,
    claim_of,
    document,
    entries,
    envelope,
    later,
    overlapping,
    run_sql,
    search,
    three_envelopes,
    tokens,
    unit,
    word,
    write,
)
from tests.waiting import PATIENCE


def held(store: Store, units: list[Unit]) -> list[Any]:
    """Outcomes of units that all wait while the writer is held back: they share one commit."""
    engine = store._engine
    outcomes: list[Any] = [None] * len(units)

    def commit(n: int) -> None:
        try:
            outcomes[n] = store.commit(units[n])
        except Exception as refusal:
            outcomes[n] = refusal

    threads = [threading.Thread(target=commit, args=(n,)) for n in range(len(units))]
    with engine.writing():
        for n, thread in enumerate(threads):
            thread.start()
            # In this order: each is in the queue, or in the writer's hand, before the next.
            while n and store._group._queue.qsize() < n:
                pass
            while n == 0 and store._group._queue.qsize():
                pass
    for thread in threads:
        thread.join(PATIENCE)
    return outcomes


def test_a_unit_is_read_back_byte_for_byte(store: Store) -> None:
    body = '{"text":"é, 1.10, \\u0000"}'.encode()
    (made,) = store.commit(unit(writes=(write("a", body=body),)))
    stored = store.read("Procedure", "a")
    assert stored is not None
    assert (stored.body, stored.version, stored.recorded) == (body, 1, NOW)
    assert list(store.links(CHAIN)) == [made]
    assert made == link(1, GENESIS, "Procedure/a/_history/1", made.content, NOW)


def test_versions_follow_one_another(store: Store) -> None:
    store.commit(unit(writes=(write("a"),)))
    for version in (1, 3):
        with pytest.raises(Stale):
            store.commit(unit(writes=(write("a", version), write("b"))))
    assert store.read("Procedure", "b") is None
    store.commit(unit(writes=(write("a", 2), write("a", 3)), relies_on=(("Procedure", "a", 1),)))
    with pytest.raises(Stale):
        store.commit(unit(writes=(write("b"),), relies_on=(("Procedure", "a", 2),)))
    assert [v.version for v in store.history("Procedure", "a")] == [3, 2, 1]
    assert store.read("Procedure", "a", 2) == store.history("Procedure", "a")[1]
    assert store.read("Procedure", "a", 4) is None
    assert store.current_versions([("Procedure", "a"), ("Procedure", "none")]) == {("Procedure", "a"): 3}
    found = store.read_many([("Procedure", "none"), ("Procedure", "a"), ("Procedure", "a")])
    assert [v.version for v in found] == [3, 3]


def test_a_body_may_hold_the_links_before_it(store: Store) -> None:
    unit_ = unit(writes=(write("a"), write("p", body=lambda links: (links[-1].digest, NOT_FOUND), type="Provenance")))
    first, second = store.commit(unit_)
    stored = store.read("Provenance", "p")
    assert stored is not None
    assert stored.body == first.digest == second.previous


def test_a_body_that_raises_is_its_callers_only(store: Store) -> None:
    def broken(links: object) -> tuple[bytes, Index]:
        raise ArithmeticError("not today")

    outcomes = held(
        store, [unit(writes=(write("a"),)), unit(writes=(write("b", body=broken),)), unit(writes=(write("c"),))]
    )
    assert isinstance(outcomes[1], ArithmeticError)
    assert [link.sequence for link in store.links(CHAIN)] == [1, 2]


def test_a_request_is_answered_once(store: Store) -> None:
    store.commit(unit(writes=(write("a"),), requests=(claim_of("k"),)))
    with pytest.raises(Repeated) as repeated:
        store.commit(unit(writes=(write("b"),), requests=(claim_of("k"),)))
    assert (repeated.value.same, repeated.value.claim.answer) == (True, b"answer k")
    with pytest.raises(Repeated) as other:
        store.commit(unit(requests=(claim_of("k", b"other"),)))
    assert other.value.same is False
    assert store.read("Procedure", "b") is None
    assert store.request("client", "k") == claim_of("k")
    assert store.request("client", "other") is None


def test_sixteen_at_once_store_one(store: Store) -> None:
    barrier = threading.Barrier(16)

    def submit(n: int) -> bool:
        barrier.wait()
        try:
            store.commit(unit(writes=(write(f"act-{n}"),), requests=(claim_of("same"),)))
        except Repeated as repeated:
            return not repeated.same
        return True

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(submit, range(16))) == 1
    assert len(search(store)) == 1


def test_a_refused_unit_hurts_no_other_of_its_commit(store: Store) -> None:
    store.commit(unit(writes=(write("there"),)))
    units = [
        act("one"),
        unit(writes=(write("there"),)),
        act("two"),
        unit(writes=(write("never"),), requests=(claim_of("one-a"),)),
        unit(writes=(write("there", 2),)),
        unit(writes=(write("late"),), relies_on=(("Procedure", "there", 1),)),
        act("three"),
    ]
    outcomes = held(store, units)
    assert [type(o).__name__ for o in outcomes] == ["tuple", "Stale", "tuple", "Repeated", "tuple", "Stale", "tuple"]
    assert store.read("Procedure", "never") is None
    assert store.read("Procedure", "three-0") is not None
    assert verify(store) == []


def test_a_unit_the_schema_refuses_hurts_no_other_of_its_commit(store: Store) -> None:
    twice = unit(documents=(dataclasses.replace(document("y"), unique_id=document("x").unique_id),))
    outcomes = held(
        store, [unit(writes=(write("a"),)), unit(documents=(document("x"),)), twice, unit(writes=(write("b"),))]
    )
    assert isinstance(outcomes[2], Unstorable)
    assert "1.2.250" not in str(outcomes[2])
    assert store.read("Procedure", "b") is not None
    assert store.document("y") is None
    assert verify(store) == []


def test_a_failed_commit_is_surfaced_to_all_and_not_tried_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []

    def failing(_: object, session: object, batch: list[object]) -> None:
        tried.append(len(batch))
        raise store._engine.failures[0]("disk")

    with monkeypatch.context() as patched:
        patched.setattr(writer.Writer, "_judge_and_write", failing)
        outcomes = held(store, [unit(writes=(write(id),)) for id in "abc"])
    assert [type(o) for o in outcomes] == [Unconfirmed] * 3
    assert tried == [3]
    store.commit(unit(writes=(write("d"),)))
    assert store.head(CHAIN).sequence == 1


def test_a_closed_store_refuses(database: str) -> None:
    store = open_store(database, test=True)
    store.commit(unit(writes=(write("a"),)))
    store.close()
    store.close()
    with pytest.raises(Closed):
        store.commit(unit(writes=(write("b"),)))
    with pytest.raises(Closed):
        store.claim(NOW, "w", 60, 10, tokens())


def test_closing_finishes_what_was_taken(database: str) -> None:
    store = open_store(database, test=True)
    done: list[object] = []
    with store._engine.writing():
        threads = [
            threading.Thread(target=lambda id=id: done.append(store.commit(unit(writes=(write(id),))))) for id in "abcd"
        ]
        for thread in threads:
            thread.start()
        while store._group._queue.qsize() < 3:
            pass
        closing = threading.Thread(target=store.close)
        closing.start()
    for thread in [*threads, closing]:
        thread.join(PATIENCE)
    assert len(done) == 4
    reopened = open_store(database, test=True)
    assert reopened.head(CHAIN).sequence == 4
    reopened.close()


def test_links_are_in_the_order_of_the_unit(store: Store) -> None:
    store.commit(act("x"))
    lease = store.claim(NOW, "w", 60, 1, tokens())[0]
    links = store.commit(
        unit(
            settlements=(settlement(lease.envelope.id, lease.token),),
            seals=(Seal(document_id="x", cda=b"c", pdf=b"p"), Seal(envelope_id=lease.envelope.id, payload=b"m")),
            writes=(write("y"),),
        )
    )
    id = lease.envelope.id
    assert [link.reference for link in links] == [
        "Procedure/y/_history/1",
        "document/x",
        f"envelope/{id}",
        f"attempt/{id}/1",
    ]


def test_the_first_seal_wins(store: Store) -> None:
    store.commit(act("x"))
    first = store.commit(unit(seals=(Seal(document_id="x", cda=b"c", pdf=b"p"), Seal(envelope_id="x-0", payload=b"m"))))
    second = store.commit(
        unit(seals=(Seal(document_id="x", cda=b"C", pdf=b"P"), Seal(envelope_id="x-0", payload=b"M")))
    )
    assert (len(first), second) == (2, ())
    sealed, filled = store.document("x"), store.envelope("x-0")
    assert sealed is not None
    assert filled is not None
    assert (sealed.cda, sealed.pdf, sealed.sealed_at) == (b"c", b"p", NOW)
    assert (filled.payload, filled.payload_sha256) == (b"m", first[1].content)
    both = unit(seals=(Seal(envelope_id="x-1", payload=b"1"), Seal(envelope_id="x-1", payload=b"2")))
    assert len(store.commit(both)) == 1
    assert store.envelope("x-1").payload == b"1"  # type: ignore[union-attr]


def settlement(envelope_id: str, token: str, number: int = 1, **parts: Any) -> Settlement:
    values: dict[str, Any] = {
        "outcome": "accepted",
        "code": "250",
        "receiver_id": "queue-1",
        "raw": b"250 ok",
        "finished_at": later(1),
        "state": State.ACCEPTED,
        "next_attempt_at": later(1),
    }
    return Settlement(envelope_id=envelope_id, token=token, number=number, **{**values, **parts})


def test_only_the_lease_settles_and_only_once(store: Store) -> None:
    store.commit(unit(documents=(document("x"),), envelopes=(envelope("e", "x"),)))
    with pytest.raises(Fenced):
        store.commit(unit(settlements=(settlement("e", "t1"),)))
    (lease,) = store.claim(NOW, "w", 60, 5, tokens())
    for token, number in (("wrong", 1), (lease.token, 2), ("", 2), ("", 1)):
        with pytest.raises(Fenced):
            store.commit(unit(writes=(write("w"),), settlements=(settlement("e", token, number),)))
    assert store.read("Procedure", "w") is None
    store.commit(unit(settlements=(settlement("e", lease.token),)))
    with pytest.raises(Fenced):
        store.commit(unit(settlements=(settlement("e", lease.token),)))
    (attempt,) = store.attempts_of("e")
    assert (attempt.outcome, attempt.raw, attempt.worker, attempt.state) == ("accepted", b"250 ok", "w", State.ACCEPTED)
    assert attempt.finished_at == later(1)
    assert verify(store) == []


def test_what_no_attempt_made_is_settled_without_a_lease(store: Store) -> None:
    """A bounce after acceptance, a cancellation before any attempt: the next number, once."""
    store.commit(unit(documents=(document("x"),), envelopes=three_envelopes("x")))
    store.commit(unit(settlements=(settlement("x-0", "", state=State.CANCELLED, outcome="cancelled"),)))
    with pytest.raises(Fenced):
        store.commit(unit(settlements=(settlement("x-0", "", state=State.REFUSED),)))
    leases = store.claim(NOW, "w", 60, 5, tokens())
    assert [lease.envelope.id for lease in leases] == ["x-1", "x-2"]
    store.commit(unit(settlements=tuple(settlement(x.envelope.id, x.token) for x in leases)))
    store.commit(unit(settlements=(settlement("x-1", "", 2, state=State.REFUSED, outcome="bounced"),)))
    assert [store.envelope(f"x-{n}").state for n in range(3)] == ["cancelled", "refused", "accepted"]  # type: ignore[union-attr]
    assert [a.state for a in store.attempts_of("x-1")] == ["accepted", "refused"]
    assert verify(store) == []


def test_what_was_decided_while_an_attempt_ended_is_journalled_after_it(store: Store) -> None:
    """Its clock was read first, its commit came last."""
    store.commit(unit(documents=(document("x"),), envelopes=(envelope("e", "x"),)))
    (lease,) = store.claim(NOW, "w", 60, 5, tokens())
    unclear = settlement("e", lease.token, state=State.IN_DOUBT, outcome="in-doubt", finished_at=later(3))
    store.commit(unit(settlements=(unclear,)))
    decided = settlement("e", "", 2, state=State.IN_DOUBT, outcome="replayed", finished_at=later(2))
    again = settlement("e", "", 3, state=State.CANCELLED, outcome="cancelled", finished_at=later(2))
    store.commit(unit(settlements=(decided, again)))
    ended = [(one.started_at, one.finished_at) for one in store.attempts_of("e")]
    tick = dt.timedelta(microseconds=1)
    assert ended == [(NOW, later(3)), (later(3) + tick,) * 2, (later(3) + 2 * tick,) * 2]
    assert verify(store) == []


def test_a_unit_may_rest_on_where_an_envelope_stands(store: Store) -> None:
    """Nothing of it is written when the envelope is claimed, or settled, in between."""
    store.commit(unit(documents=(document("x"),), envelopes=(envelope("e", "x"),)))
    resting = unit(writes=(write("w"),), stands_on=(("e", State.QUEUED, 0),))
    (lease,) = store.claim(NOW, "w", 60, 5, tokens())
    with pytest.raises(Stale):
        store.commit(resting)
    store.commit(unit(writes=(write("v"),), stands_on=(("e", State.SENDING, 1),)))
    store.commit(unit(settlements=(settlement("e", lease.token, state=State.QUEUED, outcome="unreachable"),)))
    # It waits as it did before, and yet an attempt was made.
    with pytest.raises(Stale):
        store.commit(resting)
    assert store.read("Procedure", "w") is None
    store.commit(dataclasses.replace(resting, stands_on=(("e", State.QUEUED, 1),)))
    assert store.read("Procedure", "w") is not None
    with pytest.raises(KeyError):
        store.commit(unit(writes=(write("u"),), stands_on=(("nothing", State.QUEUED, 0),)))
    assert verify(store) == []


def test_index_entries_follow_the_current_version(store: Store) -> None:
    old = entries(("status", "open"), ("kept", "k"), date=(1, 2))
    new = entries(("status", "done"), ("kept", "k"), date=(5, 6))
    # In one commit, so that the deletion of what the same commit wrote is tried.
    held(store, [unit(writes=(write("a", index=old),)), unit(writes=(write("a", 2, index=new, stale=old),))])
    assert store.bearers(word("status", "open")) == []
    assert store.bearers(word("status", "done")) == ["a"]
    assert store.bearers(word("kept", "k")) == ["a"]
    assert search(store, overlapping("date", 0, 3)) == []
    assert [v.id for v in search(store, overlapping("date", 3, 9))] == ["a"]
    # Now in the next.
    store.commit(unit(writes=(write("a", 3, index=old, stale=new),)))
    assert [v.version for v in search(store, [word("kept", "k")])] == [3]
    assert search(store, overlapping("date", 3, 9)) == []
    store.commit(unit(writes=(write("a", 4, body=b"", index=NOT_FOUND, stale=old),)))
    assert store.bearers(word("kept", "k")) == []
    assert search(store) == []


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: unit(documents=(dataclasses.replace(document("x"), chain="other"),)),
        lambda: unit(documents=(dataclasses.replace(document("x"), cda=b"c"),)),
        lambda: unit(documents=(document("x"),), envelopes=(envelope("e", "x", state=State.ACCEPTED),)),
        lambda: unit(envelopes=(envelope("e", "nothing"),)),
        lambda: unit(seals=(Seal(document_id="nothing"),)),
        lambda: unit(seals=(Seal(envelope_id="nothing"),)),
        lambda: unit(recorded=NOW.replace(tzinfo=None)),
    ],
)
def test_defects_leave_no_trace(store: Store, wrong: Callable[[], Unit]) -> None:
    with pytest.raises((ValueError, LookupError, TypeError)):
        store.commit(wrong())
    assert store.chains() == []


def test_a_late_envelope_is_proved_too(store: Store) -> None:
    store.commit(unit(documents=(document("x"),), envelopes=(envelope("e", "x"),)))
    (made,) = store.commit(unit(envelopes=(envelope("f", "x", Destination.MSSANTE_PATIENT),)))
    assert made.reference == "document/x/addressed"
    assert verify(store) == []


def test_proof_cannot_be_changed_by_accident(store: Store, database: str) -> None:
    store.commit(act("x"))
    for statement in (
        "UPDATE resource_version SET body = body WHERE version = 1",
        "DELETE FROM resource_version",
        "UPDATE chain_link SET recorded = 0",
        "DELETE FROM chain_link",
        "UPDATE envelope SET recipient = 'x'",
        "DELETE FROM envelope",
        "UPDATE document SET unique_id = 'x'",
    ):
        with pytest.raises(Exception, match="append-only"):
            run_sql(database, statement)
