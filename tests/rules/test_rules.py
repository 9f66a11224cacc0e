"""All rules together: silent on a good act, each with its refused case, none hidden by another, none that raises."""

from dataclasses import fields, replace
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.domain.act import Answer
from service.rules import RULES, faults
from service.rules.case import Case, judgement_of
from tests.rules import (
    test_consent,
    test_enrolments,
    test_exam,
    test_inclusion,
    test_professions,
    test_protocol,
    test_suspension,
    test_time,
)
from tests.rules.cases import PLAIN, Row, changed, good, protocol

TABLES = (
    test_consent,
    test_enrolments,
    test_exam,
    test_inclusion,
    test_professions,
    test_protocol,
    test_suspension,
    test_time,
)
ROWS: tuple[Row, ...] = tuple(row for table in TABLES for row in table.TABLE)
SILENT: dict[str, dict[str, Any]] = {name: changes for table in TABLES for name, changes in table.SILENT.items()}

#: Parts of a case that may be missing from the record.
MAY_LACK = [field.name for field in fields(Case) if "None" in str(field.type)]


def test_a_good_act_has_no_fault() -> None:
    assert faults(good()) == []


@pytest.mark.parametrize("changes", SILENT.values(), ids=SILENT.keys())
def test_silent(changes: dict[str, Any]) -> None:
    assert faults(changed(good(), changes)) == []


def test_every_rule_has_a_refused_case() -> None:
    assert {row.rule for row in ROWS} == set(RULES)
    assert len(RULES) == len({rule.__name__ for rule in RULES})


def test_faults_come_in_the_order_of_the_rules() -> None:
    case = changed(good(), {"consent": None, "act.derogatory": False, "inclusion.status": "revoked"})
    assert [issue.expression for issue in faults(case)] == [
        "Procedure.extension('derogatory').value",
        "Procedure.basedOn[0]",
        "CarePlan.supportingInfo",
    ]


def _parts(row: Row) -> set[str]:
    return {path.partition(".")[0] for path in row.changes}


def test_no_fault_hides_another() -> None:
    """Two faults in two different parts of the case are both told; what is not on record judges nothing."""
    whole = [row for row in ROWS if None not in row.changes.values()]
    pairs = [(a, b) for a, b in combinations(whole, 2) if not _parts(a) & _parts(b)]
    assert len(pairs) > 500
    for a, b in pairs:
        told = faults(changed(good(), a.changes | b.changes))
        for row in (a, b):
            assert set(row.rule(row.case)) <= set(told), f"{a.name} + {b.name}"


_ANSWERS: st.SearchStrategy[Answer] = st.none() | st.booleans() | st.decimals(0, 50) | st.text(max_size=5) | st.dates()


@given(
    lacking=st.sets(st.sampled_from(MAY_LACK)),
    answers=st.dictionaries(st.sampled_from([*PLAIN, "question-inconnue"]), _ANSWERS),
    status=st.sampled_from(["completed", "not-done"]),
)
def test_any_case_is_judged(lacking: set[str], answers: dict[str, Answer], status: Any) -> None:
    act = replace(good().act, answers=answers, status=status)
    case = replace(good(), act=act, judgement=judgement_of(protocol(), good().patient, act, good().day))
    case = replace(case, **dict.fromkeys(lacking))
    told = faults(case)
    # What is needed and not on record is always told: nothing passes for want of knowing.
    assert told or not lacking - {"judgement"}


@given(rows=st.lists(st.sampled_from(ROWS), max_size=4))
def test_any_pile_of_faults_is_judged(rows: list[Row]) -> None:
    changes: dict[str, Any] = {}
    for row in rows:
        parts = {path.partition(".")[0] for path in changes}
        if not _parts(row) & parts:
            changes |= row.changes
    assert bool(faults(changed(good(), changes))) == bool(changes)
