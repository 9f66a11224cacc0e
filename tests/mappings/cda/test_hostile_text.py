"""Whatever is told is refused with a sentence, or written so that whoever reads the XML has the same text."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from mappings.cda import cda_refusals, report_to_cda
from mappings.codes.characters import is_printable, is_printable_text
from mappings.domain.report import Section
from mappings.xds import submission_to_ebxml
from tests.mappings.reports import REPORT, SUBMISSION

_HOSTILE = st.sampled_from(["]]>", "<!--", "&#0;", "&amp;", '"', "'", "<", "\n", "\r", "\t", "\x00", "\x0b", "\ufffe"])
_STRANGE = st.sampled_from(
    ["\ud800", "\u2028", "\u0085", "\u200f", "\u202e", "\u0416\u0306", "שלום", "😀", "\u00a0", "^~\\|"]
)
_TEXTS = st.lists(st.one_of(_HOSTILE, _STRANGE, st.characters()), min_size=1, max_size=8).map("".join)


def words(cda: bytes) -> list[str]:
    root = etree.fromstring(cda)
    for line in root.iter("{*}br"):
        line.tail = "\n" + (line.tail or "")
    return ["".join(one.itertext()) for one in root.iter(etree.Element)]


@settings(max_examples=60, deadline=None)
@given(_TEXTS)
def test_a_text_of_a_section(text: str) -> None:
    report = replace(REPORT, sections=(Section(title="Titre", rows=(("Libellé", text),)),))
    refused = any(issue.expression == "Composition.section.text" for issue in cda_refusals(report))
    assert refused is not is_printable_text(text)
    if not refused:
        assert any(text in one for one in words(report_to_cda(report, b"%PDF")))


@settings(max_examples=60, deadline=None)
@given(_TEXTS)
def test_a_name(text: str) -> None:
    report = replace(REPORT, organization=replace(REPORT.organization, name=f"MSP {text}"))
    refused = any(issue.expression == "Organization.name" for issue in cda_refusals(report))
    assert refused is not is_printable(text)
    if not refused:
        cda = report_to_cda(report, b"%PDF")
        assert f"MSP {text}" in words(cda)
        etree.fromstring(submission_to_ebxml(report, SUBMISSION, cda))
