"""Consent, two different things: to care under a protocol (``binome-care-consent``), and to what is sent where.

The first has the scope *treatment*, the second *patient-privacy* (R4 4.0.1, https://hl7.org/fhir/R4/consent.html).
A refusal is kept as a Consent too.
"""

import datetime as dt
from typing import Any, Final

from mappings.codes import systems
from mappings.domain.cooperation import Consent, ConsentStatus, Sharing
from mappings.domain.identity import consent_id, organization_id, sharing_id
from mappings.domain.time import french_day
from mappings.elements import Json, parse_instant
from mappings.fhir.datatypes import (
    FhirElement,
    canonical_parts,
    codeable_concept,
    coding,
    identifier,
    meta,
    print_instant,
    print_period,
    reference,
)
from mappings.fhir.information import print_information, read_information

PROFILE: Final = f"{systems.PROFILE}binome-care-consent"
SHARING_PROFILE: Final = f"{systems.PROFILE}binome-sharing-consent"
IDENTIFIER: Final = f"{systems.IDENTIFIER}consent"
SHARING_POLICY: Final = f"{systems.CANONICAL}/policy/sharing"

_CATEGORY: Final = f"{systems.CODE_SYSTEM}binome-consent"
_DESTINATION: Final = f"{systems.CODE_SYSTEM}binome-destination"
#: Attestation of consent.
_CONSENT_DOCUMENT: Final = "59284-0"
_STATUSES: Final[dict[str, ConsentStatus]] = {
    "draft": "draft",
    "proposed": "proposed",
    "active": "active",
    "rejected": "rejected",
    "inactive": "inactive",
    "entered-in-error": "entered-in-error",
}
_TYPES: Final = {"permit": True, "deny": False}
_DESTINATIONS: Final = {
    "dmp": "dmp",
    "patient-mailbox": "patient_mailbox",
    "professional-mailbox": "professional_mailbox",
}


def consent_from_fhir(resource: Json) -> Consent:
    """lost: who else than the patient decided, the signed form (source), policies other than the protocol."""
    consent = FhirElement.of_resource(resource, "Consent")
    _is_of_kind(consent, "treatment", "delegated-care")
    business_identifier = consent.identifier(IDENTIFIER)
    provision = consent.child("provision")
    read = Consent(
        id=consent.id_or(consent_id(business_identifier)),
        identifier=business_identifier,
        status=consent.one_of("status", _STATUSES),
        patient_id=consent.reference("patient", "Patient"),
        protocol=_protocol(consent),
        decided_at=consent.instant("dateTime"),
        permits=provision.one_of("type", _TYPES),
        period=provision.period(),
        organization_id=_organization(consent),
        team_id=_team(provision),
        informed_at=_informed_at(consent),
        information=read_information(consent),
        withdrawn_at=_withdrawn_at(resource),
    )
    if read.status in {"active", "rejected"} and read.permits != (read.status == "active"):
        text = "Un consentement actif permet (permit) ; un refus interdit (deny)."
        provision.fault("invariant", "type", text, "binome-cons-1")
    if read.status == "inactive" and read.period.end is None:
        provision.fault("invariant", "period.end", "Un consentement retiré a une fin de période.", "binome-cons-1")
    consent.refuse_faults()
    return read


def consent_to_fhir(consent: Consent) -> Json:
    patient = reference("Patient", consent.patient_id)
    delegatee = codeable_concept(coding(systems.ROLE_CODE, "DELEGATEE"))
    team = [{"role": delegatee, "reference": reference("CareTeam", consent.team_id)}] if consent.team_id else []
    informed = consent.informed_at and {
        "verified": True,
        "verifiedWith": patient,
        "verificationDate": print_instant(consent.informed_at),
    }
    return (
        {
            "resourceType": "Consent",
            "id": consent.id,
            "meta": meta(PROFILE),
            **print_information(consent.information),
            "identifier": [identifier(IDENTIFIER, consent.identifier)],
            "status": consent.status,
            **_print_kind("treatment", "delegated-care"),
            "patient": patient,
            "dateTime": print_instant(consent.decided_at),
            "performer": [patient],
            "organization": [reference("Organization", consent.organization_id)],
            "policy": [{"uri": consent.protocol}],
        }
        | ({"verification": [informed]} if informed else {})
        | {
            "provision": {
                "type": "permit" if consent.permits else "deny",
                "period": print_period(consent.period) | _print_withdrawal(consent),
            }
            | ({"actor": team} if team else {})
        }
    )


def sharing_from_fhir(resource: Json) -> Sharing:
    """lost: when, and in which structure, the patient chose; the resource itself keeps them."""
    consent = FhirElement.of_resource(resource, "Consent")
    _is_of_kind(consent, "patient-privacy", "sharing")
    status = consent.json.get("status")
    if status not in ("active", "rejected"):
        text = "Des choix de partage sont en vigueur (active), ou refusent tout partage (rejected)."
        consent.fault("value", "status", text)
    provision = consent.child("provision")
    if provision.one_of("type", _TYPES) != (status != "rejected"):
        text = (
            "Un partage permis (active) part d’une permission (permit) ; un partage refusé (rejected) interdit (deny)."
        )
        provision.fault("value", "type", text)
    patient_id = consent.reference("patient", "Patient")
    objections = [field for each in provision.children("provision") for field in _objections(each)]
    if status == "rejected":
        objections = list(_DESTINATIONS.values())
    consent.refuse_faults()
    return Sharing(patient_id=patient_id, **dict.fromkeys(objections, False))


def sharing_to_fhir(sharing: Sharing, *, decided_at: dt.datetime, organization_id: str) -> Json:
    """One Consent: a permission, and inside it one prohibition a destination the patient objects to."""
    patient = reference("Patient", sharing.patient_id)
    objections = [
        {"type": "deny", "code": [codeable_concept(coding(_DESTINATION, code))]}
        for code, field in _DESTINATIONS.items()
        if not getattr(sharing, field)
    ]
    return {
        "resourceType": "Consent",
        "id": sharing_id(sharing.patient_id),
        "meta": meta(SHARING_PROFILE),
        "status": "active",
        **_print_kind("patient-privacy", "sharing"),
        "patient": patient,
        "dateTime": print_instant(decided_at),
        "performer": [patient],
        "organization": [reference("Organization", organization_id)],
        "policy": [{"uri": SHARING_POLICY}],
        "provision": {"type": "permit"} | ({"provision": objections} if objections else {}),
    }


def _is_of_kind(consent: FhirElement, scope: str, category: str) -> None:
    """The two kinds must never be taken for one another: both scope and category are looked at."""
    if not consent.has_coding("scope", systems.CONSENT_SCOPE, scope):
        consent.fault("value", "scope", f"La portée (scope) attendue est « {scope} ».")
    if not consent.has_coding("category", _CATEGORY, category):
        consent.fault("value", "category", f"La catégorie attendue est « {category} » ({_CATEGORY}).")


def _print_kind(scope: str, category: str) -> Json:
    return {
        "scope": codeable_concept(coding(systems.CONSENT_SCOPE, scope)),
        "category": [
            codeable_concept(coding(systems.LOINC, _CONSENT_DOCUMENT)),
            codeable_concept(coding(_CATEGORY, category)),
        ],
    }


def _protocol(consent: FhirElement) -> str:
    """The one policy that is a protocol, without version: the patient consents to the care, not to its edition."""
    found = [
        (f"policy[{i}].uri", uri)
        for i, policy in enumerate(consent.children("policy"))
        if canonical_parts(uri := policy.optional_text("uri"))[0].startswith(systems.PLAN_DEFINITION)
    ]
    if len(found) != 1:
        text = "Le consentement désigne un protocole, et un seul, par son canonique."
        consent.fault("value" if found else "required", "policy.uri", text)
        return ""
    return consent.protocol(*found[0], versioned=False)


def _organization(consent: FhirElement) -> str:
    """lost: further organizations; the first one took the consent."""
    first = consent.first("organization")
    finess = first.child("identifier").json
    derived = organization_id(str(finess.get("value"))) if finess.get("system") == systems.FINESS else ""
    return first.self_reference("Organization", derived)


def _team(provision: FhirElement) -> str:
    teams = [a for a in provision.children("actor") if a.has_coding("role", systems.ROLE_CODE, "DELEGATEE")]
    return teams[0].optional_reference("reference", "CareTeam") if teams else ""


def _informed_at(consent: FhirElement) -> dt.datetime | None:
    verified = [v for v in consent.children("verification") if v.flag("verified")]
    return verified[0].instant("verificationDate") if verified else None


def _withdrawn_at(resource: Json) -> dt.datetime | None:
    """The hour that the end of the period tells; of a withdrawal told by its day and recorded on it, when it was."""
    if resource.get("status") != "inactive":
        return None
    end = _text_at(resource, "provision", "period", "end")
    recorded = parse_instant(_text_at(resource, "meta", "lastUpdated"))
    return parse_instant(end) or (recorded if recorded and french_day(recorded).isoformat() == end else None)


def _text_at(resource: Any, *path: str) -> str:
    """What does not read is told by those who read it as an element."""
    for name in path:
        resource = resource.get(name) if isinstance(resource, dict) else None
    return resource if isinstance(resource, str) else ""


def _print_withdrawal(consent: Consent) -> Json:
    """Taken back on its first day, the start tells its hour too: a day and an hour of it cannot be compared (per-1)."""
    at, start = consent.withdrawn_at, consent.decided_at
    if at is None:
        return {}
    same_day = at.date() == consent.period.start == start.date() and start <= at
    return ({"start": print_instant(start)} if same_day else {}) | {"end": print_instant(at)}


def _objections(provision: FhirElement) -> list[str]:
    """Destinations one prohibition closes. lost: what narrows it (period, actor): it closes them altogether."""
    if provision.one_of("type", _TYPES):
        provision.fault("value", "type", "Une opposition au partage est une interdiction (deny).")
    codings = [c for c in provision.codings("code") if c.json.get("system") == _DESTINATION]
    if not codings:
        provision.fault("required", "code", "Une opposition au partage nomme sa destination.")
    return [coding.one_of("code", _DESTINATIONS) for coding in codings]
