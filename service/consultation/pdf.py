"""Whether a PDF may be offered: it is one, and holds nothing that acts by itself. Pure.

ISO 32000-1, 7.3.5 (names and their escapes), 7.5.7 (object streams), 12.6.4 (actions). What is compressed is looked into,
up to a measure; what cannot be looked into is not offered. A file that was offered is still a stranger's file.
"""

import re
import zlib
from collections.abc import Iterator
from typing import Final

#: Bytes that its streams may come to, all together.
INFLATED: Final = 64 << 20
#: Names by which a file runs something, starts something or brings another file.
_ACTIVE: Final = (b"JavaScript", b"JS", b"Launch", b"EmbeddedFile", b"RichMedia", b"XFA", b"SubmitForm", b"ImportData")
_NAME: Final = re.compile(rb"/(?:" + rb"|".join(_ACTIVE) + rb")(?![A-Za-z0-9_#.\-])")
_ESCAPE: Final = re.compile(rb"#([0-9A-Fa-f]{2})")
_STREAM: Final = re.compile(rb"(<<[^\x00]{0,4000}?>>)\s*stream\r?\n", re.DOTALL)
_END: Final = b"endstream"


def refusal(data: bytes) -> str:
    """Why the file is not offered, in French; empty when it may be."""
    if not data.startswith(b"%PDF-"):
        return "Le fichier n’est pas un PDF."
    if b"/Encrypt" in _plain(data):
        return "Le PDF est chiffré : son contenu ne peut pas être contrôlé."
    total = 0
    for part in _parts(data):
        total += len(part)
        if total > INFLATED + len(data):
            return "Le PDF, une fois décompressé, dépasse ce qui est contrôlé."
        if _NAME.search(_plain(part)):
            return "Le PDF contient du code, une action ou un fichier joint."
    return ""


def _parts(data: bytes) -> Iterator[bytes]:
    """The file outside its streams, then each stream of objects or of an unknown kind, inflated as far as allowed."""
    outside, position, streams = bytearray(), 0, []
    for match in _STREAM.finditer(data):
        if match.start() < position:
            continue
        end = data.find(_END, match.end())
        end = len(data) if end < 0 else end
        outside += data[position : match.end()]
        streams.append((match[1], data[match.end() : end]))
        position = end
    yield bytes(outside + data[position:])
    left = INFLATED
    for dictionary, raw in streams:
        kind = _plain(dictionary)
        if b"/FlateDecode" not in kind and b"/Fl" not in kind:
            yield raw if b"/Filter" not in kind else b""
            continue
        inflated = _inflated(raw, left + 1)
        left -= len(inflated)
        # The bytes of an image may spell anything: they are counted, and not read.
        yield b" " * len(inflated) if b"/Image" in kind else inflated
        if left < 0:
            return


def _inflated(raw: bytes, most: int) -> bytes:
    try:
        return zlib.decompressobj().decompress(raw, most)
    except zlib.error:
        return b""


def _plain(data: bytes) -> bytes:
    """Names with their escapes undone: ``/J#53`` is ``/JS``."""
    return _ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), data)
