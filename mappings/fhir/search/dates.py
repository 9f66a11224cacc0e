"""Dates as spans of instants (FHIR R4 4.0.1, https://hl7.org/fhir/R4/search.html#date)."""

import datetime as dt
import re
from functools import lru_cache
from typing import Any, Final

from mappings.domain.time import FRANCE

_PARTIAL = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)"
    r"(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,6})\d*)?)?(Z|[+-](?:(?:0\d|1[0-3]):[0-5]\d|14:00))?)?)?)?",
    re.ASCII,
)
_FIRST = dt.datetime(1, 1, 1, tzinfo=dt.UTC)
_LAST = dt.datetime.max.replace(tzinfo=dt.UTC)
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)
#: Dates read lately: what is recorded together bears one instant.
_REMEMBERED: Final = 1_024


def microseconds(instant: dt.datetime) -> int:
    """Microseconds since 1970 UTC of an aware instant."""
    return (instant - _EPOCH) // _MICROSECOND


def span(value: Any) -> tuple[int, int]:
    """The instants [low, high[ of a Period, or of a date, dateTime or instant. An end that is not told is for ever."""
    if isinstance(value, dict):
        start, end = value.get("start"), value.get("end")
        low = date_range(start)[0] if start else microseconds(_FIRST)
        high = date_range(end)[1] if end else microseconds(_LAST)
        return low, high
    return date_range(value)


@lru_cache(maxsize=_REMEMBERED)
def date_range(text: str) -> tuple[int, int]:
    """The instants [low, high[ that a FHIR date, dateTime or instant covers; ``ValueError`` when it is none.

    A date without time zone covers that day in France, winter or summer time as the day demands.
    """
    match = _PARTIAL.fullmatch(text)
    if match is None:
        raise ValueError("not a FHIR date")
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    if hour is None:
        return _day_range(int(year), int(month) if month else None, int(day) if day else None)
    # A leap second is the first of the next minute: no clock that reads it back knows it.
    leap = second == "60"
    start = dt.datetime(
        int(year),
        int(month),
        int(day),
        int(hour),
        int(minute),
        59 if leap else int(second or 0),
        int((fraction or "0").ljust(6, "0")),
        tzinfo=dt.datetime.fromisoformat(f"2000-01-01T00:00:00{zone}").tzinfo if zone else FRANCE,
    )
    low = microseconds(start) + (1_000_000 if leap else 0)
    width = 60_000_000 if second is None else 10 ** (6 - len(fraction or ""))
    return low, low + width


def _day_range(year: int, month: int | None, day: int | None) -> tuple[int, int]:
    first = dt.datetime(year, 1 if month is None else month, 1 if day is None else day, tzinfo=FRANCE)
    if year == dt.MAXYEAR:
        after = _LAST  # for ever
    elif day:
        after = first + dt.timedelta(days=1)
    elif month:
        after = first.replace(year=year + month // 12, month=month % 12 + 1)
    else:
        after = first.replace(year=year + 1)
    return microseconds(first), microseconds(after)
