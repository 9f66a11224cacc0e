"""DocumentReference of a report: profile ``pdsm-comprehensive-document-reference``, who and where contained in it.

PDSm 3.1.1; IHE MHD 4.2.3, 3.65.4.1.2. The hash is the base64 of the SHA-1 bytes, and times bear their offset: not as
in XDS. What is contained is the picture of that day, and says no more of people than XDS metadata do.
"""

import base64
import hashlib
from typing import Any, Final

from mappings.codes.document import CONFIDENTIALITIES, VISIBILITIES
from mappings.codes.facilities import FACILITIES, PRACTICE_SETTINGS
from mappings.codes.professions import author_specialty
from mappings.domain.people import Code, Patient
from mappings.domain.report import ActReport, Submission
from mappings.fhir.datatypes import codeable_concept, coding, print_instant
from mappings.fhir.organization import organization_to_fhir
from mappings.fhir.patient import patient_to_fhir
from mappings.fhir.practitioner import practitioner_to_fhir
from mappings.pdsm import vocabulary

Resource = dict[str, Any]

#: TRE_A02, profession and speciality of an author.
_SPECIALTY: Final = "urn:oid:1.2.250.1.213.1.1.4.5"
#: What a shared record has no use for.
_LEFT_OUT: Final = ("meta", "telecom", "address")


def document_reference(
    report: ActReport, submission: Submission, cda: bytes, *, profile: str, subject: Resource, replaced: str = ""
) -> Resource:
    """``subject``: how the record finds the patient. ``replaced``: its own reference of the version that this one replaces.

    The attachment has neither ``url`` nor ``data``: each transaction adds its own.
    """
    return {
        "resourceType": "DocumentReference",
        "meta": {"profile": [profile]},
        "contained": [
            *author(report),
            contained(organization_to_fhir(report.organization), "organization"),
            contained(patient_to_fhir(report.patient), "patient"),
        ],
        "masterIdentifier": vocabulary.unique_id(report.unique_id),
        "identifier": [vocabulary.entry_uuid(submission.entry_uuid)],
        "status": "current",
        "type": _concept(report.type_code),
        "category": [_concept(report.class_code)],
        "subject": subject,
        "date": print_instant(submission.submitted_at),
        "author": [{"reference": "#author"}],
        "authenticator": {"reference": "#author"},
        "custodian": {"reference": "#organization"},
        **({"relatesTo": [{"code": "replaces", "target": {"reference": replaced}}]} if replaced else {}),
        "securityLabel": _labels(report),
        "content": [
            {"attachment": _attachment(report, cda), "format": _coding(report.format_code)},
        ],
        "context": _context(report),
    }


def _concept(code: Code) -> Resource:
    return codeable_concept(_coding(code))


def _coding(code: Code) -> Resource:
    return coding(vocabulary.system_of(code.system), code.code, code.display)


def author(report: ActReport) -> list[Resource]:
    """The délégué in their structure: PractitionerRole ``#author``, and the person whom it names."""
    specialty = author_specialty(report.delegatee.profession, report.delegatee.specialty)
    role: Resource = {
        "resourceType": "PractitionerRole",
        "id": "author",
        "practitioner": {"reference": "#practitioner"},
        "organization": {"reference": "#organization"},
    }
    if specialty:
        role["specialty"] = [codeable_concept(coding(_SPECIALTY, *specialty))]
    return [role, contained(practitioner_to_fhir(report.delegatee), "practitioner")]


def contained(resource: Resource, id_: str) -> Resource:
    kept = {key: value for key, value in resource.items() if key not in _LEFT_OUT}
    return {**kept, "id": id_}


def patient_identifier(patient: Patient) -> tuple[str, str]:
    """(system, value) by which the record knows the patient: the INS, which only a qualified identity has."""
    assert patient.ins is not None, "a patient without INS is refused before"
    return f"urn:oid:{patient.ins.oid}", patient.ins.value


def _labels(report: ActReport) -> list[Resource]:
    level = report.confidentiality
    return [
        codeable_concept(coding(vocabulary.CONFIDENTIALITY, level, CONFIDENTIALITIES[level])),
        *(codeable_concept(coding(vocabulary.VISIBILITY, c, VISIBILITIES[c])) for c in sorted(report.visibility)),
    ]


def _attachment(report: ActReport, cda: bytes) -> Resource:
    return {
        "contentType": "text/xml",
        "language": "fr-FR",
        "size": len(cda),
        # not a signature: IHE identifies content by SHA-1
        "hash": base64.b64encode(hashlib.sha1(cda, usedforsecurity=False).digest()).decode(),
        "title": report.title,
        "creation": print_instant(report.created_at),
    }


def _context(report: ActReport) -> Resource:
    kind, setting = report.organization.facility_type, report.practice_setting
    return {
        "event": [
            codeable_concept(coding(vocabulary.system_of(act.system), act.code, act.display))
            if act.code
            else {"text": act.display}
            for act in report.events
        ],
        "period": {"start": print_instant(report.start), "end": print_instant(report.end)},
        "facilityType": codeable_concept(coding(vocabulary.FACILITY, kind, FACILITIES[kind])),
        "practiceSetting": codeable_concept(coding(vocabulary.PRACTICE_SETTING, setting, PRACTICE_SETTINGS[setting])),
        "sourcePatientInfo": {"reference": "#patient"},
    }
