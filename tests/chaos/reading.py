"""Reads the three ledgers that are left when all is over: the store opened anew, the shared record, the mailboxes."""

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from mappings.fhir.json import parse
from service.finding import found
from service.ledger.verify import verify
from service.outbox.envelope import Envelope
from service.sandbox.mail import Mailboxes
from service.sandbox.registry import Registry
from service.store import Store
from tests.chaos.ledgers import Carried, Kept, Letter, Registered, Tried

_ALL: Final = 10_000_000
#: Types that may hang on an act.
_COMPANIONS: Final = (
    "QuestionnaireResponse",
    "Observation",
    "ServiceRequest",
    "MedicationRequest",
    "Task",
    "Provenance",
    "AuditEvent",
    "DocumentReference",
    "Communication",
)
_PROCEDURE: Final = re.compile(rb"Procedure/[A-Za-z0-9.-]+")
_IDENTIFIER: Final = re.compile(rb"CHAOS-\d+-\d{6}")
_DEFECT: Final = re.compile(r"incident|defect")


def kept(store: Store) -> tuple[Kept, ...]:
    """Every Procedure with all that speaks of it."""
    companions: dict[str, Counter[str]] = defaultdict(Counter)
    statuses: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    to_withdraw: dict[str, str] = defaultdict(str)
    for type in _COMPANIONS:
        for version in found(store, type, count=_ALL):
            for procedure in {named.decode() for named in _PROCEDURE.findall(version.body)}:
                companions[procedure][type] += 1
                statuses[procedure][type].add(parse(version.body).get("status", ""))
                if b'"withdraw-report"' in version.body:
                    to_withdraw[procedure] += parse(version.body)["reasonCode"]["text"]
    return tuple(
        replace(
            _kept(store, version.id, version.body, companions[f"Procedure/{version.id}"]),
            statuses={type: frozenset(some) for type, some in statuses[f"Procedure/{version.id}"].items()},
            to_withdraw=to_withdraw[f"Procedure/{version.id}"],
        )
        for version in found(store, "Procedure", count=_ALL)
    )


def unproved(store: Store) -> tuple[str, ...]:
    return tuple(str(fault) for fault in verify(store))


def registered(registry: Registry) -> tuple[Registered, ...]:
    """Every entry; the act is read in the document itself."""
    return tuple(
        Registered(
            unique_id=entry.unique_id,
            submission_id=entry.submission_id,
            sha256=entry.sha256,
            identifier=_identifier(entry.content),
        )
        for unique_id in registry.unique_ids()
        for entry in registry.by_unique_id(unique_id)
    )


def letters(mailboxes: Mailboxes) -> tuple[Letter, ...]:
    return tuple(
        Letter(
            message_id=letter.message_id,
            mailbox=address,
            sha256=hashlib.sha256(letter.content or b"").hexdigest(),
        )
        for address in mailboxes.counts()
        for letter in mailboxes.of(address)
    )


def defects(logs: Iterable[Path]) -> tuple[str, ...]:
    """Lines in which a process tells a defect of its own; of a traceback, the places and the exception."""
    return tuple(f"{log.stem}: {line}" for log in logs for line in _told(log.read_text(errors="replace")))


def _told(text: str) -> Iterator[str]:
    trace: list[str] = []
    for line in text.splitlines():
        if trace and line.startswith(" "):
            trace.append(line.strip())
        elif trace:
            yield " < ".join([line, *reversed([place for place in trace if place.startswith("File")])])
            trace = []
        elif line.startswith("Traceback"):
            trace = [line]
        elif _DEFECT.search(line):
            yield line
    if trace:
        yield " < ".join(trace)


def _kept(store: Store, id: str, body: bytes, companions: Counter[str]) -> Kept:
    envelopes = store.envelopes_of(f"Procedure/{id}/_history/1")
    documents = [store.document(document_id) for document_id in sorted({one.document_id for one in envelopes})]
    return Kept(
        identifier=parse(body)["identifier"][0]["value"],
        status=parse(body)["status"],
        procedure=f"Procedure/{id}",
        companions=dict(companions),
        documents={one.unique_id: hashlib.sha256(one.cda or b"").hexdigest() for one in documents if one},
        envelopes=tuple(_carried(store, envelope) for envelope in envelopes),
    )


def _carried(store: Store, envelope: Envelope) -> Carried:
    return Carried(
        id=envelope.id,
        destination=envelope.destination.value,
        submission_id=envelope.submission_id,
        message_id=envelope.message_id,
        state=envelope.state.value,
        attempts=envelope.attempts,
        # Computed from the bytes, not taken from the column beside them.
        sha256=hashlib.sha256(envelope.payload).hexdigest() if envelope.payload else "",
        journal=tuple(
            Tried(
                number=one.number,
                worker=one.worker,
                started=one.started_at,
                finished=one.finished_at,
                outcome=one.outcome,
                state=one.state.value if one.state else None,
            )
            for one in store.attempts_of(envelope.id)
        ),
        purpose=envelope.purpose,
        follows=envelope.follows,
    )


def _identifier(content: bytes) -> str:
    found = _IDENTIFIER.search(content)
    return found[0].decode() if found else f"unnamed {hashlib.sha256(content).hexdigest()}"
