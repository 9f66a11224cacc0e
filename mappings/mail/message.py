"""One mail opened within bounds: its headers, and its parts one level at a time.

RFC 2045 and 2046. A mail whose structure two readers could understand differently is not opened: fields that stand
twice, parts in parts without end.
"""

import email
import email.policy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from typing import Final

from mappings.mail.headers import field, repeated, visible

#: Longest mail opened, bytes.
LONGEST: Final = 32 << 20
#: Most parts, and most lines of headers, of one mail.
_PARTS: Final = 60
_FIELDS: Final = 1000
_CONTAINER: Final = re.compile(rb"(?im)^content-type[ \t]*:\s*(?:multipart|message)/")
#: Longest text shown, characters.
_SHOWN: Final = 4000


class Unreadable(Exception):
    """This mail is not to be understood; ``code`` says why, in one word that quotes nothing of it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Attachment:
    """One part that is no text to read."""

    #: As it may be shown; empty when none is given.
    name: str
    media_type: str
    content: bytes
    #: The name as its author wrote it.
    claimed: str


def opened(raw: bytes) -> Message:
    """The mail of these bytes; ``Unreadable`` when it is too long, too deep or ambiguous."""
    if len(raw) > LONGEST:
        raise Unreadable("too-large")
    if len(_CONTAINER.findall(raw)) > _PARTS:
        raise Unreadable("too-deep")
    try:
        message = email.message_from_bytes(raw, policy=email.policy.compat32)
        parts = list(message.walk())
    except (RecursionError, ValueError, LookupError, TypeError, AssertionError):
        raise Unreadable("malformed") from None
    if len(message.keys()) > _FIELDS or len(parts) > _PARTS:
        raise Unreadable("too-deep")
    if not message.keys():
        raise Unreadable("malformed")
    if any(repeated(part) for part in (message, *_own_parts(message))):
        raise Unreadable("ambiguous")
    return message


def direct_parts(message: Message) -> list[Message]:
    """Parts of a multipart; what lies inside a returned mail was written by its author, and is not among them."""
    payload = message.get_payload()
    return [part for part in payload if isinstance(part, Message)] if isinstance(payload, list) else []


def _own_parts(message: Message) -> Iterator[Message]:
    """All parts of this mail, not those of a mail that it carries."""
    if message.get_content_maintype() == "multipart":
        for part in direct_parts(message):
            yield part
            yield from _own_parts(part)


def leaves(message: Message) -> list[Message]:
    """The parts that hold something, of this mail alone."""
    own = list(_own_parts(message)) or [message]
    return [part for part in own if part.get_content_maintype() != "multipart"]


def content_of(part: Message) -> bytes:
    """The bytes of one part, its transfer encoding undone."""
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def attachments(message: Message) -> list[Attachment]:
    """Everything beside the texts; a text with a name, or told to be attached, is one."""
    found = []
    for part in leaves(message):
        claimed = _file_name(part)
        if part.get_content_type() in ("text/plain", "text/html") and not claimed and not _is_attached(part):
            continue
        found.append(Attachment(visible(claimed, 120), part.get_content_type(), content_of(part), claimed))
    return found


def plain_text(message: Message) -> str:
    """What the mail says, for the eye: its first plain text, cut, without control characters; empty without one."""
    for part in leaves(message):
        if part.get_content_type() == "text/plain" and not _is_attached(part) and not _file_name(part):
            return _lines(_decoded(part))[:_SHOWN]
    return ""


def _decoded(part: Message) -> str:
    content = content_of(part)[: 8 * _SHOWN]
    try:
        return content.decode(part.get_content_charset("utf-8"), "replace")
    except (LookupError, ValueError):  # no such charset, one that replaces nothing, a name that is no name
        return content.decode("utf-8", "replace")


def _lines(text: str) -> str:
    """Lines kept, each without what cannot be seen."""
    return "\n".join(visible(line, 1000) for line in text.splitlines()).strip()


def _is_attached(part: Message) -> bool:
    return field(part, "Content-Disposition").lower().startswith("attachment")


def _file_name(part: Message) -> str:
    try:
        return part.get_filename("") or ""
    except (LookupError, UnicodeError, ValueError, TypeError):
        return ""
