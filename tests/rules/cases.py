"""One good case under the shipped ankle sprain protocol, and what is written to change one thing of it."""

import dataclasses
import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from mappings.codes import systems
from mappings.domain.act import DelegatedAct, Dispense, Prescription
from mappings.domain.cooperation import Consent, Enrolment, Inclusion, Period, Team, Training
from mappings.domain.people import Ins, Organization, Patient, Practitioner
from mappings.domain.protocol import Activity, Protocol
from service.rules.case import Case, Faults, judgement_of
from tests.mappings.torsion import OTTAWA, PLAIN, torsion

PARIS = dt.timezone(dt.timedelta(hours=1))
DAY = dt.date(2026, 11, 20)
START = dt.datetime(2026, 11, 20, 10, 5, tzinfo=PARIS)
CANONICAL = f"{systems.PLAN_DEFINITION}pc-torsion-cheville|2026.1"
NEXT_VERSION = f"{systems.PLAN_DEFINITION}pc-torsion-cheville|2027.1"
ENROLLED_ON = dt.date(2026, 9, 1)


def activity(name: str) -> str:
    return f"{systems.ACTIVITY_DEFINITION}{name}|2026.1"


def prescription(name: str, kind: Any = "ServiceRequest") -> Prescription:
    return Prescription(id=f"rx-{name}", kind=kind, activity=activity(name), text="Prescription")


def dispense(name: str, handed_over: dt.datetime = START) -> Dispense:
    return Dispense(id=f"rx-{name}", activity=activity(name), text="Produit", handed_over=handed_over)


#: The X-ray, whose condition is the Ottawa criteria.
XRAY = prescription("torsion-radiographie")
SPLINT = prescription("torsion-attelle")


@cache
def protocol() -> Protocol:
    return torsion()


def dispensing(**of: Any) -> tuple[Activity, ...]:
    """The closed list, where paracetamol is dispensed rather than prescribed."""
    listed = protocol().activities
    return tuple(
        dataclasses.replace(one, kind="MedicationDispense", **of) if one.id == "torsion-paracetamol" else one
        for one in listed
    )


def _enrolment(id_: str, function: Any, rpps: str) -> Enrolment:
    trained = (Training(module="Formation torsion de cheville", completed=dt.date(2026, 6, 12)),)
    return Enrolment(
        id=id_,
        identifier=f"ADH-{id_}",
        function=function,
        status="active",
        protocol=CANONICAL,
        period=Period(start=ENROLLED_ON),
        practitioner_id=f"pro-{id_}",
        rpps=rpps,
        organization_id="msp",
        trainings=trained if function == "DELEGATEE" else (),
    )


def _practitioner(id_: str, rpps: str, profession: str, specialty: str = "") -> Practitioner:
    return Practitioner(
        id=id_, rpps=rpps, family="MOREL-FICTIF", given="Lucie", profession=profession, specialty=specialty
    )


@cache
def good() -> Case:
    """A completed act that no rule objects to."""
    patient = Patient(
        id="pat",
        identity_status="qualified",
        ins=Ins(value="292043899900158", oid=systems.INS_DEMO_OID),
        birth_family="TEST-TILLEUL",
        birth_given="CAMILLE",
        birth_given_list="CAMILLE",
        gender="female",
        birth_date=dt.date(1992, 4, 14),
        birth_place_code="38185",
    )
    act = DelegatedAct(
        id="act",
        identifier="ACTE-0001",
        status="completed",
        status_reason="",
        protocol=CANONICAL,
        activity=activity("torsion-prise-en-charge"),
        inclusion_id="incl",
        patient_id="pat",
        delegatee_id="ee",
        delegatee_rpps="99900001019",
        delegator_id="or",
        delegator_rpps="99900002017",
        organization_id="msp",
        derogatory=True,
        text="Prise en charge",
        start=START,
        end=START + dt.timedelta(minutes=20),
        answers=dict(PLAIN),
        prescriptions=(SPLINT,),
    )
    return Case(
        act=act,
        day=DAY,
        now=START + dt.timedelta(hours=1),
        protocol=protocol(),
        patient=patient,
        inclusion=Inclusion(
            id="incl",
            identifier="INCL-0001",
            status="active",
            protocol=CANONICAL,
            patient_id="pat",
            period=Period(start=dt.date(2026, 11, 16)),
            author_id="ee",
            delegator_id="or",
            team_id="team",
            consent_id="cons",
        ),
        consent=Consent(
            id="cons",
            identifier="CONS-0001",
            status="active",
            patient_id="pat",
            protocol=CANONICAL.partition("|")[0],
            decided_at=dt.datetime(2026, 11, 16, 9, 5, tzinfo=PARIS),
            permits=True,
            period=Period(start=dt.date(2026, 11, 16)),
            organization_id="msp",
        ),
        team=Team(
            id="team",
            identifier="EQUIPE",
            name="Équipe",
            status="active",
            protocol=CANONICAL,
            period=Period(start=ENROLLED_ON),
            organization_id="msp",
            participants=(),
        ),
        delegatee=_enrolment("ee", "DELEGATEE", "99900001019"),
        delegator=_enrolment("or", "DELEGATOR", "99900002017"),
        delegatee_practitioner=_practitioner("pro-ee", "99900001019", "70"),
        delegator_practitioner=_practitioner("pro-or", "99900002017", "10", "SM26"),
        organization=Organization(
            id="msp", finess="380999990", name="MSP DES TILLEULS (FICTIVE)", facility_type="SA52"
        ),
        judgement=judgement_of(protocol(), patient, act, DAY),
    )


def changed(case: Case, changes: Mapping[str, Any]) -> Case:
    """``case`` with the value at each dotted path replaced, judged anew."""
    for path, value in changes.items():
        case = _set(case, path.split("."), value)
    if "judgement" in changes:
        return case
    return dataclasses.replace(case, judgement=judgement_of(case.protocol, case.patient, case.act, case.day))


def _set(node: Any, path: list[str], value: Any) -> Any:
    first, *rest = path
    inner = _set(getattr(node, first), rest, value) if rest else value
    return dataclasses.replace(node, **{first: inner})


def answers(**given: Any) -> dict[str, Any]:
    """The plain exam with other answers; underscores stand for the hyphens of a linkId."""
    return PLAIN | {key.replace("_", "-"): value for key, value in given.items()}


def unanswered(link_id: str) -> dict[str, Any]:
    """The plain exam without one answer."""
    return {key: value for key, value in PLAIN.items() if key != link_id}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One fault: what is changed of the good case, the rule that says so and exactly what it says."""

    rule: Callable[[Case], Faults]
    name: str
    changes: dict[str, Any] = field(hash=False)
    expression: str
    reference: str
    #: A few words that only this sentence has.
    says: str
    #: Names of the other rules that the same change offends.
    also: frozenset[str] = frozenset()

    @property
    def case(self) -> Case:
        return changed(good(), self.changes)


def assert_refused(row: Row) -> None:
    """The rule fires once, with its code, element, text of law and sentence; and nobody else is disturbed."""
    from service.rules import RULES

    (issue,) = row.rule(row.case)
    assert (issue.code, issue.expression, issue.reference, issue.severity) == (
        "business-rule",
        row.expression,
        row.reference,
        "error",
    )
    assert row.says in issue.text
    assert issue.text.endswith(".")
    fired = {rule.__name__ for rule in RULES if list(rule(row.case))}
    assert fired == {row.rule.__name__} | row.also


__all__ = ["OTTAWA", "PLAIN", "Row", "answers", "assert_refused", "changed", "good", "unanswered"]
