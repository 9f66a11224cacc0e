"""Whether two mails are one: a digest of what its author wrote, without the traces that its way adds.

The same mail handed over twice differs by its ``Received`` lines; two mails that only share a Message-ID are two, or
whoever guessed one could hide the other. Works on bytes alone: it must hold for a mail that nothing can parse.
"""

import hashlib
import re
from typing import Final

_END_OF_HEADERS: Final = re.compile(rb"\r?\n\r?\n")
_FIELD: Final = re.compile(rb"(?im)^([!-9;-~]+)[ \t]*:((?:[^\r\n]|\r?\n[ \t])*)")
_OWN: Final = frozenset({
    b"from", b"sender", b"reply-to", b"to", b"cc", b"subject", b"date", b"message-id", b"in-reply-to", b"references",
    b"content-type", b"content-transfer-encoding", b"mime-version", b"auto-submitted", b"disposition-notification-to",
})  # fmt: skip
#: Headers beyond this are the body's: a search through them must end.
_HEADERS: Final = 1 << 18


def sameness(raw: bytes) -> bytes:
    """SHA-256 of the author's own fields, in their order, and of the body."""
    end = _END_OF_HEADERS.search(raw, 0, _HEADERS)
    head, body = (raw[: end.start()], raw[end.end() :]) if end else (b"", raw)
    own = [
        name.lower() + b":" + b" ".join(value.split()) for name, value in _FIELD.findall(head) if name.lower() in _OWN
    ]
    digest = hashlib.sha256()
    for part in (*own, b"", body):
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.digest()


def claimed_id(raw: bytes) -> str:
    """The Message-ID that the first bytes tell, for the record; empty when there is none that is plain."""
    found = re.search(rb"(?im)^message-id[ \t]*:(?:\r?\n)?[ \t]*(<[!-;=?-~]{3,500}>)", raw[: 1 << 16])
    return found[1].decode("ascii") if found else ""
