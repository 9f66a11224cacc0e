"""Spreadsheets for tests: sound ones by the library, and parts put in or changed by hand."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

HEADING = ("Nom", "Prénom", "Profession", "Fonction", "RPPS", "Date d’entrée")
LUCIE = ("MOREL-FICTIF", "Lucie", "Masseur-kinésithérapeute", "délégué", "99900001019", "")
WEBER = ("WEBER-FICTIF", "Hugo", "Médecin", "délégant", "99900002017", "")


def workbook(*rows: Sequence[Any], before: Sequence[Sequence[Any]] = ()) -> bytes:
    """``before``: the rows of a hidden sheet that comes first."""
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    if before:
        sheet.sheet_state = "hidden"
        for row in before:
            sheet.append(list(row))
        sheet = book.create_sheet("Équipe")
    for row in rows:
        sheet.append(list(row))
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def with_parts(data: bytes, parts: Mapping[str, bytes]) -> bytes:
    """The workbook with parts added, or in the place of its own."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            if part.filename not in parts:
                new.writestr(part.filename, old.read(part))
        for name, content in parts.items():
            new.writestr(name, content)
    return made.getvalue()


def part(data: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(name)


def separated(*rows: Sequence[str], by: str = ";") -> str:
    return "".join(by.join(row) + "\r\n" for row in rows)
