"""The CDA header, in the one order its schema allows.

CI-SIS « Structuration minimale de documents de santé » 1.16.8, en-tête. Délégué and délégant: no French
code means either, so the word stands in functionCode/originalText beside the nearest code.
"""

from lxml import etree

from mappings.cda.datatypes import (
    add,
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


def add_header(document: etree._Element, report: ActReport) -> None:
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
        related = add(document, "relatedDocument", typeCode="RPLC")
        add(add(related, "parentDocument"), "id", root=report.replaces)
    _component_of(document, report)


def _document(document: etree._Element, report: ActReport) -> None:
    add(document, "realmCode", code="FR")
    add(document, "typeId", root=oids.HL7_MODEL, extension="POCD_HD000040")
    flat = report.level == 1 and report.screening is None
    add_templates(document, oids.HL7_FRANCE, oids.CI_SIS, oids.XDS_SD if flat else oids.MEDICAL_DOCUMENT)
    if report.screening is not None:
        add(document, "templateId", root=oids.BIO_TROD, extension=oids.BIO_TROD_VERSION)
    # root only: the shared record refuses a document id with an extension
    add(document, "id", root=report.unique_id)
    add_code(document, "code", report.type_code.code, report.type_code.display, report.type_code.system)
    add(document, "title", report.title)
    add(document, "effectiveTime", value=timestamp(report.created_at))
    confidentiality = report.confidentiality
    add_code(document, "confidentialityCode", confidentiality, CONFIDENTIALITIES[confidentiality], oids.CONFIDENTIALITY)
    add(document, "languageCode", code="fr-FR")
    add(document, "setId", root=report.set_id)
    add(document, "versionNumber", value=str(report.version))


def _record_target(document: etree._Element, patient: Patient) -> None:
    role = add(add(document, "recordTarget"), "patientRole")
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
    person = add(role, "patient", classCode="PSN")
    name = add(person, "name")
    add(name, "family", patient.birth_family, qualifier="BR")
    add(name, "given", patient.birth_given_list)
    add(name, "given", patient.birth_given, qualifier="BR")
    if patient.used_family:
        add(name, "family", patient.used_family, qualifier="CL")
    if patient.used_given:
        add(name, "given", patient.used_given, qualifier="CL")
    add_code(person, "administrativeGenderCode", *GENDERS[patient.gender], oids.GENDER)
    add(person, "birthTime", value=day(patient.birth_date))
    if patient.birth_place_code:
        place = add(add(add(person, "birthplace"), "place"), "addr")
        add(place, "county", patient.birth_place_code)
        if patient.birth_place_name:
            add(place, "city", patient.birth_place_name)


def _author(document: etree._Element, report: ActReport) -> None:
    author = add(document, "author")
    add_code(author, "functionCode", *TEAM_MEMBER, "délégué")
    add(author, "time", value=timestamp(report.created_at))
    assigned = add(author, "assignedAuthor")
    _professional(assigned, report.delegatee, report.organization)
    add_person(assigned, "assignedPerson", report.delegatee)
    add_organization(assigned, "representedOrganization", report.organization)


def _professional(role: etree._Element, practitioner: Practitioner, organization: Organization) -> None:
    add_professional_id(role, practitioner)
    specialty = author_specialty(practitioner.profession, practitioner.specialty)
    if specialty is not None:
        add_code(role, "code", *specialty, oids.AUTHOR_SPECIALTY)
    add_address(role, organization.address, "WP")
    add_telecoms(role, mailbox=practitioner.mailbox, phone=organization.phone, use="WP")


def _custodian(document: etree._Element, organization: Organization) -> None:
    assigned = add(add(document, "custodian"), "assignedCustodian")
    custodian = add_organization(assigned, "representedCustodianOrganization", organization)
    # one telecom at most here
    add_telecoms(
        custodian, mailbox="" if organization.phone else organization.mailbox, phone=organization.phone, use="WP"
    )
    add_address(custodian, organization.address, "WP")


def _information_recipient(document: etree._Element, report: ActReport) -> None:
    recipient = add(add(document, "informationRecipient", typeCode="PRCP"), "intendedRecipient")
    add_professional_id(recipient, report.delegator)
    add_address(recipient, report.organization.address, "WP")
    add_telecoms(recipient, mailbox=report.delegator.mailbox, phone=report.organization.phone, use="WP")
    add_person(recipient, "informationRecipient", report.delegator)
    add_organization(recipient, "receivedOrganization", report.organization)


def _legal_authenticator(document: etree._Element, report: ActReport) -> None:
    authenticator = add(document, "legalAuthenticator")
    add(authenticator, "time", value=timestamp(report.created_at))
    add(authenticator, "signatureCode", code="S")
    _delegatee(authenticator, report)


def _authenticator(document: etree._Element, report: ActReport) -> None:
    """The délégant, who vouches for the content (CI-SIS, « Structuration minimale », authenticator)."""
    assert report.countersigned_at is not None
    authenticator = add(document, "authenticator")
    add(authenticator, "time", value=timestamp(report.countersigned_at))
    add(authenticator, "signatureCode", code="S")
    entity = add(authenticator, "assignedEntity")
    _professional(entity, report.delegator, report.organization)
    add_person(entity, "assignedPerson", report.delegator)
    add_organization(entity, "representedOrganization", report.organization)


def _delegatee(parent: etree._Element, report: ActReport) -> None:
    entity = add(parent, "assignedEntity")
    _professional(entity, report.delegatee, report.organization)
    add_person(entity, "assignedPerson", report.delegatee)
    organization = add_organization(entity, "representedOrganization", report.organization)
    setting = report.practice_setting
    add_code(organization, "standardIndustryClassCode", setting, PRACTICE_SETTINGS[setting], oids.PRACTICE_SETTING)


def _delegator(document: etree._Element, report: ActReport, kind: str) -> None:
    """RESP: in HL7, who answers for the act through their power to delegate it. CON: to whom the patient is referred."""
    participant = add(document, "participant", typeCode=kind)
    add_code(participant, "functionCode", *(ATTENDING if report.delegator_is_attending else TEAM_MEMBER), "délégant")
    add_interval(participant, "time", report.start, report.end)
    entity = add(participant, "associatedEntity", classCode="PROV")
    _professional(entity, report.delegator, report.organization)
    add_person(entity, "associatedPerson", report.delegator)
    add_organization(entity, "scopingOrganization", report.organization)


def _documentation_of(document: etree._Element, report: ActReport, act: Code, *, main: bool) -> None:
    event = add(add(document, "documentationOf"), "serviceEvent")
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
        _delegatee(add(event, "performer", typeCode="PRF"), report)


def _component_of(document: etree._Element, report: ActReport) -> None:
    encounter = add(add(document, "componentOf"), "encompassingEncounter")
    if report.practice_setting in ENCOUNTERS:
        add_code(encounter, "code", *ENCOUNTERS[report.practice_setting], oids.ACT_CODE)
    add_interval(encounter, "effectiveTime", report.start, report.end)
    facility = add(add(encounter, "location"), "healthCareFacility")
    kind = report.organization.facility_type
    add_code(facility, "code", kind, FACILITIES[kind], oids.FACILITY)
    add(add(facility, "location"), "name", report.organization.name)
