"""PractitionerRole as ``binome-enrolment``: one person × protocol version × structure × function."""

import datetime as dt
from collections.abc import Mapping
from typing import Final

from mappings.codes import systems
from mappings.domain.cooperation import Enrolment, EnrolmentStatus, Function, Training
from mappings.domain.identity import enrolment_id, organization_id, practitioner_id
from mappings.domain.invariants import enrolment_issues, rpps_issues
from mappings.elements import Json
from mappings.fhir.datatypes import (
    FhirElement,
    codeable_concept,
    coding,
    extension,
    identifier,
    meta,
    print_date,
    print_period,
    reference,
    rpps_reference,
)

PROFILE: Final = f"{systems.PROFILE}binome-enrolment"
IDENTIFIER: Final = f"{systems.IDENTIFIER}enrolment"
FUNCTIONS: Final[dict[str, Function]] = {"DELEGATEE": "DELEGATEE", "DELEGATOR": "DELEGATOR"}
_STATUSES: Final[dict[str, EnrolmentStatus]] = {
    "declared": "declared",
    "active": "active",
    "suspended": "suspended",
    "ended": "ended",
    "refused": "refused",
}


def enrolment_from_fhir(resource: Json) -> Enrolment:
    """lost: practice situation, specialty, evidence of a training."""
    role = FhirElement.of_resource(resource, "PractitionerRole")
    business_identifier = role.identifier(IDENTIFIER)
    protocol = role.extension(systems.EXT_PROTOCOL)
    rpps = role.reference_identifier("practitioner", systems.RPPS)
    role.faults.extend(rpps_issues(rpps, "PractitionerRole.practitioner.identifier"))
    if len(role.children("code")) > 1:
        role.fault("business-rule", "code", "Une adhésion porte une seule fonction : délégant ou délégué.")
    enrolment = Enrolment(
        id=role.id_or(enrolment_id(business_identifier)),
        identifier=business_identifier,
        function=role.code("code", systems.ROLE_CODE, FUNCTIONS),
        status=_status(role),
        protocol=protocol.protocol("valueCanonical", protocol.text("valueCanonical"), versioned=True),
        period=role.period(),
        practitioner_id=role.reference("practitioner", "Practitioner", practitioner_id(rpps) if rpps else ""),
        rpps=rpps,
        organization_id=_organization(role),
        trainings=tuple(_training(each) for each in role.extensions(systems.EXT_TRAINING)),
        delegator_ids=tuple(
            each.reference("valueReference", "PractitionerRole") for each in role.extensions(systems.EXT_DELEGATOR)
        ),
    )
    role.faults.extend(
        enrolment_issues(
            enrolment,
            training=f"PractitionerRole.extension('{systems.EXT_TRAINING}')",
            period_end="PractitionerRole.period.end",
            delegators=f"PractitionerRole.extension('{systems.EXT_DELEGATOR}')",
        )
    )
    role.refuse_faults()
    return enrolment


def enrolment_to_fhir(enrolment: Enrolment, *, delegator_rpps: Mapping[str, str] | None = None) -> Json:
    """``delegator_rpps`` gives the RPPS of each enrolment in ``delegator_ids``."""
    rpps_of = delegator_rpps or {}
    return {
        "resourceType": "PractitionerRole",
        "id": enrolment.id,
        "meta": meta(PROFILE),
        "extension": [
            extension(systems.EXT_PROTOCOL, valueCanonical=enrolment.protocol),
            extension(systems.EXT_ENROLMENT_STATUS, valueCode=enrolment.status),
            *(_print_training(training) for training in enrolment.trainings),
            *(
                extension(systems.EXT_DELEGATOR, valueReference=rpps_reference("PractitionerRole", id, rpps_of[id]))
                for id in enrolment.delegator_ids
            ),
        ],
        "identifier": [identifier(IDENTIFIER, enrolment.identifier)],
        "active": enrolment.status == "active",
        "period": print_period(enrolment.period),
        "practitioner": rpps_reference("Practitioner", enrolment.practitioner_id, enrolment.rpps),
        "organization": reference("Organization", enrolment.organization_id),
        "code": [codeable_concept(coding(systems.ROLE_CODE, enrolment.function))],
    }


def suspended(resource: Json, last: dt.date) -> Json:
    """``resource`` with the status ``suspended`` and ``last`` as the last day of its period; nothing else changed."""
    extensions = [
        {**each, "valueCode": "suspended"} if each["url"] == systems.EXT_ENROLMENT_STATUS else each
        for each in resource["extension"]
    ]
    period = {**resource["period"], "end": print_date(last)}
    return {**resource, "extension": extensions, "active": False, "period": period}


def _status(role: FhirElement) -> EnrolmentStatus:
    """binome-enr-1: ``active`` says the same as the status, for readers that know only R4."""
    told = role.extension(systems.EXT_ENROLMENT_STATUS)
    status = told.one_of("valueCode", _STATUSES)
    if role.flag("active") != (told.json.get("valueCode") == "active") and role.has("active"):
        text = "« active » doit être vrai si, et seulement si, le statut d’adhésion est actif."
        role.fault("invariant", "active", text, "binome-enr-1")
    return status


def _organization(role: FhirElement) -> str:
    finess = role.reference_identifier("organization", systems.FINESS, required=False)
    return role.reference("organization", "Organization", organization_id(finess) if finess else "")


def _training(element: FhirElement) -> Training:
    module = element.extension("module")
    key = "valueCanonical" if module.has("valueCanonical") else "valueString"
    return Training(
        module=module.text(key),
        completed=element.extension("completed").date("valueDate"),
        valid_until=element.extension("validUntil").optional_date("valueDate"),
    )


def _print_training(training: Training) -> Json:
    """A module named by a canonical of ours is written as one, any other as its words."""
    canonical = training.module.startswith(systems.CANONICAL)
    module = {"valueCanonical" if canonical else "valueString": training.module}
    parts = [extension("module", **module), extension("completed", valueDate=print_date(training.completed))]
    if training.valid_until:
        parts.append(extension("validUntil", valueDate=print_date(training.valid_until)))
    return extension(systems.EXT_TRAINING, extension=parts)
