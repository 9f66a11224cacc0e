"""Mail on record: kept once, leased, settled by whoever holds the lease, and never changed."""

import datetime as dt
import hashlib
import threading
from typing import Any

import pytest

from service.store import Store, open_store, schema
from service.store.inbound import Found, Standing, Taken
from service.store.unit import Fenced
from tests.stores import NOW, later, run_sql, tokens

BOX = "boite@formation.mssante.fr"


def taken(uid: int, body: bytes = b"bonjour", **changes: Any) -> Taken:
    values: dict[str, Any] = {
        "box": BOX,
        "validity": 1,
        "uid": uid,
        "sameness": hashlib.sha256(body).digest(),
        "digest": hashlib.sha256(body).digest(),
        "size": len(body),
        "message_id": "<1@x.fr>",
        "raw": body,
    }
    return Taken(**{**values, **changes})


def test_one_mail_many_places(store: Store) -> None:
    inbound = store.inbound
    assert inbound.keep(taken(5), "m1", NOW)
    assert not inbound.keep(taken(5), "m2", NOW)
    assert not inbound.keep(taken(9), "m3", NOW)
    assert not inbound.keep(taken(2, validity=2), "m4", NOW)
    assert inbound.keep(taken(3, box="autre@formation.mssante.fr"), "m5", NOW)
    assert (inbound.mark(BOX, 1), inbound.mark(BOX, 2), inbound.mark(BOX, 3)) == (9, 2, 0)
    assert [one.id for one in inbound.latest(BOX, 10)] == ["m1"]
    assert inbound.raw("m1") == b"bonjour"
    assert inbound.read("m2") is None


def test_the_page_goes_on_where_it_ended(store: Store) -> None:
    for n in range(7):
        store.inbound.keep(taken(n + 1, b"%d" % n), f"m{n}", later(n // 2))
    first = store.inbound.latest(BOX, 3)
    second = store.inbound.latest(BOX, 10, first[-1])
    assert [one.id for one in (*first, *second)] == [f"m{n}" for n in reversed(range(7))]


def test_a_lease_is_one_readers_and_each_is_a_try(store: Store) -> None:
    inbound, fresh = store.inbound, tokens()
    inbound.keep(taken(1), "m1", NOW)
    assert inbound.due_in(NOW) == 0
    (first,) = inbound.claim(NOW, 60, 5, fresh)
    assert inbound.claim(later(59), 60, 5, fresh) == ()
    assert inbound.due_in(NOW) == 60
    (second,) = inbound.claim(later(61), 60, 5, fresh)
    assert (first.mail.tries, second.mail.tries) == (0, 1)
    with pytest.raises(Fenced):
        inbound.settle(first, Found(kind="reply"), later(62))
    with pytest.raises(Fenced):
        inbound.leave(first, later(62), counted=True)
    inbound.settle(second, Found(kind="reply", act="Procedure/a/_history/1", shown="{}"), later(62))
    with pytest.raises(Fenced):
        inbound.settle(second, Found(kind="other"), later(63))
    (found,) = inbound.about("Procedure/a/_history/1")
    assert (found.state, found.kind, found.settled) == (Standing.SETTLED, "reply", later(62))
    assert inbound.due_in(NOW) is None
    assert inbound.backlog() == {("settled", "reply"): 1}


@pytest.mark.parametrize(("counted", "tries"), [(True, 1), (False, 0)])
def test_what_is_left_counts_when_the_mail_is_to_blame(store: Store, counted: bool, tries: int) -> None:
    store.inbound.keep(taken(1), "m1", NOW)
    (lease,) = store.inbound.claim(NOW, 60, 5, tokens())
    store.inbound.leave(lease, later(10), counted=counted)
    assert store.inbound.claim(later(9), 60, 5, tokens()) == ()
    (again,) = store.inbound.claim(later(10), 60, 5, tokens())
    assert again.mail.tries == tries


def test_what_is_set_aside_when_taken_is_not_leased(store: Store) -> None:
    store.inbound.keep(taken(1, aside="too-large"), "m1", NOW)
    assert store.inbound.claim(NOW, 60, 5, tokens()) == ()
    (found,) = store.inbound.latest(BOX, 1)
    assert (found.state, found.code, found.settled) == (Standing.QUARANTINED, "too-large", NOW)


def test_eight_fetchers_at_once_keep_each_once(store: Store) -> None:
    news: list[bool] = []

    def fetch(who: int) -> None:
        for n in range(10):
            news.append(store.inbound.keep(taken(n + 1, b"%d" % n), f"{who}-{n}", NOW))

    threads = [threading.Thread(target=fetch, args=(who,)) for who in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (news.count(True), len(news)) == (10, 80)
    assert len(store.inbound.latest(BOX, 100)) == 10


def test_two_readers_share_what_waits(store: Store) -> None:
    for n in range(6):
        store.inbound.keep(taken(n + 1, b"%d" % n), f"m{n}", NOW)
    fresh = tokens()
    first, second = (store.inbound.claim(NOW, 60, 3, fresh) for _ in range(2))
    assert len({lease.mail.id for lease in (*first, *second)}) == 6


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE inbound_mail SET digest = sameness WHERE id = 'm1'",
        "UPDATE inbound_mail SET box = 'x' WHERE id = 'm1'",
        "DELETE FROM inbound_mail",
        "UPDATE inbound_raw SET raw = raw",
        "DELETE FROM inbound_raw",
        "UPDATE inbound_place SET uid = 7",
        "DELETE FROM inbound_place",
    ],
)
def test_what_was_taken_never_changes(store: Store, database: str, statement: str) -> None:
    store.inbound.keep(taken(1), "m1", NOW)
    with pytest.raises(Exception, match="append-only"):
        run_sql(database, statement)
    assert store.inbound.raw("m1") == b"bonjour"


def test_instants_are_those_told(store: Store) -> None:
    store.inbound.keep(taken(1), "m1", NOW)
    found = store.inbound.read("m1")
    assert found is not None
    assert (found.kept, found.kept.tzinfo, found.settled) == (NOW, dt.UTC, None)


def settled(store: Store, id: str, at: float, state: Standing = Standing.SETTLED) -> None:
    """A mail of one's own body, settled at an instant."""
    body = id.encode()
    store.inbound.keep(taken(int(id[1:]), body), id, NOW)
    (lease,) = store.inbound.claim(later(at), 60, 1, lambda: f"t{id}")
    store.inbound.settle(lease, Found(kind="other", shown='{"text": "secret"}', state=state), later(at))


def test_what_a_settled_mail_said_is_forgotten_and_its_digest_stays(store: Store, database: str) -> None:
    for number in range(1, 5):
        settled(store, f"m{number}", 10 * number)
    settled(store, "m5", 5, Standing.QUARANTINED)
    store.inbound.keep(taken(6, b"waits"), "m6", NOW)
    assert store.inbound.forget(later(25), later(100)) == 2
    assert store.inbound.forget(later(25), later(200)) == 0
    left = {one.id: one for one in store.inbound.latest(BOX, 10)}
    assert {id for id, one in left.items() if one.forgotten} == {"m1", "m2"}
    assert (left["m1"].forgotten, left["m1"].shown, left["m1"].kind) == (later(100), "", "other")
    assert left["m1"].digest == hashlib.sha256(b"m1").digest()
    assert left["m1"].settled == later(10)
    assert [id for (id,) in run_sql(database, "SELECT mail_id FROM inbound_raw ORDER BY mail_id")] == [
        *("m3", "m4", "m5", "m6")
    ]
    with pytest.raises(LookupError):
        store.inbound.raw("m1")
    # Seen again, in another place or anew: it is the same mail, and stays forgotten.
    assert not store.inbound.keep(taken(9, b"m1", validity=2), "m9", later(300))
    assert store.inbound.forget(later(35), later(300)) == 1


def test_many_mails_are_forgotten_in_several_commits(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.store.inbound._CHUNK", 2)
    for number in range(1, 6):
        settled(store, f"m{number}", number)
    assert store.inbound.forget(later(60), later(100)) == 5


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM inbound_raw WHERE mail_id = 'm1'",
        "DELETE FROM inbound_raw WHERE mail_id = 'm2'",
        "INSERT INTO inbound_forgotten VALUES ('m2', 1)",
        "UPDATE inbound_forgotten SET forgotten = 1",
        "DELETE FROM inbound_forgotten",
    ],
)
def test_nothing_is_deleted_that_is_not_told_nor_told_that_is_not_settled(
    store: Store, database: str, statement: str
) -> None:
    settled(store, "m3", 1)
    settled(store, "m1", 50)
    store.inbound.keep(taken(2, b"waits"), "m2", NOW)
    assert store.inbound.forget(later(20), later(100)) == 1
    with pytest.raises(Exception, match="append-only"):
        run_sql(database, statement)


def test_mails_kept_before_any_could_be_forgotten(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A filled database, of the program before."""
    with monkeypatch.context() as patched:
        for engine in ("sqlite", "postgres"):
            patched.setattr(f"service.store.{engine}.migrations", lambda name: schema.migrations(name)[:9])
        before = open_store(database, test=True)
        assert before.inbound.keep(taken(1), "m1", NOW)
        before.close()
    run_sql(database, "UPDATE inbound_mail SET state = 'settled', kind = 'other', settled = 1")
    after = open_store(database, test=True)
    try:
        assert (after.inbound.raw("m1"), after.inbound.latest(BOX, 1)[0].forgotten) == (b"bonjour", None)
        assert after.inbound.forget(NOW, later(1)) == 1
    finally:
        after.close()
