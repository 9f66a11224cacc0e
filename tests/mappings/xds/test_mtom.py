"""MTOM messages: what is built is read back, what is odd is refused."""

import re
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from mappings.issues import Refused
from mappings.xds import mtom

TYPE, BODY = mtom.build(b"<a/>", {"one@x": b"1\r\n--", "two@x": b""}, boundary="b0", action="urn:act")

content_ids = st.from_regex(re.compile(r"[a-z0-9.-]{1,20}@[a-z0-9.]{1,20}"), fullmatch=True)


@given(st.binary(), st.dictionaries(content_ids, st.binary(max_size=500), max_size=5))
def test_what_is_built_is_read_back(root, parts) -> None:
    content_type, body = mtom.build(root, parts, boundary="uuid:6f8b-boundary-that-no-part-holds", action="urn:act")
    message = mtom.parse(content_type, body)
    assert message.root == root
    assert message.parts == parts


def test_a_bare_envelope_has_no_part() -> None:
    message = mtom.parse('application/soap+xml; charset=utf-8; action="urn:act"', b"<a/>")
    assert (message.root, message.parts) == (b"<a/>", {})


def test_the_root_need_not_be_first_and_headers_may_be_folded() -> None:
    body = (
        b"--b0\r\nContent-ID: <doc@x>\r\nContent-Transfer-Encoding: binary\r\n\r\nbytes"
        b"\r\n--b0\r\nContent-Type: application/xop+xml;\r\n type=x\r\ncontent-id: <root@x>\r\n\r\n<a/>\r\n--b0--"
    )
    message = mtom.parse('Multipart/Related; start="<root@x>"; boundary=b0', body)
    assert (message.root, message.parts) == (b"<a/>", {"doc@x": b"bytes"})


REFUSED = {
    "no end": (TYPE, BODY.removesuffix(b"--b0--\r\n")),
    "bytes before": (TYPE, b"hidden\r\n" + BODY),
    "bytes after": (TYPE, BODY + b"hidden"),
    "nothing": (TYPE, b""),
    "only the end": (TYPE, b"--b0--"),
    "same content-id twice": (TYPE, BODY.replace(b"two@x", b"one@x")),
    "root taken twice": (TYPE, BODY.replace(b"two@x", mtom.ROOT_ID.encode())),
    "no content-id": (TYPE, BODY.replace(b"Content-ID: <two@x>\r\n", b"")),
    "content-id with a space": (TYPE, BODY.replace(b"two@x", b"t o@x")),
    "repeated header": (TYPE, BODY.replace(b"Content-ID: <two@x>", b"Content-ID: <two@x>\r\nContent-ID: <z@x>")),
    "header of no form": (TYPE, BODY.replace(b"Content-ID: <two@x>", b"Content-ID: <two@x>\r\nnothing")),
    "base64": (TYPE, BODY.replace(b"binary", b"base64")),
    "start names nobody": (TYPE.replace("root.message", "other"), BODY),
    "no boundary": ("multipart/related; type=x", BODY),
    "odd boundary": ('multipart/related; boundary="a b"', BODY),
    "another type": ("text/html", b"<a/>"),
    "boundary that only begins alike": (TYPE.replace('"b0"', '"b"'), BODY),
    "many parts": (TYPE, mtom.build(b"", {f"{n}@x": b"" for n in range(30)}, boundary="b0", action="")[1]),
}


@pytest.mark.parametrize(("content_type", "body"), REFUSED.values(), ids=REFUSED.keys())
def test_refuses(content_type, body) -> None:
    assert mtom.parse(TYPE, BODY).parts == {"one@x": b"1\r\n--", "two@x": b""}
    with pytest.raises(Refused):
        mtom.parse(content_type, body)


def test_refuses_what_is_too_large() -> None:
    with pytest.raises(Refused) as refused:
        mtom.parse(TYPE, BODY, size=len(BODY) - 1)
    assert refused.value.issues[0].code == "too-long"
    assert mtom.parse(TYPE, BODY, size=len(BODY)).root == b"<a/>"


def test_a_boundary_of_one_letter_costs_no_more_than_the_message() -> None:
    body = b"\r\n--bxy" * 500_000
    tracemalloc.start()
    with pytest.raises(Refused):
        mtom.parse('multipart/related; boundary="b"', body)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 3 * len(body)


def test_included_part() -> None:
    xop = 'xmlns:x="http://www.w3.org/2004/08/xop/include"'
    pointing = etree.fromstring(f'<d {xop}><x:Include href="cid:a%40x"/></d>')
    assert mtom.included_part(pointing, {"a@x": b"1"}) == b"1"
    assert mtom.included_part(etree.fromstring("<d>MQ==</d>"), {}) is None
    for href in ("cid:b@x", "http://x/a@x", "a@x"):
        with pytest.raises(Refused):
            mtom.included_part(etree.fromstring(f'<d {xop}><x:Include href="{href}"/></d>'), {"a@x": b"1"})
