"""What another program makes of a PDF: each element of its structure with its text, and where each line stands."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import pikepdf

_PAIR = re.compile(r"^<(\w{4})> <(\w+)>$", re.MULTILINE)


@dataclass
class Read:
    """``marked``: text by page and marked content, in the order of the content."""

    marked: dict[tuple[int, int], str] = field(default_factory=dict)
    #: Page, left, right, baseline; whether it is read.
    lines: list[tuple[int, float, float, float, bool]] = field(default_factory=list)
    feet: list[str] = field(default_factory=list)
    #: Kind, text, marked contents; in the order of the structure.
    elements: list[tuple[str, str, list[tuple[int, int]]]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def read(pdf: bytes) -> Read:
    with pikepdf.open(io.BytesIO(pdf)) as document:
        told = Read(problems=document.check_pdf_syntax())
        for number, page in enumerate(document.pages):
            _page(told, number, page)
        places = {page.objgen: number for number, page in enumerate(document.pages)}
        root = document.Root.StructTreeRoot
        parents = list(root.ParentTree.Nums)
        for element in _leaves(root.K):
            own = [
                (places[element.Pg.objgen], int(kid))
                if isinstance(kid, int)
                else (places[kid.Pg.objgen], int(kid.MCID))
                for kid in _kids(element)
            ]
            told.elements.append((str(element.S), "".join(told.marked[one] for one in own), own))
            for page, mark in own:
                if parents[2 * page + 1][mark].objgen != element.objgen:
                    told.problems.append(f"the parent of {page}, {mark} is another element")
    return told


def _kids(element: pikepdf.Object) -> list:
    kids = element.get("/K", [])
    return list(kids) if isinstance(kids, pikepdf.Array) else [kids]


def _leaves(node: pikepdf.Object) -> Iterator[pikepdf.Object]:
    """The elements that hold content, in order."""
    for one in list(node) if isinstance(node, pikepdf.Array) else [node]:
        kids = _kids(one)
        if kids and all(isinstance(kid, pikepdf.Dictionary) and "/S" in kid for kid in kids):
            for kid in kids:
                yield from _leaves(kid)
        elif kids:
            yield one


def _page(told: Read, number: int, page: pikepdf.Page) -> None:
    fonts = {name: (_map(font), _widths(font)) for name, font in page.Resources.Font.items()}
    mark, font, size, tracking, left, baseline, at = None, None, 0.0, 0.0, 0.0, 0.0, 0.0
    text: list[str] = []
    for operands, operator in pikepdf.parse_content_stream(page):
        name = str(operator)
        if name == "BDC":
            mark = int(operands[1].MCID) if "/MCID" in operands[1] else None
            text = []
        elif name == "EMC":
            if mark is not None:
                if (number, mark) in told.marked:
                    told.problems.append(f"marked twice: {number}, {mark}")
                told.marked[number, mark] = "".join(text)
            elif text:
                told.feet.append(" ".join(text))
        elif name == "Tf":
            font, size = fonts[str(operands[0])], float(operands[1])
        elif name == "Tc":
            tracking = float(operands[0])
        elif name == "Td":
            left, baseline = float(operands[0]), float(operands[1])
            at = left
        elif name == "Tj":
            assert font is not None
            data = bytes(operands[0])
            codes = [int.from_bytes(data[i : i + 2]) for i in range(0, len(data), 2)]
            text.append("".join(font[0][code] for code in codes))
            at += sum(font[1][code] * size / 1000 + tracking for code in codes)
        elif name == "ET":
            # the space that ends a broken line is not seen
            seen = at - (font[1][codes[-1]] * size / 1000 if text and text[-1].endswith(" ") else 0)
            told.lines.append((number, left, seen, baseline, mark is not None))


def _map(font: pikepdf.Object) -> dict[int, str]:
    told = font.ToUnicode.read_bytes().decode("ascii")
    return {int(code, 16): bytes.fromhex(text).decode("utf-16-be") for code, text in _PAIR.findall(told)}


def _widths(font: pikepdf.Object) -> dict[int, float]:
    first, widths = font.DescendantFonts[0].W
    return {int(first) + place: float(width) for place, width in enumerate(widths)}
