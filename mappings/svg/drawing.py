"""Boxes and lines of a page as SVG. What a box is, is told by its words and its outline, never by a colour alone.

Colours stand as attributes for print, and as classes that a style sheet may say otherwise for the screen.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from lxml import etree

from mappings.domain.picture import BoxKind, Row
from mappings.svg.layout import SIZE, WIDTH, Page, Placed, Stroke, Text, pages_of

_NS: Final = "http://www.w3.org/2000/svg"
#: On white, 15.9 to 1.
_INK: Final = "#1b232c"
_WASH: Final = "#eef1f4"
_FONTS: Final = "DejaVu Sans, Verdana, Libertinus Serif, sans-serif"
_NUMBER: Final = "{:.2f}"
#: Corners, thickness and dashes of each outline; a call to the délégant has a second one within.
_OUTLINES: Final[dict[BoxKind, dict[str, str]]] = {
    "stage": {"fill": _WASH, "stroke-width": "1.2"},
    "step": {"fill": "#ffffff", "stroke-width": "1.6", "rx": "9"},
    "branch": {"fill": "#ffffff", "stroke-width": "0.7"},
    "acts": {"fill": "#ffffff", "stroke-width": "2.4"},
    "reorientation": {"fill": "#ffffff", "stroke-width": "1.2", "stroke-dasharray": "5 3"},
    "recourse": {"fill": "#ffffff", "stroke-width": "0.8"},
}
_ARROW: Final = 5.0


def picture_to_svg(
    rows: Sequence[Row], *, title: str, description: str = "", height: float | None = None, name: str = "schema"
) -> tuple[str, ...]:
    """One SVG a page; ``name`` begins the ids within, so that two may stand on one page of the web."""
    pages = pages_of(rows, height)
    return tuple(
        _svg(page, f"{title} ({place} sur {len(pages)})" if len(pages) > 1 else title, description, f"{name}-{place}")
        for place, page in enumerate(pages, 1)
    )


def _svg(page: Page, title: str, description: str, name: str) -> str:
    root = etree.Element(f"{{{_NS}}}svg", nsmap={None: _NS})  # type: ignore[dict-item]  # the stubs want no default
    root.attrib.update(
        {
            "width": _said(WIDTH),
            "height": _said(page.height),
            "viewBox": f"0 0 {_said(WIDTH)} {_said(page.height)}",
            "font-family": _FONTS,
            "font-size": str(SIZE),
            "role": "img",
            "aria-labelledby": f"{name}-titre",
            "class": "picture",
        }
    )
    _element(root, "title", {"id": f"{name}-titre"}, title)
    if description:
        root.set("aria-describedby", f"{name}-texte")
        _element(root, "desc", {"id": f"{name}-texte"}, description)
    for stroke in page.strokes:
        _stroke(root, stroke)
    for box in page.boxes:
        _box(root, box)
    return etree.tostring(root, encoding="unicode")


def _box(root: etree._Element, box: Placed) -> None:
    group = _element(root, "g", {"class": f"box {box.kind}"})
    frame = {"x": box.x, "y": box.y, "width": box.width, "height": box.height}
    _element(group, "rect", {**_numbers(frame), "stroke": _INK, "class": "outline", **_OUTLINES[box.kind]})
    if box.kind == "recourse":
        inner = {"x": box.x + 2, "y": box.y + 2, "width": box.width - 4, "height": box.height - 4}
        outline = {"fill": "none", "stroke": _INK, "stroke-width": "0.8", "class": "line"}
        _element(group, "rect", {**_numbers(inner), **outline})
    if box.to_validate:
        right, top = box.x + box.width, box.y
        points = " ".join(f"{_said(x)},{_said(y)}" for x, y in ((right - 7, top), (right, top), (right, top + 7)))
        _element(group, "polygon", {"points": points, "fill": _INK, "class": "mark"})
    for text in box.texts:
        _text(group, text)


def _text(group: etree._Element, text: Text) -> None:
    if text.bullet:
        dot = {"cx": text.x - 5.5, "cy": text.y - SIZE * 0.3, "r": 1.5}
        _element(group, "circle", {**_numbers(dot), "fill": _INK, "class": "ink"})
    weight = {"font-weight": "bold"} if text.bold else {}
    style = {"font-style": "italic"} if text.italic else {}
    place = _numbers({"x": text.x, "y": text.y})
    _element(group, "text", {**place, "fill": _INK, "class": "ink", **weight, **style}, text.words)


def _stroke(root: etree._Element, stroke: Stroke) -> None:
    ends = _numbers({"x1": stroke.x1, "y1": stroke.y1, "x2": stroke.x2, "y2": stroke.y2})
    _element(root, "line", {**ends, "stroke": _INK, "stroke-width": "1", "class": "line"})
    if stroke.arrow:
        points = " ".join(f"{_said(x)},{_said(y)}" for x, y in _head(stroke))
        _element(root, "polygon", {"points": points, "fill": _INK, "class": "ink"})


def _head(stroke: Stroke) -> Iterator[tuple[float, float]]:
    """Of an arrow that points down or to the right: there are no others."""
    x, y = stroke.x2, stroke.y2
    down = stroke.x1 == stroke.x2
    yield x, y
    yield (x - _ARROW / 2, y - _ARROW) if down else (x - _ARROW, y - _ARROW / 2)
    yield (x + _ARROW / 2, y - _ARROW) if down else (x - _ARROW, y + _ARROW / 2)


def _element(parent: etree._Element, tag: str, attributes: dict[str, str], text: str = "") -> etree._Element:
    element = etree.SubElement(parent, f"{{{_NS}}}{tag}", attributes)
    element.text = text or None
    return element


def _numbers(values: dict[str, float]) -> dict[str, str]:
    return {name: _said(value) for name, value in values.items()}


def _said(value: float) -> str:
    return _NUMBER.format(value)
