"""Both professionals, by name, in the right function, on the act's own date."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from mappings.domain.cooperation import Period, Training
from service.rules import enrolments
from service.rules.case import Case, Faults
from tests.rules.cases import DAY, ENROLLED_ON, NEXT_VERSION, Row, assert_refused

_BEFORE = DAY - dt.timedelta(days=1)
_AFTER = DAY + dt.timedelta(days=1)
_MODULE = "Formation torsion de cheville"
_ACTOR = "Procedure.performer[0].actor"
_DELEGATOR = "Procedure.extension('delegator').value"
#: Rule, element, role in the case, its function and the other one.
_BOTH = (
    (enrolments.delegatee_is_enrolled, _ACTOR, "delegatee", "délégué", "DELEGATOR"),
    (enrolments.delegator_is_enrolled, _DELEGATOR, "delegator", "délégant", "DELEGATEE"),
)
_PAIR = frozenset({"delegator_is_of_the_delegatee"})


def _row(
    rule: Callable[[Case], Faults],
    expression: str,
    name: str,
    says: str,
    changes: dict[str, Any],
    *,
    reference: str = "CSP L4011-1",
    also: frozenset[str] = frozenset(),
) -> Row:
    return Row(rule=rule, name=name, changes=changes, expression=expression, reference=reference, says=says, also=also)


def _trainings(*trainings: tuple[str, dt.date, dt.date | None]) -> dict[str, Any]:
    return {
        "delegatee.trainings": tuple(
            Training(module=m, completed=done, valid_until=until) for m, done, until in trainings
        )
    }


TABLE = (
    *(
        row
        for rule, expression, role, who, other in _BOTH
        for row in (
            _row(rule, expression, f"{role} not on record", f"ce {who}", {role: None}),
            _row(rule, expression, f"{role} in the other function", "n’est pas celle", {f"{role}.function": other}),
            _row(
                rule,
                expression,
                f"{role} in another version",
                "cette version du protocole",
                {f"{role}.protocol": NEXT_VERSION},
                also=_PAIR,
            ),
            _row(
                rule,
                expression,
                f"{role} in another structure",
                "dans cette structure",
                {f"{role}.organization_id": f"msp-{role}"},
                also=_PAIR,
            ),
            *(
                _row(rule, expression, f"{role} {status}", "n’était pas active", {f"{role}.status": status})
                for status in ("declared", "suspended", "refused")
            ),
            _row(
                rule,
                expression,
                f"{role} enrolled the day after",
                "n’était pas active",
                {f"{role}.period": Period(start=_AFTER)},
            ),
            _row(
                rule,
                expression,
                f"{role} whose enrolment ended the day before",
                "n’était pas active",
                {f"{role}.status": "ended", f"{role}.period": Period(start=ENROLLED_ON, end=_BEFORE)},
            ),
        )
    ),
    *(
        _row(enrolments.delegatee_is_trained, _ACTOR, name, says, changes, reference="CSP L4011-2")
        for name, says, changes in (
            ("never trained", "n’avait pas terminé", _trainings()),
            ("trained in something else", "n’avait pas terminé", _trainings(("Autre formation", DAY, None))),
            ("training completed the day after", "n’avait pas terminé", _trainings((_MODULE, _AFTER, None))),
            ("training expired the day before", "n’était plus valide", _trainings((_MODULE, ENROLLED_ON, _BEFORE))),
            (
                "training expired, renewed only the day after",
                "n’était plus valide",
                _trainings((_MODULE, ENROLLED_ON, _BEFORE), (_MODULE, _AFTER, None)),
            ),
        )
    ),
    _row(
        enrolments.delegator_is_of_the_delegatee,
        _DELEGATOR,
        "a délégant that the délégué may not act for",
        "au nom desquels",
        {"delegatee.delegator_ids": ("or-2", "or-3")},
    ),
    _row(
        enrolments.delegator_is_of_the_delegatee,
        _DELEGATOR,
        "a foreign délégant of another structure",
        "dans la même structure",
        {"delegator.organization_id": "msp-9"},
        also=frozenset({"delegator_is_enrolled"}),
    ),
    _row(
        enrolments.delegator_is_not_the_delegatee,
        _DELEGATOR,
        "one person under two enrolments",
        "la même personne",
        {"delegator.rpps": "99900001019", "act.delegator_rpps": "99900001019"},
    ),
    _row(
        enrolments.delegator_is_not_the_delegatee,
        _DELEGATOR,
        "one enrolment named twice",
        "la même personne",
        {"act.delegator_id": "ee"},
    ),
    _row(
        enrolments.identifiers_name_the_enrolled,
        f"{_ACTOR}.identifier",
        "an RPPS that is not the délégué’s",
        "celui de l’adhésion du délégué",
        {"act.delegatee_rpps": "99900001027"},
        reference="ANS, identification des professionnels",
    ),
    _row(
        enrolments.identifiers_name_the_enrolled,
        f"{_DELEGATOR}.identifier",
        "an RPPS that is not the délégant’s",
        "celui de l’adhésion du délégant",
        {"act.delegator_rpps": "99900002025"},
        reference="ANS, identification des professionnels",
    ),
)
SILENT = {
    "both enrolments have ended since": {
        "delegatee.status": "ended",
        "delegatee.period": Period(start=ENROLLED_ON, end=_AFTER),
        "delegator.status": "ended",
        "delegator.period": Period(start=ENROLLED_ON, end=DAY),
    },
    "enrolled on the day": {"delegatee.period": Period(start=DAY), "delegator.period": Period(start=DAY)},
    "training completed on the day": _trainings((_MODULE, DAY, None)),
    "training valid to the day": _trainings((_MODULE, ENROLLED_ON, DAY)),
    "an expired training, renewed": _trainings((_MODULE, ENROLLED_ON, _BEFORE), (_MODULE, DAY, None)),
    "the délégant is among those named": {"delegatee.delegator_ids": ("or-2", "or")},
}


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_refused(row: Row) -> None:
    assert_refused(row)
