"""What is written straight to text is, byte for byte, what lxml would have written; and what it would have refused."""

import re
import tracemalloc
import uuid
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from mappings.cda import report_to_cda
from mappings.cda.datatypes import named_uuid
from mappings.markup import Element, leaf
from mappings.xds import submission_to_ebxml
from tests.mappings.reports import REPORT, SUBMISSION
from tests.mappings.strategies import reports

#: Tag, attributes, what is inside: words and elements in any order.
Tree = tuple[str, dict[str, str], list[Any]]
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_SPACES = {None: "urn:hl7-org:v3", "xsi": _XSI}
_CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\ufffe\uffff")
_WORDS = st.text(st.one_of(st.sampled_from("&<>\"'\r\n\t ]é"), _CHARACTERS), max_size=12).filter(
    lambda text: all(c in "\t\n\r" or c >= " " for c in text)
)
_NAMES = st.sampled_from(["id", "code", "section", "text"])
_ATTRIBUTES = st.dictionaries(st.sampled_from(["root", "value", "xsi:type", "ID"]), _WORDS, max_size=3)
_TREES = st.recursive(
    st.tuples(_NAMES, _ATTRIBUTES, st.lists(_WORDS, max_size=2)),
    lambda inner: st.tuples(_NAMES, _ATTRIBUTES, st.lists(st.one_of(_WORDS, inner), max_size=4)),
    max_leaves=12,
)


def _ours(tree: Tree, element: Element) -> None:
    for inside in tree[2]:
        if isinstance(inside, str):
            element.say(inside)
            continue
        tag, attributes, content = inside
        match content:
            case []:
                element.leaf(tag, None, **attributes)
            case [str() as only]:
                element.leaf(tag, only, **attributes)
            case _:
                _ours(inside, element.add(tag, **attributes))


def _theirs(tree: Tree, element: etree._Element) -> None:
    last = None
    for inside in tree[2]:
        if not isinstance(inside, str):
            names = {name.replace("xsi:", f"{{{_XSI}}}"): value for name, value in inside[1].items()}
            last = etree.SubElement(element, f"{{urn:hl7-org:v3}}{inside[0]}", names)
            _theirs(inside, last)
        elif last is None:
            element.text = (element.text or "") + inside
        else:
            last.tail = (last.tail or "") + inside


@given(_TREES)
def test_any_tree_is_written_as_lxml_writes_it(tree: Tree) -> None:
    ours = Element("root", {"xmlns": "urn:hl7-org:v3", "xmlns:xsi": _XSI})
    theirs = etree.Element("{urn:hl7-org:v3}root", nsmap=_SPACES)  # type: ignore[arg-type]  # the stubs want no default
    _ours(tree, ours)
    _theirs(tree, theirs)
    assert ours.document() == etree.tostring(theirs, xml_declaration=True, encoding="UTF-8")


@pytest.mark.parametrize("character", ["\x00", "\x0b", "\x1f", "\ud800", "\ufffe", "\uffff"])
def test_what_xml_cannot_hold_is_refused_in_text_and_in_values(character: str) -> None:
    with pytest.raises(ValueError, match="XML"):
        Element("a", {}).say(f"a{character}")
    with pytest.raises(ValueError, match="XML"):
        Element("a", {}).leaf("b", None, value=f"a{character}")


def test_long_texts_are_written_and_not_remembered() -> None:
    def write(first: int) -> None:
        for number in range(first, first + 40):
            text = f"{number} & " + "x" * 100_000
            assert leaf("p", text, value=text).count("&amp;") == 2

    write(0)
    tracemalloc.start()
    write(40)
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < 1_000_000


@settings(max_examples=40)
@given(reports())
def test_a_report_written_so_reads_back_and_is_written_the_same(report: Any) -> None:
    cda = report_to_cda(report, b"%PDF-1.7")
    for made in (cda, submission_to_ebxml(report, SUBMISSION, cda, uri="DOC0001.XML", action="C")):
        read = etree.tostring(etree.fromstring(made), xml_declaration=True, encoding="UTF-8")
        # Read back, an empty text is none.
        assert read == re.sub(rb"<(\w+)([^<>]*)></\1>", rb"<\1\2/>", made)


def test_words_that_look_like_markup_stay_words() -> None:
    hostile = 'MSP </name><id root="1"/> & "fils" <!--'
    report = replace(REPORT, organization=replace(REPORT.organization, name=hostile))
    cda = report_to_cda(report, b"%PDF-1.7")
    told = etree.fromstring(cda).findtext(
        "{*}custodian/{*}assignedCustodian/{*}representedCustodianOrganization/{*}name"
    )
    assert told == hostile
    metadata = etree.fromstring(submission_to_ebxml(report, SUBMISSION, cda))
    slots = [each.text or "" for each in metadata.iter("{*}Value")]
    assert any(hostile.replace("&", "\\T\\") in each for each in slots)


@given(st.text(st.characters(codec="utf-8")))
def test_a_named_identifier_is_of_version_5(name: str) -> None:
    assert named_uuid(name) == str(uuid.uuid5(uuid.NAMESPACE_OID, name)).upper()
