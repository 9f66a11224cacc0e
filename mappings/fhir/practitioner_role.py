"""PractitionerRole as ``binome-enrolment``: one person × protocol version × structure × function."""

import datetime as dt
from collections.abc import Mapping
from typing import Final

from mappings.codes import systems
from mappings.domain.cooperation import Enrolment, EnrolmentStatus, Function, Trainer, Training
from mappings.domain.identity import enrolment_id, organization_id, practitioner_id
from mappings.domain.invariants import enrolment_issues, rpps_issues, training_issues
from mappings.elements import Json
from mappings.fhir.availability import availability_from_fhir, availability_to_fhir, holidays_to_fhir
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


def enrolment_from_fhir(resource: object) -> Enrolment:
    """lost: practice situation, specialty, evidence of a training or of a commitment."""
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
        substitute_ids=tuple(
            each.reference("valueReference", "PractitionerRole") for each in role.extensions(systems.EXT_SUBSTITUTE)
        ),
        availability=availability_from_fhir(role),
        engaged_on=_engaged_on(role),
    )
    for training in enrolment.trainings:
        trained = f"PractitionerRole.extension('{systems.EXT_TRAINING}')"
        role.faults.extend(training_issues(rpps, training.trainer.rpps if training.trainer else "", trained))
    role.faults.extend(
        enrolment_issues(
            enrolment,
            training=f"PractitionerRole.extension('{systems.EXT_TRAINING}')",
            period_end="PractitionerRole.period.end",
            delegators=f"PractitionerRole.extension('{systems.EXT_DELEGATOR}')",
            substitutes=f"PractitionerRole.extension('{systems.EXT_SUBSTITUTE}')",
        )
    )
    role.refuse_faults()
    return enrolment


def enrolment_to_fhir(enrolment: Enrolment, *, delegator_rpps: Mapping[str, str] | None = None) -> Json:
    """``delegator_rpps`` gives the RPPS of each enrolment in ``delegator_ids`` and in ``substitute_ids``."""
    rpps_of = delegator_rpps or {}
    named = ((systems.EXT_DELEGATOR, enrolment.delegator_ids), (systems.EXT_SUBSTITUTE, enrolment.substitute_ids))
    return {
        "resourceType": "PractitionerRole",
        "id": enrolment.id,
        "meta": meta(PROFILE),
        "extension": [
            extension(systems.EXT_PROTOCOL, valueCanonical=enrolment.protocol),
            extension(systems.EXT_ENROLMENT_STATUS, valueCode=enrolment.status),
            *(_print_training(training) for training in enrolment.trainings),
            *(
                extension(url, valueReference=rpps_reference("PractitionerRole", id, rpps_of[id]))
                for url, ids in named
                for id in ids
            ),
            *(
                [extension(systems.EXT_ENGAGEMENT, valueDate=print_date(enrolment.engaged_on))]
                if enrolment.engaged_on
                else []
            ),
            *holidays_to_fhir(enrolment.availability),
        ],
        "identifier": [identifier(IDENTIFIER, enrolment.identifier)],
        "active": enrolment.status == "active",
        "period": print_period(enrolment.period),
        "practitioner": rpps_reference("Practitioner", enrolment.practitioner_id, enrolment.rpps),
        "organization": reference("Organization", enrolment.organization_id),
        "code": [codeable_concept(coding(systems.ROLE_CODE, enrolment.function))],
        **availability_to_fhir(enrolment.availability),
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


def _engaged_on(role: FhirElement) -> dt.date | None:
    told = role.extensions(systems.EXT_ENGAGEMENT)
    return role.extension(systems.EXT_ENGAGEMENT).date("valueDate") if told else None


def _training(element: FhirElement) -> Training:
    module = element.extension("module")
    key = "valueCanonical" if module.has("valueCanonical") else "valueString"
    return Training(
        module=module.text(key),
        completed=element.extension("completed").date("valueDate"),
        valid_until=element.extension("validUntil").optional_date("valueDate"),
        hours=element.extension("hours").optional_number("valueDecimal"),
        trainer=_trainer(element.extension("trainer")) if element.extensions("trainer") else None,
        trainee_signed=element.extension("traineeSigned").optional_date("valueDate"),
        trainer_signed=element.extension("trainerSigned").optional_date("valueDate"),
    )


def _trainer(element: FhirElement) -> Trainer:
    rpps = element.reference_identifier("valueReference", systems.RPPS)
    element.faults.extend(rpps_issues(rpps, element.at("valueReference.identifier")))
    return Trainer(enrolment_id=element.reference("valueReference", "PractitionerRole"), rpps=rpps)


def _print_training(training: Training) -> Json:
    """A module named by a canonical of ours is written as one, any other as its words."""
    canonical = training.module.startswith(systems.CANONICAL)
    module = {"valueCanonical" if canonical else "valueString": training.module}
    parts = [extension("module", **module), extension("completed", valueDate=print_date(training.completed))]
    if training.valid_until:
        parts.append(extension("validUntil", valueDate=print_date(training.valid_until)))
    if training.hours is not None:
        parts.append(extension("hours", valueDecimal=training.hours))
    if training.trainer:
        who = rpps_reference("PractitionerRole", training.trainer.enrolment_id, training.trainer.rpps)
        parts.append(extension("trainer", valueReference=who))
    for url, day in (("traineeSigned", training.trainee_signed), ("trainerSigned", training.trainer_signed)):
        if day:
            parts.append(extension(url, valueDate=print_date(day)))
    return extension(systems.EXT_TRAINING, extension=parts)
