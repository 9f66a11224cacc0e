"""What the verifier asks of the store: the links, what they should prove computed anew, and what nothing proves."""

from collections.abc import Sequence
from dataclasses import dataclass

from service.ledger.chain import Link
from service.store import content, rows
from service.store.engine import Row, Session
from service.store.instants import instant, micros

_LINKS = """
    SELECT sequence, reference, content, previous, recorded, digest FROM chain_link
    WHERE chain = ? AND sequence >= ? ORDER BY sequence LIMIT ?"""
_CHAINS = """
    SELECT chain FROM chain_head UNION SELECT chain FROM chain_link
    UNION SELECT chain FROM resource_version UNION SELECT chain FROM document ORDER BY chain"""
_VERSIONS = """
    SELECT v.type, v.id, v.version, v.recorded, v.body, v.chain, v.sequence FROM {keys} AS k
    JOIN resource_version v ON v.type = k.column1 AND v.id = k.column2 AND v.version = k.column3"""
_DOCUMENTS = f"SELECT {rows.DOCUMENT} FROM {{keys}} AS k JOIN document d ON d.id = k.column1"
_ADDRESSED = f"""
    SELECT e.sequence, {rows.ENVELOPE} FROM {{keys}} AS k
    JOIN envelope e ON e.document_id = k.column1 AND e.sequence = k.column2"""
_DOCUMENT_SEALS = """
    SELECT s.document_id, s.sealed, s.cda, s.pdf, d.chain, s.sequence FROM {keys} AS k
    JOIN document_seal s ON s.document_id = k.column1 JOIN document d ON d.id = s.document_id"""
_ENVELOPE_SEALS = """
    SELECT s.envelope_id, s.sealed, s.payload, s.sha256, d.chain, s.sequence FROM {keys} AS k
    JOIN envelope_seal s ON s.envelope_id = k.column1 JOIN envelope e ON e.id = s.envelope_id
    JOIN document d ON d.id = e.document_id"""
_ATTEMPTS = """
    SELECT a.envelope_id, a.number, a.token, a.worker, a.started, a.finished, a.outcome, a.code, a.receiver_id, a.raw,
        a.state, d.chain, a.sequence FROM {keys} AS k
    JOIN attempt a ON a.envelope_id = k.column1 AND a.number = k.column2 AND a.finished IS NOT NULL
    JOIN envelope e ON e.id = a.envelope_id JOIN document d ON d.id = e.document_id"""

#: References without their link, by the kind of row.
_UNPROVED = (
    ("v.type || '/' || v.id || '/_history/' || v.version", "resource_version v", "v.chain", "v.sequence"),
    ("'document/' || d.id || '/addressed'", "document d", "d.chain", "d.sequence"),
    (
        "'document/' || d.id || '/addressed'",
        "envelope e JOIN document d ON d.id = e.document_id",
        "d.chain",
        "e.sequence",
    ),
    ("'document/' || d.id", "document_seal s JOIN document d ON d.id = s.document_id", "d.chain", "s.sequence"),
    (
        "'envelope/' || e.id",
        "envelope_seal s JOIN envelope e ON e.id = s.envelope_id JOIN document d ON d.id = e.document_id",
        "d.chain",
        "s.sequence",
    ),
    (
        "'attempt/' || a.envelope_id || '/' || a.number",
        "attempt a JOIN envelope e ON e.id = a.envelope_id JOIN document d ON d.id = e.document_id",
        "d.chain",
        "a.sequence",
    ),
)
# An envelope stands where its last attempt put it, and its attempts are numbered without a hole.
_UNEXPLAINED = """
    SELECT 'envelope/' || e.id FROM envelope e JOIN document d ON d.id = e.document_id
    LEFT JOIN attempt a ON a.envelope_id = e.id AND a.number = e.attempts
    WHERE d.chain = ? AND (
        e.attempts <> (SELECT count(*) FROM attempt n WHERE n.envelope_id = e.id)
        OR e.state <> CASE WHEN e.attempts = 0 THEN 'queued' ELSE coalesce(a.state, 'sending') END)
    ORDER BY 1 LIMIT ?"""


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a chain: what its head says, and the highest sequence there is."""

    sequence: int
    digest: bytes
    highest: int


def chains(session: Session) -> list[str]:
    """Every chain that anything names."""
    return [chain for (chain,) in session.rows(_CHAINS)]


def head(session: Session, chain: str) -> Head:
    """In one statement, so that a commit in between cannot make them differ; zeros when there is no head."""
    heads = "(SELECT h.{} FROM chain_head h WHERE h.chain = ?)"
    highest = "(SELECT max(l.sequence) FROM chain_link l WHERE l.chain = ?)"
    sql = f"SELECT {heads.format('sequence')}, {heads.format('digest')}, {highest}"
    sequence, digest, most = session.rows(sql, (chain, chain, chain))[0]
    return Head(sequence or 0, digest or b"", most or 0)


def links(session: Session, chain: str, first: int, count: int) -> list[Link]:
    return [
        Link(sequence, reference, proved, previous, instant(recorded), digest)
        for sequence, reference, proved, previous, recorded, digest in session.rows(_LINKS, (chain, first, count))
    ]


def proved(session: Session, chain: str, some: Sequence[Link]) -> list[bool]:
    """For each link, whether the row it refers to is there, says where its proof is, and has this content."""
    made = _contents(session, chain, some)
    return [made.get((one.sequence, one.reference)) == one.content for one in some]


def unproved(session: Session, chain: str, limit: int) -> list[str]:
    """References of what is stored without a link; at most ``limit`` of a kind."""
    found = []
    for reference, tables, column, sequence in _UNPROVED:
        settled = "AND a.finished IS NOT NULL" if reference.startswith("'attempt") else ""
        sql = f"""
            SELECT {reference} FROM {tables}
            LEFT JOIN chain_link l ON l.chain = {column} AND l.sequence = {sequence}
            WHERE {column} = ? {settled} AND (l.reference IS NULL OR l.reference <> {reference})
            ORDER BY 1 LIMIT ?"""
        found += [row[0] for row in session.rows(sql, (chain, limit))]
    return sorted(set(found))


def unexplained(session: Session, chain: str, limit: int) -> list[str]:
    """Envelopes whose state or number of attempts no attempt explains."""
    return [row[0] for row in session.rows(_UNEXPLAINED, (chain, limit))]


def _contents(session: Session, chain: str, some: Sequence[Link]) -> dict[tuple[int, str], bytes]:
    """Contents computed from the stored rows, by (sequence, reference) of the proof they name."""
    keys: dict[str, list[Row]] = {"version": [], "addressed": [], "document": [], "envelope": [], "attempt": []}
    for one in some:
        kind, key = _row_of(one.reference)
        keys[kind].append((key[0], one.sequence) if kind == "addressed" else key)
    recorded = {one.sequence: micros(one.recorded) for one in some}
    made: dict[tuple[int, str], bytes] = {}

    def prove(row_chain: str, sequence: int, reference: str, at: int | None, proved: bytes) -> None:
        if row_chain == chain and (at is None or recorded.get(sequence) == at):
            made[sequence, reference] = proved

    for type, id, version, at, body, of, sequence in session.rows_of(_VERSIONS, "tti", keys["version"]):
        prove(of, sequence, content.version_reference(type, id, version), at, content.bytes_content(body))
    for id, at, cda, pdf, of, sequence in session.rows_of(_DOCUMENT_SEALS, "t", keys["document"]):
        prove(of, sequence, content.document_reference(id), at, content.sealed_document_content(cda, pdf))
    for id, at, payload, sha256, of, sequence in session.rows_of(_ENVELOPE_SEALS, "t", keys["envelope"]):
        computed = content.bytes_content(payload)
        if computed == sha256:
            prove(of, sequence, content.envelope_reference(id), at, computed)
    for *known, of, sequence in session.rows_of(_ATTEMPTS, "ti", keys["attempt"]):
        id, number, token, worker, started, finished, outcome, code, receiver_id, raw, state = known
        computed = content.attempt_content(
            envelope_id=id,
            number=number,
            token=token,
            worker=worker,
            started=started,
            finished=finished,
            outcome=outcome,
            code=code,
            receiver_id=receiver_id,
            raw=raw,
            state=state,
        )
        prove(of, sequence, content.attempt_reference(id, number), None, computed)
    for (id, sequence), computed in _addressed(session, keys["addressed"]).items():
        prove(chain, sequence, content.addressed_reference(id), None, computed)
    return made


def _addressed(session: Session, keys: Sequence[Row]) -> dict[tuple[str, int], bytes]:
    ids = list({(id,) for id, _ in keys})
    documents = {row[0]: rows.document(row) for row in session.rows_of(_DOCUMENTS, "t", ids)}
    envelopes: dict[tuple[str, int], list[Row]] = {}
    for sequence, *row in session.rows_of(_ADDRESSED, "ti", keys):
        envelopes.setdefault((row[1], sequence), []).append(tuple(row))
    return {
        (id, sequence): content.addressed_content(
            documents[id], [rows.envelope(row) for row in envelopes.get((id, sequence), ())]
        )
        for id, sequence in keys
        if id in documents
    }


def _row_of(reference: str) -> tuple[str, Row]:
    """Kind and key of the row that a reference names; a reference of no known form names a row that is not there."""
    match reference.split("/"):
        case ["document", id, "addressed"]:
            return "addressed", (id,)
        case ["document", id]:
            return "document", (id,)
        case ["envelope", id]:
            return "envelope", (id,)
        case ["attempt", id, number] if number.isascii() and number.isdecimal():
            return "attempt", (id, int(number))
        case [type, id, "_history", version] if version.isascii() and version.isdecimal():
            return "version", (type, id, int(version))
        case _:
            return "document", ("",)
