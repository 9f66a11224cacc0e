"""Where the boxes of a picture go: bands one below the other, each a box and what it leads to, on one page or more.

All in points, for the width between the margins of an A4 page, and never scaled: a letter is printed at its size.
No two boxes meet, for each band has its own height and the two columns their own width; no line crosses a box, for
what hangs below a box stands to the right of the line that it hangs from.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from mappings.domain.picture import Box, BoxKind, Row
from mappings.domain.wording import typeset
from mappings.svg.text import wrapped

#: 170 mm, and 247 mm: what an A4 page leaves between margins of 2 and 2.5 cm.
WIDTH: Final = 482.0
HEIGHT: Final = 700.0
#: Of a letter.
SIZE: Final = 9.5
_LEADING: Final = 12.0
_LEFT: Final = 276.0
_GAP: Final = 32.0
_INDENT: Final = 18.0
_PADDING: Final = 7.0
_BETWEEN: Final = 9.0
_BULLET: Final = 9.0
#: Lines of one box; what is longer goes on in the next band.
LONGEST: Final = 40
#: Room for strokes at the edges.
_EDGE: Final = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One printed line: where its baseline begins."""

    x: float
    y: float
    words: str
    bold: bool = False
    italic: bool = False
    #: A dot stands before it.
    bullet: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """One box on its page."""

    x: float
    y: float
    width: float
    height: float
    kind: BoxKind
    to_validate: bool
    texts: tuple[Text, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stroke:
    """One straight line; an arrow points at its end."""

    x1: float
    y1: float
    x2: float
    y2: float
    arrow: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the picture, as high as it needs."""

    height: float
    boxes: tuple[Placed, ...]
    strokes: tuple[Stroke, ...]


@dataclass(frozen=True, slots=True)
class _Printed:
    """One line of a box before it has its place."""

    words: str
    bold: bool = False
    italic: bool = False
    bullet: bool = False
    #: Goes on from a line with a dot.
    hanging: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Band:
    """A row, or what of it goes on."""

    depth: int
    #: Index of the band that it hangs below.
    parent: int | None
    x: float
    width: float
    kind: BoxKind
    to_validate: bool
    lines: tuple[_Printed, ...]
    exit: Box | None
    exit_lines: tuple[_Printed, ...]

    @property
    def height(self) -> float:
        return max(_height(self.lines), _height(self.exit_lines) if self.exit else 0)


def pages_of(rows: Sequence[Row], height: float | None = None) -> tuple[Page, ...]:
    """One page as high as it must be, or pages no higher than ``height``."""
    bands = list(_bands(rows))
    pages: list[Page] = []
    begin = 0
    while begin < len(bands):
        end = _fitting(bands, begin, height)
        pages.append(_page(bands, begin, end))
        begin = end
    return tuple(pages)


def _bands(rows: Sequence[Row]) -> Iterator[_Band]:
    first: list[int] = []
    count = 0
    for row in rows:
        first.append(count)
        x = _EDGE + row.depth * _INDENT
        beside = row.exit or row.box.kind not in ("stage", "acts")
        right = _LEFT if beside else WIDTH - _EDGE
        lines = _printed(row.box, right - x)
        exits = _printed(row.exit, WIDTH - _EDGE - _LEFT - _GAP) if row.exit else ()
        for part in range(0, max(len(lines), len(exits), 1), LONGEST):
            here = exits[part : part + LONGEST]
            yield _Band(
                depth=row.depth,
                parent=None if row.parent is None else first[row.parent],
                x=x,
                width=right - x,
                kind=row.box.kind,
                to_validate=row.box.to_validate,
                lines=lines[part : part + LONGEST] or (_Printed("(suite)", italic=True),),
                exit=row.exit if here else None,
                exit_lines=here,
            )
            count += 1


def _printed(box: Box, width: float) -> tuple[_Printed, ...]:
    room = width - 2 * _PADDING
    printed = [_Printed(words, bold=True) for words in wrapped(typeset(box.title), room, SIZE, bold=True)]
    for line in box.lines:
        inner = room - _BULLET if line.bullet else room
        for place, words in enumerate(wrapped(typeset(line.words), inner, SIZE)):
            dot, hang = line.bullet and not place, line.bullet and bool(place)
            printed.append(_Printed(words, italic=line.to_validate, bullet=dot, hanging=hang))
    return tuple(printed)


def _height(lines: Sequence[_Printed]) -> float:
    return len(lines) * _LEADING + 2 * _PADDING - (_LEADING - SIZE)


def _fitting(bands: Sequence[_Band], begin: int, height: float | None) -> int:
    """Where the page that begins there ends: before the first band that has no room, one at least."""
    if height is None:
        return len(bands)
    y = 2 * _EDGE
    end = begin
    while end < len(bands) and y + bands[end].height <= height:
        y += bands[end].height + _BETWEEN
        end += 1
    # A box is not left alone above what hangs below it.
    while begin + 1 < end < len(bands) and bands[end].parent == end - 1:
        end -= 1
    return max(end, begin + 1)


def _page(bands: Sequence[_Band], begin: int, end: int) -> Page:
    boxes: list[Placed] = []
    tops: dict[int, float] = {}
    strokes: list[Stroke] = []
    y = _EDGE
    for place in range(begin, end):
        band = bands[place]
        tops[place] = y
        box = _placed(band, band.x, y, band.width, band.lines, band.kind, band.to_validate)
        boxes.append(box)
        if band.exit:
            left = _LEFT + _GAP
            away = _placed(band, left, y, WIDTH - _EDGE - left, band.exit_lines, band.exit.kind, band.exit.to_validate)
            boxes.append(away)
            middle = y + min(box.height, away.height) / 2
            strokes.append(Stroke(x1=box.x + box.width, y1=middle, x2=left, y2=middle, arrow=True))
        y += band.height + _BETWEEN
    bottom = y - _BETWEEN + _EDGE
    strokes += _hanging(bands, begin, end, tops, bottom)
    return Page(bottom, tuple(boxes), tuple(strokes))


def _hanging(bands: Sequence[_Band], begin: int, end: int, tops: dict[int, float], bottom: float) -> Iterable[Stroke]:
    """The lines down: from stage to stage, and from each box to what hangs below it, across pages too."""
    for place, band in enumerate(bands):
        below = [other for other, each in enumerate(bands) if each.parent == place]
        if band.depth == 0:
            below += [next((o for o in range(place + 1, len(bands)) if bands[o].depth == 0), place)]
        last = max(below, default=place)
        if last == place or last < begin or place >= end:
            continue
        trunk = band.x + _PADDING
        start = tops[place] + _height(band.lines) if place in tops else 0.0
        stops = bottom
        if last < end:
            stops = tops[last] if bands[last].depth == band.depth else tops[last] + _hook(bands[last])
        to_stage = last < end and bands[last].depth == band.depth
        yield Stroke(x1=trunk, y1=start, x2=trunk, y2=stops, arrow=to_stage)
        for other in below:
            if begin <= other < end and bands[other].depth > band.depth:
                y = tops[other] + _hook(bands[other])
                yield Stroke(x1=trunk, y1=y, x2=bands[other].x, y2=y)


def _hook(band: _Band) -> float:
    return min(_height(band.lines), _height(band.lines[:1])) / 2


def _placed(
    band: _Band, x: float, y: float, width: float, lines: Sequence[_Printed], kind: BoxKind, to_validate: bool
) -> Placed:
    texts = tuple(
        Text(
            x=x + _PADDING + (_BULLET if line.bullet or line.hanging else 0),
            y=y + _PADDING + SIZE * 0.8 + place * _LEADING,
            words=line.words,
            bold=line.bold,
            italic=line.italic,
            bullet=line.bullet,
        )
        for place, line in enumerate(lines)
    )
    return Placed(x=x, y=y, width=width, height=_height(lines), kind=kind, to_validate=to_validate, texts=texts)
