"""Public holidays of France, by territory, in three values: some days are one here and not there, and nobody told where.

Code du travail L3133-1 (eleven days), L3134-13 (Alsace-Moselle), L3422-2 (days of the abolition of slavery, overseas).
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal, get_args

from mappings.domain.logic import Truth

Territory = Literal[
    "metropole",
    "alsace-moselle",
    "guadeloupe",
    "guyane",
    "martinique",
    "mayotte",
    "reunion",
    "saint-barthelemy",
    "saint-martin",
]
TERRITORIES: Final[tuple[Territory, ...]] = get_args(Territory)

_DAY: Final = dt.timedelta(days=1)
#: (month, day) of those whose date is the same each year.
_FIXED: Final[Mapping[tuple[int, int], str]] = {
    (1, 1): "Jour de l’an",
    (5, 1): "Fête du Travail",
    (5, 8): "Victoire de 1945",
    (7, 14): "Fête nationale",
    (8, 15): "Assomption",
    (11, 1): "Toussaint",
    (11, 11): "Armistice de 1918",
    (12, 25): "Noël",
}
#: Days after Easter Sunday.
_MOVABLE: Final[Mapping[int, str]] = {1: "Lundi de Pâques", 39: "Ascension", 50: "Lundi de Pentecôte"}
_GOOD_FRIDAY: Final = -2
_ABOLITION: Final[Mapping[Territory, tuple[int, int]]] = {
    "mayotte": (4, 27),
    "martinique": (5, 22),
    "guadeloupe": (5, 27),
    "guyane": (6, 10),
    "saint-barthelemy": (10, 9),
    "reunion": (12, 20),
}
#: The code says 27 May of Saint-Martin, a circular of 2018 and what is done there say the 28th: neither is certain.
_DISPUTED: Final = ((5, 27), (5, 28))
_SLAVERY: Final = "Abolition de l’esclavage"


@dataclass(frozen=True, slots=True)
class Holiday:
    """A public holiday; ``certain`` False: it depends on what is not known here."""

    name: str
    certain: bool = True


def holiday_on(day: dt.date, territory: Territory) -> Holiday | None:
    return _of_year(day.year, territory).get(day)


def is_holiday(day: dt.date, territory: Territory) -> Truth:
    holiday = holiday_on(day, territory)
    if holiday is None:
        return Truth.NO
    return Truth.YES if holiday.certain else Truth.UNKNOWN


@lru_cache(maxsize=16)
def _of_year(year: int, territory: Territory) -> Mapping[dt.date, Holiday]:
    sunday = easter(year)
    local: dict[dt.date, Holiday] = {}
    if territory == "alsace-moselle":
        # In the communes that have a protestant church, or a mixed one.
        local[sunday + _GOOD_FRIDAY * _DAY] = Holiday("Vendredi saint", certain=False)
        local[dt.date(year, 12, 26)] = Holiday("Saint-Étienne")
    elif territory == "saint-martin":
        local = {dt.date(year, *each): Holiday(_SLAVERY, certain=False) for each in _DISPUTED}
    elif territory in _ABOLITION:
        local = {dt.date(year, *_ABOLITION[territory]): Holiday(_SLAVERY)}
    fixed = {dt.date(year, *each): Holiday(name) for each, name in _FIXED.items()}
    movable = {sunday + after * _DAY: Holiday(name) for after, name in _MOVABLE.items()}
    # What is certain everywhere is not made doubtful by what is not.
    return {**local, **movable, **fixed}


def easter(year: int) -> dt.date:
    """Easter Sunday of the Gregorian calendar: the golden number, the century's corrections, the Sunday that follows."""
    golden, century = year % 19, year // 100
    epact = (century - century // 4 - (8 * century + 13) // 25 + 19 * golden + 15) % 30
    moon = epact - epact // 28 * (1 - epact // 28 * (29 // (epact + 1)) * ((21 - golden) // 11))
    weekday = (year + year // 4 + moon + 2 - century + century // 4) % 7
    return dt.date(year, 3, 28) + (moon - weekday) * _DAY
