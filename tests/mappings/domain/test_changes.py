"""What changes between two versions: nothing from one to itself, and the same thing read backwards."""

import dataclasses
import datetime as dt
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mappings.domain.changes import HEADINGS, Change, changes
from mappings.domain.cooperation import Period
from mappings.domain.logic import Age, All
from mappings.domain.protocol import Protocol
from tests.mappings.catalogue import doubted, shipped
from tests.mappings.torsion import torsion

TORSION = torsion()


def ordered(found: tuple[Change, ...]) -> list[tuple[str, ...]]:
    return sorted((change.heading, change.kind, change.before, change.after) for change in found)


@settings(max_examples=30)
@given(doubted())
def test_from_a_version_to_itself_nothing_changes(protocol: Protocol) -> None:
    assert changes(protocol, protocol) == ()
    acts = tuple(
        dataclasses.replace(act, canonical=f"{act.canonical}0", source="ailleurs") for act in protocol.activities
    )
    again = dataclasses.replace(protocol, version="2099.1", source="ailleurs", activities=acts)
    assert changes(protocol, again) == ()


@settings(max_examples=30)
@given(doubted() | st.sampled_from(shipped()), doubted() | st.sampled_from(shipped()))
def test_backwards_it_is_the_reverse(one: Protocol, other: Protocol) -> None:
    there, back = changes(one, other), changes(other, one)
    assert ordered(there) == ordered(tuple(change.reversed for change in back))
    for change in there:
        assert change.heading in HEADINGS
        assert (change.before == "") is (change.kind == "added")
        assert (change.after == "") is (change.kind == "removed")


@settings(max_examples=30)
@given(doubted(), doubted())
def test_no_change_means_that_people_acts_and_criteria_are_the_same(one: Protocol, other: Protocol) -> None:
    if changes(one, other):
        return
    assert [criterion.expression for criterion in one.criteria] == [
        criterion.expression for criterion in other.criteria
    ]
    assert [act.id for act in one.activities] == [act.id for act in other.activities]
    assert {one.code for one in one.delegatees} == {one.code for one in other.delegatees}


def _older(**changed: Any) -> Protocol:
    return dataclasses.replace(TORSION, **changed)


def _age(years: int) -> Protocol:
    first, *others = TORSION.criteria
    window = All((Age(">=", 18), Age("<=", years)))
    text = f"Âge de 18 à {years} ans"
    return _older(criteria=(dataclasses.replace(first, expression=window, text=text), *others))


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (_age(60), ("Âges", "changed", "Inclusion : Âge de 18 à 55 ans", "Inclusion : Âge de 18 à 60 ans")),
        (
            _older(criteria=TORSION.criteria[:-1]),
            ("Critères", "removed", "Exclusion : Chute après un malaise", ""),
        ),
        (
            _older(activities=tuple(act for act in TORSION.activities if act.id != "torsion-cannes")),
            ("Actes", "removed", "Cannes anglaises", ""),
        ),
        (
            _older(delegatees=()),
            ("Professions", "removed", "Masseur-kinésithérapeute (délégué)", ""),
        ),
        (
            _older(structures=TORSION.structures[:1] + TORSION.structures[2:]),
            ("Structures", "removed", "Centre de santé", ""),
        ),
        (
            _older(trainings=(dataclasses.replace(TORSION.trainings[0], hours=12),)),
            (
                "Formations",
                "changed",
                "Formation torsion de cheville, 10 heures sur 3 jours, formateur : médecin",
                "Formation torsion de cheville, 12 heures sur 3 jours, formateur : médecin",
            ),
        ),
    ],
    ids=["age", "criterion", "act", "profession", "structure", "training"],
)
def test_one_change_is_told_alone(after: Protocol, expected: tuple[str, str, str, str]) -> None:
    (change,) = changes(TORSION, after)
    told = (change.heading, change.kind, change.before, change.after)
    assert tuple(words.replace("\u00a0", " ") for words in told) == expected


def test_a_condition_that_changes_under_the_same_words_is_a_change() -> None:
    first, *others = TORSION.criteria
    wider = dataclasses.replace(first, expression=All((Age(">=", 18), Age("<=", 56))))
    (change,) = changes(TORSION, _older(criteria=(wider, *others)))
    assert (change.heading, change.kind) == ("Âges", "changed")


def test_the_dates_of_the_version_alone_change_nothing() -> None:
    assert TORSION.period is not None
    later = Period(start=dt.date(2030, 1, 1))
    moved = dataclasses.replace(
        TORSION,
        period=later,
        delegators=tuple(dataclasses.replace(one, period=later) for one in TORSION.delegators),
        delegatees=tuple(dataclasses.replace(one, period=later) for one in TORSION.delegatees),
        structures=tuple(
            dataclasses.replace(one, period=later if one.period == TORSION.period else one.period)
            for one in TORSION.structures
        ),
    )
    told = [(change.heading, change.kind) for change in changes(TORSION, moved)]
    # The one that began after its version now spans the whole of the next.
    assert told == [("Structures", "changed")]
