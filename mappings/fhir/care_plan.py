"""CarePlan as ``binome-inclusion``: a patient's inclusion in a protocol version."""

from typing import Final

from mappings.codes import systems
from mappings.domain.cooperation import Inclusion, InclusionStatus
from mappings.domain.identity import inclusion_id
from mappings.domain.invariants import distinct_people_issues, rpps_issues
from mappings.elements import Json
from mappings.fhir.datatypes import (
    FhirElement,
    extension,
    identifier,
    meta,
    print_period,
    reference,
    rpps_reference,
)

PROFILE: Final = f"{systems.PROFILE}binome-inclusion"
IDENTIFIER: Final = f"{systems.IDENTIFIER}inclusion"
_STATUSES: Final[dict[str, InclusionStatus]] = {
    "draft": "draft",
    "active": "active",
    "on-hold": "on-hold",
    "revoked": "revoked",
    "completed": "completed",
    "entered-in-error": "entered-in-error",
    "unknown": "unknown",
}


def inclusion_from_fhir(resource: Json) -> Inclusion:
    """lost: encounter, addresses, activities; the reason of a revocation stays in ``note``."""
    plan = FhirElement.of_resource(resource, "CarePlan")
    business_identifier = plan.identifier(IDENTIFIER)
    if plan.text("intent") != "plan":
        plan.fault("value", "intent", "Une inclusion a l’intention « plan ».")
    delegator = plan.extension(systems.EXT_DELEGATOR)
    inclusion = Inclusion(
        id=plan.id_or(inclusion_id(business_identifier)),
        identifier=business_identifier,
        status=plan.one_of("status", _STATUSES),
        protocol=_protocol(plan),
        patient_id=plan.reference("subject", "Patient"),
        period=plan.period(),
        author_id=plan.reference("author", "PractitionerRole"),
        delegator_id=delegator.reference("valueReference", "PractitionerRole"),
        team_id=_team(plan),
        consent_id=_supporting(plan, "Consent"),
        eligibility_id=_supporting(plan, "QuestionnaireResponse"),
    )
    if not inclusion.consent_id:
        plan.fault("required", "supportingInfo", "L’inclusion s’appuie sur le consentement du patient.")
    if inclusion.author_id and inclusion.author_id == inclusion.delegator_id:
        text = "L’adhésion du délégué et celle du délégant doivent être différentes."
        plan.fault("business-rule", "author", text, "CSP L4011-1")
    _people(plan, delegator)
    plan.refuse_faults()
    return inclusion


def inclusion_to_fhir(inclusion: Inclusion, *, delegatee_rpps: str, delegator_rpps: str) -> Json:
    delegator = rpps_reference("PractitionerRole", inclusion.delegator_id, delegator_rpps)
    eligibility = inclusion.eligibility_id
    return {
        "resourceType": "CarePlan",
        "id": inclusion.id,
        "meta": meta(PROFILE),
        "extension": [extension(systems.EXT_DELEGATOR, valueReference=delegator)],
        "identifier": [identifier(IDENTIFIER, inclusion.identifier)],
        "instantiatesCanonical": [inclusion.protocol],
        "status": inclusion.status,
        "intent": "plan",
        "subject": reference("Patient", inclusion.patient_id),
        "period": print_period(inclusion.period),
        "author": rpps_reference("PractitionerRole", inclusion.author_id, delegatee_rpps),
        "careTeam": [reference("CareTeam", inclusion.team_id)],
        "supportingInfo": [
            reference("Consent", inclusion.consent_id),
            *([reference("QuestionnaireResponse", eligibility)] if eligibility else []),
        ],
    }


def _protocol(plan: FhirElement) -> str:
    canonicals = plan.texts("instantiatesCanonical")
    if len(canonicals) != 1:
        text = "Une inclusion désigne un protocole, et un seul."
        plan.fault("structure" if canonicals else "required", "instantiatesCanonical", text)
        return ""
    return plan.protocol("instantiatesCanonical[0]", canonicals[0], versioned=True)


def _team(plan: FhirElement) -> str:
    if len(plan.children("careTeam")) > 1:
        plan.fault("structure", "careTeam", "Une inclusion relève d’une seule équipe.")
    return plan.first("careTeam").self_reference("CareTeam")


def _supporting(plan: FhirElement, type: str) -> str:
    """The first document of a type the inclusion rests on. lost: further ones."""
    named = [e for e in plan.children("supportingInfo") if e.optional_text("reference").startswith(f"{type}/")]
    return named[0].self_reference(type) if named else ""


def _people(plan: FhirElement, delegator: FhirElement) -> None:
    """The délégué's RPPS may be left out, the délégant's may not: searches by délégant rest on it."""
    author = plan.reference_identifier("author", systems.RPPS, required=False)
    other = delegator.reference_identifier("valueReference", systems.RPPS)
    at = f"CarePlan.extension('{systems.EXT_DELEGATOR}').value.identifier"
    plan.faults.extend(rpps_issues(author, "CarePlan.author.identifier"))
    plan.faults.extend(rpps_issues(other, at))
    plan.faults.extend(distinct_people_issues(author, other, at))
