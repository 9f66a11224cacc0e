"""Suspensions, judged on the act's own date."""

import dataclasses
import datetime as dt
from typing import Any

import pytest

from mappings.domain.cooperation import Period
from mappings.domain.life.events import Events, Suspension
from service.rules.suspension import protocol_was_not_suspended
from tests.rules.cases import CANONICAL, DAY, Row, assert_refused, good, protocol

_ONE = dt.timedelta(days=1)
_WHOLE = ("Procedure.instantiatesCanonical[0]", "CSP L4011-3")
_TEAM = ("CarePlan.careTeam", "CSP L4011-3")


def events(start: dt.date, end: dt.date | None = None, structure: str = "") -> Events:
    suspension = Suspension(
        organization_id=structure,
        period=Period(start=start, end=end),
        authority="ARS (fictive)",
        reason="Motif (fictif)",
        source="Décision 1 (fictive)",
    )
    return Events(protocol=CANONICAL.partition("|")[0], suspensions=(suspension,))


def _row(where: tuple[str, str], name: str, says: str, told: Events | None) -> Row:
    return Row(
        rule=protocol_was_not_suspended,
        name=name,
        changes={"events": told},
        expression=where[0],
        reference=where[1],
        says=says,
    )


TABLE = (
    _row(_WHOLE, "suspended that day", "décision de « ARS (fictive) », depuis le 20/11/2026", events(DAY)),
    _row(_WHOLE, "lifted the day after", "du 19/11/2026 au 20/11/2026", events(DAY - _ONE, DAY)),
    _row(_TEAM, "in the structure of the act", "par cette équipe était suspendue", events(DAY, structure="msp")),
    _row(_WHOLE, "of a record that does not read", "ne se lisent plus", None),
)
SILENT: dict[str, dict[str, Any]] = {
    "suspended the day after": {"events": events(DAY + _ONE)},
    "lifted that day": {"events": events(DAY - 5 * _ONE, DAY - _ONE)},
    "suspended in another structure": {"events": events(DAY, structure="autre")},
    "never suspended": {"events": Events(protocol="")},
}


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_refused(row: Row) -> None:
    assert_refused(row)


def test_a_local_protocol_is_suspended_under_its_own_articles() -> None:
    local = dataclasses.replace(good(), protocol=dataclasses.replace(protocol(), regime="local"), events=events(DAY))
    (issue,) = protocol_was_not_suspended(local)
    assert issue.reference == "CSP L4011-4-4 et suivants"
