"""One table of a TOML file, read key by key: what is missing, wrong or left over becomes an issue.

A fault yields a placeholder so that reading goes on and every fault is found; the caller refuses the
whole before any placeholder can be used.
"""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypedDict, TypeVar

from mappings.codes.characters import is_printable_text
from mappings.domain.evidence import MAY_DECIDE, Certainty, Fact
from mappings.issues import Issue, IssueCode
from mappings.records.edition import Edition, Names

CERTAINTIES: Final[Mapping[str, Certainty]] = {"O": "O", "S": "S", "G": "G", "D": "D", "X": "X"}

Choice = TypeVar("Choice")


class Evidence(TypedDict):
    """What every fact says of itself."""

    source: str
    certainty: Certainty


@dataclass(frozen=True, slots=True)
class Reading:
    """What all the tables of one reading share."""

    issues: list[Issue]
    #: Citation by key.
    sources: Mapping[str, str] = field(default_factory=dict)
    edition: Edition = field(default_factory=Edition)
    names: Names = field(default_factory=Names)


class Table:
    """One table; ``close`` refuses the keys that nobody asked for."""

    def __init__(self, values: Mapping[str, Any], path: str, reading: Reading) -> None:
        self._values = values
        self._path = path
        self._reading = reading
        self._asked: set[str] = set()

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def keys(self) -> list[str]:
        return list(self._values)

    def refuse(self, code: IssueCode, key: str, text: str) -> None:
        self._reading.issues.append(Issue(code, f"{self._path}.{key}", text))

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
        if not is_printable_text(text):
            self.refuse("value", key, f"« {key} » contient un caractère que les documents ne peuvent pas imprimer.")
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

    def matching(self, key: str, pattern: str, form: str) -> str:
        """``form`` says the pattern in words."""
        text = self.text(key)
        if text and not re.fullmatch(pattern, text):
            self.refuse("value", key, f"« {key} » n’a pas la forme attendue : {form}.")
        return text

    def identifier(self, key: str) -> str:
        """Lower-case ASCII words: safe as a FHIR id, a linkId, a code, and inside a FHIRPath string."""
        return self.matching(key, r"[a-z0-9]+(-[a-z0-9]+)*", "lettres minuscules sans accent, chiffres, tirets")

    def own_identifier(self, key: str, space: str) -> str:
        """An identifier that is said once in its space."""
        id_ = self.identifier(key)
        if id_ and not self._reading.names.claim(space, id_):
            self.refuse("duplicate", key, f"L’identifiant « {id_} » est employé deux fois.")
        return id_

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
        if key and key not in self._reading.sources:
            self.refuse("not-found", "source", f"La source « {key} » n’est pas dans sources.toml.")
        return self._reading.sources.get(key, "")

    def value(self, key: str) -> Any:
        """The value as TOML typed it; the caller judges its type."""
        self._asked.add(key)
        return self._values.get(key)

    def table(self, key: str) -> "Table":
        """One table, or the one of a list that counts for this version."""
        if isinstance(self._values.get(key), list):
            counting = self.tables(key)
            if len(counting) > 1:
                self.refuse("structure", key, f"Un seul bloc « {key} » peut valoir pour une version.")
            return counting[0] if counting else self._inner({}, key)
        return self._inner(self._taken(key, dict, "une table") or {}, key)

    def tables(self, key: str, *, least: int = 1) -> list["Table"]:
        """The tables of a list that count for this version."""
        if least == 0 and key not in self:
            return self._absent(key, [])
        found = self._taken(key, list, "une liste de tables") or []
        if not all(isinstance(entry, dict) for entry in found):
            self.refuse("structure", key, f"« {key} » doit être une liste de tables.")
            return []
        inner = (self._inner(entry, f"{key}[{index}]") for index, entry in enumerate(found))
        counting = [table for table in inner if table.counts()]
        if key in self and len(counting) < least:
            empty = "est vide" if not found else "n’a aucun bloc qui vaille pour cette version"
            self.refuse("required", key, f"« {key} » {empty}.")
        return counting

    def counts(self) -> bool:
        """Whether this table counts for the version that is read; its bounds must be versions that exist."""
        edition = self._reading.edition
        since, until = (self.optional_text(key) if key in self else "" for key in ("depuis", "jusqu-a"))
        for key, version in (("depuis", since), ("jusqu-a", until)):
            if version and not edition.knows(version):
                self.refuse("not-found", key, f"La version « {version} » n’existe pas.")
        if edition.is_reversed(since, until):
            self.refuse("value", "jusqu-a", "Ce bloc ne vaut pour aucune version : « jusqu-a » précède « depuis ».")
        return edition.within(since, until)

    def _inner(self, values: Mapping[str, Any], key: str) -> "Table":
        return Table(values, f"{self._path}.{key}", self._reading)

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


def fact(table: Table) -> Fact:
    """A fact in words."""
    read = Fact(text=table.text("texte"), **evidence(table))
    table.close()
    return read


def optional_fact(table: Table, key: str) -> Fact | None:
    return fact(table.table(key)) if key in table else None


def evidence(table: Table, *, decides: bool = False) -> Evidence:
    """Source and certainty of the fact in this table; a fact that ``decides`` may not be doubtful or unknown."""
    certainty = table.certainty("certitude")
    if decides and certainty not in MAY_DECIDE:
        table.refuse("business-rule", "certitude", "Un fait douteux ou non trouvé ne décide de rien.")
    return Evidence(source=table.source(), certainty=certainty)
