"""What the rules of the service say of a cell: a case built directly, no HTTP, no store."""

import dataclasses
import datetime as dt
from functools import cache
from typing import Any

from mappings.codes import systems
from mappings.domain.act import DelegatedAct
from mappings.domain.cooperation import Consent, Enrolment, Inclusion, Period, Team, Training
from mappings.domain.people import Ins, Organization, Patient, Practitioner
from mappings.issues import Issue
from service.rules import RULES, Rule, faults
from service.rules.case import Case
from tests.matrix.cells import DAY, versions
from tests.matrix.reference import Cell

PARIS = dt.timezone(dt.timedelta(hours=1))

#: The family of each fault, by its element and words of its sentence.
FAMILIES = (
    ("protocol", "Procedure.instantiatesCanonical[0]", "n’était pas en vigueur à la date de l’acte"),
    ("draft", "Procedure.instantiatesCanonical[0]", "projet incomplet"),
    ("profession", "Procedure.performer[0].actor", "La profession du délégué n’est pas admise"),
    ("delegator", "Procedure.extension('delegator').value", "La profession du délégant n’est pas admise"),
    ("structure", "Procedure.performer[0].onBehalfOf", "Le type de la structure n’est pas admis"),
    ("training", "Procedure.performer[0].actor", "la formation"),
    ("consent", "CarePlan.supportingInfo", ""),
)


def ruled(cell: Cell, rules: tuple[Rule, ...] = RULES) -> frozenset[str]:
    """The families of faults that the rules find; the sentence itself when it is of no family."""
    return frozenset(family(issue) for issue in faults(case(cell), rules))


def family(issue: Issue) -> str:
    of = (name for name, element, words in FAMILIES if issue.expression == element and words in issue.text)
    return next(of, issue.text)


def case(cell: Cell) -> Case:
    base = _base(cell.protocol, cell.version, cell.day)
    profession, specialty = cell.delegator
    return dataclasses.replace(
        base,
        patient=_patient(cell.fictitious),
        consent=_consent(cell.protocol, cell.day, cell.consent),
        delegatee=_delegatee(base, cell.training),
        delegatee_practitioner=_practitioner("ee", "99900001019", cell.profession, ""),
        delegator_practitioner=_practitioner("or", "99900002017", profession, specialty),
        organization=_organization(cell.structure),
    )


@cache
def _patient(fictitious: bool) -> Patient:
    oid = systems.INS_DEMO_OID if fictitious else systems.INS_NIR_OID
    return Patient(
        id="pat",
        identity_status="qualified",
        ins=Ins(value="292043899900158", oid=oid),
        birth_family="TEST-TILLEUL",
        birth_given="CAMILLE",
        birth_given_list="CAMILLE",
        gender="female",
        birth_date=dt.date(1992, 4, 14),
        birth_place_code="38185",
    )


@cache
def _practitioner(id_: str, rpps: str, profession: str, specialty: str) -> Practitioner:
    return Practitioner(
        id=f"pro-{id_}", rpps=rpps, family="MOREL-FICTIF", given="Lucie", profession=profession, specialty=specialty
    )


@cache
def _organization(facility_type: str) -> Organization:
    return Organization(id="org", finess="380999990", name="STRUCTURE (FICTIVE)", facility_type=facility_type)


@cache
def _consent(protocol: str, day: dt.date, state: str) -> Consent | None:
    """The patient decided a month before; what was withdrawn is on record with its last day."""
    if state == "none":
        return None
    of = "pc-un-autre" if state == "of another protocol" else protocol
    last = {"withdrawn before the act": day - DAY, "withdrawn after the act": day + DAY}.get(state)
    status: Any = "rejected" if state == "rejected" else "inactive" if last else "active"
    return Consent(
        id="cons",
        identifier="CONS-0001",
        status=status,
        patient_id="pat",
        protocol=f"{systems.PLAN_DEFINITION}{of}",
        decided_at=dt.datetime.combine(day - 30 * DAY, dt.time(9), PARIS),
        permits=state != "rejected",
        period=Period(start=day - 30 * DAY, end=last),
        organization_id="org",
    )


def _delegatee(base: Case, state: str) -> Enrolment:
    """The délégué's enrolment, with the traces of every training that the version asks for."""
    assert base.delegatee
    assert base.protocol
    if state == "none":
        return base.delegatee
    completed = base.day + DAY if state == "done after the act" else base.day - 400 * DAY
    until = base.day - DAY if state == "expired" else None
    modules = [training.module for training in base.protocol.trainings]
    traced = tuple(Training(module=module, completed=completed, valid_until=until) for module in modules)
    return dataclasses.replace(base.delegatee, trainings=traced)


@cache
def _base(name: str, version: int, day: dt.date) -> Case:
    """All that no axis changes: everybody is enrolled, and the patient included, since long before."""
    protocol = versions()[name][version]
    activity = next(activity for activity in protocol.activities if activity.kind == "Procedure")
    start = dt.datetime.combine(day, dt.time(10), PARIS)
    since = Period(start=day - 500 * DAY)
    act = DelegatedAct(
        id="act",
        identifier="ACTE-0001",
        status="completed",
        status_reason="",
        protocol=protocol.canonical,
        activity=activity.canonical,
        inclusion_id="incl",
        patient_id="pat",
        delegatee_id="ee",
        delegatee_rpps="99900001019",
        delegator_id="or",
        delegator_rpps="99900002017",
        organization_id="org",
        derogatory=activity.derogatory,
        text="Prise en charge",
        start=start,
        end=start + dt.timedelta(minutes=20),
        answers={},
        prescriptions=(),
    )
    return Case(
        act=act,
        day=day,
        now=start + DAY,
        protocol=protocol,
        patient=None,
        inclusion=Inclusion(
            id="incl",
            identifier="INCL-0001",
            status="active",
            protocol=protocol.canonical,
            patient_id="pat",
            period=since,
            author_id="ee",
            delegator_id="or",
            team_id="team",
            consent_id="cons",
        ),
        consent=None,
        team=Team(
            id="team",
            identifier="EQUIPE",
            name="Équipe",
            status="active",
            protocol=protocol.canonical,
            period=since,
            organization_id="org",
            participants=(),
        ),
        delegatee=_enrolment("ee", "DELEGATEE", "99900001019", protocol.canonical, since),
        delegator=_enrolment("or", "DELEGATOR", "99900002017", protocol.canonical, since),
        delegatee_practitioner=None,
        delegator_practitioner=None,
        organization=None,
        # What the exam says of the patient is not of this matrix.
        judgement=None,
    )


def _enrolment(id_: str, function: Any, rpps: str, canonical: str, since: Period) -> Enrolment:
    return Enrolment(
        id=id_,
        identifier=f"ADH-{id_}",
        function=function,
        status="active",
        protocol=canonical,
        period=since,
        practitioner_id=f"pro-{id_}",
        rpps=rpps,
        organization_id="org",
    )
