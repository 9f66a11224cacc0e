"""Consent record: the patient, what the patient decided on a protocol, and what may be sent where."""

import datetime as dt
from dataclasses import dataclass
from typing import Final

from mappings.domain.cooperation import Consent, ConsentStatus, Period, Sharing
from mappings.domain.identity import consent_id, organization_id, team_id
from mappings.domain.people import Patient
from mappings.elements import Element, Json
from mappings.issues import Issue, Refused
from mappings.records.people import (
    patient_to_record,
    print_protocol,
    read_finess,
    read_patient,
    read_protocol,
    without_empty,
)

_DECISIONS: Final[dict[str, ConsentStatus]] = {"given": "active", "refused": "rejected", "withdrawn": "inactive"}
_DECISION_OF: Final = {status: decision for decision, status in _DECISIONS.items()}
_DESTINATIONS: Final = ("dmp", "patient_mailbox", "professional_mailbox")
_KEYS: Final = (
    "identifier",
    "protocol",
    "patient",
    "decision",
    "decided_at",
    "informed_at",
    "withdrawn_on",
    "structure_finess",
    "team",
    "sharing",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRecord:
    """What one record says."""

    patient: Patient
    consent: Consent
    #: None when the record says nothing of sharing.
    sharing: Sharing | None
    structure_finess: str
    #: Business identifier of the team the patient lets act; empty when not said.
    team: str = ""


def consent_from_record(record: Json) -> ConsentRecord:
    element = Element(record, "consent")
    element.only(_KEYS)
    patient = read_patient(element.child("patient"))
    finess = read_finess(element, "structure_finess")
    identifier, team = element.text("identifier"), element.optional_text("team")
    decided_at = element.instant("decided_at")
    status = element.one_of("decision", _DECISIONS)
    consent = Consent(
        id=consent_id(identifier),
        identifier=identifier,
        status=status,
        patient_id=patient.id,
        protocol=read_protocol(element, versioned=False),
        decided_at=decided_at,
        permits=status != "rejected",
        period=Period(start=decided_at.date(), end=_withdrawn_on(element, status, decided_at.date())),
        organization_id=organization_id(finess),
        team_id=team_id(team) if team else "",
        informed_at=element.optional_instant("informed_at"),
    )
    sharing = _read_sharing(element, patient.id)
    element.refuse_faults()
    return ConsentRecord(patient=patient, consent=consent, sharing=sharing, structure_finess=finess, team=team)


def consent_to_record(read: ConsentRecord) -> Json:
    """Only a decision can be said: a proposed or draft consent has no record."""
    consent, sharing = read.consent, read.sharing
    if consent.status not in _DECISION_OF:
        raise Refused(Issue("not-supported", "consent.decision", "Ce consentement ne porte pas encore de décision."))
    return without_empty(
        {
            "identifier": consent.identifier,
            "protocol": print_protocol(consent.protocol),
            "patient": patient_to_record(read.patient),
            "decision": _DECISION_OF[consent.status],
            "decided_at": consent.decided_at.isoformat(),
            "informed_at": consent.informed_at.isoformat() if consent.informed_at else "",
            "withdrawn_on": consent.period.end.isoformat() if consent.period.end else "",
            "structure_finess": read.structure_finess,
            "team": read.team,
            "sharing": {key: getattr(sharing, key) for key in _DESTINATIONS} if sharing else {},
        }
    )


def _withdrawn_on(element: Element, status: ConsentStatus, decided_on: dt.date) -> dt.date | None:
    """A withdrawal has its day, and nothing else has one."""
    if status != "inactive":
        if element.has("withdrawn_on"):
            element.fault("value", "withdrawn_on", "Seul un consentement retiré (withdrawn) a une date de retrait.")
        return None
    day = element.date("withdrawn_on")
    if element.has("withdrawn_on") and element.has("decided_at") and day < decided_on:
        element.fault("value", "withdrawn_on", "Le retrait précède le consentement.")
    return day


def _read_sharing(element: Element, patient_id: str) -> Sharing | None:
    """All destinations or none: a choice half said would be completed by guesswork."""
    if not element.has("sharing"):
        return None
    sharing = element.child("sharing")
    sharing.only(_DESTINATIONS)
    return Sharing(
        patient_id=patient_id,
        dmp=sharing.flag("dmp"),
        patient_mailbox=sharing.flag("patient_mailbox"),
        professional_mailbox=sharing.flag("professional_mailbox"),
    )
