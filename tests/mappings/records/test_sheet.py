"""A file of somebody else's: what it says is read, and whatever it is, nothing worse than a sentence comes of it."""

import contextlib
import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mappings.issues import Refused
from mappings.records.sheet import LINES, LONGEST, lines_of
from tests.mappings.records.workbooks import HEADING, LUCIE, WEBER, part, separated, with_parts, workbook

SHEET = "xl/worksheets/sheet1.xml"


def told(data: bytes) -> list[tuple[int, tuple[str, ...]]]:
    return [(line.number, line.cells) for line in lines_of(data)]


def sentence(data: bytes) -> str:
    with pytest.raises(Refused) as refused:
        lines_of(data)
    (issue,) = refused.value.issues
    return issue.text


@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_the_encodings_and_separators_of_the_trade(encoding: str, separator: str) -> None:
    data = separated(HEADING, LUCIE, WEBER, by=separator).encode(encoding)
    assert told(data) == [(1, HEADING), (2, LUCIE[:-1]), (3, WEBER[:-1])]


def test_lines_are_numbered_as_an_editor_shows_them() -> None:
    text = 'Nom;Prénom\r\n\r\n"MOREL\r\nFICTIF";Lucie\r\n;;\r\nWEBER-FICTIF;Hugo\r\n'
    assert told(text.encode()) == [
        (1, ("Nom", "Prénom")),
        (3, ("MOREL FICTIF", "Lucie")),
        (6, ("WEBER-FICTIF", "Hugo")),
    ]


def test_what_a_spreadsheet_shows() -> None:
    row = ("MOREL-FICTIF", "Lucie", 70, 99900001019.0, dt.datetime(2026, 3, 12, tzinfo=None), None, "—")  # noqa: DTZ001
    data = workbook(HEADING, (), row, before=[("caché",)])
    assert told(data) == [(1, HEADING), (3, ("MOREL-FICTIF", "Lucie", "70", "99900001019", "2026-03-12"))]


@pytest.mark.parametrize(
    "data", [workbook(HEADING, ("=1+1",)), separated(HEADING, ("=HYPERLINK(1)",)).encode(), b"a;b\n@x;y\n"]
)
def test_a_formula_is_a_fault_of_its_line(data: bytes) -> None:
    assert [(line.number, bool(line.fault)) for line in lines_of(data)] == [(1, False), (2, True)]


def test_a_phone_and_a_negative_number_are_no_formulas() -> None:
    assert told(b"a;b\n+33 4 00;-\n-3;x\n") == [(1, ("a", "b")), (2, ("+33 4 00",)), (3, ("-3", "x"))]


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("xl/vbaProject.bin", "macros"),
        ("xl/externalLinks/externalLink1.xml", "liens"),
        ("xl/embeddings/oleObject1.bin", "objets"),
        ("xl/connections.xml", "connexions"),
    ],
)
def test_what_a_list_of_people_has_no_use_for_is_refused(name: str, what: str) -> None:
    assert what in sentence(with_parts(workbook(HEADING, LUCIE), {name: b"<x/>"}))


@pytest.mark.parametrize(
    "declared",
    [b'<!DOCTYPE x [<!ENTITY a "b">]>', b"<! doctype x>", "<!DOCTYPE x>".encode("utf-16-le")],
)
def test_a_declaration_in_any_part_is_refused(declared: bytes) -> None:
    data = workbook(HEADING, LUCIE)
    assert "déclarations XML" in sentence(with_parts(data, {SHEET: declared + part(data, SHEET)}))


def test_a_bomb_is_refused_before_it_is_opened() -> None:
    bomb = with_parts(workbook(HEADING), {"xl/media/a.xml": b" " * (51 << 20)})
    assert len(bomb) < 200_000
    assert "trop grand" in sentence(bomb)
    many = with_parts(workbook(HEADING), {f"xl/x{n}.xml": b"<x/>" for n in range(600)})
    assert "trop grand" in sentence(many)


def test_a_size_that_lies_gives_no_more_than_it_says() -> None:
    """The directory says ten bytes, the data inflates to a megabyte: the part is cut or refused, never inflated."""
    data = bytearray(with_parts(workbook(HEADING), {"xl/x.xml": b" " * (1 << 20)}))
    real, lie = (1 << 20).to_bytes(4, "little"), (10).to_bytes(4, "little")
    assert data.count(real) >= 2
    assert "lisible" in sentence(bytes(data.replace(real, lie)))


def test_a_hundred_thousand_lines_are_no_team() -> None:
    assert "lignes" in sentence(b"a;b\n" + b"x;y\n" * 100_000)
    assert "lignes" in sentence(workbook(*[("x", "y")] * (LINES + 1)))
    assert len(lines_of(workbook(*[("x", "y")] * LINES))) == LINES


def test_a_cell_at_the_end_of_the_grid_takes_no_time_and_no_room() -> None:
    """Nor is it left out in silence."""
    data = workbook(HEADING)
    far = part(data, SHEET).replace(
        b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    )
    assert "lignes inutiles" in sentence(with_parts(data, {SHEET: far}))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "vide"),
        (b" \r\n;;\r\n", "vide"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, ".xls"),
        (b"PK\x03\x04 not a zip", "lisible"),
        (b"nom;\x81\x8d\n", "encodage"),
        (b"nom\x00;prenom\n", "encodage"),
        ("Prénom;ThÃ©o\n".encode(), "accents"),
        (b'nom;"prenom\nx;y\n', "guillemets"),
        (b"x" * (LONGEST + 1), "Mo"),
    ],
)
def test_what_is_no_list_is_told_in_a_sentence(data: bytes, words: str) -> None:
    assert words in sentence(data)


def test_a_long_cell_is_a_fault_of_its_line() -> None:
    (line,) = lines_of(b"x" * 600)
    assert "500" in line.fault


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400), st.integers(0, 6000))
def test_a_spoilt_workbook_is_read_or_refused(noise: bytes, place: int) -> None:
    data = bytearray(SOUND)
    data[place % len(data) : place % len(data) + len(noise)] = noise
    with contextlib.suppress(Refused):
        lines_of(bytes(data))


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(Refused):
        lines_of(data)


SOUND = workbook(HEADING, LUCIE, WEBER)
