"""The characters that our documents can print: what the embedded fonts draw, without tricks of direction.

Source: measured on Libertinus Serif regular, semi-bold, bold and italic as bundled by typst 0.15.2
(2026): every character here has a glyph in all four. PDF/A-1 (ISO 19005-1, 6.3) wants every glyph
embedded, and a missing one would be drawn as an empty box: a name is never falsified in silence.
Control characters and bidirectional overrides are left out on purpose.
"""

import re
from typing import Final

_RANGES: Final = (
    "\u0020-\u007e\u00a0-\u00ac\u00ae-\u023f\u0250-\u02e4"  # Latin and phonetic letters
    "\u0300-\u0331"  # combining marks
    "\u0384-\u038a\u038c\u038e-\u03a1\u03a3-\u03ce"  # Greek
    "\u0400-\u045f"  # Cyrillic
    "\u1e00-\u1e9b\u1e9e\u1ea0-\u1ef9"  # Latin, additional
    "\u2000-\u200a\u2010-\u2027\u202f-\u2037\u2039-\u203e"  # spaces and punctuation
    "\u2070-\u2071\u2074-\u208e\u20ac\u2113\u2116\u2122\u2126\u2153-\u215e"
    "\u2190-\u2199\u2200-\u220d\u220f-\u221c\u221e-\u221f\u2223-\u222b\u2248\u2260-\u2262\u2264-\u2265\u226a-\u226b"
    "\u25a0-\u25a1"
)
_UNPRINTABLE: Final = re.compile(f"[^{_RANGES}]")
_UNPRINTABLE_TEXT: Final = re.compile(f"[^{_RANGES}\\n]")


def is_printable(line: str) -> bool:
    """True when every character of one line can be printed."""
    return _UNPRINTABLE.search(line) is None


def is_printable_text(text: str) -> bool:
    """True when every character of a text of several lines can be printed."""
    return _UNPRINTABLE_TEXT.search(text) is None


def unprintable(text: str) -> tuple[str, ...]:
    """The characters of a text of several lines that cannot be printed, each once, in their order."""
    return tuple(dict.fromkeys(_UNPRINTABLE_TEXT.findall(text)))
