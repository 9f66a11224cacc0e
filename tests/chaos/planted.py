"""Bugs planted in the service, so that the harness can show that it sees them: ``python -m tests.chaos.planted BUG serve``."""

import hashlib
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from service.cli import main
from service.dispatch import Dispatch
from service.ledger.chain import Link
from service.outbox.envelope import Document, Envelope, Lease
from service.outbox.receipt import Receipt
from service.sealing import Sealing
from service.store import Store
from service.store.unit import Unit

#: How long after the answer the commit comes, seconds.
_LATE: Final = 0.15


def answer_before_commit() -> None:
    """The act is acknowledged, then stored."""
    commit = Store.commit

    def early(self: Store, unit: Unit) -> tuple[Link, ...]:
        if not unit.documents:
            return commit(self, unit)
        threading.Timer(_LATE, commit, (self, unit)).start()
        return ()

    Store.commit = early  # type: ignore[method-assign]  # the bug


def two_commits() -> None:
    """The act first, its envelopes in a commit of their own."""
    commit = Store.commit

    def halved(self: Store, unit: Unit) -> tuple[Link, ...]:
        if not unit.documents:
            return commit(self, unit)
        links = commit(self, replace(unit, documents=(), envelopes=()))
        threading.Timer(_LATE, commit, (self, replace(unit, requests=(), writes=(), relies_on=()))).start()
        return links

    Store.commit = halved  # type: ignore[method-assign]  # the bug


def forget_look_up() -> None:
    """A doubtful envelope is sent again without asking."""
    attempt = Dispatch._attempt

    def hasty(self: Dispatch, lease: Lease, document: Document, envelope: Envelope) -> Receipt:
        return attempt(self, replace(lease, doubtful=False), document, envelope)

    Dispatch._attempt = hasty  # type: ignore[method-assign]  # the bug


def seal_each_time() -> None:
    """Every attempt sends a message made anew, and says that it is the sealed one."""
    sealed = Sealing.sealed

    def fresh(self: Sealing, document_id: str, envelope_id: str) -> tuple[Document, Envelope]:
        document, envelope = sealed(self, document_id, envelope_id)
        if not envelope.message_id or envelope.payload is None:
            return document, envelope
        payload = f"X-Attempt: {envelope.attempts}\r\n".encode() + envelope.payload
        return document, replace(envelope, payload=payload, payload_sha256=hashlib.sha256(payload).digest())

    Sealing.sealed = fresh  # type: ignore[method-assign]  # the bug


BUGS: Final[dict[str, Callable[[], None]]] = {
    "answer-before-commit": answer_before_commit,
    "two-commits": two_commits,
    "forget-look-up": forget_look_up,
    "seal-each-time": seal_each_time,
}


def _run(bug: str, command: str) -> int:
    """The command with the bug in it; its processes part from this one, and have it too."""
    BUGS[bug]()
    return main([command])


if __name__ == "__main__":
    sys.exit(_run(sys.argv[1], sys.argv[2]))
