"""Whatever comes through a door: a refusal that names the element, or an act on record; never anything else.

The doors are FHIR in JSON, FHIR in XML and the flat records. Every case is held to the same: an OperationOutcome of
4xx, nothing stored, nobody called, within two seconds; or else 2xx, and what was said is on record and can be read.
"""

import copy
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from werkzeug.test import TestResponse

from mappings.fhir.json import dump, parse
from mappings.fhir.structure import check
from mappings.fhir.xml import resource_to_xml
from tests.doors import House, act, expressions, outcome, transaction
from tests.hostile import test_fhir_bodies as bodies
from tests.mappings.fhir.mutations import ADDED, STRANGERS, added, at, places, replaced, without

Json = dict[str, Any]
#: Seconds of work that any request may cost.
BOUND = 2.0
#: (address, media type)
DOORS = {
    "fhir-json": ("/fhir", "application/fhir+json"),
    "fhir-xml": ("/fhir", "application/fhir+xml"),
    "records": ("/records/acts", "application/json"),
}


def knock(house: House, door: str, body: bytes, url: str = "") -> TestResponse:
    """One request, held to what every request is held to."""
    address, kind = DOORS[door]
    before, start = house.state(), time.process_time()
    answer = house.client.post(url or address, data=body, content_type=kind)
    assert time.process_time() - start < BOUND
    if answer.status_code >= 300:
        assert 400 <= answer.status_code < 500, answer.text
        told = outcome(answer)
        assert house.state() == before
        assert answer.status_code in (404, 406, 409, 412, 413, 415) or expressions(told) or is_about_the_body(told)
        assert len(answer.data) < 300_000
    return answer


def is_about_the_body(told: Any) -> bool:
    """No element can be named where the body could not be read as a whole."""
    return all(issue.code in ("structure", "too-costly", "not-supported") for issue in told.issue)


# ── bodies that are not what they claim ────────────────────────────────────────────────────────────────────

RAW = {
    "empty": b"",
    "blank": b"  \n",
    "null": b"null",
    "true": b"true",
    "list": b"[]",
    "string": b'"x"',
    "number": b"1e400",
    "open": b"{",
    "binary": bytes(range(256)),
    "gzip": b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xab\xae\x05\x00C\xbf\xa6\xa3\x02\x00\x00\x00",
    "html": b"<html><body>x</body></html>",
    "form": b"identifier=x&protocol=y",
    "multipart": b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\nb\r\n--x--",
    "yaml": b"identifier: &a x\nprotocol: *a\n",
    "pickle": b"\x80\x04\x95\x00\x00\x00\x00\x00\x00\x00\x00.",
    "template": b'{"identifier":"{{7*7}}${7*7}<%=7*7%>"}',
    "format": b'{"identifier":"%s%n{0.__class__}"}',
}


@pytest.mark.parametrize("name", RAW)
@pytest.mark.parametrize("door", DOORS)
def test_what_is_no_document(shared: House, door: str, name: str) -> None:
    assert knock(shared, door, RAW[name]).status_code in (400, 413, 422)


@pytest.mark.parametrize("name", bodies.JSON)
def test_hostile_json_through_every_door(shared: House, name: str) -> None:
    body = bodies.JSON[name]
    for door, url in (
        ("records", ""),
        ("fhir-json", ""),
        ("fhir-json", "/fhir/Patient"),
        ("fhir-json", "/fhir/Procedure"),
    ):
        assert knock(shared, door, body, url).status_code >= 400


@pytest.mark.parametrize("name", bodies.XML)
def test_hostile_xml_through_every_door(shared: House, name: str) -> None:
    for url in ("", "/fhir/Patient"):
        assert knock(shared, "fhir-xml", bodies.XML[name], url).status_code >= 400


@pytest.mark.parametrize(
    "poison", ["nan", "dup-escaped", "deep", "digits", "surrogate", "nul", "bom", "utf-16", "trailing"]
)
@pytest.mark.parametrize("door", ["fhir-json", "records"])
def test_a_good_act_with_one_poison_in_it(shared: House, door: str, poison: str) -> None:
    good = dump(act() if door == "records" else transaction(shared))
    spoilt = {
        "nan": good.replace(b":6", b":NaN", 1),
        "dup-escaped": good.replace(b'"status"', b'"\\u0073tatus":"x","status"', 1)
        if b'"status"' in good
        else good.replace(b'"act"', b'"\\u0061ct":"x","act"', 1),
        "deep": good[:-1] + b',"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        "digits": good[:-1] + b',"x":' + b"9" * 100_000 + b"}",
        "surrogate": good.replace(b"Entorse", b"\\ud800", 1),
        "nul": good.replace(b"Entorse", b"\\u0000", 1),
        "bom": b"\xef\xbb\xbf" + good,
        "utf-16": good.decode().encode("utf-16"),
        "trailing": good + good,
    }[poison]
    assert spoilt != good
    assert knock(shared, door, spoilt).status_code in (400, 413)


@pytest.mark.parametrize(
    "poison",
    [
        b'<!DOCTYPE Bundle [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        b'<!DOCTYPE Bundle SYSTEM "http://192.0.2.1/x.dtd">',
        b'<?xml-stylesheet href="http://192.0.2.1/x.xsl"?>',
    ],
)
def test_a_good_transaction_with_one_poison_before_it(shared: House, poison: bytes) -> None:
    good = resource_to_xml(transaction(shared))
    head, _, rest = good.partition(b"?>")
    assert knock(shared, "fhir-xml", head + b"?>" + poison + rest).status_code == 400


# ── every node of a good act, spoilt in every way ──────────────────────────────────────────────────────────

#: Of another type, of another form, or of no form at all.
STRANGE = (None, "", 0, True, [], {}, ["x"], {"id": "a"}, "x y", "\u202e\ufeff\U0001f600é", "a" * 70_000)
NAMES = ("__proto__", "constructor", "TEST-TILLEUL x", "é" * 300, "resourceType")


def renamed(good: Json, body: Json) -> Json:
    """``body`` under an act identifier of its own, unless that is what was spoilt."""
    try:
        where = body if "entry" not in good else body["entry"][0]["resource"]["identifier"][0]
        key = "identifier" if "entry" not in good else "value"
        if where[key] == (good if "entry" not in good else good["entry"][0]["resource"]["identifier"][0])[key]:
            body = copy.deepcopy(body)
            where = body if "entry" not in good else body["entry"][0]["resource"]["identifier"][0]
            where[key] = act()["identifier"]
            for entry in body["entry"][1:] if "entry" in good else ():
                if "identifier" in entry["resource"]:
                    entry["resource"]["identifier"][0]["value"] = act()["identifier"]
    except (KeyError, IndexError, TypeError, AttributeError):
        pass  # it was spoilt on the way there
    return body


def companions(good: Json) -> Iterator[Json]:
    """Each primitive value replaced by an extension that says why there is none."""
    why = {"extension": [{"url": "http://e", "valueCode": "a"}]}
    for place in places(good):
        if isinstance(at(good, place), dict | list):
            continue
        spoilt = copy.deepcopy(good)
        parent = at(spoilt, place[:-1])
        if isinstance(parent, list):
            at(spoilt, place[:-2])[f"_{place[-2]}"] = [why if n == place[-1] else None for n in range(len(parent))]
            parent[place[-1]] = None
        else:
            parent[f"_{place[-1]}"] = why
            del parent[place[-1]]
        yield spoilt


def spoilt_everywhere(good: Json, strangers: tuple[Any, ...], names: tuple[str, ...]) -> Iterator[Json]:
    for place in places(good):
        here = at(good, place)
        yield without(good, place)
        yield replaced(good, place, [here])
        yield from (replaced(good, place, stranger) for stranger in strangers)
        if isinstance(here, dict):
            yield from (added(good, place, name, {"a": 1}) for name in names)


def misfits(good: Json) -> Iterator[Json]:
    """Each element left out, then of another type, then with a stranger in it."""
    for place in places(good):
        here = at(good, place)
        yield without(good, place)
        yield replaced(good, place, 7 if isinstance(here, str) else "x")
        if isinstance(here, dict):
            yield added(good, place, "__proto__", {"a": 1})


def is_on_record(house: House, door: str, answer: TestResponse, sent: Json) -> None:
    """An act that was accepted is read back, and says what was sent."""
    if door == "records":
        told = answer.get_json()
        procedure = parse(house.client.get(f"/fhir/{told['act']}").data)
        assert procedure["identifier"][0]["value"] == sent["identifier"]
        assert [note["text"] for note in procedure.get("note", ())] == [sent[k] for k in ("conclusion",) if k in sent]
        assert len(told["resources"]) >= 2 + len(sent.get("prescriptions", ()))
        return
    answers = parse(answer.data).get("entry", ())
    assert len(answers) == len(sent.get("entry", ()))
    for entry, response in zip(sent.get("entry", ()), answers, strict=True):
        stored = parse(house.client.get(f"/fhir/{response['response']['location']}").data)
        assert check(stored) == []
        for element, value in entry["resource"].items():
            if element not in ("id", "meta") and "urn:uuid:" not in dump({"x": value}).decode():
                assert stored[element] == value


def test_every_element_of_a_record_spoilt(shared: House) -> None:
    good = act()
    seen = set()
    for spoilt in spoilt_everywhere(good, STRANGE, NAMES):
        sent = renamed(good, spoilt)
        answer = knock(shared, "records", dump(sent))
        seen.add(answer.status_code)
        if answer.status_code < 300:
            is_on_record(shared, "records", answer, sent)
    assert {201, 400, 413, 422} <= seen


def test_every_value_of_a_transaction_replaced_by_an_extension(shared: House) -> None:
    good = transaction(shared)
    for spoilt in companions(good):
        sent = renamed(good, spoilt)
        answer = knock(shared, "fhir-json", dump(sent))
        if answer.status_code < 300:
            is_on_record(shared, "fhir-json", answer, sent)


def test_every_element_of_a_transaction_left_out_or_of_the_wrong_type(shared: House) -> None:
    good = transaction(shared)
    for spoilt in misfits(good):
        sent = renamed(good, spoilt)
        answer = knock(shared, "fhir-json", dump(sent))
        if answer.status_code < 300:
            is_on_record(shared, "fhir-json", answer, sent)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=40) | st.sampled_from([*STRANGERS, *STRANGE]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize("door", DOORS)
@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_anything_anywhere(shared: House, door: str, data: st.DataObject) -> None:
    good = act() if door == "records" else transaction(shared)
    sent = good
    for _ in range(data.draw(st.integers(1, 3))):
        everywhere = [place for place in places(sent) if place]
        if not everywhere:
            break
        place = data.draw(st.sampled_from(everywhere))
        here = at(sent, place)
        if isinstance(here, dict) and data.draw(st.booleans()):
            name, value = data.draw(st.sampled_from(ADDED) | st.tuples(st.text(min_size=1, max_size=20), ANYTHING))
            sent = added(sent, place, name, value)
        elif data.draw(st.booleans()):
            sent = without(sent, place)
        else:
            sent = replaced(sent, place, data.draw(ANYTHING))
    sent = renamed(good, sent)
    if door == "fhir-xml":
        try:
            if check(sent):
                return  # XML has no way to say it
            body = resource_to_xml(sent)
        except (KeyError, ValueError, TypeError, AttributeError):
            return
    else:
        try:
            body = dump(sent)
        except TypeError:
            return  # half a surrogate pair, which only an escape could write
    answer = knock(shared, door, body)
    if answer.status_code < 300:
        is_on_record(shared, door, answer, sent)


# ── XML that FHIR does not know ────────────────────────────────────────────────────────────────────────────

Tree = etree._Element


def _tag(node: Tree, name: str) -> Tree:
    node.tag = name
    return node


XML_SPOILS: dict[str, Callable[[Tree], object]] = {
    "namespace": lambda node: _tag(node, "{urn:hl7-org:v3}" + etree.QName(node).localname),
    "unknown": lambda node: _tag(node, "{http://hl7.org/fhir}inconnu"),
    "child": lambda node: etree.SubElement(node, "{http://hl7.org/fhir}inconnu", value="x"),
    "attribute": lambda node: node.set("inconnu", "x"),
    "text": lambda node: setattr(node, "text", "du texte"),
    "value": lambda node: node.set("value", "\u202e é"),
    "script": lambda node: etree.SubElement(node, "{http://www.w3.org/1999/xhtml}script"),
    "include": lambda node: etree.SubElement(
        node, "{http://www.w3.org/2001/XInclude}include", href="file:///etc/passwd"
    ),
}


@pytest.mark.parametrize("spoil", XML_SPOILS)
def test_every_element_of_a_transaction_in_xml_spoilt(shared: House, spoil: str) -> None:
    good = resource_to_xml(transaction(shared))
    count = sum(1 for _ in etree.fromstring(good).iter())
    for n in range(0, count, 3):
        tree = etree.fromstring(resource_to_xml(transaction(shared)))
        XML_SPOILS[spoil](list(tree.iter())[n])
        answer = knock(shared, "fhir-xml", etree.tostring(tree, encoding="UTF-8", xml_declaration=True))
        assert spoil == "value" or answer.status_code >= 400
