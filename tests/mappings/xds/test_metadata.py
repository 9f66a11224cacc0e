"""Metadata of a submission: valid for ebRIM, true to the CDA bytes, in UTC."""

import hashlib
import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from lxml import etree

from mappings.cda import report_to_cda
from mappings.xds import dmp_refusals, metadata_refusals, submission_to_ebxml
from mappings.xds.composites import escape, patient_cx, practitioner_xcn, source_patient_info
from tests.mappings.reports import (
    DELEGATEE,
    ECG,
    ORGANIZATION,
    PATIENT,
    RAPID,
    REPORT,
    SUBMISSION,
    second_version,
    with_patient,
)
from tests.mappings.schemas import LCM, departures, reference, tool
from tests.mappings.strategies import reports

NS = {"rim": "urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0"}
CDA = b"<ClinicalDocument/>"
ENTRY = "//rim:ExtrinsicObject"
SET = "//rim:RegistryPackage"


def metadata_of(report, cda=CDA, **options) -> etree._Element:
    return etree.fromstring(submission_to_ebxml(report, SUBMISSION, cda, **options))


def slot(document, parent, name) -> list[str]:
    return document.xpath(f"{parent}/rim:Slot[@name=$name]/rim:ValueList/rim:Value/text()", namespaces=NS, name=name)


def codes(document, parent, scheme) -> list[tuple[str, str]]:
    found = document.xpath(f"{parent}/rim:Classification[@classificationScheme=$scheme]", namespaces=NS, scheme=scheme)
    return [
        (one.get("nodeRepresentation"), one.findtext("rim:Slot[@name='codingScheme']/rim:ValueList/rim:Value", "", NS))
        for one in found
    ]


def identifiers(document, parent) -> dict[str, str]:
    return {
        one.find("rim:Name/rim:LocalizedString", NS).get("value"): one.get("value")
        for one in document.xpath(f"{parent}/rim:ExternalIdentifier", namespaces=NS)
    }


def test_says_the_hash_and_the_size_of_the_very_bytes() -> None:
    cda = report_to_cda(REPORT, b"%PDF")
    document = metadata_of(REPORT, cda)
    assert slot(document, ENTRY, "hash") == [hashlib.sha1(cda).hexdigest().upper()]
    assert slot(document, ENTRY, "size") == [str(len(cda))]


def test_times_are_in_utc() -> None:
    document = metadata_of(REPORT)
    assert slot(document, ENTRY, "creationTime") == ["20261116093512"]
    assert slot(document, ENTRY, "serviceStartTime") == ["20261116091000"]
    assert slot(document, ENTRY, "serviceStopTime") == ["20261116092500"]
    assert slot(document, SET, "submissionTime") == ["20261116094000"]


def test_an_entry_holds_these_slots() -> None:
    document = metadata_of(REPORT, uri="DOC0001.XML")
    assert document.xpath(f"{ENTRY}/rim:Slot/@name", namespaces=NS) == [
        *("hash", "size", "URI", "creationTime", "languageCode", "legalAuthenticator"),
        *("serviceStartTime", "serviceStopTime", "sourcePatientId", "sourcePatientInfo"),
    ]
    assert slot(document, ENTRY, "languageCode") == ["fr-FR"]


def test_codes_and_identifiers() -> None:
    document = metadata_of(replace(REPORT, acts=(ECG, *REPORT.acts), visibility=frozenset({"MASQUE_PS"})))
    expected = {
        "urn:uuid:41a5887f-8865-4c09-adf7-e362475b143a": [("10", "1.2.250.1.213.1.1.4.1")],
        "urn:uuid:f0306f51-975f-434e-a61c-c59651d33983": [("11506-3", "2.16.840.1.113883.6.1")],
        "urn:uuid:a09d5840-386c-46f2-b5ad-9c3699a4309d": [
            ("urn:asipSante:modelesHorsProfils:2011", "1.2.250.1.213.1.1.4.2.282")
        ],
        "urn:uuid:f4f85eac-e6cb-4883-b524-f2705394840f": [
            ("N", "2.16.840.1.113883.5.25"),
            ("MASQUE_PS", "1.2.250.1.213.1.1.4.13"),
        ],
        "urn:uuid:f33fb8ac-18af-42cc-ae0e-ed0b0bdb91e1": [("SA52", "1.2.250.1.71.4.2.4")],
        "urn:uuid:cccf5598-8b07-4b77-a05e-ae952c785ead": [("AMBULATOIRE", "1.2.250.1.213.1.1.4.9")],
        "urn:uuid:2c6b8cb7-8b2a-4051-b291-b1ae6a575ef4": [("DEQP003", "1.2.250.1.213.2.5")],
    }
    assert {scheme: codes(document, ENTRY, scheme) for scheme in expected} == expected
    ins = "258066799900794^^^&1.2.250.1.213.1.4.10&ISO^NH"
    assert identifiers(document, ENTRY) == {
        "XDSDocumentEntry.patientId": ins,
        "XDSDocumentEntry.uniqueId": REPORT.unique_id,
    }
    assert identifiers(document, SET) == {
        "XDSSubmissionSet.patientId": ins,
        "XDSSubmissionSet.sourceId": SUBMISSION.source_id,
        "XDSSubmissionSet.uniqueId": SUBMISSION.unique_id,
    }


def test_a_document_is_filed_by_its_type_and_by_what_is_in_it() -> None:
    def filed(report) -> tuple:
        document = metadata_of(report)
        schemes = (
            "urn:uuid:41a5887f-8865-4c09-adf7-e362475b143a",
            "urn:uuid:a09d5840-386c-46f2-b5ad-9c3699a4309d",
            "urn:uuid:cccf5598-8b07-4b77-a05e-ae952c785ead",
            "urn:uuid:2c6b8cb7-8b2a-4051-b291-b1ae6a575ef4",
        )
        return tuple(code for scheme in schemes for code, _ in codes(document, ENTRY, scheme))

    assert filed(RAPID) == ("52", "urn:ans:ci-sis:trod:2024", "DEPISTAGE", "J02.0")
    assert filed(replace(REPORT, level=1)) == ("10", "urn:ihe:iti:xds-sd:pdf:2008", "AMBULATOIRE")


def test_composite_values() -> None:
    assert practitioner_xcn(DELEGATEE) == ("899900007016^MARTEL-FICTIF^Lucie^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS")
    assert list(source_patient_info(replace(PATIENT, used_family="USAGE-FICTIF"))) == [
        "PID-5|TEST-BINOME^CAMILLE^CAMILLE ANNE^^^^L",
        "PID-5|USAGE-FICTIF^^^^^^D",
        "PID-7|19580614",
        "PID-8|F",
        "PID-11|^^^^^^BDL^^67482",
    ]
    assert patient_cx(replace(PATIENT, identity_status="validated")) == (
        "PAT-000123^^^&1.2.250.1.999.1.1.20260.2&ISO^PI"
    )
    assert escape("A^B&C|D~E\\F") == r"A\S\B\T\C\F\D\R\E\E\F"


def test_an_archive_names_its_file_and_marks_a_correction() -> None:
    assert slot(metadata_of(REPORT), ENTRY, "URI") == []
    assert slot(metadata_of(REPORT, uri="DOC0001.XML"), ENTRY, "URI") == ["DOC0001.XML"]
    mark = "urn:action:extraMetadataSlot"
    assert slot(metadata_of(REPORT, uri="DOC0001.XML"), ENTRY, mark) == []
    assert slot(metadata_of(second_version(), uri="DOC0001.XML", action="C"), ENTRY, mark) == ["C"]
    assert slot(metadata_of(second_version(), replaced_uuid="urn:uuid:0"), ENTRY, mark) == []


def test_associations() -> None:
    kinds = "//rim:Association[@associationType=$kind]"
    member = {"kind": "urn:oasis:names:tc:ebxml-regrep:AssociationType:HasMember"}
    replaces = {"kind": "urn:ihe:iti:2007:AssociationType:RPLC"}
    first = metadata_of(REPORT)
    (association,) = first.xpath(kinds, namespaces=NS, **member)
    assert association.get("sourceObject") == SUBMISSION.set_uuid
    assert association.get("targetObject") == SUBMISSION.entry_uuid
    assert slot(first, "//rim:Association", "SubmissionSetStatus") == ["Original"]
    assert first.xpath(kinds, namespaces=NS, **replaces) == []
    second = metadata_of(second_version(), replaced_uuid="urn:uuid:old")
    (association,) = second.xpath(kinds, namespaces=NS, **replaces)
    assert (association.get("sourceObject"), association.get("targetObject")) == (SUBMISSION.entry_uuid, "urn:uuid:old")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(reports())
def test_every_submission_is_valid_and_points_at_its_own_objects(report) -> None:
    if metadata_refusals(report):
        return
    data = submission_to_ebxml(report, SUBMISSION, CDA, uri="DOC0001.XML")
    assert departures(LCM, data) == []
    assert data == submission_to_ebxml(replace(report), replace(SUBMISSION), CDA, uri="DOC0001.XML")
    document = etree.fromstring(data)
    for holder in document.xpath(f"{ENTRY} | {SET}", namespaces=NS):
        assert all(one.get("classifiedObject") == holder.get("id") for one in holder.findall("rim:Classification", NS))
        assert all(
            one.get("registryObject") == holder.get("id") for one in holder.findall("rim:ExternalIdentifier", NS)
        )
    ids = document.xpath("//@id")
    assert len(ids) == len(set(ids))
    # a delimiter inside a name never makes a component more
    (person,) = slot(document, ENTRY, "legalAuthenticator")
    assert person.count("^") == 12


def test_the_independent_check_agrees(tmp_path) -> None:
    path = tmp_path / "METADATA.XML"
    path.write_bytes(submission_to_ebxml(second_version(), SUBMISSION, CDA, uri="DOC0001.XML"))
    reference("xds-xsd/ebRS30/lcm.xsd")
    run = subprocess.run(
        [sys.executable, tool("check-cda/xdm_metadata.py"), path], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "{'xsd ok': 1, 'own ok': 1}"


@pytest.mark.parametrize(
    ("report", "expression"),
    [
        (replace(REPORT, organization=replace(ORGANIZATION, name="x" * 250)), "Organization.name"),
        (replace(REPORT, delegatee=replace(DELEGATEE, family="&" * 80)), "Practitioner.name"),
        (with_patient(birth_given_list="é" * 250), "Patient.name"),
        (replace(REPORT, acts=(replace(ECG, display="x" * 1025),)), "Procedure.code"),
    ],
)
def test_what_metadata_cannot_hold_is_refused(report, expression) -> None:
    assert metadata_refusals(REPORT) == []
    assert [(issue.code, issue.expression) for issue in metadata_refusals(report)] == [("too-long", expression)]


def test_the_shared_record_takes_only_a_qualified_identity_and_ordinary_confidentiality() -> None:
    assert dmp_refusals(REPORT) == []
    assert [issue.code for issue in dmp_refusals(with_patient(identity_status="recovered"))] == ["required"]
    assert [issue.code for issue in dmp_refusals(with_patient(ins=None))] == ["required"]
    assert [issue.code for issue in dmp_refusals(replace(REPORT, confidentiality="V"))] == ["business-rule"]
