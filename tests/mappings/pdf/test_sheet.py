"""The sheet in PDF: one page, archived and read aloud, the same bytes for the same sheet, data to the letter."""

import ctypes
import dataclasses
import datetime as dt
import io
from collections.abc import Iterator
from functools import cache

import pikepdf
import pytest
import typst

from mappings.domain.cooperation import Period
from mappings.domain.evidence import Fact
from mappings.domain.life.events import Suspension
from mappings.domain.life.halts import Halted, Halts
from mappings.domain.picture import described, rows_of
from mappings.domain.protocol import Protocol
from mappings.domain.sheet import sheet_of
from mappings.domain.sheet import words as said
from mappings.domain.versions import versions_of
from mappings.pdf import sheet as module
from mappings.pdf.compiler import compiled
from mappings.pdf.sheet import sheet_page
from mappings.svg import HEIGHT, picture_to_svg
from tests.mappings.catalogue import shipped
from tests.mappings.pdf.test_report import words_of

DAY = dt.date(2026, 11, 22)
ODYNOPHAGIE = versions_of(shipped(), "pc-odynophagie")


@pytest.fixture(scope="module", autouse=True)
def _memory_is_given_back() -> Iterator[None]:
    """What the compiler remembers of its last ten documents, up to half a gigabyte of these."""
    yield
    for _ in range(11):
        typst.compile(b"x", format="pdf")
    if trim := getattr(ctypes.CDLL(None), "malloc_trim", None):  # glibc's
        trim(0)


def printed(protocol: Protocol, versions: tuple[Protocol, ...] = ()) -> bytes:
    rows = rows_of(protocol)
    told = sheet_of(versions or (protocol,), protocol, DAY)
    return compiled(sheet_page(told, rows, picture_to_svg(rows, title="Parcours", height=HEIGHT)))


@cache
def latest() -> bytes:
    return printed(ODYNOPHAGIE[-1], ODYNOPHAGIE)


def squeezed(words: str) -> str:
    return "".join(words.split())


@pytest.mark.parametrize("protocol", shipped(), ids=lambda p: f"{p.id}-{p.version}")
def test_every_shipped_sheet_is_one_page_before_its_picture(protocol: Protocol) -> None:
    versions = versions_of(shipped(), protocol.id)
    pictures = picture_to_svg(rows_of(protocol), title="Parcours", height=HEIGHT)
    with pikepdf.open(io.BytesIO(printed(protocol, versions))) as document:
        assert len(document.pages) == 1 + len(pictures)
        width, height = (float(side) for side in document.pages[0].MediaBox[2:])
        assert (round(width), round(height)) == (595, 842)


@pytest.mark.parametrize("protocol", shipped(), ids=lambda p: f"{p.id}-{p.version}")
def test_a_suspended_protocol_says_so_on_the_same_page(protocol: Protocol) -> None:
    suspension = Suspension(
        period=Period(start=dt.date(2026, 11, 18)),
        authority="Agence régionale de santé (exemple fictif)",
        reason="Formation des délégués non justifiée, dans l’attente des pièces demandées (exemple fictif)",
        source="Décision n° 2026-11-0001 du 17 novembre 2026 (exemple fictif)",
    )
    one = Halted(name="MAISON DE SANTE FICTIVE", finess="380999990", suspension=suspension)
    versions = versions_of(shipped(), protocol.id)
    told = sheet_of(versions, protocol, DAY, Halts(whole=suspension, structures=(one,)))
    pdf = compiled(sheet_page(told, rows_of(protocol), ()))
    with pikepdf.open(io.BytesIO(pdf)) as document:
        assert len(document.pages) == 1
    words = squeezed(words_of(pdf))
    for sentence in said.halted(told.halts):
        assert squeezed(sentence) in words


def test_is_pdf_a_2a_and_pdf_ua_1() -> None:
    with pikepdf.open(io.BytesIO(latest())) as document:
        with document.open_metadata() as metadata:
            assert metadata["pdfaid:part"] == "2"
            assert metadata["pdfaid:conformance"] == "A"
            assert metadata["pdfuaid:part"] == "1"
            assert metadata["dc:title"] == "Fiche d’identité – Odynophagie, version 2024.1"
        assert document.Root.OutputIntents
        assert all(font.DescendantFonts[0].FontDescriptor for font in document.pages[0].Resources.Font.values())


def test_is_read_aloud_in_french_by_its_headings_and_its_picture_in_words() -> None:
    with pikepdf.open(io.BytesIO(latest())) as document:
        assert str(document.Root.Lang) == "fr-FR"
        assert document.Root.MarkInfo.Marked
        assert document.Root.ViewerPreferences.DisplayDocTitle
        kinds: list[str] = []
        spoken: list[str] = []
        todo = [document.Root.StructTreeRoot.K]
        while todo:
            node = todo.pop()
            if isinstance(node, pikepdf.Array):
                todo += list(node)
            elif isinstance(node, pikepdf.Dictionary):
                kinds.append(str(node.get("/S", "")))
                spoken.append(str(node.get("/Alt", "")))
                todo += [node.K] if "/K" in node else []
    assert {"/H1", "/H2", "/H3", "/L", "/LI", "/Figure"} <= set(kinds)
    alternative = "".join(spoken)
    assert all(words in alternative for _, words in described(rows_of(ODYNOPHAGIE[-1])))


def test_the_outlines_are_explained_where_the_picture_is() -> None:
    assert squeezed(said.LEGEND) in squeezed(words_of(latest()))


def test_equal_sheets_give_equal_bytes() -> None:
    assert printed(ODYNOPHAGIE[-1], ODYNOPHAGIE) == latest()
    assert printed(ODYNOPHAGIE[-2], ODYNOPHAGIE) != latest()


@pytest.mark.parametrize("protocol", shipped(), ids=lambda p: f"{p.id}-{p.version}")
def test_every_criterion_act_and_profession_is_printed(protocol: Protocol) -> None:
    words = squeezed(words_of(printed(protocol, versions_of(shipped(), protocol.id))))
    told = [criterion.text for criterion in protocol.criteria]
    told += [activity.title for activity in protocol.activities]
    told += [one.display for one in (*protocol.delegators, *protocol.delegatees, *protocol.structures)]
    told += [training.module for training in protocol.trainings]
    told += [gap.text for gap in protocol.gaps]
    assert [one for one in told if squeezed(one.replace("'", "’")) not in words] == []


def test_as_many_marks_as_doubtful_statements() -> None:
    told = sheet_of(ODYNOPHAGIE, ODYNOPHAGIE[-1], DAY)
    rows = rows_of(ODYNOPHAGIE[-1])
    words = squeezed(words_of(compiled(sheet_page(told, rows, ()))))
    # The questions of the exam and the lines of scores are counted on paper, and named on the page.
    counted = sum(
        detail.to_validate
        for item in told.items
        if item.key in ("examen", "scores")
        for statement in item.statements
        for detail in statement.details
    )
    assert told.to_validate - counted > 10
    in_changes = sum(f"{change.before} {change.after}".count("(à valider)") for change in told.changes)
    assert words.count("(àvalider)") == told.to_validate - counted + in_changes + 1  # and the legend


@pytest.mark.parametrize("name", ["#panic()", "*gras*", '"); #import "x.typ"', "$x$", "@ref <label>", "= Titre"])
def test_markup_in_a_title_is_printed_as_it_is(name: str) -> None:
    objective = Fact(text=name, source=name, certainty="G")
    words = words_of(printed(dataclasses.replace(shipped()[0], short_title=name, title=name, objective=objective)))
    assert squeezed(words).count(squeezed(name)) >= 4


def test_a_sheet_too_long_for_a_page_loses_nothing() -> None:
    criteria = tuple(
        dataclasses.replace(ODYNOPHAGIE[-1].criteria[1], id=f"c{n}", text=f"Critère numéro {n} " + "long " * 30)
        for n in range(120)
    )
    protocol = dataclasses.replace(ODYNOPHAGIE[-1], criteria=(*ODYNOPHAGIE[-1].criteria, *criteria))
    rows = rows_of(protocol)
    pdf = compiled(sheet_page(sheet_of([protocol], protocol, DAY), rows, ()))
    with pikepdf.open(io.BytesIO(pdf)) as document:
        assert len(document.pages) > 1
    words = squeezed(words_of(pdf))
    assert all(squeezed(criterion.text) in words for criterion in criteria)


def test_a_fault_of_the_template_does_not_quote_the_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_TEMPLATE", "#panic(sys.inputs.sheet)")
    with pytest.raises(RuntimeError) as fault:
        printed(shipped()[0])
    assert shipped()[0].short_title not in str(fault.value)
    assert not isinstance(fault.value, typst.TypstError)
    assert fault.value.__suppress_context__
