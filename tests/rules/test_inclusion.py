"""Inclusion, patient and team, judged on the act's own date."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from mappings.domain.cooperation import Period
from service.rules import inclusion
from service.rules.case import Case, Faults
from tests.rules.cases import DAY, NEXT_VERSION, Row, assert_refused

_SINCE = dt.date(2026, 11, 16)
_BEFORE = DAY - dt.timedelta(days=1)
_AFTER = DAY + dt.timedelta(days=1)
_INCLUSION = ("Procedure.basedOn[0]", "CSP L4011-2")
_PATIENT = ("Procedure.subject", "CSP L4011-2")
_TEAM = ("CarePlan.careTeam", "CSP D4011-4")


def _row(
    rule: Callable[[Case], Faults],
    where: tuple[str, str],
    name: str,
    says: str,
    changes: dict[str, Any],
    also: frozenset[str] = frozenset(),
) -> Row:
    return Row(rule=rule, name=name, changes=changes, expression=where[0], reference=where[1], says=says, also=also)


TABLE = (
    _row(inclusion.inclusion_was_active, _INCLUSION, "not on record", "n’est pas connue", {"inclusion": None}),
    _row(
        inclusion.inclusion_was_active,
        _INCLUSION,
        "in another version of the protocol",
        "autre version",
        {"inclusion.protocol": NEXT_VERSION},
    ),
    *(
        _row(inclusion.inclusion_was_active, _INCLUSION, status, "pas active", {"inclusion.status": status})
        for status in ("draft", "on-hold", "revoked", "entered-in-error", "unknown", "completed")
    ),
    _row(
        inclusion.inclusion_was_active,
        _INCLUSION,
        "begins the day after",
        "pas active",
        {"inclusion.period": Period(start=_AFTER)},
    ),
    _row(
        inclusion.inclusion_was_active,
        _INCLUSION,
        "completed the day before",
        "pas active",
        {"inclusion.status": "completed", "inclusion.period": Period(start=_SINCE, end=_BEFORE)},
    ),
    _row(
        inclusion.inclusion_was_active,
        _INCLUSION,
        "revoked the day before",
        "pas active",
        {"inclusion.status": "revoked", "inclusion.period": Period(start=_SINCE, end=_BEFORE)},
    ),
    _row(
        inclusion.patient_is_the_included_one,
        _PATIENT,
        "the inclusion is another patient's",
        "celui de l’inclusion",
        {"inclusion.patient_id": "pat-2"},
    ),
    _row(
        inclusion.patient_is_the_included_one,
        ("Procedure.subject", "CSP R1111-8-1"),
        "the patient is not on record",
        "n’est pas connu",
        {"patient": None},
    ),
    _row(inclusion.team_covers_the_act, _TEAM, "no team on record", "n’est pas connue", {"team": None}),
    _row(
        inclusion.team_covers_the_act,
        _TEAM,
        "a team of another version",
        "n’est pas celle de l’acte",
        {"team.protocol": NEXT_VERSION},
    ),
    _row(
        inclusion.team_covers_the_act,
        _TEAM,
        "a team of another structure",
        "n’est pas celle de l’acte",
        {"team.organization_id": "msp-2"},
    ),
    *(
        _row(inclusion.team_covers_the_act, _TEAM, f"a {status} team", "n’était pas active", {"team.status": status})
        for status in ("proposed", "suspended", "inactive", "entered-in-error")
    ),
    _row(
        inclusion.team_covers_the_act,
        _TEAM,
        "a team that begins the day after",
        "n’était pas active",
        {"team.period": Period(start=_AFTER)},
    ),
    _row(
        inclusion.team_covers_the_act,
        _TEAM,
        "a team that ended the day before",
        "n’était pas active",
        {"team.period": Period(start=_SINCE, end=_BEFORE)},
    ),
)
SILENT = {
    "begins on the day": {"inclusion.period": Period(start=DAY)},
    "completed on the day": {"inclusion.status": "completed", "inclusion.period": Period(start=_SINCE, end=DAY)},
    "completed since": {"inclusion.status": "completed", "inclusion.period": Period(start=_SINCE, end=_AFTER)},
    "revoked the day after": {"inclusion.status": "revoked", "inclusion.period": Period(start=_SINCE, end=_AFTER)},
    "the team ended on the day": {"team.period": Period(start=_SINCE, end=DAY)},
}


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_refused(row: Row) -> None:
    assert_refused(row)
