"""Whatever a report says, its page says it whole, in order, inside its margins, and the file keeps its own rules."""

import re
import unicodedata
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mappings.codes.characters import is_printable
from mappings.domain.report import ActReport, Section
from mappings.domain.report_body import body_of, instant
from mappings.pdf import report as said
from mappings.pdf.page.flow import BOTTOM, LEFT, RIGHT, TOP
from mappings.pdf.page.lines import Style, broken, width
from mappings.pdf.report import report_to_pdf
from tests.mappings.pdf.reading import read
from tests.mappings.reports import EVERYTHING, RAPID, REPORT, second_version, with_patient
from tests.mappings.strategies import reports

STYLE = Style(10, 0, "0 0 0")
EVERY = "".join(chr(code) for code in range(0x2600) if is_printable(chr(code)))


def expected(report: ActReport) -> list[tuple[str, str]]:
    """What is to be heard, element by element."""
    told = [("/P", report.organization.name)]
    told += [("/P", row) for row in said._organization(report.organization)]
    told += [("/P", f"Établi le {instant(report.created_at)}")]
    told += [("/P", said._version(report))] if report.replaces else []
    told += [("/H1", report.title), ("/P", report.type_code.display), ("/P", "PATIENT")]
    told += [("/P", f"{report.patient.birth_family} {report.patient.birth_given}")]
    for name, value in said._patient(report.patient):
        told += [("/TH", name), ("/TD", value)]
    for role, person in (("DÉLÉGUÉ", report.delegatee), ("DÉLÉGANT", report.delegator)):
        told += [("/P", role), ("/P", said._name(person)), *(("/P", row) for row in said._practitioner(person))]
    told += [("/P", said._sentence(report))]
    for section in body_of(report):
        told += [("/H2", section.title)]
        for name, value in section.rows:
            told += [("/Lbl", name), ("/LBody", value)]
    return [(kind, unicodedata.normalize("NFC", text).replace("\n", "")) for kind, text in told]


def check(report: ActReport) -> int:
    """Text, order, marks, margins, feet; how many pages."""
    page = read(report_to_pdf(report))
    assert page.problems == []
    assert [(kind, text) for kind, text, _ in page.elements if text] == [one for one in expected(report) if one[1]]
    held = [one for *_, own in page.elements for one in own]
    assert sorted(held) == sorted(page.marked)
    assert len(set(held)) == len(held)
    # naive readers, who know no structure, read in the same order
    assert list(page.marked) == sorted(page.marked)
    assert held == list(page.marked) or len(page.feet) > 1
    for _, left, right, baseline, is_read in page.lines:
        assert left >= LEFT - 0.01
        assert right <= RIGHT + 0.01
        assert not is_read or BOTTOM - 0.01 <= baseline <= TOP
    count = len(page.feet)
    assert page.feet == [f"Document {report.unique_id} Page {n + 1} sur {count}" for n in range(count)]
    return count


@pytest.mark.parametrize("report", [REPORT, EVERYTHING, RAPID, second_version()], ids=["one", "all", "test", "second"])
def test_says_everything_once_in_order(report) -> None:
    assert check(report) in (1, 2)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(reports())
def test_says_everything_of_any_report(report) -> None:
    check(report)


def test_every_printable_character_is_drawn_and_read_back_in_both_weights() -> None:
    check(replace(REPORT, sections=(Section(title="Tout", rows=((EVERY, EVERY),)),)))


#: Letters and accents that Unicode has as one character, which the fonts do not draw: "\u0416\u0306" is "\u04c1".
SPELT_APART = [
    letter + accent
    for letter in EVERY
    for accent in filter(unicodedata.combining, EVERY)
    if not is_printable(unicodedata.normalize("NFC", letter + accent))
]


def test_what_no_glyph_draws_in_one_is_drawn_in_two() -> None:
    assert len(SPELT_APART) > 90
    written = " ".join([*SPELT_APART, "\u03b1\u0313\u0301", "\u0323\u0416\u0306"])
    report = replace(REPORT, sections=(Section(title=written, rows=((written, written),)),))
    told = "".join(text for _, text, _ in read(report_to_pdf(report)).elements)
    assert unicodedata.normalize("NFC", told).count(unicodedata.normalize("NFC", written)) == 3


@settings(max_examples=60, deadline=None)
@given(st.text(st.sampled_from(EVERY), min_size=1, max_size=60))
def test_whatever_is_accepted_is_printed_as_the_same_text(written: str) -> None:
    assert is_printable(written)
    page = read(report_to_pdf(replace(REPORT, sections=(Section(title="Titre", rows=(("Libellé", written),)),))))
    assert page.problems == []
    heading = next(place for place, (kind, text, _) in enumerate(page.elements) if (kind, text) == ("/H2", "Titre"))
    kind, told, _ = page.elements[heading + 2]
    assert (kind, unicodedata.normalize("NFC", told)) == ("/LBody", unicodedata.normalize("NFC", written))


@pytest.mark.parametrize("word", ["W" * 5_000, "à la ligne " * 500, "x\n" * 300, "-" * 3_000])
def test_hostile_lengths_go_on_over_pages(word) -> None:
    line = word.replace("\n", "")
    assert check(replace(REPORT, sections=(Section(title=line, rows=((word, word), ("Libellé", word))),))) > 2
    check(with_patient(birth_family=line, birth_given_list=line, birth_place_name=line))
    check(replace(REPORT, organization=replace(REPORT.organization, name=line)))
    check(replace(REPORT, title=line, delegator=replace(REPORT.delegator, family=line)))


def test_many_rows_keep_a_heading_with_what_it_announces() -> None:
    sections = tuple(
        Section(title=f"Partie {n}", rows=tuple((f"Libellé {m}", "Oui") for m in range(7))) for n in range(30)
    )
    report = replace(REPORT, sections=sections)
    assert check(report) > 5
    elements = read(report_to_pdf(report)).elements
    for (kind, _, own), (_, _, after) in zip(elements, elements[1:], strict=False):
        assert kind != "/H2" or own[-1][0] == after[0][0]


@settings(max_examples=10, deadline=None)
@given(reports())
def test_the_table_of_objects_tells_where_each_is_and_equal_reports_are_equal(report) -> None:
    pdf = report_to_pdf(report)
    assert report_to_pdf(replace(report)) == pdf
    table = int(re.search(rb"startxref\n(\d+)\n%%EOF\n$", pdf)[1])
    rows = pdf[table:].split(b"trailer")[0].split(b"\n")[2:-1]
    assert {len(row) + 1 for row in rows} == {20}
    for number, row in enumerate(rows[1:], 1):
        assert pdf[int(row[:10]) :].startswith(b"%d 0 obj\n" % number)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("deux mots", ["deux ", "mots"]),
        ("mot\u00a0: oui", ["mot\u00a0: ", "oui"]),
        ("quoi donc ?", ["quoi ", "donc ?"]),
        ("demi-tour", ["demi-", "tour"]),
        ("-3 -4 -5 -6", ["-3 -4 -5 ", "-6"]),
        ("a\n\nb", ["a", "", "b"]),
        ("aaaaaaaaaaaaaaaa", ["aaaaaa", "aaaaaa", "aaaa"]),
    ],
)
def test_a_line_breaks_where_a_reader_expects_it(text, lines) -> None:
    room = 30.0
    made = broken(text, STYLE, room, room)
    assert made == lines
    assert all(width(line.rstrip(" "), STYLE) <= room for line in made)
