"""The CDA header, in the one order its schema allows.

CI-SIS « Structuration minimale de documents de santé » 1.16.8, en-tête. Délégué and délégant: no French
code means either, so the word stands in functionCode/originalText beside the nearest code.
"""

from mappings.cda.datatypes import (
    add_address,
    add_code,
    add_id,
    add_interval,
    add_organization,
    add_person,
    add_professional_id,
    add_telecoms,
    add_templates,
    add_uncoded,
    day,
    timestamp,
)
from mappings.codes import oids
from mappings.codes.document import ATTENDING, CONFIDENTIALITIES, ENCOUNTERS, GENDERS, TEAM_MEMBER
from mappings.codes.facilities import FACILITIES, PRACTICE_SETTINGS
from mappings.codes.identifiers import is_oid
from mappings.codes.professions import author_specialty
from mappings.domain.people import Code, Organization, Patient, Practitioner
from mappings.domain.report import ActReport
from mappings.markup import Element


def add_header(document: Element, report: ActReport) -> None:
    _document(document, report)
    _record_target(document, report.patient)
    _author(document, report)
    _custodian(document, report.organization)
    _information_recipient(document, report)
    _legal_authenticator(document, report)
    if report.countersigned_at:
        # A person already described need not be a participant too.
        _authenticator(document, report)
    else:
        _delegator(document, report, "RESP")
    if not report.done:
        # the patient goes to the délégant: consulted, beside being responsible
        _delegator(document, report, "CON")
    for index, event in enumerate(report.events):
        _documentation_of(document, report, event, main=index == 0)
    if report.replaces:
        related = document.add("relatedDocument", typeCode="RPLC")
        related.add("parentDocument").leaf("id", root=report.replaces)
    _component_of(document, report)


def _document(document: Element, report: ActReport) -> None:
    document.leaf("realmCode", code="FR")
    document.leaf("typeId", root=oids.HL7_MODEL, extension="POCD_HD000040")
    flat = report.level == 1 and report.screening is None
    add_templates(document, oids.HL7_FRANCE, oids.CI_SIS, oids.XDS_SD if flat else oids.MEDICAL_DOCUMENT)
    if report.screening is not None:
        document.leaf("templateId", root=oids.BIO_TROD, extension=oids.BIO_TROD_VERSION)
    # root only: the shared record refuses a document id with an extension
    document.leaf("id", root=report.unique_id)
    add_code(document, "code", report.type_code.code, report.type_code.display, report.type_code.system)
    document.leaf("title", report.title)
    document.leaf("effectiveTime", value=timestamp(report.created_at))
    confidentiality = report.confidentiality
    add_code(document, "confidentialityCode", confidentiality, CONFIDENTIALITIES[confidentiality], oids.CONFIDENTIALITY)
    document.leaf("languageCode", code="fr-FR")
    document.leaf("setId", root=report.set_id)
    document.leaf("versionNumber", value=str(report.version))


def _record_target(document: Element, patient: Patient) -> None:
    role = document.add("recordTarget").add("patientRole")
    mailbox = ""
    # only a qualified identity carries the INS (RNIV)
    if patient.ins is not None and patient.identity_status == "qualified":
        add_id(role, patient.ins.oid, patient.ins.value)
        mailbox = f"{patient.ins.value}@patient.mssante.fr"
    # lost: a local number whose assigner is not an OID, no counterpart in II
    if patient.local_identifier is not None and is_oid(patient.local_identifier[0]):
        add_id(role, *patient.local_identifier)
    add_address(role, patient.address, "H")
    add_telecoms(role, mailbox=mailbox, phone="", use="H")
    person = role.add("patient", classCode="PSN")
    name = person.add("name")
    name.leaf("family", patient.birth_family, qualifier="BR")
    name.leaf("given", patient.birth_given_list)
    name.leaf("given", patient.birth_given, qualifier="BR")
    if patient.used_family:
        name.leaf("family", patient.used_family, qualifier="CL")
    if patient.used_given:
        name.leaf("given", patient.used_given, qualifier="CL")
    add_code(person, "administrativeGenderCode", *GENDERS[patient.gender], oids.GENDER)
    person.leaf("birthTime", value=day(patient.birth_date))
    if patient.birth_place_code:
        place = person.add("birthplace").add("place").add("addr")
        place.leaf("county", patient.birth_place_code)
        if patient.birth_place_name:
            place.leaf("city", patient.birth_place_name)


def _author(document: Element, report: ActReport) -> None:
    author = document.add("author")
    add_code(author, "functionCode", *TEAM_MEMBER, "délégué")
    author.leaf("time", value=timestamp(report.created_at))
    assigned = author.add("assignedAuthor")
    _professional(assigned, report.delegatee, report.organization)
    add_person(assigned, "assignedPerson", report.delegatee)
    add_organization(assigned, "representedOrganization", report.organization)


def _professional(role: Element, practitioner: Practitioner, organization: Organization) -> None:
    add_professional_id(role, practitioner)
    specialty = author_specialty(practitioner.profession, practitioner.specialty)
    if specialty is not None:
        add_code(role, "code", *specialty, oids.AUTHOR_SPECIALTY)
    add_address(role, organization.address, "WP")
    add_telecoms(role, mailbox=practitioner.mailbox, phone=organization.phone, use="WP")


def _custodian(document: Element, organization: Organization) -> None:
    assigned = document.add("custodian").add("assignedCustodian")
    custodian = add_organization(assigned, "representedCustodianOrganization", organization)
    # one telecom at most here
    add_telecoms(
        custodian, mailbox="" if organization.phone else organization.mailbox, phone=organization.phone, use="WP"
    )
    add_address(custodian, organization.address, "WP")


def _information_recipient(document: Element, report: ActReport) -> None:
    recipient = document.add("informationRecipient", typeCode="PRCP").add("intendedRecipient")
    add_professional_id(recipient, report.delegator)
    add_address(recipient, report.organization.address, "WP")
    add_telecoms(recipient, mailbox=report.delegator.mailbox, phone=report.organization.phone, use="WP")
    add_person(recipient, "informationRecipient", report.delegator)
    add_organization(recipient, "receivedOrganization", report.organization)


def _legal_authenticator(document: Element, report: ActReport) -> None:
    authenticator = document.add("legalAuthenticator")
    authenticator.leaf("time", value=timestamp(report.created_at))
    authenticator.leaf("signatureCode", code="S")
    _delegatee(authenticator, report)


def _authenticator(document: Element, report: ActReport) -> None:
    """The délégant, who vouches for the content (CI-SIS, « Structuration minimale », authenticator)."""
    assert report.countersigned_at is not None
    authenticator = document.add("authenticator")
    authenticator.leaf("time", value=timestamp(report.countersigned_at))
    authenticator.leaf("signatureCode", code="S")
    entity = authenticator.add("assignedEntity")
    _professional(entity, report.delegator, report.organization)
    add_person(entity, "assignedPerson", report.delegator)
    add_organization(entity, "representedOrganization", report.organization)


def _delegatee(parent: Element, report: ActReport) -> None:
    entity = parent.add("assignedEntity")
    _professional(entity, report.delegatee, report.organization)
    add_person(entity, "assignedPerson", report.delegatee)
    organization = add_organization(entity, "representedOrganization", report.organization)
    setting = report.practice_setting
    add_code(organization, "standardIndustryClassCode", setting, PRACTICE_SETTINGS[setting], oids.PRACTICE_SETTING)


def _delegator(document: Element, report: ActReport, kind: str) -> None:
    """RESP: in HL7, who answers for the act through their power to delegate it. CON: to whom the patient is referred."""
    participant = document.add("participant", typeCode=kind)
    add_code(participant, "functionCode", *(ATTENDING if report.delegator_is_attending else TEAM_MEMBER), "délégant")
    add_interval(participant, "time", report.start, report.end)
    entity = participant.add("associatedEntity", classCode="PROV")
    _professional(entity, report.delegator, report.organization)
    add_person(entity, "associatedPerson", report.delegator)
    add_organization(entity, "scopingOrganization", report.organization)


def _documentation_of(document: Element, report: ActReport, act: Code, *, main: bool) -> None:
    event = document.add("documentationOf").add("serviceEvent")
    # of a rapid test the event is what it looks for, and the act its words
    words = report.acts[0].display if main else act.display
    if main:
        # no national code identifies a protocol: its name goes beside the act
        words += f" – protocole de coopération : {report.protocol_title}, version {report.protocol_version}"
    if act.code:
        add_code(event, "code", act.code, act.display, act.system, words if main else "")
    else:
        add_uncoded(event, "code", words)
    add_interval(event, "effectiveTime", report.start, report.end)
    if main:
        _delegatee(event.add("performer", typeCode="PRF"), report)


def _component_of(document: Element, report: ActReport) -> None:
    encounter = document.add("componentOf").add("encompassingEncounter")
    if report.practice_setting in ENCOUNTERS:
        add_code(encounter, "code", *ENCOUNTERS[report.practice_setting], oids.ACT_CODE)
    add_interval(encounter, "effectiveTime", report.start, report.end)
    facility = encounter.add("location").add("healthCareFacility")
    kind = report.organization.facility_type
    add_code(facility, "code", kind, FACILITIES[kind], oids.FACILITY)
    facility.add("location").leaf("name", report.organization.name)
