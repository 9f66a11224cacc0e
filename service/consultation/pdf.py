"""Whether a PDF may be offered: it is one, and holds nothing that acts by itself. Pure.

ISO 32000-1, 7.3.5 (names and their escapes), 7.5.7 (object streams), 12.6.4 (actions). Looked for anywhere in the bytes,
for a reader may be led anywhere in them, then in what is compressed, up to a measure. What cannot be looked into is not
offered. A file that was offered is still a stranger's file.
"""

import re
import zlib
from collections.abc import Iterator
from typing import Final

#: Bytes that its compressed streams may come to, all together.
INFLATED: Final = 128 << 20
_CHUNK: Final = 1 << 20
#: Longest dictionary looked at before a stream.
_DICTIONARY: Final = 4_000
#: Names by which a file runs something, starts something or brings another file. ``/JS`` is short enough for compressed
#: bytes to spell it: what must follow it is asked for too.
_ACTIVE: Final = re.compile(
    rb"/(?:JavaScript|Launch|EmbeddedFile|RichMedia|XFA|SubmitForm|ImportData|GoToE)|/JS\s*[(<0-9]"
)
_ESCAPE: Final = re.compile(rb"#([0-9A-Fa-f]{2})")
_STREAM: Final = re.compile(rb"(?<!end)stream\r?\n")


def refusal(data: bytes) -> str:
    """Why the file is not offered, in French; empty when it may be."""
    if not data.startswith(b"%PDF-"):
        return "Le fichier n’est pas un PDF."
    whole = _plain(data)
    if b"/Encrypt" in whole:
        return "Le PDF est chiffré : son contenu ne peut pas être contrôlé."
    if _ACTIVE.search(whole):
        return "Le PDF contient du code, une action ou un fichier joint."
    left = INFLATED
    for dictionary, raw in _streams(data):
        is_objects = b"/ObjStm" in dictionary
        if is_objects and (b"/Predictor" in dictionary or dictionary.count(b"Decode") > 1):
            return "Le PDF est comprimé d’une façon qui ne peut pas être contrôlée."
        if b"/FlateDecode" not in dictionary:
            if is_objects and b"/Filter" in dictionary:
                return "Le PDF est comprimé d’une façon qui ne peut pas être contrôlée."
            continue
        # The bytes of a picture may spell anything: they are counted, and not read.
        is_read = is_objects or b"/Image" not in dictionary
        end = b""
        for part in _inflated(raw):
            left -= len(part)
            if left < 0:
                return "Le PDF, une fois décomprimé, dépasse ce qui est contrôlé."
            if is_read and _ACTIVE.search(_plain(end + part)):
                return "Le PDF contient du code, une action ou un fichier joint."
            end = part[-64:]
    return ""


def _streams(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(what stands before it, bytes) of each stream, in order."""
    position = 0
    for match in _STREAM.finditer(data):
        if match.start() < position:
            continue
        end = data.find(b"endstream", match.end())
        end = len(data) if end < 0 else end
        yield _plain(data[max(position, match.start() - _DICTIONARY) : match.start()]), data[match.end() : end]
        position = end


def _inflated(raw: bytes) -> Iterator[bytes]:
    """As far as it is what it says; what is not was looked at as it stands."""
    inflate = zlib.decompressobj()
    try:
        part = inflate.decompress(raw, _CHUNK)
        while part:
            yield part
            part = inflate.decompress(inflate.unconsumed_tail, _CHUNK)
    except zlib.error:
        return


def _plain(data: bytes) -> bytes:
    """Names with their escapes undone: ``/J#53`` is ``/JS``."""
    return _ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), data) if b"#" in data else data
