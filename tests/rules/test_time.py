"""The act has happened, and ends after it starts."""

import datetime as dt

import pytest

from service.rules import time
from tests.rules.cases import START, Row, assert_refused

TABLE = (
    Row(
        rule=time.act_has_happened,
        name="ends before it starts",
        changes={"act.end": START - dt.timedelta(seconds=1)},
        expression="Procedure.performed.end",
        reference="FHIR R4, Period (per-1)",
        says="précède son début",
    ),
    Row(
        rule=time.act_has_happened,
        name="dated in the future",
        changes={"now": START - dt.timedelta(seconds=1)},
        expression="Procedure.performed.start",
        reference="Binôme, cohérence des dates",
        says="dans le futur",
    ),
)
SILENT = {
    "an instant without length": {"act.end": START},
    "told the very instant it starts": {"now": START},
}


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_refused(row: Row) -> None:
    assert_refused(row)
