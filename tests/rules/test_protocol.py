"""The protocol on the act's own date, its closed list and its decision tree."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from mappings.codes import systems
from mappings.domain.cooperation import Period
from mappings.domain.logic import Undefined
from mappings.domain.people import Ins
from mappings.domain.protocol import AnnexCheck
from service.rules import faults, protocol
from service.rules.case import Case, Faults
from tests.rules.cases import (
    DAY,
    OTTAWA,
    XRAY,
    Row,
    activity,
    answers,
    assert_refused,
    changed,
    dispense,
    dispensing,
    good,
    prescription,
)
from tests.rules.cases import protocol as shipped

_BEFORE = DAY - dt.timedelta(days=1)
_OPENED = dt.date(2020, 3, 8)
_PROTOCOL = "Procedure.instantiatesCanonical[0]"
_ACTIVITY = "Procedure.instantiatesCanonical[1]"
_REAL = Ins(value="292043899900158", oid=systems.INS_NIR_OID)


def _row(
    rule: Callable[[Case], Faults],
    expression: str,
    name: str,
    says: str,
    changes: dict[str, Any],
    *,
    reference: str = "CSP L4011-2",
    also: frozenset[str] = frozenset(),
) -> Row:
    return Row(rule=rule, name=name, changes=changes, expression=expression, reference=reference, says=says, also=also)


TABLE = (
    *(
        _row(protocol.protocol_was_in_force, _PROTOCOL, name, says, changes, reference="CSP L4011-3")
        for name, says, changes in (
            ("version not in the catalogue", "n’est pas connue", {"protocol": None}),
            ("ended the day before", "en vigueur", {"protocol.period": Period(start=_OPENED, end=_BEFORE)}),
            ("begins the day after", "en vigueur", {"protocol.period": Period(start=DAY + dt.timedelta(days=1))}),
        )
    ),
    *(
        _row(
            protocol.draft_protocol_meets_nobody,
            _PROTOCOL,
            name,
            "projet incomplet",
            {"patient.ins": ins, "patient.birth_family": family},
        )
        for name, ins, family in (
            ("a draft and a production NIR", _REAL, "TEST-TILLEUL"),
            ("a draft and a production NIA", Ins(value="292043899900158", oid=systems.INS_NIA_OID), "TEST-TILLEUL"),
            ("a draft and an identity that is not known to be fictitious", None, "SANS-INS"),
        )
    ),
    _row(
        protocol.act_is_on_the_list,
        _ACTIVITY,
        "an act of no list",
        "Cet acte n’est pas sur la liste",
        {"act.activity": activity("torsion-suture")},
    ),
    _row(
        protocol.act_is_on_the_list,
        _ACTIVITY,
        "the same act in another version",
        "Cet acte n’est pas sur la liste",
        {"act.activity": f"{systems.ACTIVITY_DEFINITION}torsion-prise-en-charge|2027.1"},
    ),
    _row(
        protocol.act_is_on_the_list,
        _ACTIVITY,
        "a prescription given for an act",
        "Cet acte n’est pas sur la liste",
        {"act.activity": activity("torsion-attelle")},
    ),
    _row(
        protocol.act_is_on_the_list,
        "ServiceRequest[1].instantiatesCanonical",
        "a prescription of no list",
        "Cette prescription n’est pas sur la liste",
        {"act.prescriptions": (prescription("torsion-attelle"), prescription("torsion-irm"))},
    ),
    _row(
        protocol.act_is_on_the_list,
        "MedicationRequest[0].instantiatesCanonical",
        "a listed prescription of another kind",
        "Cette prescription n’est pas sur la liste",
        {"act.prescriptions": (prescription("torsion-attelle", "MedicationRequest"),)},
    ),
    _row(
        protocol.act_is_on_the_list,
        "MedicationDispense[0].extension('instantiates-canonical').value",
        "a dispensing of no list",
        "Cette délivrance n’est pas sur la liste",
        {"act.dispenses": (dispense("torsion-sirop"),)},
    ),
    _row(
        protocol.act_is_on_the_list,
        "MedicationDispense[0].extension('instantiates-canonical').value",
        "a listed prescription, dispensed",
        "Cette délivrance n’est pas sur la liste",
        {"act.dispenses": (dispense("torsion-paracetamol"),)},
    ),
    _row(
        protocol.act_is_on_the_list,
        "MedicationRequest[0].instantiatesCanonical",
        "a listed dispensing, prescribed",
        "Cette prescription n’est pas sur la liste",
        {
            "protocol.activities": dispensing(),
            "act.prescriptions": (prescription("torsion-paracetamol", "MedicationRequest"),),
        },
    ),
    _row(
        protocol.branch_allows_the_act,
        "MedicationDispense[0].extension('instantiates-canonical').value",
        "a dispensing whose condition is not met, in an act that was not done",
        "n’autorise pas",
        {
            "act.status": "not-done",
            "act.status_reason": "autre",
            "act.prescriptions": (),
            "act.dispenses": (dispense("torsion-paracetamol"),),
            "protocol.activities": dispensing(condition=Undefined("Jamais établie")),
        },
    ),
    _row(
        protocol.derogation_is_said,
        "Procedure.extension('derogatory').value",
        "a derogation kept silent",
        "caractère dérogatoire",
        {"act.derogatory": False},
        reference="CSP L4011-1",
    ),
    *(
        _row(
            protocol.branch_allows_the_act,
            "ServiceRequest[0].instantiatesCanonical",
            name,
            "n’autorise pas",
            {"act.prescriptions": (XRAY,), "act.answers": given},
            also=also,
        )
        for name, given, also in (
            ("X-ray without any Ottawa criterion", answers(), frozenset[str]()),
            ("X-ray with an unknown Ottawa criterion", answers(ottawa_malleoles=None), frozenset({"exam_is_complete"})),
        )
    ),
    _row(
        protocol.branch_allows_the_act,
        "ServiceRequest[0].instantiatesCanonical",
        "X-ray without Ottawa, in an act that was not done",
        "n’autorise pas",
        {"act.status": "not-done", "act.status_reason": "autre", "act.prescriptions": (XRAY,)},
    ),
)
SILENT = {
    "the last day of the version": {"protocol.period": Period(start=_OPENED, end=DAY)},
    "the first day of the version": {"protocol.period": Period(start=DAY)},
    "a test INS": {"patient.ins": Ins(value="292043899900158", oid=systems.INS_TEST_OID)},
    "no INS, and a name made for nobody": {"patient.ins": None},
    "no INS, and a fictitious name": {"patient.ins": None, "patient.birth_family": "MOREL-FICTIF"},
    "X-ray with an Ottawa criterion": {"act.prescriptions": (XRAY,), "act.answers": OTTAWA},
    "X-ray with one criterion present and the others unknown to the tree": {
        "act.prescriptions": (XRAY,),
        "act.answers": answers(ottawa_base_m5=True),
    },
    "paracetamol as a medication": {"act.prescriptions": (prescription("torsion-paracetamol", "MedicationRequest"),)},
    "paracetamol, dispensed": {
        "protocol.activities": dispensing(),
        "act.dispenses": (dispense("torsion-paracetamol"),),
    },
    "no prescription at all": {"act.prescriptions": ()},
}


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_refused(row: Row) -> None:
    assert_refused(row)


def test_a_whole_and_checked_protocol_meets_real_patients() -> None:
    checked = replace(
        shipped(),
        activities=tuple(replace(one, derogatory_certainty="S") for one in shipped().activities),
        completeness=dict.fromkeys(shipped().completeness, "complete"),
        annex_check=AnnexCheck(by="TEST-RELECTEUR", on=dt.date(2026, 1, 2)),
    )
    assert faults(changed(good(), {"protocol": checked, "patient.ins": _REAL})) == []


def test_an_act_that_does_not_derogate_must_not_say_that_it_does() -> None:
    listed = tuple(replace(one, derogatory=False) for one in shipped().activities)
    (issue,) = protocol.derogation_is_said(changed(good(), {"protocol.activities": listed}))
    assert issue.expression == "Procedure.extension('derogatory').value"
