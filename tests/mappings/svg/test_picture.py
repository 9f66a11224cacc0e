"""The picture of a protocol: all of it is there, nothing overlaps, letters are large enough, and words replace it."""

import dataclasses
import itertools
import json
from collections.abc import Sequence

import pytest
import typst
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from mappings.domain.evidence import TO_VALIDATE
from mappings.domain.logic import All
from mappings.domain.picture import Row, described, rows_of
from mappings.domain.protocol import Protocol, TreeStep
from mappings.svg import HEIGHT, WIDTH, picture_to_svg
from mappings.svg.layout import SIZE, Page, Placed, Stroke, pages_of
from mappings.svg.text import width_of, wrapped
from tests.browser.contrast import ratio
from tests.mappings.catalogue import doubted, shipped

ANY = doubted() | st.sampled_from(shipped())
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=900)
SVG = "{http://www.w3.org/2000/svg}"


def apart(one: Placed, other: Placed) -> bool:
    beside = one.x + one.width <= other.x or other.x + other.width <= one.x
    return beside or one.y + one.height <= other.y or other.y + other.height <= one.y


def crosses(stroke: Stroke, box: Placed) -> bool:
    """Whether the line goes through the inside of the box; to touch its edge is no crossing."""
    left, right = sorted((stroke.x1, stroke.x2))
    top, bottom = sorted((stroke.y1, stroke.y2))
    inside = (
        left < box.x + box.width - 0.01 and box.x + 0.01 < right if left != right else box.x < left < box.x + box.width
    )
    along = (
        top < box.y + box.height - 0.01 and box.y + 0.01 < bottom if top != bottom else box.y < top < box.y + box.height
    )
    return inside and along


def is_sound(page: Page) -> None:
    for box in page.boxes:
        assert box.x >= 0
        assert box.y >= 0
        assert box.x + box.width <= WIDTH
        assert box.y + box.height <= page.height
        for text in box.texts:
            assert text.x >= box.x
            assert text.x + width_of(text.words, SIZE, bold=text.bold) <= box.x + box.width + 0.01
            assert box.y < text.y - SIZE * 0.7
            assert text.y + SIZE * 0.2 <= box.y + box.height
        lines = [text.y for text in box.texts]
        assert all(below - above >= SIZE for above, below in itertools.pairwise(lines))
    for one, other in itertools.combinations(page.boxes, 2):
        assert apart(one, other)
    for stroke in page.strokes:
        assert not [box for box in page.boxes if crosses(stroke, box)]


def letters(pages: Sequence[Page]) -> str:
    words = (text.words for page in pages for box in page.boxes for text in box.texts)
    return "".join("".join(words).split()).replace("(suite)", "")


def wanted(rows: Sequence[Row]) -> list[str]:
    boxes = [box for row in rows for box in (row.box, row.exit) if box is not None]
    said = [words for box in boxes for words in (box.title, *(line.words for line in box.lines))]
    return ["".join(words.replace("'", "’").split()) for words in said]


@settings(max_examples=40, deadline=None)
@given(ANY)
def test_nothing_overlaps(protocol: Protocol) -> None:
    rows = rows_of(protocol)
    (page,) = pages_of(rows)
    is_sound(page)
    for each in pages_of(rows, HEIGHT):
        is_sound(each)
        assert each.height <= HEIGHT


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(shipped()), TEXTS)
def test_nothing_overlaps_whatever_the_words(protocol: Protocol, words: str) -> None:
    criteria = tuple(dataclasses.replace(criterion, text=words) for criterion in protocol.criteria)
    rows = rows_of(dataclasses.replace(protocol, criteria=criteria))
    for page in pages_of(rows, HEIGHT):
        is_sound(page)
        assert page.height <= HEIGHT
    assert "".join(letters(pages_of(rows)).split()).count("Inclusion") >= 1


@settings(max_examples=30, deadline=None)
@given(ANY)
def test_every_word_is_printed_on_one_page_or_on_many(protocol: Protocol) -> None:
    rows = rows_of(protocol)
    one, many = letters(pages_of(rows)), letters(pages_of(rows, 300.0))
    assert all(words in one for words in wanted(rows))
    assert len(one) == len(many)


@settings(max_examples=30, deadline=None)
@given(ANY)
def test_criteria_acts_recourses_and_branches_are_drawn_and_marked(protocol: Protocol) -> None:
    lines = [line for row in rows_of(protocol) for box in (row.box, row.exit) if box for line in box.lines]
    branches = [branch for step in protocol.tree for branch in step.branches]
    for fact in (*protocol.criteria, *protocol.recourses, *branches):
        about = [line for line in lines if fact.text in line.text]
        assert about, fact.text
        if fact.certainty in TO_VALIDATE:
            assert any(line.to_validate for line in about), fact.text
    drawn = {act for branch in branches for act in branch.acts} if protocol.tree else None
    for act in protocol.activities:
        if drawn is None or act.id in drawn:
            assert any(act.title in line.text and line.bullet for line in lines), act.title


def test_an_unread_condition_is_marked_though_its_words_are_known() -> None:
    first = next(p for p in shipped() if p.id == "pc-odynophagie")
    (unread,) = [criterion for criterion in first.criteria if criterion.id == "age"]
    known = dataclasses.replace(unread, certainty="S")
    others = tuple(criterion for criterion in first.criteria if criterion is not unread)
    rows = rows_of(dataclasses.replace(first, criteria=(known, *others)))
    assert any(line.to_validate for row in rows for line in row.box.lines if line.text == known.text)


def test_a_step_that_two_branches_lead_to_is_drawn_once() -> None:
    protocol = next(p for p in shipped() if p.id == "pc-odynophagie")
    first, last = protocol.tree
    both = dataclasses.replace(
        first, branches=tuple(dataclasses.replace(branch, then=last.id) for branch in first.branches)
    )
    rows = rows_of(dataclasses.replace(protocol, tree=(both, last)))
    assert [row.box.title for row in rows].count(f"Étape 2. {last.text}") == 1
    onward = [line.text for row in rows if row.exit for line in row.exit.lines if line.text.startswith("Suite")]
    assert onward == ["Suite à l’étape 2"]


def test_a_deep_tree_goes_on_apart() -> None:
    protocol = next(p for p in shipped() if p.id == "pc-odynophagie")
    step, branch = protocol.tree[0], protocol.tree[-1].branches[0]
    deep = tuple(
        TreeStep(
            id=f"e{n}",
            text=f"Question {n}",
            branches=(dataclasses.replace(branch, id=f"b{n}", condition=All(()), then=f"e{n + 1}" if n < 11 else ""),),
        )
        for n in range(12)
    )
    assert step
    rows = rows_of(dataclasses.replace(protocol, tree=deep))
    assert [row.box.title for row in rows if row.box.kind == "step"] == [
        f"Étape {n + 1}. Question {n}" for n in range(12)
    ]
    assert max(row.depth for row in rows) <= 10
    (page,) = pages_of(rows)
    is_sound(page)


def test_letters_are_printed_at_nine_points_at_least() -> None:
    for protocol in shipped():
        for svg in picture_to_svg(rows_of(protocol), title="Parcours", height=HEIGHT):
            root = etree.fromstring(svg)
            assert float(root.get("font-size", "0")) >= 9
            # As wide as drawn: a page that is not scaled prints its letters at their size.
            assert root.get("width") == root.get("viewBox", "").split()[2]
            assert not root.xpath("//*[@font-size][not(self::*[local-name()='svg'])]")


def test_colours_pass_contrast_and_say_nothing_alone() -> None:
    (svg,) = picture_to_svg(rows_of(shipped()[0]), title="Parcours")
    root = etree.fromstring(svg)
    paper = {element.get("fill") for element in root.iter(f"{SVG}rect")} - {"none"}
    ink = {element.get("fill") for element in root.iter(f"{SVG}text")}
    assert len(ink) == 1
    for sheet in paper:
        assert ratio(_rgb(ink.copy().pop()), _rgb(sheet)) >= 7
    # Two kinds of box never differ by their colour only.
    names = ("stroke-width", "stroke-dasharray", "rx")
    outlines = {}
    for protocol in shipped():
        (drawn,) = picture_to_svg(rows_of(protocol), title="Parcours")
        for group in etree.fromstring(drawn).iter(f"{SVG}g"):
            rectangles = list(group.iter(f"{SVG}rect"))
            outlines[group.get("class")] = (len(rectangles), *(rectangles[0].get(name) for name in names))
    assert len(set(outlines.values())) == len(outlines) == 6


def _rgb(colour: str | None) -> str:
    assert colour is not None
    return f"rgb({int(colour[1:3], 16)}, {int(colour[3:5], 16)}, {int(colour[5:7], 16)})"


def test_a_screen_reader_has_a_name_and_all_the_words() -> None:
    rows = rows_of(shipped()[0])
    (svg,) = picture_to_svg(rows, title="Parcours du patient", description="En texte ci-dessous")
    root = etree.fromstring(svg)
    assert root.get("role") == "img"
    assert root.xpath("string(//*[@id=$id])", id=root.get("aria-labelledby")) == "Parcours du patient"
    assert root.xpath("string(//*[@id=$id])", id=root.get("aria-describedby")) == "En texte ci-dessous"
    said = "".join("".join(words.split()) for _, words in described(rows))
    assert all(words in said for words in wanted(rows) if not words.endswith((".", ":")))


@pytest.mark.parametrize("words", ["<script>alert(1)</script>", "& < > \" '", "]]>", "#import"])
def test_words_are_never_markup(words: str) -> None:
    first, *others = shipped()[0].criteria
    protocol = dataclasses.replace(shipped()[0], criteria=(dataclasses.replace(first, text=words), *others))
    (svg,) = picture_to_svg(rows_of(protocol), title=words)
    root = etree.fromstring(svg)
    assert not root.xpath("//*[local-name()='script']")
    assert any(words.replace("'", "’") in (text.text or "") for text in root.iter(f"{SVG}text"))


@given(TEXTS, st.floats(20, 300))
def test_wrapping_loses_no_letter(words: str, width: float) -> None:
    lines = list(wrapped(words, width, SIZE))
    assert "".join("".join(lines).split()) == "".join(words.split())
    # One letter may be wider than the line; more never are.
    assert all(width_of(line, SIZE) <= width or len(line) == 1 for line in lines)


_MEASURE = b"""
#set text(font: "Libertinus Serif", size: float(sys.inputs.size) * 1pt)
#let widths = json(bytes(sys.inputs.lines)).map(line => text(
  weight: if line.bold { "bold" } else { "regular" },
  style: if line.italic { "italic" } else { "normal" },
  line.words,
))
#context [#metadata(widths.map(line => measure(line).width.pt())) <widths>]
"""


def test_the_words_stay_inside_their_boxes_in_the_font_of_the_pdf() -> None:
    lines, rooms = [], []
    for protocol in shipped():
        for page in pages_of(rows_of(protocol), HEIGHT):
            for box in page.boxes:
                for text in box.texts:
                    lines.append({"words": text.words, "bold": text.bold, "italic": text.italic})
                    rooms.append(box.x + box.width - text.x)
    compiler = typst.Compiler(
        _MEASURE,
        font_paths=typst.Fonts(include_system_fonts=False),
        ignore_system_fonts=True,
        sys_inputs={"lines": json.dumps(lines), "size": str(SIZE)},
    )
    (found,) = json.loads(compiler.query("<widths>", field="value"))
    assert len(found) == len(lines) > 500
    assert [line["words"] for line, width, room in zip(lines, found, rooms, strict=True) if width > room] == []
