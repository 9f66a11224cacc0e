"""The exam lets the patient in, or does not: unknown never means included, and a recourse must be on the record."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from mappings.domain.act import Answer
from service.rules import RULES, exam, faults
from service.rules.protocol import branch_allows_the_act
from tests.rules.cases import (
    PLAIN,
    XRAY,
    Row,
    answers,
    assert_refused,
    changed,
    good,
    protocol,
    unanswered,
)

_COMPLETE = frozenset({"exam_is_complete"})
_REQUIRED = [item.link_id for item in protocol().exam_items if item.required and item.enabled_when is None]
_EXCLUSIONS = {
    "plaie": "plaie",
    "polytraumatisme": "polytraumatisme",
    "appui-impossible": "appui-impossible-24h",
    "chute-malaise": "chute-malaise",
}


def _criterion(id_: str, name: str, says: str, changes: dict[str, Any], also: frozenset[str] = frozenset()) -> Row:
    return Row(
        rule=exam.patient_is_eligible,
        name=name,
        changes=changes,
        expression=f"PlanDefinition.action.where(id='{id_}').condition",
        reference="CSP L4011-2",
        says=says,
        also=also,
    )


def _recourse(name: str, given: dict[str, Any], also: frozenset[str] = frozenset()) -> Row:
    return Row(
        rule=exam.recourse_was_taken,
        name=name,
        changes={"act.answers": given},
        expression="PlanDefinition.action.where(id='risque-thrombo-embolique').condition",
        reference="CSP L4011-2",
        says="recours au délégant est obligatoire",
        also=also,
    )


def _also(link_id: str) -> frozenset[str]:
    """Who else needs the answer to a question: eligibility for a criterion, recourse for the risk."""
    if link_id in {*_EXCLUSIONS.values(), "traumatisme-torsion-recent"}:
        return frozenset({"patient_is_eligible"})
    return frozenset({"recourse_was_taken"}) if link_id == "risque-thrombo-embolique" else frozenset()


def _not_admitted(link_id: str, answer: Answer) -> Row:
    return Row(
        rule=exam.answers_are_admitted,
        name=f"{link_id} answered by {type(answer).__name__} {answer}",
        changes={"act.answers": PLAIN | {link_id: answer}},
        expression=f"QuestionnaireResponse.item.where(linkId='{link_id}').answer",
        reference="CSP L4011-2",
        says="n’est pas de celles",
    )


TABLE = (
    _not_admitted("douleur", Decimal(11)),
    _not_admitted("douleur", Decimal(-1)),
    _not_admitted("douleur", Decimal("6.5")),
    _not_admitted("douleur", "six"),
    _not_admitted("douleur", True),
    _not_admitted("delai-traumatisme", Decimal("-0.5")),
    _not_admitted("circonstances", dt.date(2026, 11, 20)),
    _not_admitted("tests-stabilite", Decimal(1)),
    Row(
        rule=exam.answers_are_admitted,
        name="a question of nobody's",
        changes={"act.answers": PLAIN | {"poids": Decimal(70)}},
        expression="QuestionnaireResponse.item",
        reference="CSP L4011-2",
        says="ne pose pas",
    ),
    *(
        Row(
            rule=exam.exam_is_complete,
            name=f"{link_id} {how}",
            changes={"act.answers": given},
            expression=f"QuestionnaireResponse.item.where(linkId='{link_id}').answer",
            reference="CSP L4011-2",
            says="obligatoire de l’examen",
            also=_also(link_id),
        )
        for link_id in _REQUIRED
        for how, given in (("left out", unanswered(link_id)), ("asked and not known", PLAIN | {link_id: None}))
    ),
    Row(
        rule=exam.exam_is_complete,
        name="the délégant was consulted, nobody says how",
        changes={"act.answers": answers(delegant_consulte=True)},
        expression="QuestionnaireResponse.item.where(linkId='canal-consultation').answer",
        reference="CSP L4011-2",
        says="obligatoire de l’examen",
    ),
    _criterion("age", "a day before 18", "n’est pas rempli", {"patient.birth_date": dt.date(2008, 11, 21)}),
    _criterion("age", "56 on the day", "n’est pas rempli", {"patient.birth_date": dt.date(1970, 11, 20)}),
    _criterion("age", "born after the act", "ne peut être établi", {"patient.birth_date": dt.date(2026, 11, 21)}),
    _criterion(
        "traumatisme-recent",
        "no recent trauma",
        "n’est pas rempli",
        {"act.answers": answers(traumatisme_torsion_recent=False)},
    ),
    *(
        _criterion(id_, f"{id_} present", "est présent", {"act.answers": PLAIN | {question: True}})
        for id_, question in _EXCLUSIONS.items()
    ),
    *(
        _criterion(id_, f"{id_} not known", "ne peut être écarté", {"act.answers": PLAIN | {question: None}}, _COMPLETE)
        for id_, question in _EXCLUSIONS.items()
    ),
    _criterion(
        "plaie",
        "a prescription for a wound, in an act that was not done",
        "est présent",
        {"act.status": "not-done", "act.status_reason": "autre", "act.answers": answers(plaie=True)},
    ),
    _recourse("risk present", answers(risque_thrombo_embolique="present")),
    _recourse("risk not excluded", answers(risque_thrombo_embolique="non-exclu")),
    _recourse(
        "risk in a word of nobody's", answers(risque_thrombo_embolique="faible"), frozenset({"answers_are_admitted"})
    ),
    _recourse("risk not known", answers(risque_thrombo_embolique=None), _COMPLETE),
    _recourse(
        "risk present, nobody knows whether the délégant was consulted",
        answers(risque_thrombo_embolique="present", delegant_consulte=None),
        _COMPLETE,
    ),
    _recourse(
        "risk present, a channel but no consultation",
        answers(risque_thrombo_embolique="present", canal_consultation="telephone"),
    ),
)
_RECOURSE = {"delegant_consulte": True, "canal_consultation": "telephone"}
SILENT = {
    "18 on the day": {"patient.birth_date": dt.date(2008, 11, 20)},
    "55, for one day more": {"patient.birth_date": dt.date(1970, 11, 21)},
    "risk present, délégant consulted": {"act.answers": answers(risque_thrombo_embolique="present", **_RECOURSE)},
    "risk not excluded, délégant consulted": {
        "act.answers": answers(risque_thrombo_embolique="non-exclu", **_RECOURSE)
    },
    "consulted although nothing asked for it": {"act.answers": answers(**_RECOURSE)},
    "an optional question left out": {"act.answers": unanswered("tests-stabilite")},
}


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_refused(row: Row) -> None:
    assert_refused(row)


#: Reoriented: nothing done and nothing prescribed under the protocol.
REORIENTED = {"act.status": "not-done", "act.status_reason": "exclusion", "act.prescriptions": ()}


@pytest.mark.parametrize(
    "given", [{}, answers(plaie=True), answers(risque_thrombo_embolique="present"), answers(plaie=None)]
)
def test_an_act_not_done_needs_no_eligible_patient(given: dict[str, Any]) -> None:
    assert faults(changed(good(), REORIENTED | {"act.answers": given})) == []


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"consent": None}, "consent_was_in_force"),
        ({"consent.permits": False}, "consent_was_in_force"),
        ({"delegatee.status": "suspended"}, "delegatee_is_enrolled"),
        ({"delegator": None}, "delegator_is_enrolled"),
        ({"delegatee.trainings": ()}, "delegatee_is_trained"),
        ({"inclusion.status": "revoked"}, "inclusion_was_active"),
    ],
)
def test_an_act_not_done_still_needs_its_people_and_consent(changes: dict[str, Any], rule: str) -> None:
    case = changed(good(), REORIENTED | changes)
    assert {one.__name__ for one in RULES if list(one(case))} == {rule}


def test_what_is_prescribed_is_judged_whatever_became_of_the_act() -> None:
    case = changed(good(), REORIENTED | {"act.prescriptions": (XRAY,), "act.answers": {}})
    rules = (exam.exam_is_complete, exam.patient_is_eligible, exam.recourse_was_taken, branch_allows_the_act)
    assert all(list(rule(case)) for rule in rules)
