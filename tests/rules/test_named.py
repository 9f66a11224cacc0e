"""A refusal names what is wrong in the words of the protocol, for whoever reads it: never a code alone, never a value."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from mappings.domain.cooperation import Training
from mappings.issues import Refused
from mappings.records.act import act_from_record, act_under
from service.rules import enrolments, exam
from tests.rules.cases import DAY, PLAIN, answers, changed, good, protocol

ACT = Path(__file__).parents[2] / "fixtures" / "scenarios" / "acte-simple" / "1-request.json"


@pytest.mark.parametrize(
    ("rule", "changes", "named"),
    [
        (exam.exam_is_complete, {"act.answers": PLAIN | {"plaie": None}}, "« Plaie »"),
        (exam.patient_is_eligible, {"act.answers": answers(chute_malaise=True)}, "« Chute après un malaise »"),
        (exam.patient_is_eligible, {"patient.birth_date": dt.date(1960, 1, 1)}, "« Âge de 18 à 55 ans »"),
        (
            exam.recourse_was_taken,
            {"act.answers": answers(risque_thrombo_embolique="present")},
            "« Risque thrombo-embolique présent, ou dont l’absence ne peut être confirmée",
        ),
        (enrolments.delegatee_is_trained, {"delegatee.trainings": ()}, "« Formation torsion de cheville »"),
        (
            enrolments.delegatee_is_trained,
            {
                "delegatee.trainings": (
                    Training(
                        module="Formation torsion de cheville",
                        completed=dt.date(2024, 1, 1),
                        valid_until=DAY - dt.timedelta(days=1),
                    ),
                )
            },
            "« Formation torsion de cheville »",
        ),
    ],
)
def test_in_the_words_of_the_protocol(rule: Any, changes: dict[str, Any], named: str) -> None:
    (issue,) = rule(changed(good(), changes))
    assert named in issue.text


@pytest.mark.parametrize(
    ("question", "answer", "admitted"),
    [
        ("risque-thrombo-embolique", "faible", "un choix parmi « present », « absent », « non-exclu »."),
        ("douleur", 11, "un nombre entier, de 0 à 10."),
        ("delai-traumatisme", -1, "un nombre, 0 au moins."),
        ("plaie", "oui", "true ou false."),
        ("circonstances", True, "un texte."),
    ],
)
def test_an_answer_that_is_not_admitted_says_what_is(question: str, answer: Any, admitted: str) -> None:
    record = json.loads(ACT.read_text(encoding="utf-8"))
    record["exam"][question] = answer
    with pytest.raises(Refused) as refused:
        act_under(act_from_record(record), protocol(), "pat", lambda: "x")
    (issue,) = refused.value.issues
    assert issue.text == f"La réponse n’est pas de celles que la question admet : {admitted}"
