"""How the pages write dates, hours and names: French typography, legal time in France."""

import datetime as dt
import re
from typing import Final

from mappings.domain.people import Practitioner
from mappings.domain.time import FRANCE
from mappings.domain.wording import NBSP, counted, day, typeset

__all__ = ["NBSP", "counted", "day", "hour", "machine", "moment", "name", "of", "phone", "size", "typeset"]

_PUNCTUATION: Final = re.compile(r"[ .\-\u00a0]")
_FRENCH_NUMBER: Final = re.compile(r"(\+33|0)([1-9])(\d\d)(\d\d)(\d\d)(\d\d)")
_TITLES: Final = {"M": "M.", "MME": "Mme", "DR": "Dr", "PR": "Pr"}


def hour(instant: dt.datetime) -> str:
    """``10 h 05``, in France."""
    local = instant.astimezone(FRANCE)
    return f"{local.hour}{NBSP}h{NBSP}{local.minute:02}"


def moment(at: dt.date) -> str:
    """``20 novembre 2026 à 10 h 05``; the day alone when no hour is known."""
    if isinstance(at, dt.datetime):
        return f"{day(at.astimezone(FRANCE))} à{NBSP}{hour(at)}"
    return day(at)


def machine(at: dt.date) -> str:
    """The value of ``<time datetime>``, with the offset of France."""
    return at.astimezone(FRANCE).isoformat(timespec="seconds") if isinstance(at, dt.datetime) else at.isoformat()


def name(practitioner: Practitioner) -> str:
    """``Dr Nadia BENALI-FICTIF``."""
    title = _TITLES.get(practitioner.suffix) or _TITLES.get(practitioner.prefix, "")
    return f"{title}{NBSP if title else ''}{practitioner.given} {practitioner.family}".strip()


def phone(number: str) -> str:
    """``04 65 71 00 01``, ``+33 4 65 71 00 01``; a number of another form as it was told."""
    found = _FRENCH_NUMBER.fullmatch(_PUNCTUATION.sub("", number))
    if found is None:
        return number
    prefix, first, *pairs = found.groups()
    return NBSP.join([*((prefix, first) if prefix == "+33" else (prefix + first,)), *pairs])


def size(count: int) -> str:
    """``812 octets``, ``12 ko``, ``1,4 Mo``: of ``count`` bytes, decimal multiples."""
    if count < 1000:
        return counted(count, "octet", "octets")
    told = f"{count / 1_000_000:.1f}".replace(".", ",") + f"{NBSP}Mo"
    return told if count >= 1_000_000 else f"{count // 1000}{NBSP}ko"


def of(who: str) -> str:
    """``du Dr …``, ``de Mme …``: a doctor's title takes the article."""
    return f"{'du' if who.startswith((f'Dr{NBSP}', f'Pr{NBSP}')) else 'de'} {who}"
