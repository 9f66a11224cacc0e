"""The door for foreign XML refuses what hides, grows or reaches out."""

import pytest

from mappings import hardened_xml
from mappings.issues import Refused

REFUSED = {
    "doctype": b"<!DOCTYPE a><a/>",
    "lower case": b"<!doctype a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>",
    "billion laughs": b"<!DOCTYPE a [<!ENTITY b 'x'><!ENTITY c '&b;&b;'>]><a>&c;</a>",
    "utf-16": "<!DOCTYPE a><a/>".encode("utf-16"),
    "utf-7": b"<?xml version='1.0' encoding='utf-7'?>+ADwAIQ-DOCTYPE a+AD4-<a/>",
    "not xml": b"bonjour",
    "empty": b"",
    "two roots": b"<a/><b/>",
    "deep": b"<a>" * (hardened_xml.DEPTH + 1) + b"</a>" * (hardened_xml.DEPTH + 1),
    "many": b"<a>" + b"<b/>" * hardened_xml.NODES + b"</a>",
    "attributes": b"<a " + b" ".join(b'b%d=""' % n for n in range(hardened_xml.ATTRIBUTES + 1)) + b"/>",
    "many comments": b"<a>" + b"<!---->" * hardened_xml.NODES + b"</a>",
}


@pytest.mark.parametrize("data", REFUSED.values(), ids=REFUSED.keys())
def test_refuses(data: bytes) -> None:
    with pytest.raises(Refused) as refused:
        hardened_xml.parse(data)
    assert "passwd" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_takes_ordinary_documents() -> None:
    depth = hardened_xml.DEPTH
    assert hardened_xml.parse(b"<a>" * depth + b"</a>" * depth).tag == "a"
    assert hardened_xml.parse("<?xml version='1.0' encoding='UTF-8'?><a>é</a>".encode()).text == "é"
    assert hardened_xml.parse("<?xml version='1.0' encoding='ISO-8859-1'?><a>é</a>".encode("latin-1")).text == "é"
    assert hardened_xml.parse(b"\xef\xbb\xbf<a/>").tag == "a"
