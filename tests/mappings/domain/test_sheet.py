"""The identity sheet holds all of its definition, marks all that is doubtful, and is of the right version."""

import dataclasses
import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mappings.domain.cooperation import Period
from mappings.domain.evidence import TO_VALIDATE, Fact
from mappings.domain.protocol import AnnexCheck, Protocol
from mappings.domain.sheet import Sheet, Statement, sheet_of
from mappings.domain.versions import version_on, version_shown, versions_of
from tests.mappings.catalogue import doubted, shipped

DAY = dt.date(2026, 11, 22)
IDS = sorted({protocol.id for protocol in shipped()})


def sheet(protocol: Protocol, day: dt.date = DAY) -> Sheet:
    return sheet_of([protocol], protocol, day)


def facts(protocol: Protocol) -> Iterator[tuple[str, Any]]:
    """Every fact that the sheet must say: its words, and itself."""
    for criterion in protocol.criteria:
        yield criterion.text, criterion
    for activity in protocol.activities:
        yield activity.title, activity
    for carrier in (*protocol.delegators, *protocol.delegatees, *protocol.structures):
        yield carrier.display, carrier
    for training in protocol.trainings:
        yield training.module, training
    for said in (*protocol.recourses, *protocol.outcomes, *protocol.gaps, *protocol.indicators, *protocol.pay):
        yield said.text, said


@settings(max_examples=30)
@given(doubted())
def test_all_of_the_definition_is_said_and_marked(protocol: Protocol) -> None:
    said = list(sheet(protocol).statements)
    for words, fact in facts(protocol):
        about = [one for one in said if words in one.text]
        assert about, words
        assert any(one.to_validate is (fact.certainty in TO_VALIDATE) for one in about), words
        assert any(one.source == fact.source and one.certainty == fact.certainty for one in about), words


@settings(max_examples=30)
@given(doubted())
def test_what_is_doubtful_in_the_exam_is_named(protocol: Protocol) -> None:
    doubtful = {one.text for one in sheet(protocol).statements if one.to_validate}
    assert {item.text for item in protocol.exam_items if item.certainty in TO_VALIDATE} <= doubtful
    lines = {points.text for score in protocol.scores for points in score.points if points.certainty in TO_VALIDATE}
    assert lines <= doubtful


@settings(max_examples=30)
@given(doubted())
def test_every_statement_has_its_source_on_the_sheet(protocol: Protocol) -> None:
    told = sheet(protocol)
    assert {one.source for one in told.statements} <= set(told.sources)
    assert len(told.sources) == len(set(told.sources))
    assert told.to_validate == sum(one.to_validate for one in told.statements)


def test_six_questions_and_five_items_that_no_sheet_may_lack() -> None:
    for protocol in shipped():
        told = sheet(protocol)
        assert [question.key for question in told.questions] == ["pourquoi", "qui", "quoi", "quand", "comment", "ou"]
        assert [item.key for item in told.items if item.mandatory] == [
            "objectifs",
            "public",
            "delegants-delegues",
            "actes-derogatoires",
            "formations",
        ]
        assert len({item.key for item in told.items}) == len(list(told.items))


def test_what_is_missing_is_told() -> None:
    protocol = shipped()[-1]
    objective = Fact(text="Soigner plus tôt", source="essai", certainty="S")
    bare = dataclasses.replace(protocol, objective=None, trainings=(), criteria=(), activities=(), delegatees=())
    bare = dataclasses.replace(bare, delegators=())
    assert [item.key for item in sheet(bare).missing] == [
        "objectifs",
        "public",
        "delegants-delegues",
        "actes-derogatoires",
        "formations",
    ]
    assert "objectifs" not in [item.key for item in sheet(dataclasses.replace(bare, objective=objective)).missing]


def test_an_act_says_its_condition_its_limit_and_that_its_derogation_is_doubtful() -> None:
    torsion = next(protocol for protocol in shipped() if protocol.id == "pc-torsion-cheville")
    acts = next(item for item in sheet(torsion).items if item.key == "actes-derogatoires").statements
    xray = next(act for act in acts if "radiographie" in act.text)
    stop = next(act for act in acts if "arrêt de travail" in act.text)
    assert xray.details[0].text.startswith("Condition : Incapacité de faire quatre pas")
    assert " : oui\u00a0; ou " in xray.details[0].text
    assert [(one.text, one.to_validate) for one in stop.details] == [
        ("Durée maximale de 4 ou 5 jours selon les sources", True),
        ("Caractère dérogatoire", True),
    ]


@pytest.mark.parametrize("id_", IDS)
def test_a_date_chooses_the_right_version_on_its_first_and_on_its_last_day(id_: str) -> None:
    versions = versions_of(shipped(), id_)
    for version in versions:
        if version.period is None:
            assert not any(version.in_force(day) for day in (DAY, dt.date(2020, 1, 1)))
            continue
        assert version_on(versions, version.period.start) is version
        before = version_on(versions, version.period.start - dt.timedelta(days=1))
        assert before is None or before.canonical == version.predecessor
        if version.period.end is not None:
            assert version_on(versions, version.period.end) is version
            assert version_on(versions, version.period.end + dt.timedelta(days=1)) is not version


def test_without_a_version_in_force_the_nearest_before_is_shown() -> None:
    one, other = _two()
    gap = dt.date(2024, 6, 15)
    assert version_on((one, other), gap) is None
    assert version_shown((one, other), gap) is one
    assert version_shown((one, other), dt.date(2019, 1, 1)) is one
    ended = dataclasses.replace(other, period=Period(start=dt.date(2024, 7, 1), end=dt.date(2024, 12, 31)))
    assert version_shown((one, ended), dt.date(2026, 1, 1)) is ended
    told = sheet_of((one, other), one, gap)
    assert not told.in_force
    assert [(line.version, line.shown, line.in_force) for line in told.versions] == [
        ("2023.1", True, False),
        ("2024.1", False, False),
    ]


def test_a_carrier_of_part_of_the_version_says_when() -> None:
    version, _ = _two()
    first, *others = version.structures
    ended = dataclasses.replace(first, period=Period(start=dt.date(2023, 1, 1), end=dt.date(2023, 6, 30)))
    told = sheet(dataclasses.replace(version, structures=(ended, *others)), dt.date(2023, 12, 1))
    (said, *_) = next(item for item in told.items if item.key == "structures").statements
    assert said.text.replace("\u00a0", " ") == (
        f"{first.display}, du 1er janvier 2023 au 30 juin 2023, donc pas le 1er décembre 2023"
    )


def test_the_changes_are_those_since_the_version_before() -> None:
    versions = versions_of(shipped(), "pc-odynophagie")
    told = sheet_of(versions, versions[-1], DAY)
    assert told.previous == versions[-2].version
    assert ("Professions", "removed", "Pharmacien (délégué)") in [(c.heading, c.kind, c.before) for c in told.changes]
    assert sheet_of(versions, versions[0], DAY).changes == ()


def _two() -> tuple[Protocol, Protocol]:
    """Two versions with five months between them."""
    protocol = next(protocol for protocol in shipped() if protocol.id == "pc-torsion-cheville")
    whole = Period(start=dt.date(2020, 1, 1))
    structures = tuple(dataclasses.replace(one, period=whole) for one in protocol.structures)
    one = dataclasses.replace(
        protocol,
        version="2023.1",
        period=Period(start=dt.date(2023, 1, 1), end=dt.date(2024, 1, 31)),
        structures=structures,
        annex_check=AnnexCheck(by="Dr TEST-RELECTRICE", on=dt.date(2023, 5, 1)),
    )
    other = dataclasses.replace(
        one,
        version="2024.1",
        predecessor=one.canonical,
        period=Period(start=dt.date(2024, 7, 1)),
        structures=structures,
    )
    return one, other


@settings(max_examples=20)
@given(st.sampled_from(shipped()), st.dates(dt.date(2015, 1, 1), dt.date(2035, 1, 1)))
def test_any_day_can_be_asked(protocol: Protocol, day: dt.date) -> None:
    versions = versions_of(shipped(), protocol.id)
    told = sheet_of(versions, version_shown(versions, day), day)
    assert told.in_force is (version_on(versions, day) is not None)
    assert isinstance(next(iter(told.statements)), Statement)
