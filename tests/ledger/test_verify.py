"""The verifier finds what a hand with the database's password does behind the store's back."""

from dataclasses import dataclass

import pytest

from service.ledger.chain import link
from service.ledger.verify import Fault, verify
from service.outbox.envelope import State
from service.store import Store, open_store
from service.store.content import bytes_content
from service.store.unit import Seal, Settlement
from tests.stores import CHAIN, NOW, act, later, run_sql, tokens, unit, write

TRIGGERS = {
    "sqlite": "SELECT 'DROP TRIGGER ' || name FROM sqlite_schema WHERE type = 'trigger'",
    "postgresql": """SELECT DISTINCT 'DROP TRIGGER ' || trigger_name || ' ON ' || event_object_table
        FROM information_schema.triggers""",
}


def filled(store: Store) -> None:
    """Acts, a sealed and delivered document, an attempt in doubt, an envelope never tried."""
    store.commit(act("x"))
    store.commit(unit(writes=(write("x-0", 2), write("solo")), chain="other"))
    store.commit(act("y"))
    seals = tuple(Seal(envelope_id=f"x-{n}", payload=f"payload {n}".encode()) for n in range(3))
    store.commit(unit(seals=(Seal(document_id="x", cda=b"<cda/>", pdf=b"%PDF"), *seals)))
    leases = store.claim(NOW, "worker", 60, 4, tokens())
    for lease, state in zip(leases, (State.ACCEPTED, State.IN_DOUBT, State.REFUSED), strict=False):
        settlement = Settlement(
            envelope_id=lease.envelope.id,
            token=lease.token,
            number=1,
            outcome=state.value,
            code="code",
            receiver_id="receiver",
            raw=b"raw answer",
            finished_at=later(2),
            state=state,
            next_attempt_at=later(60),
        )
        store.commit(unit(settlements=(settlement,), recorded=later(2)))


def tamper(url: str, *statements: str) -> None:
    engine = url.split(":")[0]
    drops = [row[0] for row in run_sql(url, TRIGGERS[engine])]
    if engine == "postgresql":
        # Foreign keys too: whoever owns the database is not stopped by them.
        statements = ("SET session_replication_role = replica", *statements)
    run_sql(url, *drops, *statements)


def test_whole(store: Store) -> None:
    assert verify(store) == []
    filled(store)
    assert verify(store) == []
    assert store.chains() == [CHAIN, "other"]


@dataclass(frozen=True)
class Tampering:
    """One change, and a kind of fault that must be among those found."""

    sql: str
    kind: str


def changed(table: str, column: str, kind: str, where: str) -> Tampering:
    return Tampering(f"UPDATE {table} SET {column} WHERE {where}", kind)


FLIPPED = "'flipped'"
CASES = [
    changed("resource_version", "body = 'flipped'", "content", "id = 'x-3'"),
    changed("resource_version", "recorded = recorded + 1", "content", "id = 'x-3'"),
    changed("resource_version", "id = 'zzz'", "content", "id = 'x-3'"),
    changed("resource_version", "version = 7", "unproved", "id = 'x-3'"),
    changed("resource_version", "type = 'Other'", "unproved", "id = 'x-3'"),
    changed("resource_version", "chain = 'other'", "content", "id = 'x-3'"),
    changed("resource_version", "chain = 'nowhere'", "unproved", "id = 'x-3'"),
    changed("resource_version", "sequence = sequence + 1", "unproved", "id = 'x-3'"),
    Tampering("DELETE FROM resource_version WHERE id = 'x-3'", "content"),
    Tampering(
        "INSERT INTO resource_version (number, type, id, version, recorded, chain, sequence, body)"
        " SELECT number + 9000, type, id, version + 1, recorded, chain, sequence, body FROM resource_version"
        " WHERE id = 'x-3'",
        "unproved",
    ),
    *[
        changed("document", f"{column} = {FLIPPED}", "content", "id = 'x'")
        for column in ("act", "chain", "unique_id", "set_id")
    ],
    changed("document", "version = 9", "content", "id = 'x'"),
    changed("document", "created = created + 1", "content", "id = 'x'"),
    changed("document", "sequence = sequence - 1", "unproved", "id = 'x'"),
    *[changed("document_seal", f"{column} = 'flipped'", "content", "document_id = 'x'") for column in ("cda", "pdf")],
    changed("document_seal", "sealed = sealed + 1", "content", "document_id = 'x'"),
    changed("document_seal", "sequence = sequence + 1", "unproved", "document_id = 'x'"),
    Tampering("DELETE FROM document_seal", "content"),
    Tampering(
        "INSERT INTO document_seal (document_id, sealed, sequence, cda, pdf) VALUES ('y', 0, 1, 'c', 'p')", "unproved"
    ),
    *[
        changed("envelope", f"{column} = {FLIPPED}", "content", "id = 'x-1'")
        for column in ("recipient", "submission_id", "message_id", "set_uuid", "entry_uuid")
    ],
    changed("envelope", "destination = 'dmp'", "content", "id = 'x-1'"),
    changed("envelope", "created = created + 1", "content", "id = 'x-1'"),
    changed("envelope", "deadline = deadline + 1", "content", "id = 'x-1'"),
    changed("envelope", "document_id = 'y'", "content", "id = 'x-1'"),
    changed("envelope", "sequence = 1", "unproved", "id = 'x-1'"),
    changed("envelope", "state = 'accepted'", "unexplained", "id = 'x-1'"),
    changed("envelope", "state = 'accepted'", "unexplained", "id = 'y-2'"),
    changed("envelope", "attempts = 0", "unexplained", "id = 'x-1'"),
    Tampering("DELETE FROM envelope WHERE id = 'y-2'", "content"),
    changed("envelope_seal", "payload = 'flipped'", "content", "envelope_id = 'x-1'"),
    changed("envelope_seal", "sha256 = 'flipped'", "content", "envelope_id = 'x-1'"),
    changed("envelope_seal", "sealed = sealed + 1", "content", "envelope_id = 'x-1'"),
    Tampering("DELETE FROM envelope_seal WHERE envelope_id = 'x-1'", "content"),
    *[
        changed("attempt", f"{column} = {FLIPPED}", "content", "envelope_id = 'x-0'")
        for column in ("outcome", "code", "receiver_id", "worker", "token")
    ],
    changed("attempt", "state = 'refused'", "content", "envelope_id = 'x-0'"),
    changed("attempt", "raw = 'flipped'", "content", "envelope_id = 'x-0'"),
    changed("attempt", "started = started + 1", "content", "envelope_id = 'x-0'"),
    changed("attempt", "finished = finished + 1", "content", "envelope_id = 'x-0'"),
    changed("attempt", "finished = NULL", "content", "envelope_id = 'x-0'"),
    changed("attempt", "number = 2", "unexplained", "envelope_id = 'x-0'"),
    changed("attempt", "sequence = 1", "unproved", "envelope_id = 'x-0'"),
    Tampering("DELETE FROM attempt WHERE envelope_id = 'x-0'", "content"),
    Tampering("DELETE FROM attempt WHERE envelope_id = 'y-0'", "unexplained"),
    changed("attempt", "finished = 1, outcome = 'accepted', state = 'accepted'", "unproved", "envelope_id = 'y-0'"),
    changed("chain_link", "reference = 'Procedure/x-4/_history/1'", "digest", "sequence = 3"),
    changed("chain_link", "reference = 'neither/this/nor/that/way'", "digest", "sequence = 3"),
    *[
        changed("chain_link", f"{column} = 'flipped'", "digest", "sequence = 3")
        for column in ("content", "previous", "digest")
    ],
    changed("chain_link", "recorded = recorded + 1", "digest", "sequence = 3"),
    changed("chain_link", "sequence = 1000", "gap", "sequence = 3"),
    changed("chain_link", "chain = 'nowhere'", "gap", "sequence = 3"),
    Tampering("DELETE FROM chain_link WHERE sequence = 3", "gap"),
    Tampering("DELETE FROM chain_link WHERE sequence = 1", "gap"),
    Tampering("DELETE FROM chain_link WHERE sequence = (SELECT max(sequence) FROM chain_link)", "head"),
    changed("chain_head", "digest = 'flipped'", "head", "sequence > 3"),
    changed("chain_head", "sequence = sequence - 1", "head", "sequence > 3"),
    changed("chain_head", "sequence = sequence + 1", "head", "sequence > 3"),
    changed("chain_head", "chain = 'nowhere'", "head", "sequence > 3"),
    Tampering("DELETE FROM chain_head", "head"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.sql[:90])
def test_tampering_is_found(store: Store, database: str, case: Tampering) -> None:
    filled(store)
    tamper(database, *_typed(database, case.sql))
    assert case.kind in {fault.kind for fault in verify(store)}


def _typed(url: str, sql: str) -> list[str]:
    """Bytes are written apart by the two engines; foreign keys of SQLite are off on a fresh connection."""
    if url.startswith("sqlite"):
        for column in ("body", "cda", "pdf", "payload", "sha256", "raw", "content", "previous", "digest"):
            sql = sql.replace(f"SET {column} = 'flipped'", f"SET {column} = x'00ff'")
        sql = sql.replace("'c', 'p'", "x'00', x'00'")
    return [sql]


def test_a_swapped_pair(store: Store, database: str) -> None:
    filled(store)
    swap = "UPDATE chain_link SET sequence = {} WHERE sequence = {} AND chain = '" + CHAIN + "'"
    tamper(database, swap.format(9999, 3), swap.format(3, 4), swap.format(4, 9999))
    found = verify(store)
    assert {fault.sequence for fault in found if fault.kind == "digest"} == {3, 4}
    assert {fault.chain for fault in found} == {CHAIN}


def test_a_forged_link_with_a_true_digest(store: Store, database: str) -> None:
    """A body and its link made anew, digest included: the next link does not follow it."""
    store.commit(unit(writes=(write("a"), write("b"), write("c"))))
    first, second, third = store.links(CHAIN)
    forged = link(2, first.digest, second.reference, bytes_content(b"forged"), second.recorded)
    as_bytes = "x'{}'" if database.startswith("sqlite") else "'\\x{}'"
    tamper(
        database,
        f"UPDATE resource_version SET body = {as_bytes.format(b'forged'.hex())} WHERE id = 'b'",
        f"UPDATE chain_link SET content = {as_bytes.format(forged.content.hex())},"
        f" digest = {as_bytes.format(forged.digest.hex())} WHERE sequence = 2",
    )
    assert verify(store) == [Fault(CHAIN, "previous", 3, third.reference)]


def test_one_fault_is_not_many(store: Store, database: str) -> None:
    filled(store)
    tamper(database, *_typed(database, "UPDATE resource_version SET body = 'flipped' WHERE id = 'solo'"))
    assert verify(store) == [Fault("other", "content", 2, "Procedure/solo/_history/1")]
    assert verify(store, CHAIN) == []


def test_a_history_told_anew_needs_an_end_noted_elsewhere(store: Store, database: str) -> None:
    """The last link, its row and the head replaced by another consistent story."""
    store.commit(unit(writes=(write("a"), write("b"))))
    first, second = store.links(CHAIN)
    noted = {CHAIN: (second.sequence, second.digest)}
    assert verify(store, noted=noted) == []
    store.commit(unit(writes=(write("c"),)))
    assert verify(store, noted=noted) == []
    forged = link(2, first.digest, "Procedure/b/_history/1", bytes(32), NOW)
    assert forged.digest != second.digest
    tamper(
        database,
        "DELETE FROM chain_link WHERE sequence > 1",
        "DELETE FROM resource_version WHERE id <> 'a'",
        f"UPDATE chain_head SET sequence = 1, digest = (SELECT digest FROM chain_link WHERE chain = '{CHAIN}')",
    )
    assert verify(store) == []
    assert verify(store, noted=noted) == [Fault(CHAIN, "rewritten", 2)]
    tamper(database, "DELETE FROM chain_link", "DELETE FROM resource_version", "DELETE FROM chain_head")
    assert verify(store, noted=noted) == [Fault(CHAIN, "rewritten", 2)]


def test_longer_than_one_reading(tmp_path: object) -> None:
    store = open_store(f"sqlite:///{tmp_path}/x.sqlite")
    store.commit(unit(writes=tuple(write(f"r{n}") for n in range(1203))))
    assert verify(store) == []
    assert len(list(store.links(CHAIN, 1200))) == 4
    tamper(f"sqlite:///{tmp_path}/x.sqlite", "UPDATE resource_version SET body = x'00' WHERE id = 'r1100'")
    assert [fault.sequence for fault in verify(store)] == [1101]
    store.close()
