"""Values of search parameters put into conditions (R4 4.0.1, https://hl7.org/fhir/R4/search.html#ptypes).

Each function takes the parts that a term or a space begins with: the type, the name under which the parameter is
entered and, within a composite, what its first component says.
"""

import datetime as dt
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final

from mappings.fhir.search import (
    LONG,
    LONGEST_DATE,
    LONGEST_NUMBER,
    UNITS,
    Kind,
    coded,
    date_range,
    folded,
    number_read,
    place,
    precision_range,
    term,
)
from service.api.query.asking import MOST_BETWEEN, Asking, Malformed, too_costly
from service.store.conditions import FIRST, LAST
from service.store.search import Entry, Recorded, Span, Text

Parts = tuple[str, ...]
#: low_from, low_before, high_after, high_to.
Window = tuple[int, int, int, int]

_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_PIECES: Final = {separator: re.compile(rf"(?:\\.?|[^\\{separator}])*") for separator in ",$|"}
_ESCAPED: Final = re.compile(r"\\([\\,$|])")


def split(text: str, separator: str) -> list[str]:
    """``text`` cut at every separator that no backslash escapes; escapes are kept."""
    # What the pattern leaves out between two matches is a separator.
    pieces, end = [], -1
    while end < len(text):
        match = _PIECES[separator].match(text, end + 1)
        pieces.append(match[0] if match else "")
        end = match.end() if match else len(text)
    return pieces


def plain(text: str) -> str:
    """Without its escapes (https://hl7.org/fhir/R4/search.html#escaping)."""
    return _ESCAPED.sub(r"\1", text)


def token(text: str) -> tuple[str | None, str]:
    """System and code; no system is any, an empty code is any of the system."""
    first, *rest = split(text, "|")
    if not rest:
        system, code = None, plain(first)
    else:
        system, code = plain(first), plain("|".join(rest))
    if not code and not system:
        raise Malformed("une valeur est attendue.")
    return system, code


def in_use(parts: Parts, kind: str, start: str, asking: Asking) -> list[str]:
    """The different texts of this kind that begin so; all of them, or ``Refused``."""
    found = asking.store.words(term(*parts[:2], kind), start, anywhere=False, most=MOST_BETWEEN + 1)
    if len(found) > MOST_BETWEEN:
        raise too_costly("Trop de valeurs différentes répondent à ce paramètre.")
    return found


def codes_in_use(parts: Parts, kind: str, system: str | None, code: str, asking: Asking) -> list[tuple[str, str]]:
    """System and code of what a token names: itself, or as many as are in use."""
    if system is not None and code:
        return [(system, code)]
    pairs = [word.partition("\x1f") for word in in_use(parts, kind, coded(code, "") if code else "", asking)]
    return [(of, one) for one, _, of in pairs if system in (None, of)]


def date(parts: Parts, text: str, asking: Asking) -> list[Entry]:
    prefix, low, high = date_read(text)
    return spans(parts, windows(prefix, low, high, near=_near_date(low, high, asking.now)), LONGEST_DATE)


def recorded(text: str, asking: Asking) -> list[Entry]:
    """``_lastUpdated``: ``meta.lastUpdated`` is cut to the millisecond, what the store keeps is not."""
    prefix, low, high = date_read(text)
    found: list[Entry] = []
    for low_from, low_before, high_after, high_to in windows(prefix, low, high, near=_near_date(low, high, asking.now)):
        first, last = max(low_from, high_after - 999), min(low_before, high_to - 999 if high_to < LAST else LAST)
        found.append(Recorded(_next_millisecond(first), _next_millisecond(last)))
    return found


def number(parts: Parts, text: str, asking: Asking) -> list[Entry]:
    prefix, rest = _prefix(text)
    try:
        value = number_read(rest)
    except ValueError:
        raise Malformed("ce n’est pas un nombre.") from None
    at = place(value)
    low, high = precision_range(value) if prefix in ("eq", "ne") else (at, at + 1)
    tenth = abs(value) / Decimal(10)
    near = (place(value - tenth), place(value + tenth) + 1)
    return spans(parts, windows(prefix, low, high, near=near), LONGEST_NUMBER)


def quantity(parts: Parts, text: str, asking: Asking) -> list[Entry]:
    value, *unit = split(text, "|")
    if len(unit) not in (0, 2):
        raise Malformed("nombre, nombre||unité ou nombre|système|code est attendu.")
    if not unit:
        return number(parts, value, asking)
    system, code = plain(unit[0]), plain(unit[1])
    if not code:
        raise Malformed("l’unité est attendue.")
    units = codes_in_use(parts, UNITS, system or None, code, asking)
    spaces = [(*parts, "unit|", *one) for one in units] + ([] if system else [(*parts, "unit=", code)])
    return [span for space in spaces for span in number(space, value, asking)]


def string(parts: Parts, text: str, asking: Asking) -> list[Entry]:
    start = folded(plain(text))
    if not start:
        raise Malformed("une valeur est attendue.")
    return [Text(term(*parts), start)]


def uri(parts: Parts, text: str, asking: Asking) -> list[Entry]:
    if not text:
        raise Malformed("une valeur est attendue.")
    return [term(*parts, "=", plain(text))]


#: Of the kinds that need nothing but the value.
VALUES: Final[Mapping[Kind, Callable[[Parts, str, Asking], list[Entry]]]] = {
    "date": date,
    "number": number,
    "quantity": quantity,
    "string": string,
    "uri": uri,
}


def date_read(text: str) -> tuple[str, int, int]:
    """Prefix, and the instants [low, high[ of the date."""
    prefix, rest = _prefix(text)
    try:
        # A plus that a client forgot to escape.
        return (prefix, *date_range(rest.replace(" ", "+")))
    except (ValueError, OverflowError):
        raise Malformed("ce n’est pas une date FHIR.") from None


def windows(prefix: str, low: int, high: int, *, near: tuple[int, int]) -> list[Window]:
    """What an interval must be to stand so towards [low, high[ (https://hl7.org/fhir/R4/search.html#prefix)."""
    match prefix:
        case "eq":
            return [(low, high, FIRST, high)]
        case "ne":
            return [(FIRST, low, FIRST, LAST), (low, LAST, high, LAST)]
        case "gt":
            return [(FIRST, LAST, high, LAST)]
        case "ge":
            return [(low, LAST, FIRST, LAST), (FIRST, low, high, LAST)]
        case "lt":
            return [(FIRST, low, FIRST, LAST)]
        case "le":
            return [(FIRST, low, FIRST, LAST), (low, high, FIRST, high)]
        case "sa":
            return [(high, LAST, FIRST, LAST)]
        case "eb":
            return [(FIRST, low, FIRST, low)]
        case "ap":
            return [(FIRST, near[1], near[0], LAST)]
    raise Malformed("ce préfixe n’est pas admis.")


def spans(parts: Parts, found: list[Window], longest: int) -> list[Entry]:
    """The windows in the space of the short intervals, which are found by where they begin, and of the long ones."""
    short, long = term(*parts), term(*parts, LONG)
    entries: list[Entry] = []
    for low_from, low_before, high_after, high_to in found:
        begins = max(low_from, high_after - longest) if high_after > FIRST else low_from
        entries.append(Span(short, begins, min(low_before, high_to), high_after, high_to))
        if low_from == FIRST or high_to == LAST or high_to - low_from > longest:
            entries.append(Span(long, low_from, low_before, high_after, high_to))
    return entries


def _prefix(text: str) -> tuple[str, str]:
    return (text[:2], text[2:]) if text[:2].isalpha() else ("eq", text)


def _near_date(low: int, high: int, now: dt.datetime) -> tuple[int, int]:
    """A tenth of the time between then and now, either way."""
    tenth = abs((now - _EPOCH) // dt.timedelta(microseconds=1) - low) // 10
    return low - tenth, high + tenth


def _next_millisecond(instant: int) -> int:
    return -(-instant // 1000) * 1000 if FIRST < instant < LAST else instant
