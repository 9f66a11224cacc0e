"""One table of a TOML file, read key by key: what is missing, wrong or left over becomes an issue.

A fault yields a placeholder so that reading goes on and every fault is found; the caller refuses the
whole before any placeholder can be used.
"""

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any, Final, TypedDict, TypeVar

from mappings.domain.protocol import MAY_DECIDE, Certainty
from mappings.issues import Issue, IssueCode

CERTAINTIES: Final[Mapping[str, Certainty]] = {"O": "O", "S": "S", "G": "G", "D": "D", "X": "X"}

Choice = TypeVar("Choice")


class Evidence(TypedDict):
    """What every fact says of itself."""

    source: str
    certainty: Certainty


class Table:
    """One table; ``close`` refuses the keys that nobody asked for."""

    def __init__(self, values: Mapping[str, Any], path: str, issues: list[Issue], sources: Mapping[str, str]) -> None:
        self._values = values
        self._path = path
        self._issues = issues
        self._sources = sources
        self._asked: set[str] = set()

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def keys(self) -> list[str]:
        return list(self._values)

    def refuse(self, code: IssueCode, key: str, text: str) -> None:
        self._issues.append(Issue(code, f"{self._path}.{key}", text))

    def close(self) -> None:
        for key in self._values:
            if key not in self._asked:
                self.refuse("structure", key, f"La clé « {key} » n’est pas attendue ici.")

    def text(self, key: str) -> str:
        text = self._taken(key, str, "un texte")
        if text is None:
            return ""
        if not text.strip():
            self.refuse("required", key, f"« {key} » est vide.")
        return str(text)

    def optional_text(self, key: str) -> str:
        return self.text(key) if key in self else self._absent(key, "")

    def texts(self, key: str) -> tuple[str, ...]:
        if key not in self:
            return self._absent(key, ())
        found = self._taken(key, list, "une liste de textes") or []
        if not all(isinstance(text, str) for text in found):
            self.refuse("structure", key, f"« {key} » doit être une liste de textes.")
            return ()
        return tuple(found)

    def matching(self, key: str, pattern: str) -> str:
        text = self.text(key)
        if text and not re.fullmatch(pattern, text):
            self.refuse("value", key, f"« {key} » n’a pas la forme attendue.")
        return text

    def identifier(self, key: str) -> str:
        """Lower-case ASCII words: safe as a FHIR id, a linkId, a code, and inside a FHIRPath string."""
        return self.matching(key, r"[a-z0-9]+(-[a-z0-9]+)*")

    def flag(self, key: str, *, default: bool | None = None) -> bool:
        if default is not None and key not in self:
            return self._absent(key, default)
        return bool(self._taken(key, bool, "true ou false"))

    def whole(self, key: str) -> int:
        return int(self._taken(key, int, "un nombre entier") or 0)

    def optional_whole(self, key: str) -> int | None:
        return self.whole(key) if key in self else self._absent(key, None)

    def day(self, key: str) -> dt.date:
        return self._taken(key, dt.date, "une date (AAAA-MM-JJ)") or dt.date.min

    def optional_day(self, key: str) -> dt.date | None:
        return self.day(key) if key in self else self._absent(key, None)

    def choice(self, key: str, choices: Mapping[str, Choice]) -> Choice:
        text = self._taken(key, str, "un texte")
        if text is not None and text not in choices:
            self.refuse("code-invalid", key, f"« {key} » doit être l’un de : {', '.join(choices)}.")
        return choices[text] if text in choices else next(iter(choices.values()))

    def certainty(self, key: str) -> Certainty:
        return self.choice(key, CERTAINTIES)

    def source(self) -> str:
        key = self.text("source")
        if key and key not in self._sources:
            self.refuse("not-found", "source", f"La source « {key} » n’est pas dans sources.toml.")
        return self._sources.get(key, "")

    def value(self, key: str) -> Any:
        """The value as TOML typed it; the caller judges its type."""
        self._asked.add(key)
        return self._values.get(key)

    def table(self, key: str) -> "Table":
        return self._inner(self._taken(key, dict, "une table") or {}, key)

    def tables(self, key: str, *, least: int = 1) -> list["Table"]:
        if least == 0 and key not in self:
            return self._absent(key, [])
        found = self._taken(key, list, "une liste de tables") or []
        if not all(isinstance(entry, dict) for entry in found):
            self.refuse("structure", key, f"« {key} » doit être une liste de tables.")
            return []
        if key in self and len(found) < least:
            self.refuse("required", key, f"« {key} » est vide.")
        return [self._inner(entry, f"{key}[{index}]") for index, entry in enumerate(found)]

    def _inner(self, values: Mapping[str, Any], key: str) -> "Table":
        return Table(values, f"{self._path}.{key}", self._issues, self._sources)

    def _taken(self, key: str, wanted: type, words: str) -> Any:
        self._asked.add(key)
        if key not in self._values:
            self.refuse("required", key, f"« {key} » manque.")
            return None
        # Exact: TOML's true is not a number, and its local date-time is not a date.
        if type(self._values[key]) is not wanted:
            self.refuse("structure", key, f"« {key} » doit être {words}.")
            return None
        return self._values[key]

    def _absent(self, key: str, value: Choice) -> Choice:
        self._asked.add(key)
        return value


def evidence(table: Table, *, decides: bool = False) -> Evidence:
    """Source and certainty of the fact in this table; a fact that ``decides`` may not be doubtful or unknown."""
    certainty = table.certainty("certitude")
    if decides and certainty not in MAY_DECIDE:
        table.refuse("business-rule", "certitude", "Un fait douteux ou non trouvé ne décide de rien.")
    return Evidence(source=table.source(), certainty=certainty)
