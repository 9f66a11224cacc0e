"""Header fields of a mail, each on one line, and nothing that two readers could take for two things.

RFC 5322 sections 3.4 and 3.6; RFC 2047. An address is read by the strictest grammar: no comment, no group, no quoted
local part, one box. Whatever is written otherwise is no address, and its mail comes from nobody.
"""

import re
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from typing import Final

from mappings.codes.identifiers import is_mailbox

#: Longest text kept of one field, characters.
_LONGEST: Final = 500
#: Most identifiers read of one field; of a long thread the last ones are those that count.
_IDS: Final = 20
#: Read at its first @ and never taken up again: a field of many of them must cost no more than its length.
_MESSAGE_ID: Final = re.compile(r"<[^<>@\s\x00-\x1f\x7f]{1,250}+@[^<>\s\x00-\x1f\x7f]{1,250}+>")
_ANGLE: Final = re.compile(r"[^<>]{0,300}<([^<>\s]{1,254})>")
#: Control characters, and those that turn the direction of what follows (Unicode UAX 9) or cannot be seen.
_INVISIBLE: Final = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
#: Fields of which RFC 5322 section 3.6 and RFC 2045 allow one.
_SINGLE: Final = (
    "From", "Sender", "Reply-To", "To", "Message-ID", "In-Reply-To", "References", "Subject", "Date", "MIME-Version",
    "Content-Type", "Content-Transfer-Encoding", "Content-Disposition", "Auto-Submitted", "X-MSS-CODECDA", "X-MSS-INS",
)  # fmt: skip


def field(message: Message, name: str) -> str:
    """One field as it is written, unfolded; empty when there is none. Eight-bit bytes are UTF-8 (RFC 6532)."""
    wanted = name.lower()
    found = next((value for key, value in message.raw_items() if key.lower() == wanted), "")
    return " ".join(str(found).encode("utf-8", "surrogateescape").decode("utf-8", "replace").split())


def repeated(message: Message) -> bool:
    """Whether a field that may stand once stands twice: readers would not agree on which one counts."""
    return any(len(message.get_all(name, [])) > 1 for name in _SINGLE)


def text(message: Message, name: str) -> str:
    """One field for the eye: encoded words read, one line, nothing invisible."""
    written = field(message, name)
    try:
        read = str(make_header(decode_header(written)))
    except (HeaderParseError, UnicodeError, LookupError, ValueError):
        read = written
    return visible(read)


def visible(value: str, longest: int = _LONGEST) -> str:
    """One line without control, direction or zero-width characters."""
    return " ".join(_INVISIBLE.sub(" ", value[: 4 * longest]).split())[:longest]


def deceives(value: str) -> bool:
    """Whether a name holds what would make it look like another."""
    return _INVISIBLE.search(value) is not None


def address(message: Message, name: str) -> str:
    """The one box of a field, lower case; empty when it is not exactly one, plainly written."""
    return address_of(field(message, name))


def address_of(written: str) -> str:
    """``box@domain`` or ``Name <box@domain>``; the name is anything without brackets."""
    value = written.strip()
    found = _ANGLE.fullmatch(value)
    box = found[1] if found else value
    if found and _splits(value[: found.start(1) - 1]):
        return ""
    return box.lower() if is_mailbox(box) else ""


def _splits(name: str) -> bool:
    """Whether an unquoted part of a display name could end an address for another reader."""
    unquoted = re.sub(r'"(?:[^"\\]|\\.)*"', "", name)
    return re.search(r'[,;:()@"\\]', unquoted) is not None


def message_ids(message: Message, name: str) -> tuple[str, ...]:
    """The identifiers of a field, with their angle brackets."""
    return tuple(_MESSAGE_ID.findall(field(message, name)))[-_IDS:]


def message_ids_in(written: str) -> tuple[str, ...]:
    """Identifiers anywhere in a text."""
    return tuple(dict.fromkeys(_MESSAGE_ID.findall(written)))[:_IDS]


def is_automatic(message: Message) -> bool:
    """RFC 3834 section 5, and what answering machines of before it write."""
    submitted = field(message, "Auto-Submitted").lower().partition(";")[0].strip()
    precedence = field(message, "Precedence").lower()
    return (
        (submitted not in ("", "no"))
        or precedence in ("bulk", "junk", "list", "auto_reply")
        or "X-Autoreply" in message
        or "X-Autorespond" in message
        or "X-Auto-Response-Suppress" in message
    )
