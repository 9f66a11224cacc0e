"""The facts a batch is judged on, read under the writer's lock; and the writing of what was decided."""

from collections.abc import Iterable, Mapping
from typing import Literal

from service.outbox.envelope import State
from service.store import rows, subscriptions
from service.store.engine import Row, Session
from service.store.plan import Changes, EnvelopeGround, Ground, Touched
from service.store.unit import Index, RequestClaim, Word
from service.store.watches import Watching

#: A row for each key, and what is asked once a batch in every one of them.
_HEADS = """
    SELECT h.chain, h.sequence, h.digest,
        (SELECT max(number) FROM resource_version), (SELECT max(number) FROM subscription_change)
    FROM {keys} AS k LEFT JOIN chain_head h ON h.chain = k.column1"""
_VERSIONS = """
    SELECT v.type, v.id, v.version, v.number FROM {keys} AS k
    JOIN resource_version v ON v.type = k.column1 AND v.id = k.column2 AND v.version = (
        SELECT max(n.version) FROM resource_version n WHERE n.type = k.column1 AND n.id = k.column2)"""
_REQUESTS = """
    SELECT r.scope, r.key, r.fingerprint, r.status, r.answer
    FROM {keys} AS k JOIN request r ON r.scope = k.column1 AND r.key = k.column2"""
_DOCUMENTS = f"""
    SELECT {rows.DOCUMENT}, s.document_id IS NOT NULL
    FROM {{keys}} AS k JOIN document d ON d.id = k.column1 LEFT JOIN document_seal s ON s.document_id = d.id"""
# Locked: a claim may otherwise take an envelope between this reading and the settlement.
_ENVELOPES = """
    SELECT e.id, e.document_id, d.chain, e.state, e.attempts, e.token, a.worker, a.started, a.finished,
        s.envelope_id IS NOT NULL
    FROM {keys} AS k JOIN envelope e ON e.id = k.column1 JOIN document d ON d.id = e.document_id
    LEFT JOIN attempt a ON a.envelope_id = e.id AND a.number = e.attempts
    LEFT JOIN envelope_seal s ON s.envelope_id = e.id {lock}"""
#: An order in which no row points at one that is not yet there.
_TABLES = (
    "resource_version",
    "request",
    "chain_link",
    "document",
    "document_seal",
    "envelope",
    "envelope_seal",
    "attempt",
)
_HEAD = """
    INSERT INTO chain_head (chain, sequence, digest) VALUES (?, ?, ?)
    ON CONFLICT (chain) DO UPDATE SET sequence = excluded.sequence, digest = excluded.digest"""
_SETTLE_ATTEMPT = """
    UPDATE attempt SET finished = ?, outcome = ?, code = ?, receiver_id = ?, raw = ?, state = ?, sequence = ?
    WHERE envelope_id = ? AND number = ?"""
_SETTLE_ENVELOPE = "UPDATE envelope SET state = ?, next_attempt = ?, attempts = ?, token = '' WHERE id = ?"


def current_versions(session: Session, keys: Iterable[Row]) -> dict[tuple[str, str], tuple[int, int]]:
    """(version, number) of the current version of each key that was ever written."""
    found = session.rows_of(_VERSIONS, "tt", list(keys))
    return {(type, id): (version, number) for type, id, version, number in found}


def requests(session: Session, keys: Iterable[Row]) -> dict[tuple[str, str], RequestClaim]:
    return {
        (scope, key): RequestClaim(scope=scope, key=key, fingerprint=fingerprint, status=status, answer=answer)
        for scope, key, fingerprint, status, answer in session.rows_of(_REQUESTS, "tt", list(keys))
    }


def ground(session: Session, touched: Touched, watching: Watching) -> Ground:
    """All facts about what is touched, in one statement a kind."""
    made = Ground()
    heads = session.rows_of(_HEADS, "t", list(touched.chains))
    *_, number, change = heads[0]
    made.number = number or 0
    made.heads = {chain: (sequence, digest) for chain, sequence, digest, *_ in heads if chain is not None}
    made.versions = current_versions(session, touched.versions)
    made.watches = subscriptions.watches(session, watching, change)
    made.notifying = subscriptions.tokens(session, touched.subscriptions)
    made.requests = requests(session, touched.requests)
    for *row, sealed in session.rows_of(_DOCUMENTS, "t", list(touched.documents)):
        document = rows.document(tuple(row))
        made.documents[document.id] = document
        if sealed:
            made.sealed_documents.add(document.id)
    for envelope in session.rows_of(_ENVELOPES, "t", sorted(touched.envelopes)):
        id, document_id, chain, state, attempts, token, worker, started, ended, is_sealed = envelope
        times = (started or 0, ended or 0)
        made.envelopes[id] = EnvelopeGround(
            document_id, chain, State(state), attempts, token, worker or "", *times, bool(is_sealed)
        )
    return made


def write(session: Session, changes: Changes, heads: dict[str, tuple[int, bytes]], words: Iterable[Word]) -> None:
    """The whole batch, table by table; ``words`` are those of its entries that may not be known yet."""
    for table in _TABLES:
        session.insert(table, changes.rows.get(table, ()))
    take(session, changes.taken)
    enter(session, changes.entered, words)
    session.run_all(_SETTLE_ATTEMPT, changes.attempts)
    session.run_all(_SETTLE_ENVELOPE, changes.envelopes)
    subscriptions.write(session, changes)
    session.run_all(_HEAD, [(chain, *head) for chain, head in heads.items()])


def enter(session: Session, entries: Mapping[int, Index], words: Iterable[Word]) -> None:
    """Index entries, by the number of the version they find; and words in use."""
    session.enter_terms({number: index.terms for number, index in entries.items() if index.terms})
    session.insert("index_span", _with_number(entries, "spans"))
    session.insert("index_text", [*_with_number(entries, "texts"), *((*word, 0) for word in words)])
    session.insert("index_mask", [(number, index.mask) for number, index in entries.items()])


def take(session: Session, entries: Mapping[int, Index]) -> None:
    """The opposite."""
    if entries:
        session.take_terms({number: index.terms for number, index in entries.items() if index.terms})
        session.delete("index_span", _with_number(entries, "spans"))
        session.delete("index_text", _with_number(entries, "texts"))
        session.delete("index_mask", [(number, index.mask) for number, index in entries.items()])


def words_of(entries: Mapping[int, Index]) -> list[Word]:
    """Each once."""
    return list(dict.fromkeys(word for index in entries.values() for word in index.words))


def _with_number(entries: Mapping[int, Index], kind: Literal["spans", "texts"]) -> list[Row]:
    return [(*entry, number) for number, index in entries.items() for entry in getattr(index, kind)]
