"""The file: ISO 19005-1 level A over PDF 1.4, ISO 14289-1; every object written once, in the order of its number.

No object streams, which PDF 1.4 does not have. Equal content gives equal bytes: the identifier is its digest.
"""

import datetime as dt
import hashlib
import re
import zlib
from dataclasses import dataclass
from typing import Final

from mappings.pdf.page.faces import face, profile
from mappings.pdf.page.flow import BOTTOM, HEIGHT, LEFT, RIGHT, WIDTH, Element, Flow, drawn
from mappings.pdf.page.lines import Style, width
from mappings.pdf.page.metadata import metadata

_HEAD: Final = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"
#: ISO 32000-1 annex D.2: what stands elsewhere than in Latin-1.
_ELSEWHERE: Final = {"’": "\x90", "–": "\x85", "…": "\x83", "œ": "\x9c"}
_PLAIN: Final = re.compile("[ -~¡-¬®-ÿ’–…œ]*")
_ESCAPED: Final = re.compile(r"[^ !-\'*-\[\]-~]")
#: Level 6 takes twice as long for a tenth less.
_DEFLATED: Final = 4
_CATALOG, _PAGES, _INFO, _METADATA, _PROFILE, _ROOT, _FREE = range(1, 8)


@dataclass(frozen=True, slots=True)
class About:
    title: str
    author: str
    created: dt.datetime
    #: At the foot of each page, on the left.
    foot: str
    foot_style: Style


def written(flow: Flow, about: About) -> bytes:
    fonts: dict[tuple[int, int], int] = {(0, 0): 0, (0, 1): 1}
    owners: list[list[Element]] = []
    contents = [_content(flow, page, about, fonts, owners) for page in range(len(flow.texts))]
    bodies: dict[int, bytes] = {}
    resources, free = [], _FREE
    for key, name in fonts.items():
        resources.append(f"/F{name} {free} 0 R")
        objects = face(*key).numbered(free)
        bodies |= {free + place: body for place, body in enumerate(objects)}
        free += len(objects)
    pages = [free + 2 * page for page in range(len(contents))]
    for number, (page, content) in zip(pages, enumerate(contents), strict=True):
        bodies[number] = (
            f"<</Type/Page/Parent {_PAGES} 0 R/MediaBox[0 0 {WIDTH} {HEIGHT}]/StructParents {page}"
            f"/Resources<</Font<<{''.join(resources)}>>>>/Contents {number + 1} 0 R>>"
        ).encode()
        bodies[number + 1] = _stream("/Filter/FlateDecode", zlib.compress(content, _DEFLATED))
    free = pages[-1] + 2
    outline = free
    for body in _outline(flow, pages, free):
        bodies[free] = body
        free += 1
    bodies |= {free + e.number: _element(e, free, pages) for e in flow.elements}
    parents = "".join(
        f"{page}[{' '.join(f'{free + owner.number} 0 R' for owner in marked)}]" for page, marked in enumerate(owners)
    )
    bodies[_ROOT] = (
        f"<</Type/StructTreeRoot/K[{free} 0 R]/ParentTree<</Nums[{parents}]>>/ParentTreeNextKey {len(owners)}>>"
    ).encode()
    bodies[_CATALOG] = (
        f"<</Type/Catalog/Pages {_PAGES} 0 R/Metadata {_METADATA} 0 R/StructTreeRoot {_ROOT} 0 R/Outlines {outline} 0 R"
        "/MarkInfo<</Marked true>>/Lang(fr-FR)/ViewerPreferences<</DisplayDocTitle true>>/OutputIntents[<<"
        "/Type/OutputIntent/S/GTS_PDFA1/OutputConditionIdentifier(sRGB)/Info(sRGB v2.1)"
        f"/DestOutputProfile {_PROFILE} 0 R>>]>>"
    ).encode()
    kids = " ".join(f"{page} 0 R" for page in pages)
    bodies[_PAGES] = f"<</Type/Pages/Count {len(pages)}/Kids[{kids}]>>".encode()
    stamp = about.created.strftime("D:%Y%m%d%H%M%SZ")
    bodies[_INFO] = (
        f"<</Title{_text(about.title)}/Author{_text(about.author)}/Creator(Binome)"
        f"/CreationDate({stamp})/ModDate({stamp})>>"
    ).encode()
    bodies[_METADATA] = _stream("/Type/Metadata/Subtype/XML", metadata(about.title, about.author, about.created))
    bodies[_PROFILE] = profile()
    return _joined([bodies[number] for number in range(1, len(bodies) + 1)])


def _joined(bodies: list[bytes]) -> bytes:
    parts, offsets, at = [_HEAD], [], len(_HEAD)
    for number, body in enumerate(bodies, 1):
        part = b"%d 0 obj\n%b\nendobj\n" % (number, body)
        offsets.append(at)
        parts.append(part)
        at += len(part)
    digest = hashlib.sha256(b"".join(parts)).hexdigest()[:32]
    rows = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    parts.append(
        f"xref\n0 {len(bodies) + 1}\n0000000000 65535 f \n{rows}trailer\n<</Size {len(bodies) + 1}/Root {_CATALOG} 0 R"
        f"/Info {_INFO} 0 R/ID[<{digest}><{digest}>]>>\nstartxref\n{at}\n%%EOF\n".encode()
    )
    return b"".join(parts)


def _content(
    flow: Flow, page: int, about: About, fonts: dict[tuple[int, int], int], owners: list[list[Element]]
) -> bytes:
    """What is not read first, then each element's text under one mark, in reading order."""
    parts = [f"/Artifact<</Type/Layout>>BDC {artifact} EMC" for artifact in flow.artifacts[page]]
    marked: list[Element] = []
    for text, y in sorted(flow.texts[page], key=lambda one: one[0].element.number):
        element = text.element
        if not marked or marked[-1] is not element:
            if marked:
                parts.append("EMC")
            element.kids.append((page, len(marked)))
            parts.append(f"/{element.kind}<</MCID {len(marked)}>>BDC")
            marked.append(element)
        parts.append(drawn(text.text, text.style, text.x, y, fonts))
    if marked:
        parts.append("EMC")
    owners.append(marked)
    style, count = about.foot_style, f"Page {page + 1} sur {len(flow.texts)}"
    parts.append(
        f"/Artifact<</Type/Pagination>>BDC {style.colour} RG 0.4 w {LEFT} {BOTTOM - 21.2:.2f} m "
        f"{RIGHT:.2f} {BOTTOM - 21.2:.2f} l S {drawn(about.foot, style, LEFT, BOTTOM - 29.9, fonts)} "
        f"{drawn(count, style, RIGHT - width(count, style), BOTTOM - 29.9, fonts)} EMC"
    )
    return "\n".join(parts).encode("ascii")


def _element(element: Element, first: int, pages: list[int]) -> bytes:
    parent = f"{first + element.parent.number} 0 R" if element.parent else f"{_ROOT} 0 R"
    own = next((kid[0] for kid in element.kids if isinstance(kid, tuple)), None)
    kids = " ".join(
        f"{first + kid.number} 0 R"
        if isinstance(kid, Element)
        else str(kid[1])
        if kid[0] == own
        else f"<</Type/MCR/Pg {pages[kid[0]]} 0 R/MCID {kid[1]}>>"
        for kid in element.kids
    )
    where = "" if own is None else f"/Pg {pages[own]} 0 R"
    told = kids if len(element.kids) == 1 else f"[{kids}]"
    return f"<</S/{element.kind}/P {parent}{where}{element.attributes}/K {told}>>".encode()


def _outline(flow: Flow, pages: list[int], first: int) -> list[bytes]:
    """The title, and beneath it the headings of the sections."""
    (_, title, page, top), *rest = flow.headings
    count = len(rest)
    below = f"/First {first + 2} 0 R/Last {first + 1 + count} 0 R/Count -{count}" if rest else ""
    made = [
        f"<</Type/Outlines/First {first + 1} 0 R/Last {first + 1} 0 R/Count 1>>",
        f"<</Title{_text(title)}/Parent {first} 0 R{below}/Dest[{pages[page]} 0 R/XYZ {LEFT} {top:.2f} 0]>>",
    ]
    for place, (_, words, page, top) in enumerate(rest):
        beside = (f"/Prev {first + 1 + place} 0 R" if place else "") + (
            f"/Next {first + 3 + place} 0 R" if place + 1 < count else ""
        )
        made.append(
            f"<</Title{_text(words)}/Parent {first + 1} 0 R{beside}/Dest[{pages[page]} 0 R/XYZ {LEFT} {top:.2f} 0]>>"
        )
    return [one.encode() for one in made]


def _stream(about: str, content: bytes) -> bytes:
    return b"<<%b/Length %d>>\nstream\n%b\nendstream" % (about.encode(), len(content), content)


def _text(words: str) -> str:
    """A string of letters and a few signs as PDFDocEncoding has them, else UTF-16."""
    if _PLAIN.fullmatch(words):
        return "(" + _ESCAPED.sub(_octal, words) + ")"
    return f"<feff{words.encode('utf-16-be').hex()}>"


def _octal(character: re.Match[str]) -> str:
    return f"\\{ord(_ELSEWHERE.get(character[0], character[0])):03o}"
