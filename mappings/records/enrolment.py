"""Enrolment record: professional, structure and enrolment in one flat object.

A délégué's or a délégant's line of a coordinator's list says the same as four FHIR resources, and gives the same ones.
``function`` is written as FHIR's code; the French words of the law are read too.
"""

from dataclasses import dataclass
from typing import Final

from mappings.domain.cooperation import Enrolment, EnrolmentStatus, Function, Trainer, Training
from mappings.domain.identity import enrolment_id, enrolment_identifier, practitioner_id
from mappings.domain.invariants import enrolment_issues, rpps_issues, training_issues
from mappings.domain.people import Organization, Practitioner
from mappings.elements import Element, Json
from mappings.records.availability import KEYS as AVAILABILITY
from mappings.records.availability import print_availability, read_availability
from mappings.records.people import (
    print_period,
    print_protocol,
    print_structure,
    read_period,
    read_protocol,
    read_structure,
    without_empty,
)

_FUNCTIONS: Final[dict[str, Function]] = {
    "DELEGATEE": "DELEGATEE",
    "DELEGATOR": "DELEGATOR",
    "délégué": "DELEGATEE",
    "délégant": "DELEGATOR",
    "delegue": "DELEGATEE",
    "delegant": "DELEGATOR",
}
_STATUSES: Final[dict[str, EnrolmentStatus]] = {
    "declared": "declared",
    "active": "active",
    "suspended": "suspended",
    "ended": "ended",
    "refused": "refused",
}
_KEYS: Final = (
    "identifier",
    "protocol",
    "function",
    "status",
    "rpps",
    "prefix",
    "suffix",
    "family",
    "given",
    "profession",
    "specialty",
    "mailbox",
    "structure",
    "period",
    "training",
    "delegators",
    "substitutes",
    "engaged_on",
    *AVAILABILITY,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolmentRecord:
    """What one record says."""

    practitioner: Practitioner
    organization: Organization
    enrolment: Enrolment
    #: (enrolment identifier, RPPS) of each délégant named, in the order of ``enrolment.delegator_ids``.
    delegators: tuple[tuple[str, str], ...] = ()
    #: The same of each substitute, in the order of ``enrolment.substitute_ids``.
    substitutes: tuple[tuple[str, str], ...] = ()
    #: The same of the trainer of each training that names one, in their order.
    trainers: tuple[tuple[str, str], ...] = ()

    def delegator_rpps(self) -> dict[str, str]:
        """RPPS by enrolment id, as the FHIR references ask for."""
        return {enrolment_id(identifier): rpps for identifier, rpps in (*self.delegators, *self.substitutes)}


def enrolment_from_record(record: Json) -> EnrolmentRecord:
    """Without ``identifier``, the enrolment is known by protocol, structure, function and RPPS."""
    element = Element(record, "enrolment")
    element.only(_KEYS)
    practitioner = _read_practitioner(element)
    organization = read_structure(element.child("structure"))
    protocol = read_protocol(element, versioned=True)
    function = element.one_of("function", _FUNCTIONS)
    derived = enrolment_identifier(protocol, function, practitioner.rpps, organization.finess)
    identifier = element.optional_text("identifier") or derived
    delegators = tuple(_read_delegator(each) for each in element.children("delegators"))
    substitutes = tuple(_read_delegator(each) for each in element.children("substitutes"))
    trainings = element.children("training")
    trainers = tuple(_read_delegator(each.child("trainer")) for each in trainings if each.has("trainer"))
    enrolment = Enrolment(
        id=enrolment_id(identifier),
        identifier=identifier,
        function=function,
        status=element.one_of("status", _STATUSES),
        protocol=protocol,
        period=read_period(element),
        practitioner_id=practitioner.id,
        rpps=practitioner.rpps,
        organization_id=organization.id,
        trainings=tuple(_read_training(each) for each in trainings),
        delegator_ids=tuple(enrolment_id(delegator) for delegator, _ in delegators),
        substitute_ids=tuple(enrolment_id(substitute) for substitute, _ in substitutes),
        availability=read_availability(element),
        engaged_on=element.optional_date("engaged_on"),
    )
    for _, rpps in trainers:
        element.faults.extend(training_issues(practitioner.rpps, rpps, "enrolment.training"))
    element.faults.extend(
        enrolment_issues(
            enrolment,
            training="enrolment.training",
            period_end="enrolment.period.end",
            delegators="enrolment.delegators",
            substitutes="enrolment.substitutes",
        )
    )
    element.refuse_faults()
    return EnrolmentRecord(
        practitioner=practitioner,
        organization=organization,
        enrolment=enrolment,
        delegators=delegators,
        substitutes=substitutes,
        trainers=trainers,
    )


def enrolment_to_record(read: EnrolmentRecord) -> Json:
    practitioner, enrolment = read.practitioner, read.enrolment
    names = {enrolment_id(identifier): identifier for identifier, _ in read.trainers}
    return without_empty(
        {
            "identifier": enrolment.identifier,
            "protocol": print_protocol(enrolment.protocol),
            "function": enrolment.function,
            "status": enrolment.status,
            "rpps": practitioner.rpps,
            "prefix": practitioner.prefix,
            "suffix": practitioner.suffix,
            "family": practitioner.family,
            "given": practitioner.given,
            "profession": practitioner.profession,
            "specialty": practitioner.specialty,
            "mailbox": practitioner.mailbox,
            "structure": print_structure(read.organization),
            "period": print_period(enrolment.period),
            "training": [_print_training(training, names) for training in enrolment.trainings],
            "delegators": [{"identifier": identifier, "rpps": rpps} for identifier, rpps in read.delegators],
            "substitutes": [{"identifier": identifier, "rpps": rpps} for identifier, rpps in read.substitutes],
            "engaged_on": enrolment.engaged_on.isoformat() if enrolment.engaged_on else "",
            **print_availability(enrolment.availability),
        }
    )


def _read_practitioner(element: Element) -> Practitioner:
    rpps = _read_rpps(element)
    return Practitioner(
        id=practitioner_id(rpps),
        rpps=rpps,
        family=element.text("family"),
        given=element.text("given"),
        prefix=element.optional_text("prefix"),
        suffix=element.optional_text("suffix"),
        profession=element.text("profession"),
        specialty=element.optional_text("specialty"),
        mailbox=element.optional_text("mailbox"),
    )


def _read_rpps(element: Element) -> str:
    rpps = element.text("rpps")
    element.faults.extend(rpps_issues(rpps, element.at("rpps")))
    return rpps


def _read_delegator(element: Element) -> tuple[str, str]:
    element.only(("identifier", "rpps"))
    return element.text("identifier"), _read_rpps(element)


def _read_training(element: Element) -> Training:
    element.only(
        ("module", "completed", "valid_until", "hours", "trainer", "trainee_signed", "trainer_signed"),
    )
    return Training(
        module=element.text("module"),
        completed=element.date("completed"),
        valid_until=element.optional_date("valid_until"),
        hours=element.optional_number("hours"),
        trainer=_read_trainer(element.child("trainer")) if element.has("trainer") else None,
        trainee_signed=element.optional_date("trainee_signed"),
        trainer_signed=element.optional_date("trainer_signed"),
    )


def _read_trainer(element: Element) -> Trainer:
    identifier, rpps = _read_delegator(element)
    return Trainer(enrolment_id=enrolment_id(identifier), rpps=rpps)


def _print_training(training: Training, names: dict[str, str]) -> Json:
    """``names`` gives the identifier of each trainer's enrolment."""
    trainer = training.trainer
    days = {
        "valid_until": training.valid_until,
        "trainee_signed": training.trainee_signed,
        "trainer_signed": training.trainer_signed,
    }
    return without_empty(
        {
            "module": training.module,
            "completed": training.completed.isoformat(),
            "hours": training.hours,
            "trainer": {"identifier": names[trainer.enrolment_id], "rpps": trainer.rpps} if trainer else {},
            **{key: day.isoformat() for key, day in days.items() if day},
        }
    )
