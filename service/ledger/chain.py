"""Links of the chain. One chain per structure, sequence gap-free from 1, each digest over the one before."""

import base64
import datetime as dt
import hashlib
from dataclasses import dataclass

#: What the first link of a chain follows.
GENESIS = bytes(32)


@dataclass(frozen=True, slots=True)
class Link:
    """One link: what was stored (``reference``), the SHA-256 of its bytes, and the digest that binds it."""

    sequence: int
    #: Versioned reference (``Procedure/x/_history/1``) or ``document/<id>``, ``envelope/<id>``, ``attempt/<id>/<n>``.
    reference: str
    content: bytes
    previous: bytes
    recorded: dt.datetime
    digest: bytes


def link(sequence: int, previous: bytes, reference: str, content: bytes, recorded: dt.datetime) -> Link:
    """The link that follows ``previous``; ``content`` is the SHA-256 of the stored bytes."""
    text = "\n".join(
        (
            "binome-chain-v1",
            str(sequence),
            base64.b64encode(previous).decode(),
            reference,
            base64.b64encode(content).decode(),
            recorded.isoformat(timespec="microseconds"),
        )
    )
    digest = hashlib.sha256(text.encode()).digest()
    return Link(sequence, reference, content, previous, recorded, digest)
