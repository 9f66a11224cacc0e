"""How wide a text is, without asking the font that will print it: as the widest of the fonts in use.

Widths are those of DejaVu Sans, by twentieths of an em and rounded up: the fonts of browsers and the serif of the
PDF are narrower, letter for letter or nearly.
"""

from collections.abc import Iterator
from typing import Final

_CLASSES: Final = {
    0.30: "'IJijlîïÎ",
    0.35: " ,./:;\\|’·\u00a0\u202f",
    0.40: "()-[]ft",
    0.45: "!r²",
    0.50: '"*_`–°',
    0.55: "?cszç",
    0.60: "FLkvxyÿ",
    0.65: "$0123456789EPSTYabdeghnopqu{}éèêëàâäôöùûüÉÈ«»µ",
    0.70: "ABCKRVXZÀÇ",
    0.75: "NUÙ",
    0.80: "&DGHOQÔ",
    0.85: "#+<=>^w~≥≤≠→×−•",
    0.90: "M",
}
_WIDTHS: Final = {letter: width for width, letters in _CLASSES.items() for letter in letters}
#: Of a letter that the table does not have: as wide as high.
_UNKNOWN: Final = 1.05
_BOLD: Final = 1.15


def width_of(text: str, size: float, *, bold: bool = False) -> float:
    """In the unit of ``size``."""
    return sum(_WIDTHS.get(letter, _UNKNOWN) for letter in text) * size * (_BOLD if bold else 1)


def wrapped(text: str, width: float, size: float, *, bold: bool = False) -> Iterator[str]:
    """``text`` in lines no wider than ``width``; a word that is wider than a line is cut."""
    line = ""
    for word in text.replace("\n", " ").split(" "):
        longer = f"{line} {word}" if line else word
        if width_of(longer, size, bold=bold) <= width:
            line = longer
            continue
        if line:
            yield line
        *whole, line = _cut(word, width, size, bold)
        yield from whole
    if line:
        yield line


def _cut(word: str, width: float, size: float, bold: bool) -> list[str]:
    pieces = [""]
    for letter in word:
        if pieces[-1] and width_of(pieces[-1] + letter, size, bold=bold) > width:
            pieces.append("")
        pieces[-1] += letter
    return pieces
