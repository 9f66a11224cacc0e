"""Who and where, by date; and the status, which is computed."""

import dataclasses
import datetime as dt

import pytest

from mappings.domain.cooperation import Period
from mappings.domain.protocol import AnnexCheck, Completeness
from tests.mappings.torsion import torsion

PROTOCOL = torsion()
DAY = dt.date(2026, 11, 20)


def test_canonical() -> None:
    assert PROTOCOL.canonical == "https://binome.example/fhir/PlanDefinition/pc-torsion-cheville|2026.1"
    assert PROTOCOL.url == "https://binome.example/fhir/PlanDefinition/pc-torsion-cheville"


@pytest.mark.parametrize(
    ("inclusion", "exclusion", "checked", "status"),
    [
        ("complete", "complete", True, "active"),
        ("complete", "partial", True, "draft"),
        ("complete", "unknown", True, "draft"),
        ("partial", "complete", True, "draft"),
        ("complete", "complete", False, "draft"),
    ],
)
def test_status(inclusion: Completeness, exclusion: Completeness, checked: bool, status: str) -> None:
    analysed = tuple(dataclasses.replace(activity, derogatory_certainty="S") for activity in PROTOCOL.activities)
    protocol = dataclasses.replace(
        PROTOCOL,
        activities=analysed,
        completeness={**PROTOCOL.completeness, "inclusion": inclusion, "exclusion": exclusion},
        annex_check=AnnexCheck(by="Dr TEST-RELECTRICE", on=DAY) if checked else None,
    )
    assert protocol.status == status


def test_as_shipped_it_is_a_draft() -> None:
    assert PROTOCOL.completeness["exclusion"] == "partial"
    assert PROTOCOL.status == "draft"


@pytest.mark.parametrize(
    ("profession", "specialty", "day", "admitted"),
    [
        ("10", "SM26", DAY, True),
        ("10", "SM53", DAY, True),
        ("10", "SM54", DAY, True),
        ("10", "SM04", DAY, False),
        ("10", "", DAY, False),
        ("70", "", DAY, False),
        ("10", "SM26", dt.date(2020, 3, 7), False),
    ],
)
def test_delegators(profession: str, specialty: str, day: dt.date, admitted: bool) -> None:
    assert PROTOCOL.delegator_admitted(profession, specialty, day) is admitted


def test_delegatees() -> None:
    assert PROTOCOL.delegatee_admitted("70", "", DAY)
    assert not PROTOCOL.delegatee_admitted("60", "", DAY)
    assert not PROTOCOL.delegatee_admitted("70", "", dt.date(2020, 3, 7))


def test_a_profession_leaves_by_date() -> None:
    (delegatee,) = PROTOCOL.delegatees
    until_june = dataclasses.replace(delegatee, period=Period(start=dt.date(2020, 3, 8), end=dt.date(2024, 6, 16)))
    protocol = dataclasses.replace(PROTOCOL, delegatees=(until_june,))
    assert protocol.delegatee_admitted("70", "", dt.date(2024, 6, 16))
    assert not protocol.delegatee_admitted("70", "", dt.date(2024, 6, 17))


@pytest.mark.parametrize("certainty", ["D", "X"])
def test_a_doubtful_profession_is_not_admitted(certainty: str) -> None:
    (delegatee,) = PROTOCOL.delegatees
    doubtful = dataclasses.replace(delegatee, certainty=certainty)
    assert not dataclasses.replace(PROTOCOL, delegatees=(doubtful,)).delegatee_admitted("70", "", DAY)


@pytest.mark.parametrize(
    ("facility", "demonstration", "admitted"),
    [
        ("SA52", False, True),
        ("SA05", False, True),
        ("SA63", False, False),
        ("SA63", True, True),
        ("SA33", True, False),
    ],
)
def test_structures(facility: str, demonstration: bool, admitted: bool) -> None:
    assert PROTOCOL.structure_admitted(facility, DAY, demonstration=demonstration) is admitted


def test_a_structure_is_admitted_by_date() -> None:
    assert not PROTOCOL.structure_admitted("SA63", dt.date(2022, 7, 11), demonstration=True)
    assert PROTOCOL.structure_admitted("SA63", dt.date(2022, 7, 12), demonstration=True)
