"""A JSON object being read, element by element: typed values out, every fault kept with its path.

A value returned beside a fault is a stand-in that nobody sees: ``refuse_faults`` raises before the reading is used.
The sentences name the element and never its value.
"""

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final, Self, TypeVar

from mappings.domain.time import french_day
from mappings.issues import Issue, IssueCode, Refused

Json = dict[str, Any]

T = TypeVar("T")

_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})"
)
_TIME: Final = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?")
_NAME: Final = re.compile(r"[a-z][A-Za-z0-9_-]{0,63}")
_NO_DATE: Final = dt.date.min
_NO_INSTANT: Final = dt.datetime.min.replace(tzinfo=dt.UTC)


def parse_date(text: str) -> dt.date | None:
    """A whole calendar day, or None: a year alone or a month alone is not a day."""
    if not _DATE.fullmatch(text):
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def parse_instant(text: str) -> dt.datetime | None:
    """Date, time to the second and offset, the offset kept as written; None for anything less."""
    if not _INSTANT.fullmatch(text):
        return None
    try:
        instant = dt.datetime.fromisoformat(text)
        french_day(instant)
    except (ValueError, OverflowError):
        return None  # no such instant, or at an edge of the calendar where other time zones have none
    return instant


class Element:
    """One JSON object, where it stands, and the list its faults go to (shared with its children)."""

    __slots__ = ("faults", "json", "path")

    def __init__(self, json: Any, path: str, faults: list[Issue] | None = None) -> None:
        self.path = path
        self.faults: list[Issue] = [] if faults is None else faults
        if not isinstance(json, dict):
            self.fault("structure", "", f"« {path} » doit être un objet.")
            json = {}
        self.json: Json = json

    def at(self, key: str) -> str:
        return f"{self.path}.{key}" if key else self.path

    def fault(self, code: IssueCode, key: str, text: str, reference: str = "") -> None:
        self.faults.append(Issue(code, self.at(key), text, reference))

    def refuse_faults(self) -> None:
        if self.faults:
            raise Refused(dict.fromkeys(self.faults))

    def only(self, keys: Iterable[str]) -> None:
        """Any other key is a fault: a misspelt element must not be silently ignored."""
        for key in sorted(set(map(str, self.json)) - set(keys)):
            # A name that no element could bear may be anything, and is not repeated.
            self.fault("structure", key if _NAME.fullmatch(key) else "", "Cet élément n’est pas connu ici.")

    def has(self, key: str) -> bool:
        return key in self.json

    def text(self, key: str) -> str:
        """A required text, never empty."""
        if not self.has(key):
            self._missing(key)
        return self.optional_text(key)

    def optional_text(self, key: str) -> str:
        """A text that may be absent (then empty), but not be empty when present."""
        if not self.has(key):
            return ""
        value = self.json[key]
        if not isinstance(value, str):
            self.fault("structure", key, f"« {key} » doit être un texte.")
            return ""
        if not value.strip():
            self.fault("value", key, f"« {key} » est vide.")
        return value

    def one_of(self, key: str, allowed: Mapping[str, T]) -> T:
        """A required text among the keys of ``allowed``, as what it stands for."""
        value = self.text(key)
        if value in allowed:
            return allowed[value]
        if value.strip():
            self.fault("code-invalid", key, f"« {key} » doit valoir : {', '.join(allowed)}.")
        return next(iter(allowed.values()))

    def flag(self, key: str) -> bool:
        """A required true or false."""
        if not self.has(key):
            self._missing(key)
            return False
        value = self.json[key]
        if not isinstance(value, bool):
            self.fault("structure", key, f"« {key} » doit être vrai ou faux (true, false).")
            return False
        return value

    def optional_number(self, key: str) -> Decimal | None:
        """A number that may be absent, but not be nothing or less when present."""
        if not self.has(key):
            return None
        value = self.json[key]
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            self.fault("structure", key, f"« {key} » doit être un nombre.")
            return None
        if value <= 0:
            self.fault("value", key, f"« {key} » doit être plus grand que zéro.")
        return Decimal(value)

    def optional_moment(self, key: str) -> dt.date | dt.datetime | None:
        """A whole day, or a date and time with its offset, as it was written."""
        text = self.optional_text(key)
        if not text.strip():
            return None
        moment = parse_instant(text) or parse_date(text)
        if moment is None:
            text = "doit être une date complète (AAAA-MM-JJ), ou porter la date, l’heure et le décalage horaire"
            self.fault("value", key, f"« {key} » {text} (…T10:05:00+01:00).")
        return moment

    def optional_time(self, key: str) -> dt.time | None:
        """A time of day, to the minute (flat records) or to the second (FHIR)."""
        text = self.optional_text(key)
        if not text.strip():
            return None
        if not _TIME.fullmatch(text):
            self.fault("value", key, f"« {key} » doit être une heure (09:00).")
            return None
        return dt.time.fromisoformat(text)

    def date(self, key: str) -> dt.date:
        """A required whole day."""
        if not self.has(key):
            self._missing(key)
        return self.optional_date(key) or _NO_DATE

    def optional_date(self, key: str) -> dt.date | None:
        text = self.optional_text(key)
        if not text.strip():
            return None
        day = parse_date(text)
        if day is None:
            self.fault("value", key, f"« {key} » doit être une date complète (AAAA-MM-JJ).")
        return day

    def instant(self, key: str) -> dt.datetime:
        """A required date and time with its offset."""
        if not self.has(key):
            self._missing(key)
        return self.optional_instant(key) or _NO_INSTANT

    def optional_instant(self, key: str) -> dt.datetime | None:
        text = self.optional_text(key)
        if not text.strip():
            return None
        instant = parse_instant(text)
        if instant is None:
            self.fault(
                "value", key, f"« {key} » doit porter la date, l’heure et le décalage horaire (…T10:05:00+01:00)."
            )
        return instant

    def child(self, key: str) -> Self:
        """The object under ``key``; an absent one reads as empty, so that its required elements are asked for by name."""
        return type(self)(self.json.get(key, {}), self.at(key), self.faults)

    def absent(self, key: str) -> Self:
        """What reads as empty where nothing was found."""
        return type(self)({}, self.at(key), self.faults)

    def first(self, key: str) -> Self:
        """The first object of a list; an absent one reads as empty."""
        return next(iter(self.children(key)), self.absent(f"{key}[0]"))

    def children(self, key: str) -> list[Self]:
        return [type(self)(value, f"{self.at(key)}[{i}]", self.faults) for i, value in enumerate(self._list(key))]

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; absent = empty."""
        values = self._list(key)
        if not all(isinstance(value, str) and value.strip() for value in values):
            self.fault("structure", key, f"« {key} » doit être une liste de textes non vides.")
            return ()
        return tuple(values)

    def _list(self, key: str) -> list[Any]:
        values = self.json.get(key, [])
        if isinstance(values, list):
            return values
        self.fault("structure", key, f"« {key} » doit être une liste.")
        return []

    def _missing(self, key: str) -> None:
        self.fault("required", key, f"« {key} » est obligatoire.")
