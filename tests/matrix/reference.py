"""The reference of who may act, read; and what it says of one cell. Knows nothing of the product."""

import datetime as dt
import tomllib
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

Table = dict[str, Any]

HERE = Path(__file__).parent
#: Marks of the sheet that admit.
ADMIT = ("O", "S", "G")
WHO_AND_WHERE = frozenset({"profession", "delegator", "structure", "training"})
NOT_PROTOCOLS = ("professions", "structures", "specialties", "rules")


class Cell(NamedTuple):
    """One combination of everything that decides who may act."""

    protocol: str
    #: Place among the versions, the oldest first.
    version: int
    day: dt.date
    profession: str
    structure: str
    training: str
    consent: str
    fictitious: bool
    #: Profession and specialty of the délégant.
    delegator: tuple[str, str]


@cache
def _read(name: str) -> Table:
    return tomllib.loads((HERE / name).read_text(encoding="utf-8"))


def differences() -> list[Table]:
    found: list[Table] = _read("differences.toml")["differences"]
    return found


def reference(*, without: Table | None = None) -> Table:
    """The table as the catalogue is known to depart from it; ``without`` one difference."""
    table = deepcopy(_read("reference.toml"))
    for difference in differences():
        if difference != without:
            table[difference["protocol"]][difference["line"]] = difference["stands"]
    return deepcopy(table)


def protocols(table: Table) -> list[str]:
    return [name for name in table if name not in NOT_PROTOCOLS]


def faults_of(table: Table, cell: Cell) -> frozenset[str]:
    """The families of faults that the reference finds in ``cell``; none = may act."""
    protocol, rules = table[cell.protocol], table["rules"]
    judged = {
        "protocol": _in_force(table, cell),
        "draft": rules["status"] != "draft" or cell.fictitious,
        "consent": rules["consent"][cell.consent],
        "profession": _delegatee(table, protocol["delegatees"], cell),
        "delegator": _delegator(table, protocol["delegators"], cell),
        "structure": _structure(table, protocol["structures"], cell),
        "training": rules["training"][cell.training] or not _asked(protocol["training"], cell.day),
    }
    return frozenset(family for family, holds in judged.items() if not holds) - unsaid(table, cell)


def unsaid(table: Table, cell: Cell) -> frozenset[str]:
    """Who may act, and where, is not said of the days on which a dated version is not in force."""
    dated = cell.version < len(table[cell.protocol]["versions"])
    return WHO_AND_WHERE if dated and not _in_force(table, cell) else frozenset()


def _in_force(table: Table, cell: Cell) -> bool:
    """A version whose days are not known was never in force."""
    return any(_within(version, cell.day) for version in table[cell.protocol]["versions"][cell.version :][:1])


def _delegatee(table: Table, entries: list[Table], cell: Cell) -> bool:
    return any(
        table["professions"][entry["is"]] == cell.profession and entry["mark"] in ADMIT and _within(entry, cell.day)
        for entry in entries
    )


def _delegator(table: Table, entries: list[Table], cell: Cell) -> bool:
    profession, specialty = cell.delegator
    return any(
        table["professions"][entry["is"]] == profession
        and entry["mark"] in ADMIT
        and (entry["of"] == "any" or specialty in table["specialties"][entry["of"]])
        for entry in entries
    )


def _structure(table: Table, entries: list[Table], cell: Cell) -> bool:
    return any(
        table["structures"].get(entry["is"]) == cell.structure
        and (entry["mark"] in ADMIT or (cell.fictitious and entry.get("demonstration", False)))
        and _within(entry, cell.day)
        for entry in entries
    )


def _asked(training: Table, day: dt.date) -> bool:
    return training.get("asked", True) and _within(training, day)


def _within(entry: Table, day: dt.date) -> bool:
    first: dt.date = entry.get("first", dt.date.min)
    last: dt.date = entry.get("last", dt.date.max)
    return first <= day <= last
