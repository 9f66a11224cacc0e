"""Rows one below the other, over as many pages as they take, each text under its element of the structure.

What is shown is held apart by element, so that a page's content stands in the order in which it is to be read, whatever
stands beside what. Measures are points from the lower left corner of an A4 page.
"""

from dataclasses import dataclass, field
from typing import Final

from mappings.pdf.page.lines import Style, broken, shown, width

WIDTH: Final = 595.276
HEIGHT: Final = 841.89
LEFT: Final = 56.693
RIGHT: Final = WIDTH - LEFT
TOP: Final = HEIGHT - 51.024
BOTTOM: Final = 59.528


@dataclass(slots=True, eq=False)
class Element:
    """An element of the structure: its kind and its kids, elements or (page, marked content) in reading order."""

    number: int
    kind: str
    parent: "Element | None"
    attributes: str = ""
    kids: "list[Element | tuple[int, int]]" = field(default_factory=list)


class Text:
    """One line of one element, and where it begins."""

    __slots__ = ("element", "style", "text", "x")

    def __init__(self, element: Element, text: str, style: Style, x: float) -> None:
        self.element, self.text, self.style, self.x = element, text, style, x


class Flow:
    def __init__(self) -> None:
        self.elements: list[Element] = [Element(0, "Document", None)]
        #: For each page what is not read, then what is: element, text, baseline.
        self.artifacts: list[list[str]] = [[]]
        self.texts: list[list[tuple[Text, float]]] = [[]]
        #: Level, words, page, top: for the outline.
        self.headings: list[tuple[int, str, int, float]] = []
        self.y = TOP

    def element(self, kind: str, parent: Element | None = None, attributes: str = "") -> Element:
        parent = parent or self.elements[0]
        made = Element(len(self.elements), kind, parent, attributes)
        parent.kids.append(made)
        self.elements.append(made)
        return made

    @property
    def page(self) -> int:
        return len(self.texts) - 1

    def room(self, height: float) -> None:
        """Go on to the next page unless there is so much room on this one."""
        if self.y - height < BOTTOM:
            self.texts.append([])
            self.artifacts.append([])
            self.y = TOP

    def row(self, texts: list[Text], gap: float) -> None:
        """Texts on one baseline, ``gap`` below what is above."""
        height = max((_cap(text.style) for text in texts), default=0)
        self.room(gap + height)
        self.y -= height if self.y == TOP else gap + height
        self.texts[-1] += [(text, self.y) for text in texts]

    def beside(self, text: Text) -> None:
        """At the height of the first row of the page, which is yet to come."""
        self.texts[-1].append((text, self.y - _cap(text.style)))

    def paragraph(
        self, element: Element, text: str, style: Style, gap: float, *, x: float = LEFT, most: float = 0
    ) -> None:
        room = most or RIGHT - x
        for place, line in enumerate(broken(text, style, room, room)):
            self.row([Text(element, line, style, x)], LEADING if place else gap)

    def item(self, label: tuple[Element, str, Style], value: tuple[Element, str, Style], gap: float) -> None:
        """A label, its text on the same line, what follows indented."""
        indent, most = 12.6, RIGHT - LEFT
        element, words, style = label
        lines = broken(words, style, most, most - indent)
        for place, line in enumerate(lines[:-1]):
            self.row([Text(element, line, style, LEFT + (indent if place else 0))], LEADING if place else gap)
        x = LEFT + (indent if len(lines) > 1 else 0)
        last = Text(element, lines[-1], style, x)
        after = x + width(lines[-1], style) + 8.4
        of, told, said = value
        first, *rest = broken(told, said, max(RIGHT - after, 0), most - indent)
        beside = [Text(of, first, said, after)] if first else []
        self.row([last, *beside], LEADING if len(lines) > 1 else gap)
        for line in rest:
            self.row([Text(of, line, said, LEFT + indent)], LEADING)

    def stretches(self, page: int, top: float, bottom: float) -> list[tuple[int, float, float]]:
        """What lies between a place before and ``bottom`` on this page: page, top, bottom."""
        if page == self.page:
            return [(page, top, bottom)]
        between = [(one, TOP, BOTTOM) for one in range(page + 1, self.page)]
        return [(page, top, BOTTOM), *between, (self.page, TOP, bottom)]

    def rule(self, y: float, thickness: float, colour: str, page: int | None = None) -> None:
        self.artifacts[self.page if page is None else page].append(
            f"{colour} RG {thickness} w {LEFT} {y:.2f} m {RIGHT:.2f} {y:.2f} l S"
        )

    def box(self, page: int, x: float, bottom: float, wide: float, top: float, colour: str) -> None:
        self.artifacts[page].append(f"{colour} rg {x:.2f} {bottom:.2f} {wide:.2f} {top - bottom:.2f} re f")

    def rounded(self, page: int, x: float, bottom: float, wide: float, top: float, colour: str) -> None:
        """A box with corners of 3 points."""
        r, k, right = 3, 1.34, x + wide
        self.artifacts[page].append(
            f"{colour} rg {x:.2f} {top - r:.2f} m {x:.2f} {top - k:.2f} {x + k:.2f} {top:.2f} {x + r:.2f} {top:.2f} c "
            f"{right - r:.2f} {top:.2f} l {right - k:.2f} {top:.2f} {right:.2f} {top - k:.2f} {right:.2f} {top - r:.2f} c "
            f"{right:.2f} {bottom + r:.2f} l "
            f"{right:.2f} {bottom + k:.2f} {right - k:.2f} {bottom:.2f} {right - r:.2f} {bottom:.2f} c "
            f"{x + r:.2f} {bottom:.2f} l {x + k:.2f} {bottom:.2f} {x:.2f} {bottom + k:.2f} {x:.2f} {bottom + r:.2f} c f"
        )


#: Between the lines of a paragraph.
LEADING: Final = 5.775


def _cap(style: Style) -> float:
    """Height of the capitals."""
    return style.size * (0.645 if style.weight else 0.658)


def drawn(text: str, style: Style, x: float, y: float, fonts: dict[tuple[int, int], int]) -> str:
    """The operators that show one line; a subset met for the first time is numbered."""
    runs = " ".join(
        f"/F{fonts.setdefault(key, len(fonts))} {style.size} Tf <{glyphs}> Tj"
        for key, glyphs in shown(text, style.weight)
    )
    if style.tracking:
        runs = f"{style.tracking} Tc {runs} 0 Tc"
    return f"BT {style.colour} rg {x:.2f} {y:.2f} Td {runs} ET"
