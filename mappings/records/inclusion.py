"""Inclusion record: which patient enters which protocol version, by whom and on whose behalf.

People are named by their numbers. Unless the record names the enrolments, they are those known by protocol,
structure, function and RPPS (``identity.enrolment_identifier``); the team always is that of protocol and structure.
"""

from dataclasses import dataclass
from typing import Final

from mappings.domain.cooperation import Function, Inclusion, InclusionStatus, Period
from mappings.domain.identity import (
    consent_id,
    enrolment_id,
    enrolment_identifier,
    inclusion_id,
    patient_id,
    team_id,
    team_identifier,
)
from mappings.domain.invariants import distinct_people_issues, ins_issues, rpps_issues
from mappings.domain.people import Ins
from mappings.elements import Element, Json
from mappings.records.people import (
    print_designation,
    print_protocol,
    read_designation,
    read_finess,
    read_protocol,
    without_empty,
)

_STATUSES: Final[dict[str, InclusionStatus]] = {
    "draft": "draft",
    "active": "active",
    "on-hold": "on-hold",
    "revoked": "revoked",
    "completed": "completed",
}
_KEYS: Final = (
    "identifier",
    "protocol",
    "status",
    "patient",
    "delegatee_rpps",
    "delegatee_enrolment",
    "delegator_rpps",
    "delegator_enrolment",
    "structure_finess",
    "consent",
    "eligibility",
    "start",
    "end",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class InclusionRecord:
    """What one record says."""

    inclusion: Inclusion
    #: INS or (authority, value) of the local number: the patient is known already, no trait is repeated.
    ins: Ins | None
    local_identifier: tuple[str, str] | None
    structure_finess: str
    delegatee_rpps: str
    delegator_rpps: str
    #: Business identifiers.
    delegatee_enrolment: str
    delegator_enrolment: str
    consent: str


def inclusion_from_record(record: Json) -> InclusionRecord:
    element = Element(record, "inclusion")
    element.only(_KEYS)
    patient = element.child("patient")
    patient.only(("ins", "local_identifier"))
    ins, local = read_designation(patient)
    if ins is not None:
        element.faults.extend(ins_issues(ins, "qualified", patient.at("ins")))
    protocol = read_protocol(element, versioned=True)
    finess = read_finess(element, "structure_finess")
    delegatee_rpps, delegatee = _read_enrolment(element, "delegatee", "DELEGATEE", protocol, finess)
    delegator_rpps, delegator = _read_enrolment(element, "delegator", "DELEGATOR", protocol, finess)
    element.faults.extend(distinct_people_issues(delegatee_rpps, delegator_rpps, "inclusion.delegator_rpps"))
    identifier, consent = element.text("identifier"), element.text("consent")
    start, end = element.date("start"), element.optional_date("end")
    if end is not None and end < start:
        element.fault("value", "end", "La fin de l’inclusion précède son début.")
    inclusion = Inclusion(
        id=inclusion_id(identifier),
        identifier=identifier,
        status=element.one_of("status", _STATUSES),
        protocol=protocol,
        patient_id=patient_id(ins, local) if ins or local else "",
        period=Period(start=start, end=end),
        author_id=enrolment_id(delegatee),
        delegator_id=enrolment_id(delegator),
        team_id=team_id(team_identifier(protocol, finess)),
        consent_id=consent_id(consent),
        eligibility_id=element.optional_text("eligibility"),
    )
    element.refuse_faults()
    return InclusionRecord(
        inclusion=inclusion,
        ins=ins,
        local_identifier=local,
        structure_finess=finess,
        delegatee_rpps=delegatee_rpps,
        delegator_rpps=delegator_rpps,
        delegatee_enrolment=delegatee,
        delegator_enrolment=delegator,
        consent=consent,
    )


def inclusion_to_record(read: InclusionRecord) -> Json:
    inclusion = read.inclusion
    return without_empty(
        {
            "identifier": inclusion.identifier,
            "protocol": print_protocol(inclusion.protocol),
            "status": inclusion.status,
            "patient": print_designation(read.ins, read.local_identifier),
            "delegatee_rpps": read.delegatee_rpps,
            "delegatee_enrolment": read.delegatee_enrolment,
            "delegator_rpps": read.delegator_rpps,
            "delegator_enrolment": read.delegator_enrolment,
            "structure_finess": read.structure_finess,
            "consent": read.consent,
            "eligibility": inclusion.eligibility_id,
            "start": inclusion.period.start.isoformat(),
            "end": inclusion.period.end.isoformat() if inclusion.period.end else "",
        }
    )


def _read_enrolment(element: Element, role: str, function: Function, protocol: str, finess: str) -> tuple[str, str]:
    """RPPS and business identifier of the enrolment of one of the two."""
    rpps = element.text(f"{role}_rpps")
    element.faults.extend(rpps_issues(rpps, element.at(f"{role}_rpps")))
    derived = enrolment_identifier(protocol, function, rpps, finess)
    return rpps, element.optional_text(f"{role}_enrolment") or derived
