"""A coordinator's file becomes a declared list: the same rows as a dossier's, taken in whole or not at all.

The first line that names columns is the heading; each fault is told with the number of its line.
"""

import datetime as dt
import hashlib
from collections.abc import Sequence
from typing import Final

from mappings.domain.declaration import Declaration, Referent, Remark
from mappings.domain.protocol import Protocol
from mappings.domain.time import FRANCE
from mappings.issues import Issue, Refused
from mappings.records.dossier import missing_functions
from mappings.records.roster import Row, Words, key_of, read_members
from mappings.records.sheet import Line, lines_of

#: What people call the columns, by ``key_of``.
HEADINGS: Final = {
    "nom": "family",
    "nom de famille": "family",
    "nom d exercice": "family",
    "prenom": "given",
    "prenom d exercice": "given",
    "profession": "profession",
    "metier": "profession",
    "fonction": "function",
    "role": "function",
    "delegant delegue": "function",
    "rpps": "rpps",
    "n rpps": "rpps",
    "no rpps": "rpps",
    "numero rpps": "rpps",
    "numero de rpps": "rpps",
    "adeli": "adeli",
    "n adeli": "adeli",
    "no adeli": "adeli",
    "numero adeli": "adeli",
    "entree": "since",
    "date d entree": "since",
    "depuis le": "since",
    "debut": "since",
}
_NEEDED: Final = {"family": "Nom", "given": "Prénom", "profession": "Profession"}
#: Lines among which the heading is looked for.
_HEAD: Final = 20


def declaration_from_file(
    data: bytes,
    protocol: Protocol,
    finess: str,
    day: dt.date,
    *,
    lodged: bool,
    now: dt.datetime,
    structure: str = "",
    referent: Referent | None = None,
    words: Words | None = None,
) -> Declaration:
    """``lodged``: the list was declared on ``day``; else it is a draft. ``Refused`` with the faults of every line."""
    lines = lines_of(data)
    heading, columns, doubts = _heading(lines)
    rows = [_row(line, columns) for line in lines if line.number > heading]
    members, remarks = read_members(rows, protocol, day, words or Words())
    issues = [_issue(remark) for remark in remarks if remark.aside]
    if not rows:
        issues.append(Issue("required", "", "Aucun professionnel ne suit la ligne de titres."))
    if issues:
        raise Refused(issues)
    return Declaration(
        dossier=f"fichier-{protocol.id}-{protocol.version}-{finess}",
        declared=dt.datetime.combine(day, dt.time(), FRANCE).astimezone(dt.UTC),
        modified=now,
        state="lodged" if lodged else "draft",
        digest=hashlib.sha256(data).digest(),
        protocol=protocol.canonical,
        finess=finess,
        structure=structure,
        referent=referent,
        members=members,
        remarks=(*doubts, *remarks, *missing_functions(members)),
    )


def _heading(lines: Sequence[Line]) -> tuple[int, dict[int, str], list[Remark]]:
    """Number of the heading's line, the name of each column by its place, and what is said of the others."""
    best = max(lines[:_HEAD], key=lambda line: len(_columns(line)))
    columns = _columns(best)
    absent = [name for column, name in _NEEDED.items() if column not in columns.values()]
    if not {"rpps", "adeli"} & set(columns.values()):
        absent.append("RPPS")
    if absent:
        raise Refused(
            Issue("required", "", f"Colonnes attendues et absentes de la ligne de titres : {', '.join(absent)}.")
        )
    if len(set(columns.values())) < len(columns):
        raise Refused(
            Issue("duplicate", f"ligne {best.number}", "Deux colonnes de la ligne de titres disent la même chose.")
        )
    ignored = [str(n + 1) for n, cell in enumerate(best.cells) if cell and n not in columns]
    text = f"colonnes non reconnues, ignorées : {', '.join(ignored)}."
    return best.number, columns, [Remark(row=0, text=text, aside=False)] if ignored else []


def _columns(line: Line) -> dict[int, str]:
    named = ((n, HEADINGS.get(key_of(cell), "")) for n, cell in enumerate(line.cells))
    return {n: column for n, column in named if column}


def _row(line: Line, columns: dict[int, str]) -> Row:
    cells = {column: line.cells[n] for n, column in columns.items() if n < len(line.cells)}
    if len(line.cells) > len(columns) and not line.fault and not any(cells.values()):
        return Row(line.number, {}, "elle ne dit rien dans les colonnes attendues.")
    return Row(line.number, cells, line.fault)


def _issue(remark: Remark) -> Issue:
    return Issue("value", f"ligne {remark.row}", f"Ligne {remark.row} : {remark.text}")
