"""Family X, what wraps the answer: each case makes a hostile envelope of a valid one."""

import re
from collections.abc import Callable
from typing import NamedTuple

#: In what must never be read, nor told.
CANARY = "CANARI-X-51D2"
_ROOT = re.compile(rb"<soap:Envelope[^>]*>")


class Case(NamedTuple):
    spoil: Callable[[bytes, str], bytes]
    #: True where it is harmless, and must be taken for what it is.
    harmless: bool = False


def _dtd(declarations: str, use: str = "") -> Callable[[bytes, str], bytes]:
    def spoil(valid: bytes, canary: str) -> bytes:
        body = valid.split(b"?>", 1)[-1].replace(b">urn:x<", f">urn:x{use}<".encode(), 1)
        return f"<!DOCTYPE x [{declarations.replace('CANARY', canary)}]>".encode() + body

    return spoil


def _inside(extra: bytes) -> Callable[[bytes, str], bytes]:
    """Put at the beginning of the header."""

    def spoil(valid: bytes, canary: str) -> bytes:
        return valid.replace(b"<soap:Header>", b"<soap:Header>" + extra.replace(b"CANARY", canary.encode()), 1)

    return spoil


def _attributes(extra: Callable[[], bytes]) -> Callable[[bytes, str], bytes]:
    return lambda valid, _: valid.replace(b"<soap:Header>", b"<soap:Header " + extra() + b">", 1)


def _laughs() -> str:
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return f'<!ENTITY l0 "ha">{levels}'


def _hidden(encoding: str) -> Callable[[bytes, str], bytes]:
    def spoil(valid: bytes, canary: str) -> bytes:
        body = valid.decode().split("?>", 1)[-1]
        text = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE x [<!ENTITY c SYSTEM "file://{canary}">]>{body}'
        return text.encode(encoding)

    return spoil


def _rebound(valid: bytes, _: str) -> bytes:
    """The body's prefixes stand for something else there: what looks like an answer is none."""
    head, body = valid.split(b"<soap:Body>", 1)
    return head + b"<soap:Body>" + re.sub(rb'xmlns:?\w*="[^"]*"', rb'xmlns="urn:other"', body)


def _two_bodies(valid: bytes, _: str) -> bytes:
    return valid.replace(b"<soap:Body>", b"<soap:Body><x/></soap:Body><soap:Body>", 1)


def _cut_short(by: bytes) -> Callable[[bytes, str], bytes]:
    """The name of our own message, and more behind it."""
    return lambda valid, _: valid.replace(b"0001</wsa:RelatesTo>", b"0001" + by + b"9</wsa:RelatesTo>", 1)


ENVELOPES = {
    "X01 xxe-file": Case(_dtd('<!ENTITY c SYSTEM "file://CANARY">', "&c;")),
    "X02 xxe-http": Case(_dtd('<!ENTITY c SYSTEM "http://127.0.0.1:9/c">', "&c;")),
    "X03 xxe-param": Case(_dtd('<!ENTITY % p SYSTEM "http://127.0.0.1:9/p"> %p;')),
    "X04 dtd-external": Case(
        lambda valid, _: b'<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">' + valid.split(b"?>", 1)[-1]
    ),
    "X05 xxe-utf16": Case(_hidden("utf-16")),
    "X05 xxe-utf7": Case(_hidden("utf-7")),
    "X05 xxe-utf32": Case(_hidden("utf-32")),
    "X09 laughs-10x9": Case(_dtd(_laughs(), "&l9;")),
    "X10 laughs-quadratic": Case(_dtd(f'<!ENTITY b "{"b" * 50_000}">', "&b;" * 5_000)),
    "X11 laughs-lazy": Case(_dtd(_laughs())),
    "X12 entity-chain": Case(
        lambda valid, _: _dtd("".join(f'<!ENTITY e{n} "&e{n - 1};">' for n in range(1, 30_000)), "&e29999;")(valid, "")
    ),
    "X13 giant-token": Case(_attributes(lambda: b'a="' + b"a" * 8_400_000 + b'"')),
    "X14 deep-200k": Case(lambda valid, _: _inside(b"<a>" * 200_000 + b"</a>" * 200_000)(valid, "")),
    "X14 deep-101": Case(_inside(b"<a>" * 101 + b"</a>" * 101)),
    "X15 attrs-200k": Case(_attributes(lambda: b" ".join(b'a%d=""' % n for n in range(200_000)))),
    "X15 attrs-twice": Case(_attributes(lambda: b'a="1" a="2"')),
    "X16 stylesheet-pi": Case(
        lambda valid, _: (
            b'<?xml-stylesheet href="http://127.0.0.1:9/x.xsl" type="text/xsl"?>' + valid.split(b"?>", 1)[-1]
        ),
        harmless=True,
    ),
    "X17 xinclude-text": Case(
        _inside(b'<i:include xmlns:i="http://www.w3.org/2001/XInclude" href="file://CANARY" parse="text"/>'),
        harmless=True,
    ),
    "X18 schemalocation-ssrf": Case(
        _attributes(
            lambda: (
                b'xmlns:si="http://www.w3.org/2001/XMLSchema-instance" si:schemaLocation="urn:x http://127.0.0.1:9/"'
            )
        ),
        harmless=True,
    ),
    "X21 relatesto-comment": Case(_cut_short(b"<!-- -->")),
    "X21 relatesto-pi": Case(_cut_short(b"<?x y?>")),
    "X29 ns-redefine": Case(_rebound),
    "X30 cdata-split": Case(_cut_short(b"<![CDATA[8]]>")),
    "X30 cdata-harmless": Case(
        lambda valid, _: valid.replace(b">urn:x<", b"><![CDATA[urn:x]]><", 1),
        harmless=True,
    ),
    "two bodies": Case(_two_bodies),
    "two documents": Case(lambda valid, _: valid + valid.split(b"?>", 1)[-1]),
    "cut in the middle": Case(lambda valid, _: valid[: len(valid) // 2]),
    "no byte": Case(lambda valid, _: b""),
    "a NUL byte": Case(lambda valid, _: valid.replace(b">urn:x<", b">urn\0x<", 1)),
}
