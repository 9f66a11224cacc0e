"""Text to lines and glyphs: where a line may break, how wide it is, what is shown.

A line breaks after a space or a dash, never before the punctuation that French sets apart, and in the middle of a word
only where the word alone is wider than the line. What has an accent apart is set with the letter that has it, if there
is one (Unicode NFC) and the fonts draw it; else the letter, then the accent. It knows no page.
"""

import re
import unicodedata
from typing import Final, NamedTuple

from mappings.codes.characters import is_printable, is_printable_text
from mappings.pdf.page.faces import block_of, face
from mappings.remembered import Remembered

_BREAK: Final = re.compile(
    r"(?<=[ \u2000-\u2006\u2008-\u200a])(?![ \u2000-\u200a:;!?»)])|(?<=[^\W\d][-\u2010–—/])(?=\w)"
)
_SPACES: Final = " \u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2008\u2009\u200a"


class Style(NamedTuple):
    size: float
    #: 0 regular, 1 semi-bold.
    weight: int
    #: Red, green, blue, as the operator has them.
    colour: str
    tracking: float = 0


class Piece(NamedTuple):
    """What cannot be broken, with the spaces behind it."""

    text: str
    width: float
    #: Without those spaces.
    inked: float


#: Words and labels are remembered, long texts are not: what is kept is bounded.
_SHORT: Final = 64
_widths: Final[Remembered[tuple[str, int], float]] = Remembered(4_096)


def width(text: str, style: Style) -> float:
    key = (text, style.weight)
    told = _widths.get(key)
    if told is None:
        told = sum(map(_advances(style.weight).__getitem__, text))
        if len(text) < _SHORT:
            _widths.keep(key, told)
    return told * style.size / 1_000 + style.tracking * len(text)


class _Advances(dict[str, float]):
    """Width by character; a subset is made when one of its characters comes."""

    def __init__(self, weight: int) -> None:
        super().__init__(face(0, weight).widths)
        self._weight = weight

    def __missing__(self, character: str) -> float:
        if not is_printable(character):
            # the character is of the data: it is not quoted
            raise RuntimeError("a character that the page's fonts do not draw")
        told = face(block_of(character, self._weight), self._weight).widths[character]
        self[character] = told
        return told


_of_weight: Final[dict[int, _Advances]] = {}


def _advances(weight: int) -> _Advances:
    told = _of_weight.get(weight)
    if told is None:
        told = _of_weight[weight] = _Advances(weight)
    return told


def broken(text: str, style: Style, first: float, rest: float) -> list[str]:
    """The lines of a text; the first has less room, or none (then it is empty)."""
    lines: list[str] = []
    room = first
    for paragraph in _composed(text).split("\n"):
        lines += _lines(paragraph, style, room, rest)
        room = rest
    return lines


def _composed(text: str) -> str:
    """Every letter with its accents, where one glyph draws both: what can be printed can be printed however it is spelt."""
    composed = unicodedata.normalize("NFC", text)
    if is_printable_text(composed):
        return composed
    return "".join(one if is_printable_text(one) else unicodedata.normalize("NFD", one) for one in composed)


def _lines(text: str, style: Style, room: float, rest: float) -> list[str]:
    if width(text, style) <= room:
        return [text]
    lines, line, used = [], "", 0.0
    for word in _BREAK.split(text):
        for piece in _pieces(word, style, rest):
            if used + piece.inked > room:
                lines.append(line)
                line, used, room = "", 0.0, rest
            line, used = line + piece.text, used + piece.width
    return [*lines, line]


def _pieces(word: str, style: Style, most: float) -> list[Piece]:
    """A word, cut where it alone is wider than a line."""
    inked = width(word.rstrip(_SPACES), style)
    if inked <= most:
        return [Piece(word, width(word, style), inked)]
    pieces, start, used = [], 0, 0.0
    for at, character in enumerate(word):
        one = width(character, style)
        if used + one > most and at > start:
            pieces.append(Piece(word[start:at], used, used))
            start, used = at, 0.0
        used += one
    return [*pieces, Piece(word[start:], used, used)]


def shown(text: str, weight: int) -> list[tuple[tuple[int, int], str]]:
    """The runs of a line: of which subset, and its glyphs as a hexadecimal string."""
    common = face(0, weight)
    if common.widths.keys() >= set(text):
        return [((0, weight), text.translate(common.codes).encode("utf-16-be").hex())]
    runs: list[tuple[tuple[int, int], str]] = []
    for character in text:
        key = (block_of(character, weight), weight)
        code = f"{face(*key).codes[ord(character)]:04x}"
        if runs and runs[-1][0] == key:
            code = runs.pop()[1] + code
        runs.append((key, code))
    return runs
