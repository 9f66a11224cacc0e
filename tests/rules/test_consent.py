"""Consent, judged on the act's own date: a withdrawal covers what went before it, and nothing after."""

import datetime as dt
from typing import Any

import pytest

from mappings.domain.cooperation import Period
from service.rules import consent
from tests.rules.cases import DAY, START, Row, assert_refused, changed, good

_SINCE = dt.date(2026, 11, 16)
_YESTERDAY = DAY - dt.timedelta(days=1)


def _row(name: str, says: str, changes: dict[str, Any]) -> Row:
    return Row(
        rule=consent.consent_was_in_force,
        name=name,
        changes=changes,
        expression="CarePlan.supportingInfo",
        reference="CSP L1111-4",
        says=says,
    )


TABLE = (
    _row("not on record", "Aucun consentement", {"consent": None}),
    _row("of another patient", "autre patient", {"consent.patient_id": "pat-2"}),
    _row(
        "to another protocol", "autre protocole", {"consent.protocol": "https://binome.example/fhir/PlanDefinition/x"}
    ),
    _row("refused", "a refusé", {"consent.status": "rejected", "consent.permits": False}),
    _row("active but denying", "a refusé", {"consent.permits": False}),
    _row("rejected but permitting", "a refusé", {"consent.status": "rejected"}),
    _row("only proposed", "pas en vigueur", {"consent.status": "proposed"}),
    _row("a draft", "pas en vigueur", {"consent.status": "draft"}),
    _row("entered in error", "pas en vigueur", {"consent.status": "entered-in-error"}),
    _row("inactive, nobody knows since when", "plus en vigueur", {"consent.status": "inactive"}),
    _row("given a second after the act began", "après l’acte", {"consent.decided_at": START + dt.timedelta(seconds=1)}),
    _row(
        "withdrawn the day before",
        "à la date de l’acte",
        {"consent.status": "inactive", "consent.period": Period(start=_SINCE, end=_YESTERDAY)},
    ),
    _row(
        "valid from the day after", "pas encore valable", {"consent.period": Period(start=DAY + dt.timedelta(days=1))}
    ),
)
SILENT = {
    "given the very instant the act begins": {"consent.decided_at": START},
    "withdrawn the day after the act": {
        "consent.status": "inactive",
        "consent.period": Period(start=_SINCE, end=DAY + dt.timedelta(days=1)),
    },
    "withdrawn later the same day": {"consent.status": "inactive", "consent.period": Period(start=_SINCE, end=DAY)},
}


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_refused(row: Row) -> None:
    assert_refused(row)


def test_all_that_is_wrong_with_one_consent_is_told() -> None:
    wrong = {"consent.patient_id": "pat-2", "consent.protocol": "autre", "consent.permits": False}
    told = [issue.text for issue in consent.consent_was_in_force(changed(good(), wrong))]
    assert ["autre patient" in told[0], "autre protocole" in told[1], "a refusé" in told[2]] == [True] * 3
