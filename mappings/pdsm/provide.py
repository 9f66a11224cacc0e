"""What is posted to a record: the transaction of ITI-65, or the one DocumentReference of ITI-105.

PDSm 3.1.1, ``pdsm-comprehensive-provide-document-bundle`` and ``pdsm-simplified-publish``; IHE MHD 4.2.3, 3.65 and
3.105. Every identifier in it was drawn when the act was accepted: the same report gives the same bytes.
"""

import base64
import uuid
from collections.abc import Iterable
from typing import Any, Final

from mappings.codes.facilities import FACILITIES
from mappings.domain.report import ActReport, Submission
from mappings.fhir.datatypes import codeable_concept, coding, extension, identifier, print_instant
from mappings.fhir.json import dump, parse
from mappings.fhir.organization import organization_to_fhir
from mappings.issues import Issue
from mappings.pdsm import vocabulary
from mappings.pdsm.changes import labels_of, visibility_of
from mappings.pdsm.document import author, contained, document_reference, patient_identifier

Resource = dict[str, Any]

_REFERENCE: Final = "PDSm 3.1.1, alimentation"


def provide_bundle(report: ActReport, submission: Submission, cda: bytes, *, replaced: str = "") -> bytes:
    """ITI-65: SubmissionSet, DocumentReference and Binary, in one transaction.

    The patient is told as a conditional reference, which a transaction resolves (R4, http.html, « conditional
    references »): we know the INS and not the record's own number. ``replaced``: the record's reference
    (``DocumentReference/…``) of the version that this one replaces.
    """
    system, value = patient_identifier(report.patient)
    subject = {"reference": f"Patient?identifier={system}|{value}", "type": "Patient"}
    binary = f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, report.unique_id)}"
    document = document_reference(
        report, submission, cda, profile=vocabulary.DOCUMENT, subject=subject, replaced=replaced
    )
    document["content"][0]["attachment"]["url"] = binary
    entries = (
        (submission.set_uuid, _submission_set(report, submission, subject)),
        (submission.entry_uuid, document),
        (binary, {"resourceType": "Binary", "contentType": "text/xml", "data": base64.b64encode(cda).decode()}),
    )
    return dump(
        {
            "resourceType": "Bundle",
            "meta": {"profile": [vocabulary.PROVIDE_BUNDLE]},
            "type": "transaction",
            "entry": [
                {
                    "fullUrl": url,
                    "resource": resource,
                    "request": {"method": "POST", "url": resource["resourceType"]},
                }
                for url, resource in entries
            ],
        }
    )


def simplified_publish(report: ActReport, submission: Submission, cda: bytes, *, replaced: str = "") -> bytes:
    """ITI-105: the DocumentReference alone, the document in it.

    The patient is told by identifier: outside a transaction nothing resolves a conditional reference.
    """
    system, value = patient_identifier(report.patient)
    subject = {"type": "Patient", "identifier": identifier(system, value)}
    document = document_reference(
        report, submission, cda, profile=vocabulary.SIMPLIFIED, subject=subject, replaced=replaced
    )
    # The record names the entry itself: the profile allows no identifier (pdsm-simplified-publish 3.1.1).
    del document["identifier"]
    document["content"][0]["attachment"]["data"] = base64.b64encode(cda).decode()
    return dump(document)


def replacing(payload: bytes, replaced: str, hidden: Iterable[str] = ()) -> bytes:
    """What was sealed, its document told to replace ``replaced``, the record's reference of a former version, and to be hidden
    from whom ``hidden`` says (TRE_A07), besides."""
    sealed = parse(payload)
    resources = [entry["resource"] for entry in sealed.get("entry", ())] or [sealed]
    for one in resources:
        if one["resourceType"] == "DocumentReference":
            one["relatesTo"] = [{"code": "replaces", "target": {"reference": replaced}}]
            one["securityLabel"] = [*one["securityLabel"], *labels_of(frozenset(hidden) - visibility_of(one))]
    return dump(sealed)


def pdsm_refusals(report: ActReport) -> list[Issue]:
    """Why a shared record may not have this report: the rules of sharing do not depend on the transport."""
    issues = []
    if report.patient.ins is None or report.patient.identity_status != "qualified":
        text = "Le dossier partagé exige une INS qualifiée."
        issues.append(Issue("required", "Patient.identifier", text, _REFERENCE))
    if report.confidentiality != "N":
        text = "Un document de confidentialité R ou V ne se partage pas dans le dossier partagé."
        issues.append(Issue("business-rule", "DocumentReference.securityLabel", text, _REFERENCE))
    return issues


def _submission_set(report: ActReport, submission: Submission, subject: Resource) -> Resource:
    kind = report.organization.facility_type
    source = identifier(vocabulary.URI, f"urn:oid:{submission.source_id}")
    return {
        "resourceType": "List",
        "meta": {"profile": [vocabulary.SUBMISSION_SET]},
        "contained": [*author(report), contained(organization_to_fhir(report.organization), "organization")],
        "extension": [
            extension(
                vocabulary.DESIGNATION_TYPE,
                valueCodeableConcept=codeable_concept(coding(vocabulary.FACILITY, kind, FACILITIES[kind])),
            ),
            extension(vocabulary.SOURCE_ID, valueIdentifier=source),
        ],
        "identifier": [
            vocabulary.unique_id(submission.unique_id),
            vocabulary.entry_uuid(submission.set_uuid),
        ],
        "status": "current",
        "mode": "working",
        "title": report.title,
        "code": codeable_concept(coding(vocabulary.LIST_TYPES, "submissionset")),
        "subject": subject,
        "date": print_instant(submission.submitted_at),
        "source": {"reference": "#author"},
        "entry": [{"item": {"reference": submission.entry_uuid}}],
    }
