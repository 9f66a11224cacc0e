"""Families of hostile FHIR bodies: a clean refusal each, quickly, and never a word of what they hold."""

import re
import time
from pathlib import Path

import pytest

from mappings.fhir import json, structure
from mappings.fhir.xml import resource_from_xml
from mappings.issues import Refused
from tests.hostile.packed import Bodies

CANARY = "CANARI-7F3A"

JSON = Bodies(
    {
        "dup-subject": b'{"resourceType":"Procedure","subject":{"reference":"Patient/a"},"subject":{"reference":"Patient/b"}}',
        "dup-key-case": b'{"resourceType":"Procedure","status":"completed","subject":{"reference":"Patient/a"},"Subject":{}}',
        "dup-escaped": b'{"resourceType":"Patient","id":"a","\\u0069d":"b"}',
        "nan": b'{"resourceType":"Observation","valueQuantity":{"value":NaN}}',
        "infinity": b'{"resourceType":"Observation","valueQuantity":{"value":-Infinity}}',
        "huge-exponent": b'{"resourceType":"Observation","valueQuantity":{"value":1e999}}',
        "deep-100k": b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        "deep-open": b'{"a":' + b"[" * 100_000,
        "deep-extension": b'{"resourceType":"Patient","extension":[{"url":"e",' * 500 + b'"id":"x"' + b"}]}" * 500,
        "int-5000-digits": b'{"resourceType":"Patient","multipleBirthInteger":' + b"9" * 5000 + b"}",
        "int-2pow63": b'{"resourceType":"Patient","multipleBirthInteger":9223372036854775808}',
        "lone-surrogate": b'{"resourceType":"Patient","name":[{"family":"\\ud800"}]}',
        "lone-surrogate-bytes": b'{"resourceType":"Patient","name":[{"family":"\xed\xa0\x80"}]}',
        "nul-escaped": b'{"resourceType":"Patient","name":[{"family":"a\\u0000b"}]}',
        "nul-raw": b'{"resourceType":"Patient","name":[{"family":"a\x00b"}]}',
        "control-in-key": b'{"resourceType":"Patient","a\\u0001":1}',
        "not-xml": '{"resourceType":"Patient","name":[{"family":"a\uffff"}]}'.encode(),
        "bom": b'\xef\xbb\xbf{"resourceType":"Patient"}',
        "utf-16": '{"resourceType":"Patient"}'.encode("utf-16"),
        "utf-16-le": '{"resourceType":"Patient"}'.encode("utf-16-le"),
        "utf-32": '{"resourceType":"Patient"}'.encode("utf-32-be"),
        "latin-1": '{"resourceType":"Patient","name":[{"family":"é"}]}'.encode("latin-1"),
        "overlong-utf-8": b'{"resourceType":"Patient","id":"\xc0\xaf"}',
        "trailing-data": b'{"resourceType":"Patient"}{"resourceType":"Patient"}',
        "trailing-comma": b'{"resourceType":"Patient",}',
        "comment": b'{"resourceType":"Patient"/* x */}',
        "million-keys": b"{" + b",".join(b'"%d":1' % i for i in range(500_000)) + b"}",
        "many-keys": b'{"resourceType":"Patient",' + b",".join(b'"a%d":1' % i for i in range(5_000)) + b"}",
        "million-items": b'{"resourceType":"Patient","name":[' + b"{}," * 1_000_000 + b"{}]}",
        "too-long": b'{"resourceType":"Patient","id":"' + b"a" * 5_000_000 + b'"}',
        "prototype": b'{"resourceType":"Patient","__proto__":{"a":1}}',
        "constructor": b'{"resourceType":"Patient","constructor":{"a":1}}',
        "resource-class": b'{"resourceType":"__class__"}',
        "resource-path": b'{"resourceType":"../Patient"}',
        "resource-object": b'{"resourceType":{"a":1}}',
        "companion-mismatch": b'{"resourceType":"Patient","name":[{"given":["a"],"_given":[null,{"id":"x"}]}]}',
        "companion-of-complex": b'{"resourceType":"Patient","_name":[{"id":"x"}]}',
        "string-for-object": b'{"resourceType":"Patient","name":"x"}',
        "string-for-boolean": b'{"resourceType":"Patient","active":"false"}',
        "number-for-date": b'{"resourceType":"Patient","birthDate":19600530}',
        "empty-object": b'{"resourceType":"Patient","name":[{}]}',
        "empty-array": b'{"resourceType":"Patient","name":[]}',
        "empty-string": b'{"resourceType":"Patient","id":""}',
        "null-item": b'{"resourceType":"Patient","name":[null]}',
        "null-member": b'{"resourceType":"Patient","birthDate":null}',
        "many-faults": b'{"resourceType":"Patient","name":[' + b'{"x":1},' * 100_000 + b'{"x":1}]}',
        "deep-faults": b'{"resourceType":"Patient","extension":['
        + b'{"url":"e","extension":[' * 45
        + b",".join([b'{"reference":"#a"}'] * 190_000)
        + b"]}" * 45
        + b"]}",
        "deep-pointers": b'{"resourceType":"Patient","extension":['
        + b'{"url":"e","extension":[' * 40
        + b",".join([b'{"url":"e","valueUri":"#a"}'] * 120_000)
        + b"]}" * 40
        + b"]}",
        "script-in-div": b'{"resourceType":"Patient","text":{"status":"generated","div":'
        b'"<div xmlns=\\"http://www.w3.org/1999/xhtml\\"><script>alert(1)</script></div>"}}',
        "entity-in-div": b'{"resourceType":"Patient","text":{"status":"generated","div":"<!DOCTYPE div [<!ENTITY a SYSTEM'
        b' \\"file:///etc/passwd\\">]><div xmlns=\\"http://www.w3.org/1999/xhtml\\">&a;</div>"}}',
        "attributes-in-div": b'{"resourceType":"Patient","text":{"status":"generated","div":"<div '
        b'xmlns=\\"http://www.w3.org/1999/xhtml\\"><p '
        + b" ".join(b"a%d='x'" % i for i in range(100_000))
        + b'/></div>"}}',
        "braces-in-key": b'{"resourceType":"Patient","{0.__class__}":1}',
        "slow-code": b'{"resourceType":"Patient","language":"' + b"a " * 500_000 + b'"}',
        "slow-reference": b'{"resourceType":"Patient","managingOrganization":{"reference":"'
        + b"A" * 1_000_000
        + b'!"}}',
    }
)

_P = b'<Patient xmlns="http://hl7.org/fhir">'
_E = b"</Patient>"
_LAUGHS = b"".join(b'<!ENTITY l%d "%s">' % (i, b"&l%d;" % (i - 1) * 10) for i in range(1, 10))

XML = Bodies(
    {
        "xxe-file": b'<!DOCTYPE p [<!ENTITY x SYSTEM "file:///CANARY">]>' + _P + b'<id value="&x;"/>' + _E,
        "xxe-http": b'<!DOCTYPE p [<!ENTITY x SYSTEM "http://192.0.2.1/x">]>' + _P + b"&x;" + _E,
        "xxe-parameter": b'<!DOCTYPE p [<!ENTITY % x SYSTEM "http://192.0.2.1/x">%x;]>' + _P + _E,
        "dtd-external": b'<!DOCTYPE p SYSTEM "http://192.0.2.1/x.dtd">' + _P + _E,
        "dtd-lower-case": b"<!doctype p>" + _P + _E,
        "xxe-utf-16": b"\xff\xfe" + '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE p><Patient/>'.encode("utf-16-le"),
        "xxe-utf-7": b'<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE p+AD4-' + _P + _E,
        "latin-1": b'<?xml version="1.0" encoding="ISO-8859-1"?>' + _P + _E,
        "laughs": b'<!DOCTYPE p [<!ENTITY l0 "ha">' + _LAUGHS + b"]>" + _P + b"&l9;" + _E,
        "laughs-lazy": b'<!DOCTYPE p [<!ENTITY l0 "ha">' + _LAUGHS + b"]>" + _P + _E,
        "deep-200k": _P + b"<extension>" * 200_000 + b"</extension>" * 200_000 + _E,
        "deep-101": _P + b'<extension url="e">' * 101 + b"</extension>" * 101 + _E,
        "nodes-300k": _P + b"<name/>" * 300_000 + _E,
        "attributes-200k": _P + b"<name " + b" ".join(b'a%d="x"' % i for i in range(200_000)) + b"/>" + _E,
        "attribute-twice": _P + b'<id value="a" value="b"/>' + _E,
        "giant-attribute": _P + b'<id value="' + b"a" * 6_000_000 + b'"/>' + _E,
        "stylesheet": b'<?xml-stylesheet href="http://192.0.2.1/x.xsl"?>' + _P + _E,
        "instruction-after": _P + _E + b"<?php x ?>",
        "instruction-inside": _P + b"<?php x ?>" + _E,
        "xinclude": _P + b'<i:include xmlns:i="http://www.w3.org/2001/XInclude" href="file:///CANARY"/>' + _E,
        "namespace-mid-tree": _P + b'<x:gender xmlns:x="urn:hl7-org:v3" value="male"/>' + _E,
        "no-namespace": b"<Patient/>",
        "attributes-in-div": _P
        + b'<text><status value="generated"/><div xmlns="http://www.w3.org/1999/xhtml"><p '
        + b" ".join(b'a%d="x"' % i for i in range(100_000))
        + b"/></div></text>"
        + _E,
        "xml-1.1": b'<?xml version="1.1"?>' + _P + b'<id value="&#1;"/>' + _E,
        "text-split": _P + b"<gender>ma<!-- -->le</gender>" + _E,
        "two-roots": _P + _E + _P + _E,
        "truncated": _P + b"<name>",
        "empty": b"",
        "json": b'{"resourceType":"Patient"}',
        "script-in-div": _P + b'<text><status value="generated"/><div xmlns="http://www.w3.org/1999/xhtml">'
        b"<script>x</script></div></text>" + _E,
    }
)


def refused(read: object, body: bytes) -> str:
    """The sentences of the refusal, by the reader or by the check after it."""
    try:
        resource = read(body)  # type: ignore[operator]
    except Refused as refusal:
        issues = list(refusal.issues)
    else:
        issues = structure.check(resource)
    assert issues, "accepted"
    assert len(issues) <= 100
    return " ".join(issue.text + issue.expression for issue in issues)


@pytest.mark.parametrize("name", JSON)
def test_json(name: str) -> None:
    start = time.process_time()
    sentences = refused(json.parse, JSON[name])
    assert time.process_time() - start < 2
    assert "{" not in sentences


@pytest.mark.parametrize("name", XML)
def test_xml(name: str, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    canary.write_text(CANARY)
    body = XML[name].replace(b"/CANARY", str(canary).encode())
    start = time.process_time()
    assert CANARY not in refused(resource_from_xml, body)
    assert time.process_time() - start < 2


def test_precision_is_not_an_attack() -> None:
    body = b'{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":1.10}}'
    resource = json.parse(body)
    assert structure.check(resource) == []
    assert json.dump(resource) == body


@pytest.mark.parametrize("size", [1, 7, 64])
def test_every_truncation_is_refused(size: int) -> None:
    body = JSON["dup-key-case"]
    for end in range(0, len(body), size):
        assert re.search("JSON|objet", refused(json.parse, body[:end]))
