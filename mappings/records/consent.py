"""Consent record: the patient, what the patient decided on a protocol, and what may be sent where."""

import datetime as dt
from dataclasses import dataclass
from typing import Final

from mappings.codes import systems
from mappings.domain.cooperation import Consent, ConsentStatus, Information, Period, Sharing
from mappings.domain.identity import consent_id, organization_id, team_id
from mappings.domain.invariants import rpps_issues
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
    "informed_by_rpps",
    "notice",
    "withdrawn_on",
    "withdrawn_at",
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
    withdrawn_at = _withdrawn_at(element, status, decided_at)
    consent = Consent(
        id=consent_id(identifier),
        identifier=identifier,
        status=status,
        patient_id=patient.id,
        protocol=read_protocol(element, versioned=False),
        decided_at=decided_at,
        permits=status != "rejected",
        period=Period(
            start=decided_at.date(),
            end=withdrawn_at.date() if withdrawn_at else _withdrawn_on(element, status, decided_at.date()),
        ),
        organization_id=organization_id(finess),
        team_id=team_id(team) if team else "",
        informed_at=element.optional_instant("informed_at"),
        information=_information(element),
        withdrawn_at=withdrawn_at,
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
            "informed_by_rpps": consent.information.rpps,
            "notice": print_protocol(consent.information.notice),
            "withdrawn_on": consent.period.end.isoformat() if consent.period.end and not consent.withdrawn_at else "",
            "withdrawn_at": consent.withdrawn_at.isoformat() if consent.withdrawn_at else "",
            "structure_finess": read.structure_finess,
            "team": read.team,
            "sharing": {key: getattr(sharing, key) for key in _DESTINATIONS} if sharing else {},
        }
    )


def _information(element: Element) -> Information:
    """A notice « nom-du-protocole|version » is the information of that edition; any other is told in words."""
    rpps, notice = element.optional_text("informed_by_rpps"), element.optional_text("notice")
    element.faults.extend(rpps_issues(rpps, element.at("informed_by_rpps")))
    slug, _, version = notice.partition("|")
    is_ours = bool(slug and version) and not set(slug + version) & set(" :/|")
    return Information(notice=f"{systems.PLAN_DEFINITION}{notice}" if is_ours else notice, rpps=rpps)


def _withdrawn_at(element: Element, status: ConsentStatus, decided_at: dt.datetime) -> dt.datetime | None:
    """The hour of a withdrawal, in the place of its day."""
    at = element.optional_instant("withdrawn_at")
    if at is None:
        return None
    if status != "inactive":
        element.fault("value", "withdrawn_at", "Seul un consentement retiré (withdrawn) a une date de retrait.")
    if element.has("withdrawn_on"):
        element.fault("value", "withdrawn_on", "Le retrait se date par son jour ou par son heure, non par les deux.")
    if element.has("decided_at") and at < decided_at:
        element.fault("value", "withdrawn_at", "Le retrait précède le consentement.")
    return at


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
