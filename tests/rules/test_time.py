"""The act has happened, and ends after it starts."""

import datetime as dt

import pytest

from service.rules import time
from tests.rules.cases import START, Row, assert_refused, dispense, dispensing

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
    *(
        Row(
            rule=time.dispenses_have_happened,
            name=f"dispensed {when}",
            changes={
                "protocol.activities": dispensing(),
                "act.dispenses": (dispense("torsion-paracetamol"), dispense("torsion-paracetamol", at)),
            },
            expression="MedicationDispense[1].whenHandedOver",
            reference="Binôme, cohérence des dates",
            says="La délivrance précède l’acte",
        )
        for when, at in (
            ("before the act", START - dt.timedelta(seconds=1)),
            ("after now", START + dt.timedelta(hours=1, seconds=1)),
        )
    ),
)
SILENT = {
    "an instant without length": {"act.end": START},
    "told the very instant it starts": {"now": START},
    "dispensed the very instant it starts": {
        "protocol.activities": dispensing(),
        "act.dispenses": (dispense("torsion-paracetamol"),),
    },
    "dispensed after it, the very instant it is told": {
        "protocol.activities": dispensing(),
        "act.dispenses": (dispense("torsion-paracetamol", START + dt.timedelta(hours=1)),),
    },
}


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_refused(row: Row) -> None:
    assert_refused(row)
