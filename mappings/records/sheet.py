"""A coordinator's file as a table of texts: CSV in the encodings and separators of the trade, or a spreadsheet (xlsx).

The file is somebody else's: bounded before it is opened, nothing in it is computed, followed or run. RFC 4180;
ECMA-376 (Office Open XML).
"""

import csv
import datetime as dt
import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from mappings.issues import Issue, Refused

#: Longest file, and what a spreadsheet may come to once inflated, bytes.
LONGEST: Final = 5 << 20
_INFLATED: Final = 50 << 20
#: Parts of a spreadsheet, lines with something in them, lines looked at, columns, characters of a cell.
_PARTS: Final = 500
LINES: Final = 2_000
_LOOKED_AT: Final = 20_000
_COLUMNS: Final = 50
_CELL: Final = 500

_SEPARATORS: Final = ";,\t"
#: Parts that a list of people has no use for, and what they are.
_FOREIGN: Final = {
    "vbaproject": "des macros",
    "externallinks/": "des liens vers d’autres classeurs",
    "embeddings/": "des objets incorporés",
    "activex/": "des objets incorporés",
    "connections.xml": "des connexions à des données extérieures",
    "querytables/": "des connexions à des données extérieures",
}
_DECLARATION: Final = re.compile(rb"<!\s*(DOCTYPE|ENTITY)|\x00", re.IGNORECASE)
#: What accents become when UTF-8 was read as Windows-1252 and written again.
_MOJIBAKE: Final = re.compile("Ã[\u00a0-¿\u0152\u0153€‚ƒ„…†‡ˆ‰Š‹‘’“”•–—˜™š›]|\ufffd")
#: What people write where they have nothing to write.
_NOTHING: Final = frozenset({"-", "–", "—", "/", "néant"})
_FORMULA: Final = re.compile(r"[=@]|[+-](?=[^0-9\s])")


@dataclass(frozen=True, slots=True)
class Line:
    """One line with something in it; ``fault`` when a cell of it is not a plain value."""

    number: int
    cells: tuple[str, ...]
    fault: str = ""


def lines_of(data: bytes) -> list[Line]:
    """The lines that say something, numbered as an editor shows them; ``Refused`` when the file is not one of these."""
    if len(data) > LONGEST:
        raise _refused("too-long", f"Le fichier dépasse {LONGEST >> 20} Mo.")
    if data.startswith(b"PK\x03\x04"):
        found = _spreadsheet(data)
    elif data.startswith(b"\xd0\xcf\x11\xe0"):
        raise _refused(
            "not-supported",
            "Ce classeur est protégé par un mot de passe, ou d’un ancien format (.xls) : l’enregistrer en .xlsx.",
        )
    else:
        found = _separated(_decoded(data))
    lines = [line for line in found if line.fault or any(line.cells)]
    if len(lines) > LINES:
        raise _refused("too-long", f"Le fichier compte plus de {LINES} lignes : ce n’est pas la liste d’une équipe.")
    if not lines:
        raise _refused("required", "Le fichier est vide.")
    return lines


def _decoded(data: bytes) -> str:
    """UTF-8 with or without mark, UTF-16 with its mark, else Windows-1252."""
    try:
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            text = data.decode("utf-16")
        elif b"\x00" in data:
            raise UnicodeError
        else:
            text = _utf8_or_1252(data)
    except UnicodeError:
        raise _refused("value", "L’encodage du fichier n’est pas reconnu : l’enregistrer en UTF-8.") from None
    if "\x00" in text or _MOJIBAKE.search(text):
        raise _refused("value", "Les accents du fichier sont abîmés : l’enregistrer de nouveau, en UTF-8.")
    return text


def _utf8_or_1252(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252")


def _separated(text: str) -> Iterator[Line]:
    separator = max(_SEPARATORS, key=text.partition("\n")[0].count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    last = 0
    try:
        for n, row in enumerate(reader):
            if n > LINES * 2:
                raise _refused("too-long", f"Le fichier compte plus de {LINES} lignes : ce n’est pas une équipe.")
            yield _line(last + 1, row)
            last = reader.line_num
    except csv.Error:
        raise _refused("structure", f"Ligne {last + 1} : les guillemets ou les séparateurs sont mal placés.") from None


def _line(number: int, values: Sequence[Any], formulas: Iterable[bool] = ()) -> Line:
    cells = tuple(_text(value) for value in values[:_COLUMNS])
    while cells and not cells[-1]:
        cells = cells[:-1]
    if any(formulas) or any(_FORMULA.match(cell) for cell in cells):
        return Line(number, cells, "une cellule contient une formule ; seules des valeurs sont admises.")
    if any(len(cell) > _CELL for cell in cells):
        return Line(number, (), f"une cellule dépasse {_CELL} caractères.")
    return Line(number, cells)


def _text(value: Any) -> str:
    """What the cell shows: a number typed as such keeps its digits, a date is a day."""
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    text = " ".join(str(value).split())
    return "" if text in _NOTHING else text


def _spreadsheet(data: bytes) -> Iterator[Line]:
    _check_parts(data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield from _sheet(data)
    except Refused:
        raise
    except Exception:
        # The library says in a dozen ways that a workbook is not one; none of them is ours to tell apart.
        raise _refused("structure", "Ce classeur n’est pas lisible.") from None


def _check_parts(data: bytes) -> None:
    """Before anything is opened: how many parts, how large, of which kind, and no declaration in any of them."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            if len(parts) > _PARTS or sum(part.file_size for part in parts) > _INFLATED:
                raise _refused("too-long", "Ce classeur est trop grand une fois ouvert : ce n’est pas une équipe.")
            names = [part.filename.lower() for part in parts]
            for mark, what in _FOREIGN.items():
                if any(mark in name for name in names):
                    raise _refused("not-supported", f"Ce classeur contient {what} : l’enregistrer sans.")
            for part in parts:
                if part.filename.lower().endswith((".xml", ".rels")):
                    # Never more than what the part declares, whatever it inflates to.
                    with archive.open(part) as opened:
                        if _DECLARATION.search(opened.read(part.file_size)):
                            raise _refused("not-supported", "Ce classeur contient des déclarations XML inadmissibles.")
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, ValueError, zlib.error):
        raise _refused("structure", "Ce classeur n’est pas lisible.") from None


def _sheet(data: bytes) -> Iterator[Line]:
    """The first sheet that is shown."""
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(data), read_only=True, keep_links=False)
    try:
        shown = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
        if not shown:
            raise _refused("required", "Ce classeur n’a pas de feuille visible.")
        sheet = shown[0]
        # What the file says of its own size is not believed.
        sheet.reset_dimensions()
        found = 0
        for number, row in enumerate(sheet.iter_rows(max_col=_COLUMNS), 1):
            if number > _LOOKED_AT:
                text = f"La feuille va au-delà de la ligne {_LOOKED_AT} : supprimer les lignes inutiles."
                raise _refused("too-long", text)
            line = _line(number, [cell.value for cell in row], (cell.data_type == "f" for cell in row))
            found += bool(line.fault or any(line.cells))
            if found > LINES:
                raise _refused("too-long", f"Le fichier compte plus de {LINES} lignes : ce n’est pas une équipe.")
            yield line
    finally:
        book.close()


def _refused(code: Any, text: str) -> Refused:
    return Refused(Issue(code, "", text))
