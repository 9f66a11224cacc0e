"""How one MIME message is written: headers folded, words encoded, parts attached. RFC 5322, 2045, 2047, 2231.

Knows nothing of what is said: the words and the bytes are given.
"""

import base64
import binascii
import quopri
import struct
from collections.abc import Iterator
from typing import Final
from urllib.parse import quote

_LINE: Final = 76
#: Longest line that everybody carries (RFC 5322 section 2.1.1).
_LONGEST: Final = 998
#: Characters of one part of a long file name: twelve letters each at most.
_CHARACTERS: Final = 60
_CHARSET: Final = "utf-8''"
#: Lines that are cut off at once.
_LINES: Final = struct.Struct(f"{_LINE}s" * 64)


def text_part(text: str) -> bytes:
    content = quopri.encodestring(text.encode()).replace(b"\n", b"\r\n")
    return (
        b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
        + content
        + b"\r\n"
    )


def attachment(media_type: str, name: str, content: bytes) -> bytes:
    head = (
        f"Content-Type: {media_type}\r\nContent-Transfer-Encoding: base64\r\n"
        f"Content-Disposition: attachment;\r\n {_file_name(name)}\r\n\r\n"
    )
    return head.encode("ascii") + _base64_lines(content) + b"\r\n"


def _file_name(name: str) -> str:
    """The parameter; in several where one line would be too long (RFC 2231, section 3), no character cut in two."""
    if name.isascii():
        return f'filename="{name}"'
    whole = f"filename*=utf-8''{quote(name, safe='')}"
    if len(whole) < _LONGEST:
        return whole
    parts = [name[start : start + _CHARACTERS] for start in range(0, len(name), _CHARACTERS)]
    said = [
        f"filename*{number}*={'' if number else _CHARSET}{quote(part, safe='')}" for number, part in enumerate(parts)
    ]
    return ";\r\n ".join(said)


def _base64_lines(content: bytes) -> bytes:
    """RFC 2045 section 6.8. In one piece, then cut, many lines at once: line by line takes ten times as long."""
    encoded = binascii.b2a_base64(content, newline=False)
    cut = len(encoded) - len(encoded) % _LINES.size
    lines = [line for start in range(0, cut, _LINES.size) for line in _LINES.unpack_from(encoded, start)]
    lines += [encoded[start : start + _LINE] for start in range(cut, len(encoded), _LINE)]
    return b"".join([b"\r\n".join(lines), b"\r\n"]) if lines else b""


def address_header(name: str, display: str, address: str) -> str:
    """``From`` of an organisational box: its functional name, then the address (ECO.2.2.7)."""
    escaped = display.replace("\\", "\\\\").replace('"', '\\"')
    quoted = f'{name}: "{escaped}"'
    if display.isascii() and "=?" not in display and len(quoted) <= _LONGEST:
        return f"{quoted}\r\n <{address}>"
    # inside a phrase every word is encoded: a bracket or a comma among them would be read as syntax
    return "\r\n ".join((f"{name}:", *_encoded_words(display), f"<{address}>"))


def unstructured(name: str, text: str) -> str:
    """Folded header; only words that are not plain ASCII are encoded (RFC 2047)."""
    lines, line = [], f"{name}:"
    for word in _words(text):
        if len(line) + 1 + len(word) > _LINE:
            lines.append(line)
            line = ""
        line += f" {word}"
    return "\r\n".join((*lines, line))


def _words(text: str) -> Iterator[str]:
    """Plain words as they are, runs of others as encoded-words: the space between two of those is lost, so it goes in.

    So does each space beyond the first, with the word behind it: a reader may make one of several.
    """
    run: list[str] = []
    for word in text.split(" "):
        if word and word.isascii() and "=?" not in word and len(word) < _LINE and run[-1:] != [""]:
            yield from _encoded_words(" ".join(run))
            run = []
            yield word
        else:
            run.append(word)
    yield from _encoded_words(" ".join(run))


def _encoded_words(text: str) -> Iterator[str]:
    """Encoded-words of at most 75 characters, none cutting a character in two."""
    chunk = ""
    for character in text:
        if len((chunk + character).encode()) > 45:
            yield _encoded_word(chunk)
            chunk = ""
        chunk += character
    if chunk:
        yield _encoded_word(chunk)


def _encoded_word(chunk: str) -> str:
    return f"=?utf-8?B?{base64.b64encode(chunk.encode()).decode('ascii')}?="
