"""Each check that the official rules do not make finds its fault, and nothing in a document as it should be."""

from dataclasses import replace

import pytest

from mappings.cda import report_to_cda
from mappings.cda.checks import CHECKS, faults_of
from mappings.pdf.report import report_to_pdf
from tests.mappings.catalogue_reports import catalogue_reports
from tests.mappings.reports import EVERYTHING, RAPID, REPORT, second_version

LEVEL_1 = report_to_cda(replace(REPORT, level=1), report_to_pdf(REPORT))
WHOLE = report_to_cda(second_version(), report_to_pdf(second_version()))
SPOILED = {
    "displayName is the value set's own": [
        (WHOLE, b'displayName="Ambulatoire"', b'displayName="ambulatoire"'),
        (WHOLE, b'displayName="Masseur-Kin\xc3\xa9sith\xc3\xa9rapeute"', b'displayName="Kin\xc3\xa9"'),
        (WHOLE, b"par auxiliaire m\xc3\xa9dical", b"par auxiliaire"),
    ],
    "instants bear their offset": [
        (WHOLE, b'<effectiveTime value="20261116103512+0100"/>', b'<effectiveTime value="20261116103512"/>'),
        (WHOLE, b'<low value="20261116101000+0100"/>', b'<low value="20261116"/>'),
    ],
    "an author has a profession": [(WHOLE, b'<code code="G15_70"', b'<code nullFlavor="UNK" x="G15_70"')],
    "professionals have an RPPS with its key": [
        (WHOLE, b'"1.2.250.1.71.4.2.1" extension="899900007016"', b'"1.2.3" extension="899900007016"'),
        (WHOLE, b'extension="899900007016"', b'extension="899900007017"'),
        (WHOLE, b'extension="899900007024"', b'extension="099900007024"'),
    ],
    "the INS has a known root and its key": [
        (WHOLE, b'root="1.2.250.1.213.1.4.10"', b'root="1.2.250.1.213.1.4.12"'),
        (WHOLE, b'extension="258066799900794"', b'extension="258066799900795"'),
    ],
    "document ids are OIDs without extension": [
        (
            WHOLE,
            b'<setId root="1.2.250.1.999.1.1.20260.1.7"',
            b'<setId extension="1" root="1.2.250.1.999.1.1.20260.1.7"',
        ),
        (WHOLE, b'<id root="1.2.250.1.999.1.1.20260.1.7.2"', b'<id root="1.2.250.1.999.01"'),
    ],
    "the body is of a media type of the list": [(LEVEL_1, b'"application/pdf"', b'"application/msword"')],
    "the PDF is PDF/A-1": [(report_to_cda(REPORT, b"%PDF-1.4 a stand-in"), b"", b"")],
    "nothing is written that is only warned of": [
        (WHOLE, b'typeCode="RPLC"', b'typeCode="APND"'),
        (WHOLE, b"<administrativeGenderCode", b"<raceCode/><administrativeGenderCode"),
        (WHOLE, b"<streetAddressLine>67000 STRASBOURG</streetAddressLine>", b"<city>STRASBOURG</city>"),
    ],
}


@pytest.mark.parametrize("report", [REPORT, EVERYTHING, RAPID, second_version()])
def test_a_document_as_it_should_be_has_no_fault(report) -> None:
    assert faults_of(report_to_cda(report, report_to_pdf(report))) == {}
    assert faults_of(LEVEL_1) == {}


def test_every_report_of_the_catalogue_has_no_fault() -> None:
    pdf = report_to_pdf(REPORT)
    faulty = {name: faults_of(report_to_cda(report, pdf)) for name, report in catalogue_reports().items()}
    assert {name: faults for name, faults in faulty.items() if faults} == {}


def test_every_check_is_spoiled() -> None:
    assert SPOILED.keys() == CHECKS.keys()


@pytest.mark.parametrize(
    ("name", "document", "before", "after"),
    [(name, *one) for name, spoiled in SPOILED.items() for one in spoiled],
)
def test_a_fault_is_found_by_its_check_alone(name, document, before, after) -> None:
    assert before in document
    faults = faults_of(document.replace(before, after, 1))
    assert list(faults) == [name]
    assert "TEST-BINOME" not in str(faults)
