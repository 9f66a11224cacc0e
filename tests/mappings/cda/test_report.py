"""The CDA of a report: valid for the schema and for the official rules, and it says who did what for whom."""

import base64
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from lxml import etree

from mappings.cda import report_to_cda
from mappings.issues import Refused
from mappings.pdf.report import report_to_pdf
from tests.mappings.official_rules import minimal_structure
from tests.mappings.reports import (
    DELEGATEE,
    DELEGATOR,
    ECG,
    ORGANIZATION,
    PATIENT,
    RAPID,
    REPORT,
    second_version,
    with_patient,
)
from tests.mappings.schemas import CDA, departures
from tests.mappings.strategies import reports

NS = {"v3": "urn:hl7-org:v3"}
PDF = b"%PDF-1.4 a stand-in"
LONG = "Anne-Élisabeth-Françoise " * 6

VARIANTS = {
    "first": REPORT,
    "second version": second_version(),
    "coded act": replace(REPORT, acts=(ECG,)),
    "several acts": replace(REPORT, acts=(ECG, *REPORT.acts, ECG)),
    "délégant is the patient's own doctor": replace(REPORT, delegator_is_attending=True),
    "male, accents, used name": with_patient(gender="male", used_family="D’ÉTÉ-FICTIF", used_given="Zoé"),
    "unknown gender": with_patient(gender="unknown"),
    "no INS": with_patient(ins=None, identity_status="validated", birth_place_code="", birth_place_name=""),
    "long names": with_patient(birth_family=LONG, birth_given=LONG, birth_given_list=LONG),
    "hospital": replace(REPORT, practice_setting="ETABLISSEMENT"),
    "hospital at home": replace(REPORT, practice_setting="HAD"),
    "restricted": replace(REPORT, confidentiality="R", visibility=frozenset({"MASQUE_PS"})),
    "level 1": replace(REPORT, level=1),
    "not done": replace(REPORT, done=False),
    "rapid test": RAPID,
    "bare": replace(
        REPORT,
        patient=replace(PATIENT, address=None, local_identifier=None),
        organization=replace(ORGANIZATION, address=None, phone="", mailbox=""),
        delegatee=replace(DELEGATEE, mailbox="", prefix="", given=""),
        delegator=replace(DELEGATOR, mailbox=""),
    ),
}


def find(document: etree._Element, path: str) -> Any:
    return document.xpath(path, namespaces=NS)


def document_of(report) -> etree._Element:
    return etree.fromstring(report_to_cda(report, PDF))


def test_official_rules_find_no_error_and_no_warning(tmp_path) -> None:
    """All of them in one test: the rules take longer to compile than every variant to be judged."""
    path = tmp_path / "document.xml"
    said, fired = {}, {}
    with minimal_structure() as judge:
        for name, variant in VARIANTS.items():
            path.write_bytes(report_to_cda(variant, report_to_pdf(variant)))
            fired[name], said[name] = judge.check(str(path))
    assert {name: issues for name, issues in said.items() if issues} == {}
    assert min(fired.values()) > 100


@pytest.mark.parametrize("variant", VARIANTS.values(), ids=VARIANTS.keys())
def test_variant_is_valid_for_the_schema(variant) -> None:
    assert departures(CDA, report_to_cda(variant, PDF)) == []


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(reports())
def test_every_report_is_valid_and_keeps_its_words(report) -> None:
    data = report_to_cda(report, PDF)
    assert departures(CDA, data) == []
    assert data == report_to_cda(replace(report), PDF)
    document = etree.fromstring(data)
    name = "/*/v3:recordTarget/v3:patientRole/v3:patient/v3:name"
    # a schema of tokens would let spaces go; the words themselves must not
    assert find(document, f"string({name}/v3:family[@qualifier='BR'])") == report.patient.birth_family
    assert find(document, f"string({name}/v3:given[not(@qualifier)])") == report.patient.birth_given_list
    assert find(document, "string(/*/v3:title)") == report.title


def test_the_pdf_comes_back_as_it_was() -> None:
    pdf = report_to_pdf(REPORT)
    document = etree.fromstring(report_to_cda(REPORT, pdf))
    (media,) = find(document, "//v3:section[v3:code/@code='55108-5']//v3:observationMedia/v3:value")
    assert base64.b64decode(media.text) == pdf
    assert document.find("v3:component/v3:nonXMLBody", NS) is None


def test_level_1_is_the_pdf_alone() -> None:
    pdf = report_to_pdf(REPORT)
    document = etree.fromstring(report_to_cda(replace(REPORT, level=1), pdf))
    text = document.find("v3:component/v3:nonXMLBody/v3:text", NS)
    assert find(document, "/*/v3:templateId/@root")[-1] == "1.3.6.1.4.1.19376.1.2.20"
    assert base64.b64decode(text.text) == pdf
    assert dict(text.attrib) == {"mediaType": "application/pdf", "representation": "B64"}


def test_header_has_no_declaration_that_receivers_refuse() -> None:
    data = report_to_cda(REPORT, PDF)
    assert data.startswith(b"<?xml version='1.0' encoding='UTF-8'?>")
    assert b"schemaLocation" not in data
    document = etree.fromstring(data)
    assert dict(document.find("v3:id", NS).attrib) == {"root": REPORT.unique_id}
    assert dict(document.find("v3:setId", NS).attrib) == {"root": REPORT.set_id}


def test_delegatee_is_author_performer_and_legal_authenticator() -> None:
    document = document_of(replace(REPORT, acts=(ECG, *REPORT.acts)))
    for path in (
        "/*/v3:author/v3:assignedAuthor",
        "/*/v3:legalAuthenticator/v3:assignedEntity",
        "/*/v3:documentationOf[1]/v3:serviceEvent/v3:performer[@typeCode='PRF']/v3:assignedEntity",
    ):
        (entity,) = find(document, path)
        assert find(entity, "string(v3:id/@extension)") == "899900007016"
        assert find(entity, "string(v3:code/@code)") == "G15_70"
        assert find(entity, "string(v3:representedOrganization/v3:id/@extension)") == "1670999990"
    assert find(document, "count(//v3:performer)") == 1
    assert find(document, "string(/*/v3:author/v3:functionCode/v3:originalText)") == "délégué"


@pytest.mark.parametrize(("attending", "function"), [(False, "353"), (True, "PCP")])
def test_delegator_is_recipient_and_responsible(attending, function) -> None:
    document = document_of(replace(REPORT, delegator_is_attending=attending))
    (recipient,) = find(document, "/*/v3:informationRecipient[@typeCode='PRCP']/v3:intendedRecipient")
    assert find(recipient, "string(v3:id/@extension)") == "899900007024"
    (participant,) = find(document, "/*/v3:participant[@typeCode='RESP']")
    assert find(document, "count(/*/v3:participant)") == 1
    assert find(participant, "string(v3:functionCode/@code)") == function
    assert find(participant, "string(v3:functionCode/v3:originalText)") == "délégant"
    assert find(participant, "string(v3:associatedEntity/v3:id/@extension)") == "899900007024"
    assert find(participant, "string(v3:time/v3:low/@value)") == "20261116101000+0100"


def test_a_patient_who_goes_back_is_referred_to_the_delegator() -> None:
    document = document_of(replace(REPORT, done=False))
    (participant,) = find(document, "/*/v3:participant[@typeCode='CON']")
    assert find(participant, "string(v3:associatedEntity/v3:id/@extension)") == "899900007024"
    (procedure,) = find(document, "//v3:procedure")
    assert find(procedure, "string(v3:statusCode/@code)") == "cancelled"


def test_an_unqualified_identity_carries_no_ins() -> None:
    document = document_of(with_patient(identity_status="validated"))
    assert find(document, "/*/v3:recordTarget/v3:patientRole/v3:id/@extension") == ["PAT-000123"]
    assert b"258066799900794" not in etree.tostring(document)


def test_a_new_version_names_the_one_it_replaces() -> None:
    assert find(document_of(REPORT), "/*/v3:relatedDocument") == []
    document = document_of(second_version())
    assert find(document, "string(/*/v3:versionNumber/@value)") == "2"
    (related,) = find(document, "/*/v3:relatedDocument[@typeCode='RPLC']/v3:parentDocument")
    assert find(related, "v3:id/@root") == [REPORT.unique_id]
    assert find(related, "count(*)") == 1


def test_the_protocol_is_named_beside_the_main_act() -> None:
    words = find(document_of(REPORT), "string(/*/v3:documentationOf[1]/v3:serviceEvent/v3:code/v3:originalText)")
    assert REPORT.acts[0].display in words
    assert f"{REPORT.protocol_title}, version {REPORT.protocol_version}" in words


def test_what_cannot_be_said_is_not_written() -> None:
    with pytest.raises(Refused):
        report_to_cda(replace(REPORT, unique_id="1.2.03"), PDF)
