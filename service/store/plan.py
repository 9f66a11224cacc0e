"""What a unit becomes, decided under the writer's lock: rows to write, or a refusal that leaves no trace.

Pure but for the bodies made by the callers. A ``Ground`` is what the database says of everything a batch
touches; each accepted unit moves it forward, so that the next unit of the batch is judged on it.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from service.ledger.chain import GENESIS, Link, link
from service.outbox.envelope import Document, Envelope, State
from service.store.content import (
    addressed_content,
    addressed_reference,
    attempt_content,
    attempt_reference,
    bytes_content,
    document_reference,
    envelope_reference,
    sealed_document_content,
    version_reference,
)
from service.store.engine import Row
from service.store.instants import micros
from service.store.unit import (
    Fenced,
    Index,
    Notified,
    Repeated,
    RequestClaim,
    Seal,
    Settlement,
    Stale,
    Unit,
    Watch,
    Write,
)
from service.store.watches import Watchers, meeting


@dataclass(frozen=True, slots=True)
class EnvelopeGround:
    """What a seal or a settlement must know of an envelope."""

    document_id: str
    chain: str
    state: State
    attempts: int
    #: Fencing token of the running attempt, empty when there is none; who made it, and when.
    token: str
    worker: str
    started: int
    #: When the last attempt ended, 0 before it did.
    ended: int
    sealed: bool


#: (version, number) of what was never written.
NEVER = (0, 0)


@dataclass(slots=True)
class Ground:
    """Current facts. An absent key is an absent row."""

    heads: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    #: (version, number) of the current version.
    versions: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)
    #: Of the last version written, whatever its resource.
    number: int = 0
    requests: dict[tuple[str, str], RequestClaim] = field(default_factory=dict)
    documents: dict[str, Document] = field(default_factory=dict)
    sealed_documents: set[str] = field(default_factory=set)
    envelopes: dict[str, EnvelopeGround] = field(default_factory=dict)
    #: Subscriptions in whose name somebody watches, by the type they watch.
    watches: Mapping[str, Watchers] = field(default_factory=dict)
    #: Fencing token of each subscription.
    notifying: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Changes:
    """Rows to write, by table; index entries to make and to take away, by the number of the version they find."""

    rows: dict[str, list[Row]] = field(default_factory=dict)
    entered: dict[int, Index] = field(default_factory=dict)
    taken: dict[int, Index] = field(default_factory=dict)
    #: (state, next attempt, attempts, envelope)
    envelopes: list[Row] = field(default_factory=list)
    #: (finished, outcome, code, receiver's id, raw, state, sequence, envelope, number)
    attempts: list[Row] = field(default_factory=list)
    #: (subscription, number of the version): events, in their order.
    noticed: list[tuple[str, int]] = field(default_factory=list)
    #: (subscription, number of the version that watches so, recorded, its watch)
    watched: list[tuple[str, int, int, Watch]] = field(default_factory=list)
    #: Numbers of versions whose watch, if they had one, is over.
    unwatched: list[int] = field(default_factory=list)
    #: With the instant of their unit.
    notified: list[tuple[int, Notified]] = field(default_factory=list)

    def add(self, table: str, row: Row) -> None:
        self.rows.setdefault(table, []).append(row)

    def take_away(self, number: int, index: Index) -> None:
        """The entries of a version that is no longer current; what was only about to be entered never is."""
        if self.entered.pop(number, None) is None:
            self.taken[number] = index

    def take(self, later: "Changes") -> None:
        """Append what follows."""
        for table, rows in later.rows.items():
            self.rows.setdefault(table, []).extend(rows)
        for number, index in later.taken.items():
            self.take_away(number, index)
        self.entered.update(later.entered)
        self.envelopes += later.envelopes
        self.attempts += later.attempts
        self.noticed += later.noticed
        self.watched += later.watched
        self.unwatched += later.unwatched
        self.notified += later.notified


@dataclass(frozen=True, slots=True)
class Prepared:
    """A unit, and all that can be made of it before the lock is won, on the caller's thread."""

    unit: Unit
    #: SHA-256 of each write's body, None for one that is yet to be made.
    contents: tuple[bytes | None, ...]


def prepare(unit: Unit) -> Prepared:
    """Digests made on the caller's thread."""
    return Prepared(unit, tuple(None if callable(write.body) else bytes_content(write.body) for write in unit.writes))


def plan(prepared: Prepared, ground: Ground) -> tuple[tuple[Link, ...], Changes]:
    """The unit's links and rows; ``ground`` moves only when nothing refuses."""
    unit = prepared.unit
    steps = _Steps(unit, ground)
    steps.claim_requests()
    steps.check_relied_on()
    for write, content in zip(unit.writes, prepared.contents, strict=True):
        steps.write(write, content)
    steps.address()
    for seal in unit.seals:
        steps.seal(seal)
    for settlement in unit.settlements:
        steps.settle(settlement)
    for notified in unit.notified:
        steps.notify(notified)
    steps.move_ground()
    return tuple(steps.links), steps.changes


class _Steps:
    """One unit on its way; keeps its own version of the facts until the end."""

    def __init__(self, unit: Unit, ground: Ground) -> None:
        self.unit = unit
        self.ground = ground
        self.moved = Ground(number=ground.number)
        self.changes = Changes()
        self.links: list[Link] = []
        # In UTC, as it is read back: the text of a link must be the same for the verifier.
        self.recorded = unit.recorded.astimezone(dt.UTC)
        self.micros = micros(unit.recorded)
        self.sequence, self.digest = ground.heads.get(unit.chain, (0, GENESIS))

    def claim_requests(self) -> None:
        for claim in self.unit.requests:
            pair = (claim.scope, claim.key)
            first = self.moved.requests.get(pair) or self.ground.requests.get(pair)
            if first is not None:
                raise Repeated(first, same=first.fingerprint == claim.fingerprint)
            self.moved.requests[pair] = claim
            self.changes.add("request", (*pair, claim.fingerprint, claim.status, claim.answer, self.micros))

    def check_relied_on(self) -> None:
        for type, id, version in self.unit.relies_on:
            if self.ground.versions.get((type, id), NEVER)[0] != version:
                raise Stale("a version relied on is no longer current")
        for id, state, attempts in self.unit.stands_on:
            envelope = self.ground.envelopes[id]
            if (envelope.state, envelope.attempts) != (state, attempts):
                raise Stale("an envelope has moved")

    def write(self, write: Write, content: bytes | None) -> None:
        key = (write.type, write.id)
        current, before = self.moved.versions.get(key) or self.ground.versions.get(key, NEVER)
        if write.version != current + 1:
            raise Stale("the version followed is no longer current")
        self.moved.number += 1
        self.moved.versions[key] = (write.version, self.moved.number)
        if current:
            self.changes.take_away(before, write.stale)
        body, index = write.body(self.links) if callable(write.body) else (write.body, write.index)
        self.changes.entered[self.moved.number] = index
        reference = version_reference(write.type, write.id, write.version)
        self.prove(reference, content or bytes_content(body))
        stored = (self.unit.chain, self.sequence, body)
        row = (self.moved.number, write.type, write.id, write.version, self.micros, *stored)
        self.changes.add("resource_version", row)
        for subscription in meeting(self.ground.watches.get(write.type), index, write.stale, self.micros):
            self.changes.noticed.append((subscription, self.moved.number))
        if write.watch is not None:
            self.changes.watched.append((write.id, self.moved.number, self.micros, write.watch))
        elif not body:
            self.changes.unwatched.append(before)

    def address(self) -> None:
        """One link for each document that is new or has new envelopes."""
        documents = {document.id: document for document in self.unit.documents}
        envelopes: dict[str, list[Envelope]] = {id: [] for id in documents}
        for envelope in self.unit.envelopes:
            envelopes.setdefault(envelope.document_id, []).append(envelope)
        for id, addressed in envelopes.items():
            document = documents.get(id) or self.ground.documents[id]
            self.check_chain(document.chain)
            self.prove(addressed_reference(id), addressed_content(document, addressed))
            if id in documents:
                self.add_document(document)
            for envelope in addressed:
                self.add_envelope(envelope, document.chain)

    def add_document(self, document: Document) -> None:
        d = document
        if d.cda is not None or d.pdf is not None:
            raise ValueError("a document is sealed by a Seal")
        self.moved.documents[d.id] = d
        created = micros(d.created_at)
        row = (d.id, d.act, d.chain, d.unique_id, d.set_id, d.version, created, self.sequence)
        self.changes.add("document", row)

    def add_envelope(self, envelope: Envelope, chain: str) -> None:
        e = envelope
        if e.state is not State.QUEUED or e.attempts or e.payload is not None:
            raise ValueError("an envelope begins queued, without attempt or payload")
        self.moved.envelopes[e.id] = EnvelopeGround(e.document_id, chain, e.state, 0, "", "", 0, 0, False)
        fixed = (e.id, e.document_id, e.destination.value, e.recipient, e.submission_id, e.message_id)
        times = (micros(e.created_at), micros(e.deadline), self.sequence)
        moving = (e.state.value, 0, micros(e.next_attempt_at), "")
        self.changes.add("envelope", (*fixed, e.set_uuid, e.entry_uuid, *times, *moving, e.follows, e.purpose))

    def seal(self, seal: Seal) -> None:
        """The first seal wins: a later one leaves no row and no link."""
        if seal.document_id:
            self.seal_document(seal)
        if seal.envelope_id:
            self.seal_envelope(seal)

    def seal_document(self, seal: Seal) -> None:
        id = seal.document_id
        document = self.moved.documents.get(id) or self.ground.documents[id]
        self.check_chain(document.chain)
        if id in self.ground.sealed_documents or id in self.moved.sealed_documents:
            return
        self.moved.sealed_documents.add(id)
        self.prove(document_reference(id), sealed_document_content(seal.cda, seal.pdf))
        self.changes.add("document_seal", (id, self.micros, self.sequence, seal.cda, seal.pdf))

    def seal_envelope(self, seal: Seal) -> None:
        id = seal.envelope_id
        envelope = self.envelope(id)
        if envelope.sealed:
            return
        self.moved.envelopes[id] = replace(envelope, sealed=True)
        content = bytes_content(seal.payload)
        self.prove(envelope_reference(id), content)
        self.changes.add("envelope_seal", (id, self.micros, self.sequence, content, seal.payload))

    def settle(self, settlement: Settlement) -> None:
        s = settlement
        envelope = self.envelope(s.envelope_id)
        leased = envelope.state is State.SENDING
        expected = envelope.attempts if leased else envelope.attempts + 1
        if leased != bool(s.token) or s.token != envelope.token or s.number != expected:
            raise Fenced("this attempt is somebody else's to settle")
        finished = micros(s.finished_at)
        if not leased and envelope.attempts:
            # Decided by a clock that was read before the last attempt ended: what it settles came after it.
            finished = max(finished, envelope.ended + 1)
        worker, started = (envelope.worker, envelope.started) if leased else ("", finished)
        content = attempt_content(
            envelope_id=s.envelope_id,
            number=s.number,
            token=s.token,
            worker=worker,
            started=started,
            finished=finished,
            outcome=s.outcome,
            code=s.code,
            receiver_id=s.receiver_id,
            raw=s.raw,
            state=s.state.value,
        )
        self.prove(attempt_reference(s.envelope_id, s.number), content)
        result = (finished, s.outcome, s.code, s.receiver_id, s.raw, s.state.value, self.sequence)
        if leased:
            self.changes.attempts.append((*result, s.envelope_id, s.number))
        else:
            self.changes.add("attempt", (s.envelope_id, s.number, "", worker, started, *result))
        self.changes.envelopes.append((s.state.value, micros(s.next_attempt_at), s.number, s.envelope_id))
        self.moved.envelopes[s.envelope_id] = replace(
            envelope, state=s.state, attempts=s.number, token="", ended=finished
        )

    def notify(self, notified: Notified) -> None:
        id = notified.subscription
        if not notified.token or self.ground.notifying.get(id) != notified.token or id in self.moved.notifying:
            raise Fenced("this notification is somebody else's to settle")
        self.moved.notifying[id] = ""
        self.changes.notified.append((self.micros, notified))

    def envelope(self, id: str) -> EnvelopeGround:
        envelope = self.moved.envelopes.get(id) or self.ground.envelopes[id]
        self.check_chain(envelope.chain)
        return envelope

    def check_chain(self, chain: str) -> None:
        if chain != self.unit.chain:
            raise ValueError("a document, its envelopes and their proof are of one chain")

    def prove(self, reference: str, content: bytes) -> None:
        made = link(self.sequence + 1, self.digest, reference, content, self.recorded)
        self.sequence, self.digest = made.sequence, made.digest
        self.links.append(made)
        proved = (self.unit.chain, made.sequence, reference, content, made.previous, self.micros, made.digest)
        self.changes.add("chain_link", proved)

    def move_ground(self) -> None:
        if self.links:
            self.ground.heads[self.unit.chain] = (self.sequence, self.digest)
        self.ground.versions.update(self.moved.versions)
        self.ground.number = self.moved.number
        self.ground.requests.update(self.moved.requests)
        self.ground.documents.update(self.moved.documents)
        self.ground.sealed_documents |= self.moved.sealed_documents
        self.ground.envelopes.update(self.moved.envelopes)
        self.ground.notifying.update(self.moved.notifying)
        for subscription, *_ in self.changes.watched:
            self.ground.notifying[subscription] = ""


def touched(units: Sequence[Unit]) -> "Touched":
    """Everything the units touch, each once."""
    t = Touched()
    for unit in units:
        t.chains.add((unit.chain,))
        t.versions.update([(type, id) for type, id, _ in unit.relies_on])
        t.versions.update([(write.type, write.id) for write in unit.writes])
        t.requests.update([(claim.scope, claim.key) for claim in unit.requests])
        t.documents.update([(envelope.document_id,) for envelope in unit.envelopes])
        t.documents.update([(seal.document_id,) for seal in unit.seals if seal.document_id])
        t.envelopes.update([(seal.envelope_id,) for seal in unit.seals if seal.envelope_id])
        t.envelopes.update([(settlement.envelope_id,) for settlement in unit.settlements])
        t.envelopes.update([(id,) for id, _, _ in unit.stands_on])
        t.subscriptions.update([(notified.subscription,) for notified in unit.notified])
    return t


@dataclass(slots=True)
class Touched:
    """Keys of the facts a batch is judged on."""

    chains: set[Row] = field(default_factory=set)
    versions: set[Row] = field(default_factory=set)
    requests: set[Row] = field(default_factory=set)
    documents: set[Row] = field(default_factory=set)
    envelopes: set[Row] = field(default_factory=set)
    subscriptions: set[Row] = field(default_factory=set)
