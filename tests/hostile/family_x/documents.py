"""Family X, the document itself, under a hash and a size that are its own: what may be shown of it."""

from collections.abc import Callable
from typing import NamedTuple

from tests.hostile.family_x.doors import CONTENT
from tests.hostile.family_x.envelopes import ENVELOPES

_ID = b'extension="258066799900794"'


class Document(NamedTuple):
    made: Callable[[str], bytes]
    #: True where it is harmless to hand the bytes on, as they are.
    shown: bool = False


def _replaced(old: bytes, new: bytes) -> Callable[[str], bytes]:
    assert old in CONTENT, old
    return lambda _: CONTENT.replace(old, new)


def _before_the_end(extra: bytes) -> Callable[[str], bytes]:
    return lambda canary: CONTENT.replace(
        b"</ClinicalDocument>", extra.replace(b"CANARY", canary.encode()) + b"</ClinicalDocument>"
    )


def _wrapped(name: str) -> Callable[[str], bytes]:
    """The same declarations, before a document."""
    return lambda canary: ENVELOPES[name].spoil(CONTENT, canary)


def _two_patients(_: str) -> bytes:
    target = CONTENT[CONTENT.index(b"<recordTarget") : CONTENT.index(b"</recordTarget>") + 15]
    return CONTENT.replace(target, target + target.replace(_ID, b'extension="158066799900794"'))


DOCUMENTS = {
    **{
        f"{name}, in a document": Document(_wrapped(name))
        for name in ENVELOPES
        if name[:3] in {"X01", "X02", "X03", "X04", "X05", "X09", "X10", "X11", "X12"}
    },
    "X06 xxe-in-attachment": Document(_wrapped("X01 xxe-file")),
    "X08 xxe-in-svg": Document(
        lambda canary: f'<!DOCTYPE svg [<!ENTITY c SYSTEM "file://{canary}">]><svg>&c;</svg>'.encode()
    ),
    "X14 deep-200k, in a document": Document(_before_the_end(b"<a>" * 200_000 + b"</a>" * 200_000)),
    "X16 stylesheet-pi, in a document": Document(
        lambda _: CONTENT.replace(
            b"<ClinicalDocument", b'<?xml-stylesheet href="http://127.0.0.1:9/"?><ClinicalDocument', 1
        ),
        shown=True,
    ),
    "X17 xinclude, in a document": Document(
        _before_the_end(b'<i:include xmlns:i="http://www.w3.org/2001/XInclude" href="file://CANARY" parse="text"/>'),
        shown=True,
    ),
    "X23 cda-two-patients": Document(_two_patients),
    "X24 cda-id-mismatch": Document(_replaced(_ID, b'extension="158066799900794"')),
    "X24 cda-of-another-name": Document(
        _replaced(b'root="1.2.250.1.999.1.1.20260.1.7.1"', b'root="1.2.250.1.999.1.1.20260.1.7.9"')
    ),
    "X25 cda-nullflavor-all": Document(
        lambda _: (
            CONTENT.replace(b'root="1.2.250.1.213.1.4.10"', b'nullFlavor="UNK"')
            .replace(_ID, b"")
            .replace(b'root="1.2.250.1.999.1.1.20260.2"', b'nullFlavor="UNK"')
            .replace(b'extension="PAT-000123"', b"")
        )
    ),
    "X26 cda-nonxml-js": Document(
        _before_the_end(
            b'<component><nonXMLBody><text><reference value="javascript:x"/></text></nonXMLBody></component>'
        ),
        shown=True,
    ),
    "X27 cda-table-onmouseover": Document(_before_the_end(b'<text><table onmouseover="x()"/></text>'), shown=True),
    "X29 ns-redefine, in a document": Document(
        lambda _: CONTENT.replace(b"<recordTarget", b'<recordTarget xmlns="urn:other"', 1)
    ),
    "X30 cdata-split, in a document": Document(
        lambda _: CONTENT.replace(_ID, b'extension="258066799900794&#49;"'),
    ),
    "not XML": Document(lambda _: b"%PDF-1.4"),
}
