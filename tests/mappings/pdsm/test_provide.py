"""The transaction of ITI-65 and the resource of ITI-105, against what PDSm 3.1.1 requires of each."""

import base64
import hashlib
import json
from dataclasses import replace
from typing import Any

import pytest

from mappings.cda import report_to_cda
from mappings.fhir.structure import check
from mappings.pdsm import pdsm_refusals, provide_bundle, simplified_publish
from tests.mappings.reports import ECG, RAPID, REPORT, SUBMISSION, second_version, with_patient

CDA = report_to_cda(REPORT, b"%PDF-1.4 fictif")
BASE = "https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition/"
MHD = "https://profiles.ihe.net/ITI/MHD/"
NOS = "https://mos.esante.gouv.fr/NOS/"

Json = dict[str, Any]


def entries(bundle: Json) -> dict[str, Json]:
    return {entry["resource"]["resourceType"]: entry for entry in bundle["entry"]}


@pytest.fixture(scope="module")
def bundle() -> Json:
    made: Json = json.loads(provide_bundle(REPORT, SUBMISSION, CDA))
    return made


@pytest.fixture(scope="module")
def document(bundle: Json) -> Json:
    found: Json = entries(bundle)["DocumentReference"]["resource"]
    return found


def test_three_entries_are_posted_in_one_transaction(bundle: Json) -> None:
    assert (bundle["type"], bundle["meta"]) == (
        "transaction",
        {"profile": [f"{BASE}pdsm-comprehensive-provide-document-bundle"]},
    )
    assert [entry["request"] for entry in bundle["entry"]] == [
        {"method": "POST", "url": type_} for type_ in ("List", "DocumentReference", "Binary")
    ]
    assert len({entry["fullUrl"] for entry in bundle["entry"]}) == 3


def test_each_resource_has_the_structure_of_r4(bundle: Json) -> None:
    for entry in bundle["entry"]:
        assert check(entry["resource"]) == []
    assert check(json.loads(simplified_publish(REPORT, SUBMISSION, CDA))) == []


def test_the_set_holds_the_document_and_the_document_its_bytes(bundle: Json, document: Json) -> None:
    by_type = entries(bundle)
    assert [one["item"]["reference"] for one in by_type["List"]["resource"]["entry"]] == [
        by_type["DocumentReference"]["fullUrl"]
    ]
    assert document["content"][0]["attachment"]["url"] == by_type["Binary"]["fullUrl"]
    assert base64.b64decode(by_type["Binary"]["resource"]["data"]) == CDA


def test_the_hash_is_the_base64_of_the_sha1_bytes_not_its_hexadecimal(document: Json) -> None:
    attachment = document["content"][0]["attachment"]
    assert base64.b64decode(attachment["hash"]) == hashlib.sha1(CDA).digest()
    assert attachment["size"] == len(CDA)


def test_the_document_says_what_pdsm_requires(document: Json) -> None:
    assert document["meta"]["profile"] == [f"{BASE}pdsm-comprehensive-document-reference"]
    assert document["masterIdentifier"]["value"] == f"urn:oid:{REPORT.unique_id}"
    assert document["identifier"][0]["value"] == SUBMISSION.entry_uuid
    assert document["type"]["coding"][0]["system"] == "http://loinc.org"
    assert document["category"][0]["coding"][0] == {
        "system": f"{NOS}TRE_A03-ClasseDocument/FHIR/TRE-A03-ClasseDocument",
        "code": "10",
        "display": "Compte rendu",
    }
    content, context = document["content"][0], document["context"]
    # A structured document outside any model, of TRE_A06; PDF in a CDA of level 1 is of TRE_A11.
    assert (content["format"]["system"], content["format"]["code"]) == (
        "urn:oid:1.2.250.1.213.1.1.4.2.282", "urn:asipSante:modelesHorsProfils:2011",
    )  # fmt: skip
    # With its offset, not in UTC as XDS metadata.
    assert content["attachment"]["creation"] == "2026-11-16T10:35:12+01:00"
    assert context["period"]["start"] == "2026-11-16T10:10:00+01:00"
    assert context["facilityType"]["coding"][0]["code"] == "SA52"
    assert context["practiceSetting"]["coding"][0]["code"] == "AMBULATOIRE"
    inside = {f"#{one['id']}": one for one in document["contained"]}
    named = [document["author"][0], document["authenticator"], document["custodian"], context["sourcePatientInfo"]]
    assert [inside[one["reference"]]["resourceType"] for one in named] == [
        "PractitionerRole", "PractitionerRole", "Organization", "Patient"
    ]  # fmt: skip


def test_what_is_contained_says_no_more_than_it_must(document: Json) -> None:
    for one in document["contained"]:
        assert not one.keys() & {"meta", "telecom", "address"}


def test_an_act_without_a_code_is_told_in_words_and_a_coded_one_by_its_system() -> None:
    def events(report: Any) -> Any:
        bundle = json.loads(provide_bundle(report, SUBMISSION, CDA))
        return entries(bundle)["DocumentReference"]["resource"]["context"]["event"]

    assert events(REPORT) == [{"text": "Prise en charge d’une torsion de cheville"}]
    (event,) = events(replace(REPORT, acts=(ECG,)))
    assert event["coding"][0] == {
        "system": "https://smt.esante.gouv.fr/terminologie-ccam",
        "code": "DEQP003",
        "display": ECG.display,
    }
    # Of a rapid test it is what the test looks for, as in the document and in XDS metadata.
    (looked_for,) = events(RAPID)
    assert looked_for["coding"][0]["system"] == "urn:oid:2.16.840.1.113883.6.3"
    assert looked_for["coding"][0]["code"] == "J02.0"


def test_the_submission_set_says_what_mhd_requires(bundle: Json) -> None:
    one = entries(bundle)["List"]["resource"]
    assert (one["status"], one["mode"]) == ("current", "working")
    assert one["code"]["coding"] == [{"system": f"{MHD}CodeSystem/MHDlistTypes", "code": "submissionset"}]
    assert {each["use"]: each["value"] for each in one["identifier"]} == {
        "usual": f"urn:oid:{SUBMISSION.unique_id}",
        "official": SUBMISSION.set_uuid,
    }
    assert {each["url"]: each for each in one["extension"]}[f"{MHD}StructureDefinition/ihe-sourceId"][
        "valueIdentifier"
    ]["value"] == f"urn:oid:{SUBMISSION.source_id}"
    assert one["source"]["reference"] in {f"#{each['id']}" for each in one["contained"]}


def test_the_patient_is_found_by_ins_in_a_transaction_and_named_by_it_outside_one(document: Json) -> None:
    token = "urn:oid:1.2.250.1.213.1.4.10|258066799900794"
    assert document["subject"]["reference"] == f"Patient?identifier={token}"
    alone = json.loads(simplified_publish(REPORT, SUBMISSION, CDA))
    assert "reference" not in alone["subject"]
    assert alone["subject"]["identifier"] == dict(zip(("system", "value"), token.split("|"), strict=True))


def test_a_simplified_publish_carries_its_bytes_and_no_address() -> None:
    alone = json.loads(simplified_publish(REPORT, SUBMISSION, CDA))
    attachment = alone["content"][0]["attachment"]
    assert alone["meta"]["profile"] == [f"{BASE}pdsm-simplified-publish"]
    assert base64.b64decode(attachment["data"]) == CDA
    assert "url" not in attachment
    # pdsm-simplified-publish 3.1.1: the record names the entry itself.
    assert "identifier" not in alone


@pytest.mark.parametrize("build", [provide_bundle, simplified_publish])
def test_the_same_report_gives_the_same_bytes_and_a_replacement_names_what_it_replaces(build: Any) -> None:
    assert build(REPORT, SUBMISSION, CDA) == build(REPORT, SUBMISSION, CDA)
    assert b"relatesTo" not in build(REPORT, SUBMISSION, CDA)
    replacing = build(second_version(), SUBMISSION, CDA, replaced="DocumentReference/7")
    assert b'"relatesTo":[{"code":"replaces","target":{"reference":"DocumentReference/7"}}]' in replacing


def test_who_may_not_be_shared_is_refused() -> None:
    assert pdsm_refusals(REPORT) == []
    assert [issue.expression for issue in pdsm_refusals(with_patient(identity_status="validated"))] == [
        "Patient.identifier"
    ]
    assert [issue.expression for issue in pdsm_refusals(replace(REPORT, confidentiality="R"))] == [
        "DocumentReference.securityLabel"
    ]
