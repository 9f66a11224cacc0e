"""XML written straight to text: an element is its markup from the moment it is added. Byte for byte what lxml would write.

For what we write only, names and prefixes being ours; what comes in is read by ``hardened_xml``. A tree of nodes costs
twice as much to make, and is then walked.
"""

import re
from functools import lru_cache
from typing import Final

DECLARATION: Final = "<?xml version='1.0' encoding='UTF-8'?>\n"
#: XML 1.0 section 2.2: what no document may hold, escaped or not.
_FORBIDDEN: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_IN_TEXT: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_IN_VALUE: Final = _IN_TEXT | str.maketrans({'"': "&quot;", "\n": "&#10;", "\t": "&#9;"})
#: Words remembered as they are written: most come again in the next document. Long texts are not: what is kept is bounded.
_WORDS: Final = 2_048
_SHORT: Final = 256


class Element:
    """One element; what is added to it comes after what was."""

    __slots__ = ("_begun", "_end", "_parts")

    def __init__(self, tag: str, attributes: dict[str, str]) -> None:
        """``tag`` and names of attributes with their prefixes, as they are written."""
        self._begun = _begun(tag, attributes)
        self._end = f"</{tag}>"
        self._parts: list[str | Element] = []

    def add(self, tag: str, /, **attributes: str) -> "Element":
        """A child to which more will be added."""
        child = Element(tag, attributes)
        self._parts.append(child)
        return child

    def leaf(self, tag: str, text: str | None = None, /, **attributes: str) -> None:
        """A child that is whole."""
        self._parts.append(leaf(tag, text, **attributes))

    def say(self, text: str) -> None:
        """Text after what was added."""
        self._parts.append(text_of(text))

    def take(self, markup: str) -> None:
        """What is markup already, or needs no escape: base64, elements that are written."""
        self._parts.append(markup)

    def markup(self) -> str:
        """The whole element."""
        if not self._parts:
            return f"{self._begun}/>"
        inside = "".join([part if isinstance(part, str) else part.markup() for part in self._parts])
        return f"{self._begun}>{inside}{self._end}"

    def document(self) -> bytes:
        """UTF-8, with its declaration."""
        return f"{DECLARATION}{self.markup()}".encode()


def leaf(tag: str, text: str | None = None, /, **attributes: str) -> str:
    """An element that holds text, or nothing."""
    begun = _begun(tag, attributes)
    return f"{begun}/>" if text is None else f"{begun}>{text_of(text)}</{tag}>"


def _begun(tag: str, attributes: dict[str, str]) -> str:
    if not attributes:
        return f"<{tag}"
    return f"<{tag}" + "".join([f' {name}="{value_of(value)}"' for name, value in attributes.items()])


def value_of(value: str) -> str:
    """``value`` as it stands between the quotes of an attribute."""
    return _value(value) if len(value) <= _SHORT else _value.__wrapped__(value)


def text_of(text: str) -> str:
    """``text`` as it stands in an element."""
    return _text(text) if len(text) <= _SHORT else _text.__wrapped__(text)


@lru_cache(maxsize=_WORDS)
def _value(value: str) -> str:
    return _allowed(value).translate(_IN_VALUE)


@lru_cache(maxsize=_WORDS)
def _text(text: str) -> str:
    return _allowed(text).translate(_IN_TEXT)


def _allowed(text: str) -> str:
    if _FORBIDDEN.search(text) is not None:
        raise ValueError("a character that XML cannot hold")
    return text
