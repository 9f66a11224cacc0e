"""How the pages write dates, hours and names: French typography, legal time in France."""

import datetime as dt
import re
from typing import Final

from mappings.domain.people import Practitioner
from mappings.domain.time import FRANCE

#: No-break space: what it joins stays on one line.
NBSP: Final = "\u00a0"
_MONTHS: Final = (
    *("janvier", "février", "mars", "avril", "mai", "juin"),
    *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
)
_TITLES: Final = {"M": "M.", "MME": "Mme", "DR": "Dr", "PR": "Pr"}
_BEFORE_SIGN: Final = re.compile(r" (?=[:;?!»%])")
_AFTER_GUILLEMET: Final = re.compile(r"(?<=«) ")


def day(date: dt.date) -> str:
    """``20 novembre 2026``."""
    number = "1er" if date.day == 1 else str(date.day)
    return f"{number}{NBSP}{_MONTHS[date.month - 1]}{NBSP}{date.year}"


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


def of(who: str) -> str:
    """``du Dr …``, ``de Mme …``: a doctor's title takes the article."""
    return f"{'du' if who.startswith((f'Dr{NBSP}', f'Pr{NBSP}')) else 'de'} {who}"


def typeset(text: str) -> str:
    """``text`` with curved apostrophes and no-break spaces, for the eye only: the record keeps its bytes."""
    return _AFTER_GUILLEMET.sub(NBSP, _BEFORE_SIGN.sub(NBSP, text.replace("'", "’")))


def counted(count: int, singular: str, plural: str) -> str:
    """``1 acte``, ``3 actes``; zero is singular in French."""
    return f"{count}{NBSP}{plural if count > 1 else singular}"
