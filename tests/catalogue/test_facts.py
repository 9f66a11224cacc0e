"""The catalogue holds what the fact sheet on protocols says, with its marks: held against a table written by hand from it."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from mappings.domain.protocol import Protocol
from tests.catalogue.test_patients import catalogue

FACTS: dict[str, dict[str, Any]] = tomllib.loads(Path(__file__).with_name("facts.toml").read_text(encoding="utf-8"))
#: The mark of the identity of every version but where the sheet says another.
PLAIN = "S"
#: The act of care itself, which the title of each order names.
CARE = ("-prise-en-charge", "-consultation", "-delivrance")


def versions(name: str) -> list[Protocol]:
    return [one for one in catalogue().values() if one.id == name]


def test_the_eleven() -> None:
    assert set(FACTS) == {one.id for one in catalogue().values() if one.regime == "national"}


@pytest.mark.parametrize("name", FACTS)
def test_its_versions(name: str) -> None:
    facts = FACTS[name]
    assert [one.version for one in versions(name)] == list(facts["versions"])
    for one in versions(name):
        told = facts["versions"][one.version]
        assert told in one.order.citation if one.order else told == "", one.version
        assert one.dating.certainty == facts.get("marks", {}).get(one.version, PLAIN), one.version


@pytest.mark.parametrize("name", FACTS)
def test_its_trainings(name: str) -> None:
    facts = FACTS[name]
    for one in versions(name):
        first = one.trainings[0]
        assert (first.hours, first.days) == (facts["hours"].get(one.version), facts.get("days")), one.version
        told = " ; ".join(training.module for training in one.trainings)
        assert [words for words in facts.get("trainings", ()) if words not in told] == []


@pytest.mark.parametrize("name", FACTS)
def test_its_criteria_and_no_others(name: str) -> None:
    found = {one.id: one.certainty for version in versions(name) for one in version.criteria}
    latest = {one.id: one.certainty for one in versions(name)[-1].criteria}
    assert latest == FACTS[name]["criteria"]
    if name == "pc-pollakiurie":
        # Read for the version of 2020 alone.
        assert set(found) - set(latest) == {"anomalie-urinaire", "immunodepression-grave"}
    else:
        assert set(found) == set(latest)


@pytest.mark.parametrize("name", FACTS)
def test_its_exam(name: str) -> None:
    for one in versions(name):
        marks = {item.link_id: item.certainty for item in one.exam_items}
        assert {id_: marks.get(id_) for id_ in FACTS[name]["exam"]} == FACTS[name]["exam"], one.version


@pytest.mark.parametrize("name", FACTS)
def test_its_acts_and_no_others(name: str) -> None:
    listed = FACTS[name]["acts"]
    for one in versions(name):
        marks = {act.id: act.certainty if act.derogatory else "no" for act in one.activities}
        assert {id_: marks.get(id_) for id_ in listed} == listed, one.version
        ours = set(marks) - set(listed)
        assert all(id_.endswith(CARE) or id_ == "asalee-biologie-cardiovasculaire" for id_ in ours), ours
        limits = {act.id: act.limit.certainty for act in one.activities if act.limit and act.id in listed}
        told = FACTS[name].get("limits", {})
        assert {id_: limits.get(id_) for id_ in told} == told


@pytest.mark.parametrize("name", FACTS)
def test_its_pay(name: str) -> None:
    told = " ; ".join(one.text for one in versions(name)[-1].pay)
    assert [words for words in FACTS[name]["pay"] if words not in told] == []
    assert bool(versions(name)[-1].pay) is bool(FACTS[name]["pay"])
