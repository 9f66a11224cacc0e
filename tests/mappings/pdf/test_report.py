"""The PDF is an accessible PDF/A-1, equal for equal reports, and prints data to the letter."""

import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pikepdf
import pytest
from hypothesis import HealthCheck, given, settings
from lxml import etree

from mappings.cda import report_to_cda
from mappings.domain.report import Section
from mappings.domain.report_body import body_of
from mappings.pdf.report import report_to_pdf
from tests.mappings.reports import EVERYTHING, PATIENT, RAPID, REPORT, second_version, with_patient
from tests.mappings.strategies import reports

V3 = "{urn:hl7-org:v3}"
#: What every page bears, once its spaces are gone.
FOOTER = re.compile(r"Document[\d.]+Page\d+sur\d+")
#: Sections that go over several pages, one of them in the middle of an answer.
PAGES = replace(
    REPORT,
    sections=tuple(
        Section(title=f"Partie {n}", rows=tuple((f"Question {n}-{m} " * 3, "Réponse\n" * m) for m in range(1, 12)))
        for n in range(4)
    ),
)


def words_of(pdf: bytes) -> str:
    """Text of a PDF, glyph by glyph through the ToUnicode maps of its fonts."""
    text = []
    with pikepdf.open(io.BytesIO(pdf)) as document:
        for page in document.pages:
            maps = {name: _to_unicode(font) for name, font in page.Resources.Font.items()}
            current: dict[bytes, str] = {}
            for instruction in pikepdf.parse_content_stream(page):
                if str(instruction.operator) == "Tf":
                    current = maps[str(instruction.operands[0])]
                if str(instruction.operator) not in ("Tj", "TJ"):
                    continue
                for operand in instruction.operands:
                    for piece in operand if isinstance(operand, pikepdf.Array) else [operand]:
                        if isinstance(piece, pikepdf.String):
                            data = bytes(piece)
                            text += [current.get(data[i : i + 2], "?") for i in range(0, len(data), 2)]
    return "".join(text)


def _to_unicode(font: pikepdf.Object) -> dict[bytes, str]:
    found: dict[bytes, str] = {}
    section = ""
    for line in font.ToUnicode.read_bytes().decode("ascii").splitlines():
        if line.endswith(("beginbfchar", "beginbfrange")):
            section = line.split()[-1]
        elif line.startswith("<"):
            columns = [bytes.fromhex(column) for column in line.replace("<", "").replace(">", "").split()]
            if section == "beginbfchar":
                found[columns[0]] = columns[1].decode("utf-16-be")
    return found


def test_is_pdf_a_1_and_small() -> None:
    pdf = report_to_pdf(REPORT)
    assert len(pdf) < 50_000
    with pikepdf.open(io.BytesIO(pdf)) as document:
        assert document.pdf_version == "1.4"
        assert 1 <= len(document.pages) <= 2
        with document.open_metadata() as metadata:
            assert metadata["pdfaid:part"] == "1"
            assert metadata["pdfaid:conformance"] == "A"
            assert metadata["pdfuaid:part"] == "1"
            assert metadata["dc:title"] == REPORT.title
        assert document.Root.OutputIntents
        assert all(font.DescendantFonts[0].FontDescriptor for font in document.pages[0].Resources.Font.values())


def test_is_tagged_in_french_under_its_title() -> None:
    with pikepdf.open(io.BytesIO(report_to_pdf(REPORT))) as document:
        assert document.Root.Lang == "fr-FR"
        assert document.Root.MarkInfo.Marked is True
        assert document.Root.ViewerPreferences.DisplayDocTitle is True
        kinds = Counter(_kinds(document.Root.StructTreeRoot.K))
    sections = body_of(REPORT)
    rows = sum(len(section.rows) for section in sections)
    assert (kinds["/H1"], kinds["/H2"], kinds["/L"]) == (1, len(sections), len(sections))
    assert (kinds["/LI"], kinds["/Lbl"], kinds["/LBody"]) == (rows, rows, rows)


def _kinds(node: pikepdf.Object) -> Iterator[str]:
    """Every structure element below a node."""
    if isinstance(node, pikepdf.Array):
        for child in node:
            yield from _kinds(child)
    elif isinstance(node, pikepdf.Dictionary):
        if "/S" in node:
            yield str(node.S)
        if "/K" in node:
            yield from _kinds(node.K)


@pytest.mark.parametrize(
    "report", [REPORT, EVERYTHING, RAPID, PAGES], ids=["report", "everything", "rapid test", "pages"]
)
def test_says_what_the_sections_of_the_cda_say_in_their_order(report) -> None:
    pdf = report_to_pdf(report)
    document = etree.fromstring(report_to_cda(report, pdf))
    said = [
        "".join(element.itertext())
        for element in document.iter(*(f"{V3}{name}" for name in ("title", "caption", "tr")))
        if element.getparent().tag != f"{V3}ClinicalDocument"
    ]
    if report.screening is None:
        assert said.pop() == ""
        assert said.pop() == "Copie du document"
    printed = "".join(FOOTER.sub("", "".join(words_of(pdf).split())).split())
    body = "".join("".join(said).split())
    assert len(said) > 5
    assert printed.endswith(body)
    assert printed.count("".join(said[0].split())) >= 1


def test_equal_reports_give_equal_bytes() -> None:
    assert report_to_pdf(REPORT) == report_to_pdf(replace(REPORT))
    assert report_to_pdf(REPORT) != report_to_pdf(second_version())


def test_says_who_did_what_for_whom_under_which_protocol() -> None:
    words = words_of(report_to_pdf(second_version()))
    for expected in (
        "MSP DES TILLEULS (FICTIVE)",
        "TEST-BINOME",
        "14 juin 1958",
        "258066799900794",
        "Acte réalisé par Mme Lucie MARTEL-FICTIF (délégué) pour le compte de Dr Hugo WEBER-FICTIF (délégant)",
        REPORT.protocol_version,
        "Appui possible",
        "Ligne deux.",
        "1.2.250.1.999.1.1.20260.1.7.2",
        "Version 2, annule et remplace la précédente",
    ):
        assert expected.replace(" ", "") in words.replace(" ", "")


@pytest.mark.parametrize(
    "name", ["#panic()", "*gras*", '"); #import "x.typ"', "$x$", "\\u{41}", "@ref <label>", "= Titre"]
)
def test_markup_in_a_name_is_printed_as_it_is(name) -> None:
    words = words_of(report_to_pdf(with_patient(birth_family=name)))
    assert name.replace(" ", "") in words.replace(" ", "")


def test_an_unqualified_identity_shows_no_ins() -> None:
    words = words_of(report_to_pdf(with_patient(identity_status="validated")))
    assert PATIENT.ins is not None
    assert PATIENT.ins.value not in words
    assert "non qualifiée" in words


@pytest.mark.parametrize("name", ["TEST-漢", "TEST-\u202eBINOME", "TEST-\tBINOME"])
def test_what_cannot_be_drawn_is_refused_without_being_quoted(name) -> None:
    with pytest.raises(RuntimeError) as fault:
        report_to_pdf(with_patient(birth_family=name))
    assert "TEST-" not in str(fault.value)
    assert fault.value.__cause__ is None
    assert fault.value.__context__ is None


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(reports())
def test_every_report_prints_its_patient_and_no_empty_box(report) -> None:
    pdf = report_to_pdf(report)
    words = words_of(pdf).replace(" ", "")
    assert b"pdfuaid:part" in pdf
    assert "".join(report.patient.birth_given.split()) in "".join(words.split())
