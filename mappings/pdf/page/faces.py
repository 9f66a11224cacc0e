"""The glyphs of the page: Libertinus Serif, regular and semi-bold, as the compiler's wheel bundles it.

The compiler sets a specimen of some characters once, when the first page wants them; the subset that it embeds, with
widths and ToUnicode, is taken out of that file as it stands and copied into every page. Characters that almost every
report has are one subset; the rest of what can be printed (``mappings.codes.characters``) is in subsets of 32 code
points, each embedded only where a page has one of them. It knows neither lines nor pages.
"""

import json
import re
import unicodedata
import zlib
from dataclasses import dataclass
from functools import cache
from typing import Final

from mappings.codes.characters import is_printable

_LETTERS: Final = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .,:;-–()'’°àâçéèêëîôûœÉ\u00a0\u202f"
#: By weight: of the text, and of names, labels and headings.
_CORE: Final = (_LETTERS + "/«»+%|ïùÀ…", _LETTERS + "?Â")
_COMMON: Final = tuple(map(frozenset, _CORE))
_BLOCK: Final = 32
_WEIGHTS: Final = ("400", "600")
_TEMPLATE: Final = b"""#let runs = json(bytes(sys.inputs.runs))
#set page(width: 400pt, height: auto)
#set text(font: "Libertinus Serif", fallback: false, kerning: false, ligatures: false)
#text(weight: int(sys.inputs.weight), for run in runs [#run \\ ])
"""
#: A file of the compiler's at PDF 1.4: no object inside a stream, one after the other.
_OBJECT: Final = re.compile(rb"^(\d+) 0 obj\n", re.MULTILINE)
_LENGTH: Final = re.compile(rb"/Length (\d+)")
_REFERENCE: Final = re.compile(rb"(\d+) 0 R")
_WIDTHS: Final = re.compile(rb"/W\[[^\]]*\]")
_PROFILE: Final = re.compile(rb"/DestOutputProfile (\d+) 0 R")
_MAPPED: Final = re.compile(r"^<([0-9A-F]{4})> <([0-9A-F]+)>$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Face:
    """One subset of one weight: its block and weight are the key, block 0 what every page has."""

    key: tuple[int, int]
    codes: dict[int, int]
    #: Thousandths of the size.
    widths: dict[str, float]
    #: Dictionaries that refer to each other from 0 on, and streams.
    objects: tuple[tuple[bytes, bytes], ...]

    def numbered(self, first: int) -> list[bytes]:
        """The objects, the font first, as numbers from ``first`` on."""
        return [
            _REFERENCE.sub(lambda m: b"%d 0 R" % (first + int(m[1])), dictionary) + stream
            for dictionary, stream in self.objects
        ]


def block_of(character: str, weight: int) -> int:
    """0 for the characters that reports are made of."""
    return 0 if character in _COMMON[weight] else 1 + ord(character) // _BLOCK


def face(block: int, weight: int) -> Face:
    return _specimen(block, weight)[0]


def profile() -> bytes:
    """The colour profile of the output intent: sRGB, as a stream object."""
    return _specimen(0, 0)[1]


@cache
def _specimen(block: int, weight: int) -> tuple[Face, bytes]:
    # only who prints loads the compiler
    import typst

    characters = _block(block, weight)
    pdf = typst.compile(
        _TEMPLATE,
        format="pdf",
        font_paths=typst.Fonts(include_system_fonts=False),
        ignore_system_fonts=True,
        sys_inputs={
            "weight": _WEIGHTS[weight],
            # a space alone would be left out, a mark would melt with what is before it
            "runs": json.dumps([c if unicodedata.combining(c) else f"0{c}0" for c in characters]),
        },
        pdf_standards=["a-1b"],
        pdf_tags=False,
        timestamp=0,
    )
    assert isinstance(pdf, bytes)
    objects = _objects(pdf)
    fonts = [number for number, (dictionary, _) in objects.items() if b"/Subtype/Type0" in dictionary]
    places = [found for d, _ in objects.values() if (found := _PROFILE.search(d))]
    if len(fonts) != 1 or len(places) != 1:
        raise RuntimeError("the specimen of the page's characters is not as expected")
    made = _face((block, weight), objects, fonts[0])
    if missing := set(characters) - made.widths.keys():
        raise RuntimeError(f"the page's fonts lack {len(missing)} characters")
    return made, b"".join(objects[int(places[0][1])])


def _block(block: int, weight: int) -> str:
    if block == 0:
        return _CORE[weight]
    first = (block - 1) * _BLOCK
    return "".join(c for c in map(chr, range(first, first + _BLOCK)) if is_printable(c) and c not in _COMMON[weight])


def _objects(pdf: bytes) -> dict[int, tuple[bytes, bytes]]:
    """Each object: its dictionary, and its stream with the words around it."""
    found: dict[int, tuple[bytes, bytes]] = {}
    at = 0
    while head := _OBJECT.search(pdf, at):
        end = pdf.index(b"\nendobj", head.end())
        stream = pdf.find(b"\nstream\n", head.end(), end)
        length = _LENGTH.search(pdf, head.end(), stream) if stream >= 0 else None
        if length:
            end = stream + len(b"\nstream\n") + int(length[1])
            end = pdf.index(b"\nendobj", end)
            found[int(head[1])] = (pdf[head.end() : stream], pdf[stream:end])
        else:
            found[int(head[1])] = (pdf[head.end() : end], b"")
        at = end
    return found


def _face(key: tuple[int, int], objects: dict[int, tuple[bytes, bytes]], font: int) -> Face:
    """The font and what it refers to, in the order met, its numbers counted from 0."""
    order = [font]
    for number in order:
        order += [int(one) for one in _REFERENCE.findall(objects[number][0]) if int(one) not in order]
    names = {number: b"%d 0 R" % place for place, number in enumerate(order)}
    bodies = tuple(
        (_REFERENCE.sub(lambda m: names[int(m[1])], objects[number][0]), objects[number][1]) for number in order
    )
    codes = _codes(next(stream for dictionary, stream in bodies if b"/CMap" in dictionary))
    advances = _advances(next(dictionary for dictionary, _ in bodies if b"/W[" in dictionary))
    widths = b"/W[0[%b]]" % b" ".join(b"%g" % advances.get(code, 0) for code in range(len(codes) + 1))
    bodies = tuple((_WIDTHS.sub(widths, dictionary), stream) for dictionary, stream in bodies)
    return Face(
        key=key,
        codes={ord(character): code for character, code in codes.items()},
        widths={character: advances.get(code, 0) for character, code in codes.items()},
        objects=bodies,
    )


def _codes(stream: bytes) -> dict[str, int]:
    told = zlib.decompressobj().decompress(stream.removeprefix(b"\nstream\n")).decode("ascii")
    pairs = ((bytes.fromhex(text).decode("utf-16-be"), int(code, 16)) for code, text in _MAPPED.findall(told))
    return {text: code for text, code in pairs if len(text) == 1}


def _advances(dictionary: bytes) -> dict[int, float]:
    """Of ``first last width`` only, the form that the compiler writes; what it leaves out has no width."""
    told = dictionary[dictionary.index(b"/W[") + 3 :]
    numbers = [float(one) for one in told[: told.index(b"]")].split()]
    return {
        code: width
        for first, last, width in zip(numbers[::3], numbers[1::3], numbers[2::3], strict=True)
        for code in range(int(first), int(last) + 1)
    }
