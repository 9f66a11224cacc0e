"""The cells of the matrix: which combinations of the axes are judged."""

import datetime as dt
import itertools
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from mappings.domain.protocol import Protocol
from service.records.catalogue import load_catalogue
from tests.matrix.reference import Cell, Table

PROTOCOLS = Path(__file__).parents[2] / "fixtures" / "protocols"
DAY = dt.timedelta(days=1)

#: Those that the protocols name, near misses (midwife, optician, psychiatric nurse), and two that no register has.
PROFESSIONS = ("10", "21", "60", "70", "92", "98", "50", "28", "69", "41", "99")
#: MSP, CDS, CPTS, hospitals, an imaging practice, a pharmacy, a dispensary of devices, and no type at all.
STRUCTURES = ("SA52", "SA05", "SA63", "SA01", "SA04", "SA08", "SA33", "SA42", "")
DELEGATORS = (
    *(("10", specialty) for specialty in ("SM26", "SM53", "SM54", "SM04", "SM73", "SM28", "SM38", "SM44", "SM74")),
    *(("10", "SM15"), ("10", ""), ("60", ""), ("60", "SM26"), ("70", ""), ("99", "SM26")),
)
#: One prime to the length of every axis: each value of each axis meets each of every other.
STRIDE = 23


@cache
def versions() -> dict[str, tuple[Protocol, ...]]:
    """The versions of each protocol of the catalogue, the oldest first."""
    found: dict[str, tuple[Protocol, ...]] = {}
    for protocol in load_catalogue(PROTOCOLS).values():
        found[protocol.id] = (*found.get(protocol.id, ()), protocol)
    return found


def cells(table: Table, name: str) -> Iterator[Cell]:
    """Every who, where and when; every délégant; and, of the product of all axes, one cell in ``STRIDE``."""
    trainings, consents = table["rules"]["training"], table["rules"]["consent"]
    (good, *_) = (d for d in DELEGATORS if _may_delegate(table, name, d))
    (who, *_) = (table["professions"][entry["is"]] for entry in table[name]["delegatees"])
    when = [(name, n, day) for n, _ in enumerate(versions()[name]) for day in days(table, name)]
    for at, profession, structure in itertools.product(when, PROFESSIONS, STRUCTURES):
        yield Cell(*at, profession, structure, "done", "active", True, good)
    for at, delegator in itertools.product(when, DELEGATORS):
        yield Cell(*at, who, "SA52", "done", "active", True, delegator)
    every = itertools.product(when, PROFESSIONS, STRUCTURES, trainings, consents, (True, False))
    for at, *rest in itertools.islice(every, 0, None, STRIDE):
        yield Cell(*at, *rest, good)


def days(table: Table, name: str) -> list[dt.date]:
    """Around every boundary that the reference or the catalogue knows, and amid every two."""
    edges = {dt.date(2022, 7, 11), dt.date(2023, 8, 31), dt.date(2024, 6, 17), dt.date(2026, 11, 20)}
    for line in ("versions", "delegatees", "structures"):
        edges |= {day for entry in table[name][line] for day in entry.values() if isinstance(day, dt.date)}
    for version in versions()[name]:
        carriers = (*version.delegatees, *version.delegators, *version.structures)
        periods = [carrier.period for carrier in carriers] + ([version.period] if version.period else [])
        edges |= {day for period in periods for day in (period.start, period.end) if day and day > dt.date.min}
    ordered = sorted(edges)
    amid = {first + (last - first) // 2 for first, last in itertools.pairwise(ordered)}
    return sorted({day + n * DAY for day in edges for n in (-1, 0, 1)} | amid)


def _may_delegate(table: Table, name: str, delegator: tuple[str, str]) -> bool:
    kinds = [entry["of"] for entry in table[name]["delegators"]]
    return any(kind == "any" or delegator[1] in table["specialties"][kind] for kind in kinds)
