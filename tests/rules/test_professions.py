"""Professions and structures change by date: what counts is the day of the act."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from mappings.domain.cooperation import Period
from mappings.domain.people import Ins
from service.rules import professions
from service.rules.case import Case
from tests.rules.cases import DAY, SPLINT, Row, activity, assert_refused, changed, dispense, dispensing, good, protocol

_ACTOR = "Procedure.performer[0].actor"
_DELEGATOR = "Procedure.extension('delegator').value"
_STRUCTURE = "Procedure.performer[0].onBehalfOf"
_BEFORE = DAY - dt.timedelta(days=1)


def _people(expression: str, name: str, says: str, changes: dict[str, Any], reference: str = "CSP L4011-2") -> Row:
    return Row(
        rule=professions.professions_are_admitted,
        name=name,
        changes=changes,
        expression=expression,
        reference=reference,
        says=says,
    )


def _structure(name: str, says: str, changes: dict[str, Any], reference: str = "CSP L4011-2") -> Row:
    return Row(
        rule=professions.structure_is_admitted,
        name=name,
        changes=changes,
        expression=_STRUCTURE,
        reference=reference,
        says=says,
    )


def _of_others(name: str, id_: str, expression: str, **act: Any) -> Row:
    """An act of the list that is another profession's than the délégué's."""
    listed = dispensing() if "dispenses" in act else protocol().activities
    return Row(
        rule=professions.issued_by_whom_the_list_names,
        name=name,
        changes={
            "protocol.activities": tuple(replace(one, professions=("21",)) if one.id == id_ else one for one in listed),
            **{f"act.{key}": value for key, value in act.items()},
        },
        expression=expression,
        reference="CSP L4011-2",
        says="ne confie pas cet acte à la profession du délégué",
    )


def _closed(field: str) -> tuple[Any, ...]:
    """What the protocol admits, each until the day before the act."""
    admitted = getattr(protocol(), field)
    return tuple(replace(one, period=Period(start=one.period.start, end=_BEFORE)) for one in admitted)


TABLE = (
    _people(_ACTOR, "délégué not on record", "n’est pas connu", {"delegatee_practitioner": None}, "CSP L4011-1"),
    _people(_DELEGATOR, "délégant not on record", "n’est pas connu", {"delegator_practitioner": None}, "CSP L4011-1"),
    _people(_ACTOR, "a nurse", "du délégué", {"delegatee_practitioner.profession": "60"}),
    _people(_DELEGATOR, "a midwife", "du délégant", {"delegator_practitioner.profession": "50"}),
    _people(_DELEGATOR, "a doctor of another specialty", "du délégant", {"delegator_practitioner.specialty": "SM02"}),
    _people(_DELEGATOR, "a doctor without a known specialty", "du délégant", {"delegator_practitioner.specialty": ""}),
    _people(
        _ACTOR,
        "a profession admitted until the day before",
        "du délégué",
        {"protocol.delegatees": _closed("delegatees")},
    ),
    _people(
        _DELEGATOR,
        "a delegating profession admitted until the day before",
        "du délégant",
        {"protocol.delegators": _closed("delegators")},
    ),
    _of_others(
        "a pharmacist's act",
        "torsion-prise-en-charge",
        "Procedure.instantiatesCanonical[1]",
        activity=activity("torsion-prise-en-charge"),
    ),
    _of_others(
        "a pharmacist's prescription",
        "torsion-attelle",
        "ServiceRequest[0].instantiatesCanonical",
        prescriptions=(SPLINT,),
    ),
    _of_others(
        "a pharmacist's dispensing",
        "torsion-paracetamol",
        "MedicationDispense[0].extension('instantiates-canonical').value",
        dispenses=(dispense("torsion-paracetamol"),),
    ),
    _structure("not on record", "n’est pas connue", {"organization": None}, "CSP D4011-4"),
    _structure("a pharmacy", "n’est pas admis", {"organization.facility_type": "SA33"}),
    _structure("admitted until the day before", "n’est pas admis", {"protocol.structures": _closed("structures")}),
)
SILENT = {
    "what the list gives to two professions, one of them the délégué's": {
        "protocol.activities": tuple(replace(one, professions=("21", "70")) for one in dispensing()),
        "act.dispenses": (dispense("torsion-paracetamol"),),
    },
    "what the list gives to others, and was not done": {"protocol.activities": dispensing(professions=("21",))},
    "each specialty of general practice": {"delegator_practitioner.specialty": "SM54"},
    "a health centre": {"organization.facility_type": "SA05"},
    "a CPTS, in the demonstration": {"organization.facility_type": "SA63"},
}


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_refused(row: Row) -> None:
    assert_refused(row)


def test_a_doubtful_structure_admits_nobody_real() -> None:
    real = Ins(value="292043899900158", oid="1.2.250.1.213.1.4.8")
    (issue,) = professions.structure_is_admitted(
        changed(good(), {"organization.facility_type": "SA63", "patient.ins": real})
    )
    assert issue.expression == _STRUCTURE


def test_an_unknown_protocol_is_told_once_and_not_by_professions() -> None:
    case: Case = changed(good(), {"protocol": None})
    assert list(professions.professions_are_admitted(case)) == []
    assert list(professions.structure_is_admitted(case)) == []
