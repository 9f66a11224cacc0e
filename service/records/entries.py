"""From what a record says to the entries of a transaction: each thing by its business identifier."""

from collections.abc import Callable, Mapping
from typing import Any

from mappings.domain.act import DelegatedAct
from mappings.domain.identity import logical_id
from mappings.domain.people import Ins, Patient
from mappings.domain.protocol import Protocol
from mappings.fhir.act import Placement, act_to_fhir, protocol_of
from mappings.fhir.act.elements import delegator_of
from mappings.fhir.adverse_event import adverse_event_id, adverse_event_to_fhir
from mappings.fhir.bundle import Criteria, Entry, identified
from mappings.fhir.care_plan import inclusion_to_fhir
from mappings.fhir.consent import consent_to_fhir, sharing_to_fhir
from mappings.fhir.datatypes import reference_id
from mappings.fhir.organization import organization_to_fhir
from mappings.fhir.patient import local_number, patient_to_fhir
from mappings.fhir.practitioner import practitioner_to_fhir
from mappings.fhir.practitioner_role import enrolment_to_fhir
from mappings.fhir.questionnaire import questionnaire_canonical
from mappings.records.adverse_event import AdverseEventRecord
from mappings.records.consent import ConsentRecord
from mappings.records.enrolment import EnrolmentRecord
from mappings.records.inclusion import InclusionRecord

Resource = dict[str, Any]


def entries_of_enrolment(record: EnrolmentRecord) -> list[Entry]:
    """Professional, structure, enrolment: each updated where it stands, or created."""
    return [
        _put(practitioner_to_fhir(record.practitioner)),
        _put(organization_to_fhir(record.organization)),
        _put(enrolment_to_fhir(record.enrolment, delegator_rpps=record.delegator_rpps())),
    ]


def entries_of_consent(record: ConsentRecord) -> list[Entry]:
    """Patient, care consent, and the choice of sharing when the record makes one."""
    entries = [_patient(record.patient), _put(consent_to_fhir(record.consent))]
    if record.sharing is not None:
        organization = record.consent.organization_id
        resource = sharing_to_fhir(record.sharing, decided_at=record.consent.decided_at, organization_id=organization)
        # Named after the consent it came with: an id derived from the patient's INS could be guessed back to it.
        entries.append(_put({**resource, "id": logical_id("sharing", record.consent.identifier)}))
    return entries


def entries_of_inclusion(record: InclusionRecord) -> list[Entry]:
    """The inclusion; its patient is found by number, wherever the record was first met."""
    resource = inclusion_to_fhir(
        record.inclusion, delegatee_rpps=record.delegatee_rpps, delegator_rpps=record.delegator_rpps
    )
    number = _number(record.ins, record.local_identifier)
    if number is not None:
        resource["subject"] = {"reference": f"Patient?identifier={number[0]}|{number[1]}"}
    return [_put(resource)]


def entries_of_act(act: DelegatedAct, protocol: Protocol, ids: Callable[[], str], *, fictitious: bool) -> list[Entry]:
    """The act and what belongs to it, as a FHIR client would send them."""
    place = Placement(
        questionnaire_response_id=ids(),
        questionnaire=questionnaire_canonical(protocol, "examen"),
        item_types={item.link_id: item.type for item in protocol.exam_items},
        fictitious=fictitious,
    )
    return [
        Entry(expression="", method="POST", type=resource["resourceType"], full_url=_name(resource), resource=resource)
        for resource in act_to_fhir(act, place)
    ]


def entry_of_adverse_event(record: AdverseEventRecord, act: Resource) -> Entry:
    """The event, with what the ``act`` on record says of patient, protocol and délégant."""
    delegator, delegatee = delegator_of(act), act["performer"][0]["actor"]
    recorder = delegator if record.reporter == "delegator" else delegatee
    event = record.about(
        adverse_event_id(str(record.said["identifier"])),
        act_id=act["id"],
        patient_id=reference_id(act["subject"], "Patient"),
        protocol=protocol_of(act),
        delegator_id=reference_id(delegator, "PractitionerRole"),
        delegator_rpps=delegator["identifier"]["value"],
        recorder_id=reference_id(recorder, "PractitionerRole"),
        recorder_rpps=recorder["identifier"]["value"],
    )
    return _put(adverse_event_to_fhir(event, fictitious="security" in act.get("meta", {})))


def _put(resource: Resource) -> Entry:
    return Entry(
        expression="",
        method="PUT",
        type=resource["resourceType"],
        id=resource["id"],
        full_url=_name(resource),
        resource=resource,
    )


def _patient(patient: Patient) -> Entry:
    """Updated where the INS or the local number is known, under a random id otherwise.

    An id derived from the INS could be guessed back to it, and ids stand in addresses: it names the entry in its
    transaction, and is not told as an id that the caller chooses.
    """
    told = patient_to_fhir(patient)
    resource = {name: value for name, value in told.items() if name != "id"}
    return Entry(
        expression="",
        method="PUT",
        type="Patient",
        criteria=_known_by(patient),
        full_url=_name(told),
        resource=resource,
    )


def _known_by(patient: Patient) -> Criteria | None:
    number = _number(patient.ins, patient.local_identifier)
    return identified(*number) if number else None


def _number(ins: Ins | None, local_identifier: tuple[str, str] | None) -> tuple[str, str] | None:
    """(system, value) that finds the patient: the INS when there is one, else the local number."""
    if ins is not None:
        return f"urn:oid:{ins.oid}", ins.value
    return local_number(local_identifier) if local_identifier else None


def _name(resource: Mapping[str, Any]) -> str:
    return f"{resource['resourceType']}/{resource['id']}"
