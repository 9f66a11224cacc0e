"""Events in the rows: numbered in the commit that makes them, told under a lease, never with a hole."""

import datetime as dt
import threading
from dataclasses import replace

import pytest

from service.ledger.verify import verify
from service.store import Store, open_store
from service.store.unit import Fenced, Index, Notified, Stale, Standing, Unit, Watch, Write
from tests.stores import NOW, later, tokens, unit, word, write

TERM = word("Procedure", "status", "completed")
EVERYTHING = Watch(standing=Standing.REQUESTED, type="Procedure", becoming=False)


def watching(id: str = "s", version: int = 1, watch: Watch = EVERYTHING) -> Write:
    return write(id, version, type="Subscription", watch=watch)


def lease_of(store: Store, now: dt.datetime = NOW, source: object = None) -> object:
    (lease,) = store.claim_notifications(now, 60, 10, tokens())
    return lease


def activate(store: Store, id: str = "s", watch: Watch = EVERYTHING) -> None:
    """From requested to active, as the notifier does it."""
    store.commit(unit(writes=(watching(id, watch=watch),)))
    (lease,) = [one for one in store.claim_notifications(NOW, 60, 10, tokens()) if one.subscription == id]
    after = replace(watch, standing=Standing.ACTIVE)
    told = Notified(subscription=id, token=lease.token, delivered=lease.delivered)
    store.commit(unit(writes=(watching(id, 2, after),), notified=(told,)))


def told(store: Store, id: str = "s") -> list[tuple[int, str, int]]:
    return [(number, version.id, version.version) for number, version in store.events(id, 1, 10_000, 10_000)]


def test_nothing_is_an_event_before_the_handshake(store: Store) -> None:
    store.commit(unit(writes=(watching(),)))
    store.commit(unit(writes=(write("a"),)))
    assert told(store) == []
    (lease,) = store.claim_notifications(NOW, 60, 10, tokens())
    assert (lease.standing, lease.last, lease.delivered, lease.attempt) == (Standing.REQUESTED, 0, 0, 1)
    assert store.claim_notifications(NOW, 60, 10, tokens()) == []


def test_what_is_written_is_numbered_in_its_commit(store: Store) -> None:
    activate(store)
    store.commit(unit(writes=(write("a"), write("x", type="Task"), write("b"))))
    store.commit(unit(writes=(write("a", 2),)))
    assert told(store) == [(1, "a", 1), (2, "b", 1), (3, "a", 2)]
    assert verify(store) == []


def test_a_refused_unit_leaves_no_event(store: Store) -> None:
    activate(store)
    with pytest.raises(Stale):
        store.commit(unit(writes=(write("a"), write("b", 7))))
    store.commit(unit(writes=(write("c"),)))
    assert told(store) == [(1, "c", 1)]


def test_conditions_and_becoming(store: Store) -> None:
    here, gone = Index(terms=(word("Procedure"), TERM)), Index(terms=(word("Procedure"),))
    becoming = Watch(standing=Standing.REQUESTED, type="Procedure", every=((TERM, 5),), none=(7,), becoming=True)
    activate(store, "becoming", becoming)
    activate(store, "being", replace(becoming, becoming=False))
    store.commit(unit(writes=(write("a", index=gone), write("n", index=Index(terms=(TERM, 7))))))
    store.commit(unit(writes=(write("a", 2, index=here, stale=gone),)))
    store.commit(unit(writes=(write("a", 3, index=here, stale=here),)))
    store.commit(unit(writes=(write("a", 4, index=gone, stale=here),)))
    store.commit(unit(writes=(write("a", 5, body=b"", index=Index(), stale=gone),)))
    assert told(store, "becoming") == [(1, "a", 2)]
    assert told(store, "being") == [(1, "a", 2), (2, "a", 3)]


def test_one_lease_at_a_time_and_the_late_is_fenced(store: Store) -> None:
    activate(store)
    store.commit(unit(writes=(write("a"),)))
    source = tokens()
    (late,) = store.claim_notifications(NOW, 60, 10, source)
    store.commit(unit(writes=(write("b"),)))
    assert store.claim_notifications(later(59), 60, 10, source) == []
    (lease,) = store.claim_notifications(later(60), 60, 10, source)
    assert (lease.last, lease.delivered, lease.attempt) == (2, 0, 2)
    assert lease.failing_since == later(60)
    with pytest.raises(Fenced):
        store.commit(unit(notified=(Notified(subscription="s", token=late.token, delivered=1),)))
    store.commit(unit(notified=(Notified(subscription="s", token=lease.token, delivered=1),)))
    with pytest.raises(Fenced):
        store.commit(unit(notified=(Notified(subscription="s", token=lease.token, delivered=2),)))
    # What came meanwhile is told at once.
    (again,) = store.claim_notifications(NOW, 60, 10, source)
    assert (again.last, again.delivered, again.attempt, again.failing_since) == (2, 1, 1, None)


def test_a_failure_waits_and_is_not_hurried(store: Store) -> None:
    activate(store)
    store.commit(unit(writes=(write("a"),)))
    (lease,) = store.claim_notifications(NOW, 60, 10, tokens())
    failed = Notified(subscription="s", token=lease.token, delivered=None, code="503", again=later(100))
    store.commit(unit(notified=(failed,)))
    store.commit(unit(writes=(write("b"),)))
    assert store.claim_notifications(later(99), 60, 10, tokens()) == []
    assert store.notifications_due_in(later(40)) == 60.0
    progress = store.progress("s")
    assert progress is not None
    assert (progress.last, progress.delivered, progress.attempts, progress.code) == (2, 0, 1, "503")
    (lease,) = store.claim_notifications(later(100), 60, 10, tokens())
    assert (lease.attempt, lease.failing_since) == (2, NOW)


def test_a_watch_written_anew_fences_what_is_under_way_and_keeps_the_numbers(store: Store) -> None:
    activate(store)
    store.commit(unit(writes=(write("a"),)))
    (lease,) = store.claim_notifications(NOW, 60, 10, tokens())
    store.commit(unit(writes=(watching(version=3),)))
    with pytest.raises(Fenced):
        store.commit(unit(notified=(Notified(subscription="s", token=lease.token, delivered=1),)))
    store.commit(unit(writes=(write("b"),)))
    (anew,) = store.claim_notifications(NOW, 60, 10, tokens())
    assert (anew.standing, anew.last, anew.delivered) == (Standing.REQUESTED, 2, 0)


def test_switched_off_by_the_server_still_counts_by_its_client_no_more(store: Store) -> None:
    activate(store)
    store.commit(unit(writes=(watching(version=3, watch=replace(EVERYTHING, standing=Standing.ERROR)),)))
    store.commit(unit(writes=(write("a"),)))
    assert told(store) == [(1, "a", 1)]
    assert store.notifications_due_in(NOW) is None
    store.commit(unit(writes=(watching(version=4, watch=replace(EVERYTHING, standing=Standing.OFF)),)))
    store.commit(unit(writes=(write("b"),)))
    assert told(store) == [(1, "a", 1)]
    store.commit(unit(writes=(watching(version=5),)))
    store.commit(unit(writes=(write("c"),)))
    assert told(store) == [(1, "a", 1)], "nothing counts before the handshake"


def test_a_deleted_subscription_watches_no_more(store: Store) -> None:
    activate(store)
    store.commit(unit(writes=(write("s", 3, type="Subscription", body=b"", index=Index()),)))
    store.commit(unit(writes=(write("a"),)))
    assert told(store) == []
    progress = store.progress("s")
    assert progress is not None
    assert progress.standing is Standing.OFF


def test_an_end_and_a_heartbeat_come_due(store: Store) -> None:
    activate(store, "beating", replace(EVERYTHING, heartbeat=60, ends=later(150)))
    source = tokens()
    assert store.notifications_due_in(NOW) == 60.0
    (beat,) = store.claim_notifications(later(60), 60, 10, source)
    assert (beat.last, beat.over) == (0, False)
    store.commit(unit(recorded=later(60), notified=(Notified(subscription="beating", token=beat.token, delivered=0),)))
    (beat,) = store.claim_notifications(later(120), 60, 10, source)
    store.commit(unit(recorded=later(120), notified=(Notified(subscription="beating", token=beat.token, delivered=0),)))
    store.commit(unit(recorded=later(150), writes=(write("late"),)))
    assert told(store, "beating") == []
    (end,) = store.claim_notifications(later(150), 60, 10, source)
    assert end.over


def test_another_process_sees_the_watch_of_this_one(database: str) -> None:
    one, other = open_store(database, test=True), open_store(database, test=True)
    other.commit(unit(writes=(write("before"),)))
    activate(one)
    other.commit(unit(writes=(write("after"),)))
    one.commit(unit(writes=(write("again"),)))
    assert told(one) == [(1, "after", 1), (2, "again", 1)]
    one.close()
    other.close()


def test_many_writers_leave_no_hole(store: Store) -> None:
    activate(store, "s")
    activate(store, "t")

    def work(name: str) -> None:
        for n in range(15):
            store.commit(unit(writes=(write(f"{name}-{n}"),)))

    threads = [threading.Thread(target=work, args=(name,)) for name in "abcdef"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for id in "st":
        events = store.events(id, 1, 1000, 1000)
        assert [number for number, _ in events] == list(range(1, 91))
        places = [version.number for _, version in events]
        assert places == sorted(places)


def test_a_watch_is_told_anew_when_its_terms_change(store: Store) -> None:
    activate(store)
    assert store.rewatch(lambda _: EVERYTHING) == 0
    other = replace(EVERYTHING, every=((TERM,),))
    assert store.rewatch(lambda _: other) == 1
    store.commit(unit(writes=(write("a"), write("b", index=Index(terms=(TERM,))))))
    assert told(store) == [(1, "b", 1)]


def test_an_event_is_never_changed(store: Store, database: str) -> None:
    from tests.stores import run_sql

    activate(store)
    store.commit(Unit(chain="c", recorded=NOW, writes=(write("a"),)))
    for statement in ("UPDATE subscription_event SET number = 1", "DELETE FROM subscription_event"):
        with pytest.raises(Exception, match="append-only"):
            run_sql(database, statement)
