"""Who may read a patient's shared record: a question of today, answered from what is on record.

The professional is an active member of a team in which the patient is included, the consent to that care holds, and the
patient has chosen to share: to feed a record it is enough that nobody objects, to read it somebody must have agreed
(DMP, rights and consent; CSP L1110-4, L1111-17).
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from mappings.domain.cooperation import Enrolment, Inclusion
from mappings.domain.people import Ins, Organization, Patient, Practitioner
from mappings.fhir.care_plan import inclusion_from_fhir
from mappings.fhir.care_team import team_from_fhir
from mappings.fhir.consent import consent_from_fhir
from mappings.fhir.organization import organization_from_fhir
from mappings.fhir.practitioner import practitioner_from_fhir
from mappings.fhir.practitioner_role import enrolment_from_fhir
from service.intake.knowledge import Knowledge
from service.intake.sharing import sharing_said

#: Why somebody may not read, by code: French, and of nobody.
DENIALS: Final = {
    "not-a-member": "Vous n’êtes membre actif d’aucune équipe qui suit ce patient.",
    "no-consent": "Le consentement du patient aux soins délégués n’est pas en vigueur.",
    "no-choice": "Le patient n’a pas encore dit s’il accepte le partage : ne pas s’y opposer permet d’alimenter "
    "son dossier, non de le lire.",
    "opposed": "Le patient s’oppose au partage par son dossier.",
    "not-qualified": "L’identité du patient n’est pas qualifiée : son dossier ne peut pas être désigné.",
}


@dataclass(frozen=True, slots=True)
class Denied:
    """One of ``DENIALS``."""

    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Right:
    """What it rests on: as whom they come, on whose behalf, for which inclusion."""

    ins: Ins
    enrolment: Enrolment
    inclusion: Inclusion
    practitioner: Practitioner
    organization: Organization
    #: The délégant who answers for the inclusion; None when they are the one who reads, or are not on record.
    delegator: Enrolment | None


def right_of(rpps: str, patient: Patient, knowledge: Knowledge, day: dt.date, finess: str = "") -> Right | Denied:
    """The first inclusion that gives it; without one, the reason that is nearest to giving it.

    ``finess``: the structure on whose behalf alone they read; empty for any of theirs.
    """
    nearest = Denied("not-a-member")
    for inclusion, enrolment in _shared(rpps, patient, knowledge, day):
        if finess and not _is_of(enrolment, finess, knowledge):
            continue
        right = _under(inclusion, enrolment, patient, knowledge, day)
        if isinstance(right, Right):
            return right
        nearest = right
    return nearest


def _shared(rpps: str, patient: Patient, knowledge: Knowledge, day: dt.date) -> Iterator[tuple[Inclusion, Enrolment]]:
    """Inclusions of the patient in force, in the teams of which the professional is an active member."""
    for id_ in knowledge.found("CarePlan", "patient", "Patient", patient.id):
        inclusion = knowledge.reading("CarePlan", id_, inclusion_from_fhir)
        if inclusion is None or inclusion.status != "active" or not inclusion.period.covers(day):
            continue
        team = knowledge.reading("CareTeam", inclusion.team_id, team_from_fhir)
        if team is None or team.status != "active" or not team.period.covers(day):
            continue
        for _, member, period in team.participants:
            enrolment = knowledge.reading("PractitionerRole", member, enrolment_from_fhir)
            if enrolment is None or enrolment.rpps != rpps or enrolment.status != "active":
                continue
            if period.covers(day) and enrolment.period.covers(day):
                yield inclusion, enrolment


def _is_of(enrolment: Enrolment, finess: str, knowledge: Knowledge) -> bool:
    organization = knowledge.reading("Organization", enrolment.organization_id, organization_from_fhir)
    return organization is not None and organization.finess == finess


def _under(
    inclusion: Inclusion, enrolment: Enrolment, patient: Patient, knowledge: Knowledge, day: dt.date
) -> Right | Denied:
    consent = knowledge.reading("Consent", inclusion.consent_id, consent_from_fhir)
    if consent is None or consent.patient_id != patient.id or not consent.holds or not consent.period.covers(day):
        return Denied("no-consent")
    sharing = sharing_said(patient.id, knowledge)
    if sharing is None or not sharing.dmp:
        return Denied("no-choice" if sharing is None else "opposed")
    practitioner = knowledge.reading("Practitioner", enrolment.practitioner_id, practitioner_from_fhir)
    organization = knowledge.reading("Organization", enrolment.organization_id, organization_from_fhir)
    if practitioner is None or organization is None:
        return Denied("not-a-member")
    if patient.ins is None or patient.identity_status != "qualified":
        return Denied("not-qualified")
    delegator = knowledge.reading("PractitionerRole", inclusion.delegator_id, enrolment_from_fhir)
    return Right(
        ins=patient.ins,
        enrolment=enrolment,
        inclusion=inclusion,
        practitioner=practitioner,
        organization=organization,
        delegator=None if delegator is None or delegator.rpps == enrolment.rpps else delegator,
    )
