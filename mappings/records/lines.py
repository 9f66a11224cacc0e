"""Where each key of a TOML file stands: its line, by its path.

For a text that ``tomllib`` has read already: this scanner only looks for places, and is asked only when a fault
must be shown. https://toml.io/en/v1.0.0
"""

import re
from collections.abc import Iterator

_SPACE = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BLANK = re.compile(r"[ \t]*")
_KEY = re.compile(r"[A-Za-z0-9_-]+|\"(?:[^\"\\\n]|\\.)*\"|'[^'\n]*'")
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}(?!")'
    r"|'''.*?'{3,5}(?!')"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'",
    re.DOTALL,
)
_SCALAR = re.compile(r"[^,\]}#\n]*")


def lines_of(text: str) -> dict[str, int]:
    """Line, from 1, of each key and of each element of a list: ``criteres[2].condition.question``."""
    lines: dict[str, int] = {}
    for path, line in _Scanner(text).places():
        lines.setdefault(path, line)
    return lines


def line_at(lines: dict[str, int], path: str) -> int:
    """The line of ``path``, or of the nearest thing that holds it; 1 when nothing does."""
    while path and path not in lines:
        path = re.sub(r"(?:^|\.)[^.\[]+$|\[\d+\]$", "", path)
    return lines.get(path, 1)


class _Scanner:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._counts: dict[str, int] = {}

    def places(self) -> Iterator[tuple[str, int]]:
        prefix = ""
        while True:
            self._skip(_SPACE)
            if self._at >= len(self._text):
                return
            if self._text.startswith("[[", self._at):
                line = self._line()
                self._at += 2
                *_, name = holders = self._paths(self._dotted())
                index = self._counts.get(name, 0)
                self._counts[name] = index + 1
                prefix = f"{name}[{index}]"
                yield from ((path, line) for path in (*holders, prefix))
                self._at += 2
            elif self._peek("["):
                line = self._line()
                self._at += 1
                *_, prefix = holders = self._paths(self._dotted())
                yield from ((path, line) for path in holders)
                self._at += 1
            else:
                yield from self._pair(prefix)

    def _paths(self, keys: list[str]) -> list[str]:
        """All that a header names, one in the other; it speaks of the latest element of each list on its way."""
        paths: list[str] = []
        for key in keys:
            holder = paths[-1] if paths else ""
            if holder in self._counts:
                holder = f"{holder}[{self._counts[holder] - 1}]"
            paths.append(f"{holder}.{key}" if holder else key)
        return paths

    def _pair(self, prefix: str) -> Iterator[tuple[str, int]]:
        line = self._line()
        path = prefix
        for key in self._dotted():
            path = f"{path}.{key}" if path else key
            yield path, line
        self._at += 1  # =
        self._skip(_BLANK)
        yield from self._value(path)

    def _value(self, path: str) -> Iterator[tuple[str, int]]:
        if self._peek("["):
            yield from self._elements(path)
        elif self._peek("{"):
            self._at += 1
            self._skip(_SPACE)
            while not self._peek("}"):
                yield from self._pair(path)
                self._separator()
            self._at += 1
        else:
            string = _STRING.match(self._text, self._at)
            self._at = string.end() if string else self._end(_SCALAR)

    def _elements(self, path: str) -> Iterator[tuple[str, int]]:
        self._at += 1
        self._skip(_SPACE)
        index = 0
        while not self._peek("]"):
            yield f"{path}[{index}]", self._line()
            yield from self._value(f"{path}[{index}]")
            self._separator()
            index += 1
        self._at += 1

    def _separator(self) -> None:
        self._skip(_SPACE)
        if self._peek(","):
            self._at += 1
            self._skip(_SPACE)

    def _dotted(self) -> list[str]:
        keys: list[str] = []
        while True:
            self._skip(_BLANK)
            key = _KEY.match(self._text, self._at)
            if key is None:  # not TOML: nothing to place
                self._at = len(self._text)
                return keys
            keys.append(key.group().strip("\"'"))
            self._at = key.end()
            self._skip(_BLANK)
            if not self._peek("."):
                return keys
            self._at += 1

    def _peek(self, mark: str) -> bool:
        return self._text.startswith(mark, self._at) or self._at >= len(self._text)

    def _skip(self, pattern: re.Pattern[str]) -> None:
        self._at = self._end(pattern)

    def _end(self, pattern: re.Pattern[str]) -> int:
        found = pattern.match(self._text, self._at)
        return found.end() if found else self._at

    def _line(self) -> int:
        return self._text.count("\n", 0, self._at) + 1
