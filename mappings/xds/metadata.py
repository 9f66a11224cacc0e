"""XDS metadata of one submission of a report: one SubmissionSet, one DocumentEntry, in ebXML.

IHE ITI TF-3 4.2 and CI-SIS « Partage de documents de santé »; the same request feeds the shared record
(ITI-41) and the XDM archive (ITI-32). The schema fixes the order inside an object: Slot, Name,
Description, VersionInfo, Classification, ExternalIdentifier.
"""

import hashlib
import itertools
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

from mappings.codes import oids
from mappings.codes.document import CONFIDENTIALITIES, TEAM_MEMBER, VISIBILITIES
from mappings.codes.facilities import FACILITIES, PRACTICE_SETTINGS
from mappings.domain.people import Organization, Patient, Practitioner
from mappings.domain.report import ActReport, Submission
from mappings.issues import Issue
from mappings.markup import Element, leaf, value_of
from mappings.xds.composites import (
    VALUE_LENGTH,
    organization_xon,
    patient_cx,
    practitioner_xcn,
    source_patient_cx,
    source_patient_info,
    specialty_ce,
    utc,
)
from mappings.xds.namespaces import LCM, RIM

_DOCUMENT_ENTRY: Final = "urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1"
_SUBMISSION_SET: Final = "urn:uuid:a54d6aa5-d40d-43f9-88c5-b4633d873bdd"

# DocumentEntry: classification and identification schemes
_AUTHOR: Final = "urn:uuid:93606bcf-9494-43ec-9b4e-a7748d1a838d"
_CLASS: Final = "urn:uuid:41a5887f-8865-4c09-adf7-e362475b143a"
_TYPE: Final = "urn:uuid:f0306f51-975f-434e-a61c-c59651d33983"
_FORMAT: Final = "urn:uuid:a09d5840-386c-46f2-b5ad-9c3699a4309d"
_CONFIDENTIALITY: Final = "urn:uuid:f4f85eac-e6cb-4883-b524-f2705394840f"
_FACILITY: Final = "urn:uuid:f33fb8ac-18af-42cc-ae0e-ed0b0bdb91e1"
_PRACTICE_SETTING: Final = "urn:uuid:cccf5598-8b07-4b77-a05e-ae952c785ead"
_EVENT: Final = "urn:uuid:2c6b8cb7-8b2a-4051-b291-b1ae6a575ef4"
_ENTRY_PATIENT: Final = "urn:uuid:58a6f841-87b3-4a3e-92fd-a8ffeff98427"
_ENTRY_UNIQUE_ID: Final = "urn:uuid:2e82c1f6-a085-4c72-9da3-8640a32e42ab"

# SubmissionSet
_SET_AUTHOR: Final = "urn:uuid:a7058bb9-b4e4-4307-ba5b-e3f0ab85e12d"
_CONTENT_TYPE: Final = "urn:uuid:aa543740-bdda-424e-8c96-df4873be8500"
_SET_PATIENT: Final = "urn:uuid:6b5aea1a-874d-4603-a4bc-96a0a7b38446"
_SET_SOURCE: Final = "urn:uuid:554ac39e-e3fe-47fe-b233-965d2a147832"
_SET_UNIQUE_ID: Final = "urn:uuid:96fdda7c-d067-4183-912e-bf5ee74998a8"

_HAS_MEMBER: Final = "urn:oasis:names:tc:ebxml-regrep:AssociationType:HasMember"
_REPLACES: Final = "urn:ihe:iti:2007:AssociationType:RPLC"
#: ebRIM FreeFormText: a LocalizedString holds no more.
_NAME_LENGTH: Final = 1024
#: Patients with their team, remembered by a process; and slots, as they are written.
_TEAMS: Final = 1_024
_SLOTS: Final = 1_024


def submission_to_ebxml(
    report: ActReport,
    submission: Submission,
    cda: bytes,
    *,
    uri: str = "",
    replaced_uuid: str = "",
    action: str = "",
) -> bytes:
    """``lcm:SubmitObjectsRequest`` for these CDA bytes.

    ``uri``: name of the document in an XDM archive. ``replaced_uuid``: entryUUID of the version that this
    one replaces, as the registry knows it; an archive has none, and says by a slot (``action``) that the document replaces
    another (C) or is to be removed (D).
    """
    request = Element("lcm:SubmitObjectsRequest", {"xmlns:lcm": LCM, "xmlns": RIM})
    objects = request.add("RegistryObjectList")
    ids = map("id{:02}".format, itertools.count(1))
    _submission_set(objects, ids, report, submission)
    _document_entry(objects, ids, report, submission, cda, uri, action)
    member = _association(objects, ids, _HAS_MEMBER, submission.set_uuid, submission.entry_uuid)
    _slot(member, "SubmissionSetStatus", "Original")
    if replaced_uuid:
        _association(objects, ids, _REPLACES, submission.entry_uuid, replaced_uuid)
    return request.document()


def metadata_refusals(report: ActReport) -> list[Issue]:
    """What the metadata cannot hold; to be asked only of a report that its CDA accepts."""
    coded = [act for act in report.acts if act.code]
    return [
        *_people_refusals(report.patient, report.delegatee, report.organization),
        *(_too_long("Procedure.code", VALUE_LENGTH, "LongName") for act in coded if len(act.code) > VALUE_LENGTH),
        *(
            _too_long("Procedure.code", _NAME_LENGTH, "FreeFormText")
            for act in coded
            if len(act.display) > _NAME_LENGTH
        ),
    ]


@lru_cache(maxsize=_TEAMS)
def _people_refusals(patient: Patient, author: Practitioner, organization: Organization) -> tuple[Issue, ...]:
    """Those who meet again and again are looked at once."""
    values = {
        "Organization.name": (organization_xon(organization),),
        "Practitioner.name": (practitioner_xcn(author),),
        "Patient.name": tuple(source_patient_info(patient)),
        "Patient.identifier": (patient_cx(patient), source_patient_cx(patient)),
    }
    return tuple(
        _too_long(expression, VALUE_LENGTH, "LongName")
        for expression, texts in values.items()
        if any(len(text) > VALUE_LENGTH for text in texts)
    )


def _too_long(expression: str, length: int, kind: str) -> Issue:
    text = f"L’élément dépasse {length} caractères une fois écrit dans les métadonnées XDS."
    return Issue("too-long", expression, text, f"ebXML RIM 3.0, {kind}")


def dmp_refusals(report: ActReport) -> list[Issue]:
    """Why the shared record may not have this report, beside what its metadata cannot hold."""
    issues = []
    if report.patient.ins is None or report.patient.identity_status != "qualified":
        issues.append(
            Issue("required", "Patient.identifier", "Le DMP exige une INS qualifiée.", "DMP, alimentation (TD2.1)")
        )
    if report.confidentiality != "N":
        issues.append(
            Issue(
                "business-rule",
                "DocumentReference.securityLabel",
                "Un document de confidentialité R ou V ne se partage pas dans le DMP.",
                "DMP, alimentation (TD2.1)",
            )
        )
    return issues


def _submission_set(objects: Element, ids: Iterator[str], report: ActReport, submission: Submission) -> None:
    package = objects.add("RegistryPackage", id=submission.set_uuid)
    me = submission.set_uuid
    _slot(package, "submissionTime", utc(submission.submitted_at))
    _name(package, report.title)
    _author(package, me, ids, _SET_AUTHOR, report)
    kind = report.organization.facility_type
    _code(package, me, ids, _CONTENT_TYPE, kind, FACILITIES[kind], oids.FACILITY)
    _identifier(package, me, ids, _SET_PATIENT, "XDSSubmissionSet.patientId", patient_cx(report.patient))
    _identifier(package, me, ids, _SET_SOURCE, "XDSSubmissionSet.sourceId", submission.source_id)
    _identifier(package, me, ids, _SET_UNIQUE_ID, "XDSSubmissionSet.uniqueId", submission.unique_id)
    objects.leaf("Classification", id=next(ids), classifiedObject=me, classificationNode=_SUBMISSION_SET)


def _document_entry(
    objects: Element,
    ids: Iterator[str],
    report: ActReport,
    submission: Submission,
    cda: bytes,
    uri: str,
    action: str,
) -> None:
    me = submission.entry_uuid
    entry = objects.add("ExtrinsicObject", id=me, mimeType="text/xml", objectType=_DOCUMENT_ENTRY)
    # not a signature: XDS identifies content by SHA-1
    _slot(entry, "hash", hashlib.sha1(cda, usedforsecurity=False).hexdigest().upper())
    _slot(entry, "size", str(len(cda)))
    if uri:
        _slot(entry, "URI", uri)
    if uri and action:
        _slot(entry, "urn:action:extraMetadataSlot", action)
    _slot(entry, "creationTime", utc(report.created_at))
    _slot(entry, "languageCode", "fr-FR")
    _slot(entry, "legalAuthenticator", practitioner_xcn(report.delegatee))
    _slot(entry, "serviceStartTime", utc(report.start))
    _slot(entry, "serviceStopTime", utc(report.end))
    _slot(entry, "sourcePatientId", source_patient_cx(report.patient))
    _slot(entry, "sourcePatientInfo", *source_patient_info(report.patient))
    _name(entry, report.title)
    _author(entry, me, ids, _AUTHOR, report)
    for scheme, code, display, system in _codes(report):
        _code(entry, me, ids, scheme, code, display, system)
    _identifier(entry, me, ids, _ENTRY_PATIENT, "XDSDocumentEntry.patientId", patient_cx(report.patient))
    _identifier(entry, me, ids, _ENTRY_UNIQUE_ID, "XDSDocumentEntry.uniqueId", report.unique_id)


def _codes(report: ActReport) -> Iterable[tuple[str, str, str, str]]:
    kind_of = report.class_code
    yield _CLASS, kind_of.code, kind_of.display, kind_of.system
    yield _CONFIDENTIALITY, report.confidentiality, CONFIDENTIALITIES[report.confidentiality], oids.CONFIDENTIALITY
    for code in sorted(report.visibility):
        yield _CONFIDENTIALITY, code, VISIBILITIES[code], oids.VISIBILITY
    # lost: an act without a code, no counterpart in eventCodeList
    for act in report.events:
        if act.code:
            yield _EVENT, act.code, act.display, act.system
    body = report.format_code
    yield _FORMAT, body.code, body.display, body.system
    kind, setting = report.organization.facility_type, report.practice_setting
    yield _FACILITY, kind, FACILITIES[kind], oids.FACILITY
    yield _PRACTICE_SETTING, setting, PRACTICE_SETTINGS[setting], oids.PRACTICE_SETTING
    yield _TYPE, report.type_code.code, report.type_code.display, report.type_code.system


def _slot(parent: Element, name: str, *values: str) -> None:
    parent.take(_slot_of(name, values))


@lru_cache(maxsize=_SLOTS)
def _slot_of(name: str, values: tuple[str, ...]) -> str:
    listed = "".join([leaf("Value", value) for value in values])
    return f'<Slot name="{value_of(name)}"><ValueList>{listed}</ValueList></Slot>'


def _name(parent: Element, text: str) -> None:
    parent.take(f'<Name><LocalizedString charset="UTF8" value="{value_of(text)}" xml:lang="FR"/></Name>')


def _classification(parent: Element, me: str, ids: Iterator[str], scheme: str, node: str) -> Element:
    return parent.add(
        "Classification", id=next(ids), classificationScheme=scheme, classifiedObject=me, nodeRepresentation=node
    )


def _author(parent: Element, me: str, ids: Iterator[str], scheme: str, report: ActReport) -> None:
    author = _classification(parent, me, ids, scheme, "")
    _slot(author, "authorInstitution", organization_xon(report.organization))
    _slot(author, "authorPerson", practitioner_xcn(report.delegatee))
    _slot(author, "authorRole", TEAM_MEMBER[1])
    specialty = specialty_ce(report.delegatee)
    if specialty is not None:
        _slot(author, "authorSpecialty", specialty)


def _code(parent: Element, me: str, ids: Iterator[str], scheme: str, code: str, display: str, system: str) -> None:
    classification = _classification(parent, me, ids, scheme, code)
    _slot(classification, "codingScheme", system)
    _name(classification, display)


def _identifier(parent: Element, me: str, ids: Iterator[str], scheme: str, name: str, value: str) -> None:
    identifier = parent.add(
        "ExternalIdentifier", id=next(ids), identificationScheme=scheme, registryObject=me, value=value
    )
    _name(identifier, name)


def _association(objects: Element, ids: Iterator[str], kind: str, source: str, target: str) -> Element:
    return objects.add("Association", id=next(ids), associationType=kind, sourceObject=source, targetObject=target)
