"""The shared record of the sandbox: what it takes, what it refuses and why, what it gives back."""

import datetime as dt
import hashlib

import pytest
import requests
from lxml import etree

from service.sandbox import grammar
from service.sandbox.registry import REPOSITORY
from service.sandbox.server import Sandbox
from tests.sandbox.caller import (
    ATTRIBUTES,
    NOW,
    PATIENT,
    QUERY,
    RIM,
    SAML,
    SUBMISSION_ID,
    UNIQUE_ID,
    Report,
    Seal,
    answered,
    assertion,
    provide,
    query,
    retrieve,
    seal,
    verdict,
)
from tests.waiting import PATIENCE

GET_DOCUMENTS = "urn:uuid:5c4f972b-d56b-40ac-a5fc-c8ca9b40b9d4"
FIND_DOCUMENTS = "urn:uuid:14d4debf-8f97-4251-9a74-a90016b0af0d"
APPROVED = "('urn:oasis:names:tc:ebxml-regrep:StatusType:Approved')"


def documents(sandbox: Sandbox) -> list[dict]:
    return requests.get(f"{sandbox.http_url}/registry/documents", timeout=PATIENCE).json()


def test_a_valid_report_is_registered_and_can_be_read_back(sandbox: Sandbox, structure: Seal) -> None:
    report = Report()
    assert verdict(provide(sandbox, report, assertion(structure))) == []
    [document] = documents(sandbox)
    assert document["uniqueId"] == UNIQUE_ID
    assert document["sha256"] == hashlib.sha256(report.cda).hexdigest()
    assert document["size"] == len(report.cda)
    assert (document["submissions"], document["stored"], document["received"]) == ([SUBMISSION_ID], 1, 1)
    assert requests.get(f"{sandbox.http_url}/registry/documents/{UNIQUE_ID}", timeout=PATIENCE).content == report.cda


def test_the_answer_names_the_request(sandbox: Sandbox, structure: Seal) -> None:
    response = provide(sandbox, Report(), assertion(structure))
    assert response.headers["Content-Type"].startswith("multipart/related")
    envelope = answered(response)
    assert envelope.findtext(".//{*}Action") == "urn:ihe:iti:2007:ProvideAndRegisterDocumentSet-bResponse"
    assert (envelope.findtext(".//{*}RelatesTo") or "").startswith("urn:uuid:")


def _altered(old: str, new: str) -> Report:
    report = Report()
    assert old.encode() in report.metadata
    return Report(report.cda, report.metadata.replace(old.encode(), new.encode()))


def _altered_cda(old: str, new: str) -> Report:
    report = Report()
    assert old.encode() in report.cda
    return Report(report.cda.replace(old.encode(), new.encode()), report.metadata).measured()


REFUSED = {
    "schema: Name before Slot": (
        _altered('<Slot name="submissionTime">', '<Name/><Slot name="submissionTime">'),
        "XDSRegistryMetadataError",
    ),
    "hash": (_altered("<Value>E098", "<Value>E099"), "XDSRepositoryMetadataError"),
    "size": (_altered("<Value>8239<", "<Value>8240<"), "XDSRepositoryMetadataError"),
    "classification of another object": (
        _altered(
            'id="c14" classificationScheme="urn:uuid:f0306f51-975f-434e-a61c-c59651d33983" '
            'classifiedObject="urn:uuid:ef33026c-c446-46e9-a817-65e3cdc337ce"',
            'id="c14" classificationScheme="urn:uuid:f0306f51-975f-434e-a61c-c59651d33983" '
            'classifiedObject="urn:uuid:2f853376-34c0-4018-9f6a-b4a9ae540dc9"',
        ),
        "XDSRegistryMetadataError",
    ),
    "no type code": (
        _altered("urn:uuid:f0306f51-975f-434e-a61c-c59651d33983", "urn:uuid:00000000-975f-434e-a61c-c59651d33983"),
        "XDSRegistryMetadataError",
    ),
    "no member": (_altered("AssociationType:HasMember", "AssociationType:Contains"), "XDSRegistryMetadataError"),
    "patient of the metadata": (_altered("258066799900794^^^", "158066799900794^^^"), "XDSPatientIdDoesNotMatch"),
    "patient of the CDA": (
        _altered_cda('extension="258066799900794"', 'extension="158066799900794"'),
        "XDSPatientIdDoesNotMatch",
    ),
    "CDA schema": (_altered_cda("<languageCode", "<languageCod"), "XDSRepositoryMetadataError"),
    "CDA with a DTD": (
        _altered_cda("<ClinicalDocument", "<!DOCTYPE x><ClinicalDocument"),
        "XDSRepositoryMetadataError",
    ),
    "CDA id": (_altered_cda(f'<id root="{UNIQUE_ID}"', '<id root="1.2.250.1.999.9"'), "XDSDocumentUniqueIdError"),
    "CDA id with extension": (
        _altered_cda(f'<id root="{UNIQUE_ID}"', f'<id extension="1" root="{UNIQUE_ID}"'),
        "XDSDocumentUniqueIdError",
    ),
    "submission set named as the document": (
        _altered(f'value="{SUBMISSION_ID}"', f'value="{UNIQUE_ID}"'),
        "XDSRegistryDuplicateUniqueIdInMessage",
    ),
    "identifier not an OID": (_altered(f'value="{SUBMISSION_ID}"', 'value="abc"'), "XDSRegistryMetadataError"),
    "replaces the unknown": (
        _altered(
            "</RegistryObjectList>",
            '<Association id="as18" associationType="urn:ihe:iti:2007:AssociationType:RPLC" '
            'sourceObject="urn:uuid:ef33026c-c446-46e9-a817-65e3cdc337ce" targetObject="urn:uuid:0"/>'
            "</RegistryObjectList>",
        ),
        "UnresolvedReferenceException",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_wrong_is_refused_and_not_stored(sandbox: Sandbox, structure: Seal, case: str) -> None:
    report, code = REFUSED[case]
    codes = verdict(provide(sandbox, report, assertion(structure)))
    assert set(codes) == {code}
    assert documents(sandbox) == []


def test_every_fault_is_told_at_once_and_no_value_with_it(sandbox: Sandbox, structure: Seal) -> None:
    report = _altered("<Value>E098", "<Value>E099")
    report = Report(report.cda, report.metadata.replace(b"258066799900794^^^", b"158066799900794^^^"))
    response = provide(sandbox, report, assertion(structure))
    assert set(verdict(response)) == {"XDSRepositoryMetadataError", "XDSPatientIdDoesNotMatch"}
    assert b"0667999007" not in response.content


def test_a_report_with_an_unknown_body_type_is_seen_by_the_schema_only(structure: Seal) -> None:
    # validate=False is for measuring: the same faulty report goes through.
    with Sandbox(clock=lambda: NOW, validate=False) as quick:
        assert verdict(provide(quick, REFUSED["CDA schema"][0], None)) == []


def _without_signature(structure: Seal) -> etree._Element:
    signed = assertion(structure)
    signature = signed.find("{http://www.w3.org/2000/09/xmldsig#}Signature")
    assert signature is not None
    signed.remove(signature)
    return signed


def _for_another(structure: Seal) -> etree._Element:
    signed = assertion(structure)
    for value in signed.iter(f"{{{SAML}}}AttributeValue"):
        value.text = (value.text or "").replace("258066", "158066")
    return signed


def _wrapped(structure: Seal) -> etree._Element:
    """A true signed assertion hidden inside a false one of the same ID."""
    false = etree.fromstring(etree.tostring(assertion(structure)))
    signature = false.find("{http://www.w3.org/2000/09/xmldsig#}Signature")
    assert signature is not None
    for value in false.iter(f"{{{SAML}}}AttributeValue"):
        value.text = (value.text or "").replace("258066", "158066")
    etree.SubElement(signature, "{http://www.w3.org/2000/09/xmldsig#}Object").append(assertion(structure))
    return false


ASSERTIONS = {
    "absent": (lambda s: None, "InvalidSecurity"),
    "not signed": (_without_signature, "InvalidSecurity"),
    "altered after signing": (_for_another, "FailedCheck"),
    "wrapped": (_wrapped, "FailedCheck"),
    "signed in part": (lambda s: assertion(s, covers="_2"), "FailedCheck"),
    "expired": (lambda s: assertion(s, at=NOW - dt.timedelta(hours=1)), "MessageExpired"),
    "of tomorrow": (lambda s: assertion(s, at=NOW + dt.timedelta(days=1)), "MessageExpired"),
    "incomplete": (
        lambda s: assertion(s, {k: v for k, v in ATTRIBUTES.items() if k != "LPS_Nom"}),
        "InvalidSecurityToken",
    ),
}


@pytest.mark.parametrize("case", ASSERTIONS)
def test_an_assertion_that_does_not_hold_is_a_soap_fault(sandbox: Sandbox, structure: Seal, case: str) -> None:
    made, subcode = ASSERTIONS[case]
    response = provide(sandbox, Report(), made(structure))
    assert response.status_code == 400
    assert answered(response).findtext(".//{*}Subcode/{*}Value") == f"wsse:{subcode}"
    assert documents(sandbox) == []


def test_an_assertion_for_another_patient_does_not_open_this_record(sandbox: Sandbox, structure: Seal) -> None:
    other = ATTRIBUTES | {"urn:oasis:names:tc:xacml:2.0:resource:resource-id": PATIENT.replace("258066", "158066")}
    assert verdict(provide(sandbox, Report(), assertion(structure, other))) == ["XDSPatientIdDoesNotMatch"]


def test_only_the_certificates_it_was_told_to_trust(structure: Seal) -> None:
    with Sandbox(clock=lambda: NOW, trusted=[structure.certificate]) as strict:
        stranger = provide(strict, Report(), assertion(seal()))
        assert answered(stranger).findtext(".//{*}Reason/{*}Text") == "DMPInvalidCertificate"
        assert verdict(provide(strict, Report(), assertion(structure))) == []


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("text/xml", b"<a/>"),
        ("application/soap+xml", b"<a/>"),
        ("application/soap+xml", b"not xml"),
        ("application/soap+xml", b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'),
        ("application/soap+xml", "<!DOCTYPE a []><a/>".encode("utf-16")),
        ("multipart/related", b"--B--"),
        ('multipart/related; type="application/xop+xml"; boundary=B', b"--B\r\nContent-ID: <a>\r\n\r\ncut"),
    ],
)
def test_what_is_no_message_is_a_sender_fault(sandbox: Sandbox, content_type: str, body: bytes) -> None:
    response = requests.post(
        sandbox.repository_url, data=body, headers={"Content-Type": content_type}, timeout=PATIENCE
    )
    assert response.status_code == 400
    assert answered(response).findtext(".//{*}Code/{*}Value") == "env:Sender"
    assert b"root:" not in response.content


def test_the_same_document_in_another_submission_is_a_duplicate(sandbox: Sandbox, structure: Seal) -> None:
    provide(sandbox, Report(), assertion(structure))
    again = Report().named(UNIQUE_ID, SUBMISSION_ID + ".1")
    assert verdict(provide(sandbox, again, assertion(structure))) == ["XDSDuplicateUniqueIdInRegistry"]
    [document] = documents(sandbox)
    assert (document["stored"], document["received"]) == (1, 2)


def test_the_same_submission_again_is_a_duplicate(sandbox: Sandbox, structure: Seal) -> None:
    provide(sandbox, Report(), assertion(structure))
    assert set(verdict(provide(sandbox, Report(), assertion(structure)))) == {"XDSDuplicateUniqueIdInRegistry"}


def test_other_bytes_under_a_known_name_are_a_non_identical_hash(sandbox: Sandbox, structure: Seal) -> None:
    provide(sandbox, Report(), assertion(structure))
    other = _altered_cda("Camille", "Camille ") if b"Camille" in Report().cda else _altered_cda("CAMILLE", "Camille")
    other = other.named(UNIQUE_ID, SUBMISSION_ID + ".1")
    assert verdict(provide(sandbox, other, assertion(structure))) == ["XDSNonIdenticalHash"]


def _version_2(target: str) -> Report:
    report = Report().named(UNIQUE_ID + "2", SUBMISSION_ID + ".2")
    association = (
        '<Association id="as18" associationType="urn:ihe:iti:2007:AssociationType:RPLC" '
        f'sourceObject="urn:uuid:ef33026c-c446-46e9-a817-65e3cdc337ce" targetObject="{target}"/></RegistryObjectList>'
    )
    return Report(report.cda, report.metadata.replace(b"</RegistryObjectList>", association.encode()))


def test_a_new_version_deprecates_the_one_it_replaces_once(sandbox: Sandbox, structure: Seal) -> None:
    provide(sandbox, Report(), assertion(structure))
    entry_uuid = documents(sandbox)[0]["entryUUID"][0]
    assert verdict(provide(sandbox, _version_2(entry_uuid), assertion(structure))) == []
    assert [d["status"] for d in documents(sandbox)] == ["Deprecated", "Approved"]
    third = _version_2(entry_uuid)
    third = Report(
        third.cda.replace(b".7.12", b".7.13"),
        third.metadata.replace(b".7.12", b".7.13").replace(b".4.7.2", b".4.7.3"),
    ).measured()
    assert verdict(provide(sandbox, third, assertion(structure))) == ["XDSRegistryDeprecatedDocumentError"]


def test_get_documents_finds_by_unique_id_and_by_entry_uuid(sandbox: Sandbox, structure: Seal) -> None:
    provide(sandbox, Report(), assertion(structure))
    response = query(sandbox, assertion(structure), GET_DOCUMENTS, {"$XDSDocumentEntryUniqueId": f"('{UNIQUE_ID}')"})
    payload = answered(response).find(f".//{{{QUERY}}}AdhocQueryResponse")
    assert payload is not None
    assert grammar.stored_query().departure(payload) == ""
    [entry] = payload.iter(f"{{{RIM}}}ExtrinsicObject")
    slots = {s.get("name"): s.findtext(".//{*}Value") for s in entry.iterfind(f"{{{RIM}}}Slot")}
    assert slots["hash"] == hashlib.sha1(Report().cda).hexdigest()
    assert slots["repositoryUniqueId"] == REPOSITORY
    assert all(c.get("classifiedObject") == entry.get("id") for c in entry.iterfind(f"{{{RIM}}}Classification"))
    parameters = {"$XDSDocumentEntryEntryUUID": f"('{entry.get('id')}')"}
    by_uuid = answered(query(sandbox, assertion(structure), GET_DOCUMENTS, parameters, "ObjectRef"))
    assert [ref.get("id") for ref in by_uuid.iter(f"{{{RIM}}}ObjectRef")] == [entry.get("id")]


def test_nobody_looks_into_the_record_of_another_patient(sandbox: Sandbox, structure: Seal) -> None:
    provide(sandbox, Report(), assertion(structure))
    other = ATTRIBUTES | {"urn:oasis:names:tc:xacml:2.0:resource:resource-id": PATIENT.replace("258066", "158066")}
    parameters = {"$XDSDocumentEntryUniqueId": f"('{UNIQUE_ID}')"}
    envelope = answered(query(sandbox, assertion(structure, other), GET_DOCUMENTS, parameters))
    assert [error.get("errorCode") for error in envelope.iter("{*}RegistryError")] == ["XDSPatientIdDoesNotMatch"]
    assert list(envelope.iter(f"{{{RIM}}}ExtrinsicObject")) == []
    retrieved = retrieve(sandbox, assertion(structure, other), REPOSITORY, UNIQUE_ID)
    assert verdict(retrieved) == ["XDSDocumentUniqueIdError"]


def test_an_unknown_document_is_an_empty_success(sandbox: Sandbox, structure: Seal) -> None:
    payload = answered(query(sandbox, assertion(structure), GET_DOCUMENTS, {"$XDSDocumentEntryUniqueId": "('1.2')"}))
    response = payload.find(f".//{{{QUERY}}}AdhocQueryResponse")
    assert response is not None
    assert (response.get("status") or "").endswith(":Success")
    assert list(payload.iter(f"{{{RIM}}}ExtrinsicObject")) == []


@pytest.mark.parametrize(
    ("query_id", "parameters", "code"),
    [
        (GET_DOCUMENTS, {}, "XDSStoredQueryMissingParam"),
        (FIND_DOCUMENTS, {"$XDSDocumentEntryStatus": APPROVED}, "XDSStoredQueryMissingParam"),
        # Parentheses around the patient are not the form that the shared record takes.
        (
            FIND_DOCUMENTS,
            {"$XDSDocumentEntryStatus": APPROVED, "$XDSDocumentEntryPatientId": f"('{PATIENT}')"},
            "XDSStoredQueryMissingParam",
        ),
        ("urn:uuid:0", {}, "XDSUnknownStoredQuery"),
    ],
)
def test_a_query_that_asks_nothing_is_refused(
    sandbox: Sandbox, structure: Seal, query_id: str, parameters: dict[str, str], code: str
) -> None:
    envelope = answered(query(sandbox, assertion(structure), query_id, parameters))
    assert [error.get("errorCode") for error in envelope.iter("{*}RegistryError")] == [code]


def test_find_documents_gives_those_of_the_patient(sandbox: Sandbox, structure: Seal) -> None:
    provide(sandbox, Report(), assertion(structure))
    parameters = {"$XDSDocumentEntryPatientId": f"'{PATIENT}'", "$XDSDocumentEntryStatus": APPROVED}
    envelope = answered(query(sandbox, assertion(structure), FIND_DOCUMENTS, parameters))
    assert len(list(envelope.iter(f"{{{RIM}}}ExtrinsicObject"))) == 1


def test_retrieve_gives_the_exact_bytes(sandbox: Sandbox, structure: Seal) -> None:
    report = Report()
    provide(sandbox, report, assertion(structure))
    response = retrieve(sandbox, assertion(structure), REPOSITORY, UNIQUE_ID)
    assert verdict(response) == []
    assert response.content.count(report.cda) == 1
    href = answered(response).find(".//{http://www.w3.org/2004/08/xop/include}Include")
    assert href is not None
    assert f"Content-ID: <{(href.get('href') or '').removeprefix('cid:')}>".encode() in response.content


@pytest.mark.parametrize(
    ("repository", "unique_id", "code"),
    [("1.2.3", UNIQUE_ID, "XDSUnknownRepositoryId"), (REPOSITORY, "1.2.3", "XDSDocumentUniqueIdError")],
)
def test_what_is_not_there_cannot_be_retrieved(
    sandbox: Sandbox, structure: Seal, repository: str, unique_id: str, code: str
) -> None:
    assert verdict(retrieve(sandbox, assertion(structure), repository, unique_id)) == [code]


def test_every_request_is_counted(sandbox: Sandbox, structure: Seal) -> None:
    provide(sandbox, Report(), assertion(structure))
    provide(sandbox, Report(), None)
    query(sandbox, assertion(structure), GET_DOCUMENTS, {"$XDSDocumentEntryUniqueId": "('1.2')"})
    counted = requests.get(f"{sandbox.http_url}/healthz", timeout=PATIENCE).json()["requests"]
    assert counted == {"ITI-41": 2, "ITI-18": 1}
