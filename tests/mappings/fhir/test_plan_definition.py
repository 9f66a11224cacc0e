"""The ankle sprain protocol as PlanDefinition, Questionnaires and ActivityDefinitions."""

import datetime as dt
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B import get_fhir_model_class
from fhirpathpy import evaluate as fhirpath
from fhirpathpy.models import models

from mappings.domain.act import Answer
from mappings.domain.judgement import judge
from mappings.domain.logic import Truth
from mappings.fhir.activity_definition import activity_definitions_from_protocol
from mappings.fhir.plan_definition import plan_definition_from_protocol
from mappings.fhir.questionnaire import questionnaires_from_protocol
from tests.mappings.fhir.test_expression import response
from tests.mappings.torsion import OTTAWA, PLAIN, torsion

ROOT = Path(__file__).parents[3]
VALIDATOR = Path(os.environ.get("BINOME_TOOLS", ROOT.parent / "shared" / "tools")) / "fhir-validate" / "validate.mjs"
NODE = shutil.which("node")
NODE_HOME = Path(os.environ.get("BINOME_NODE", ROOT / "profiles"))

PROTOCOL = torsion()
DATE = dt.date(2026, 11, 1)
PLAN = plan_definition_from_protocol(PROTOCOL, DATE)
QUESTIONNAIRES = questionnaires_from_protocol(PROTOCOL, DATE)
ACTIVITIES = activity_definitions_from_protocol(PROTOCOL, DATE)
RESOURCES = [PLAN, *QUESTIONNAIRES, *ACTIVITIES]
RESULTS = {Truth.YES: [True], Truth.NO: [False], Truth.UNKNOWN: []}


def actions(parent: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for action in parent.get("action", []):
        yield action
        yield from actions(action)


def items(parent: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for item in parent.get("item", []):
        yield item
        yield from items(item)


ACTIONS = {action["id"]: action for action in actions(PLAN)}


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda r: f"{r['resourceType']}-{r['id']}")
def test_structure(resource: dict[str, Any]) -> None:
    get_fhir_model_class(resource["resourceType"]).model_validate(resource)
    assert "subjectCanonical" not in resource


@pytest.mark.skipif(
    NODE is None or not (NODE_HOME / "node_modules").is_dir() or not VALIDATOR.is_file(),
    reason="node, node_modules (BINOME_NODE) or the validator (BINOME_TOOLS) is absent",
)
def test_profiles(tmp_path: Path) -> None:
    paths = []
    for resource in RESOURCES:
        path = tmp_path / f"{resource['resourceType']}-{resource['id']}.json"
        path.write_text(json.dumps(resource), encoding="utf-8")
        paths.append(str(path))
    done = subprocess.run(
        [str(NODE), str(VALIDATOR), "--strict", "--sd", str(ROOT / "profiles" / "compiled"), *paths],
        env={**os.environ, "BINOME_NODE": str(NODE_HOME)},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_it_comes_out_as_a_draft() -> None:
    assert {resource["status"] for resource in RESOURCES} == {"draft"}


def test_header() -> None:
    assert f"{PLAN['url']}|{PLAN['version']}" == PROTOCOL.canonical
    assert PLAN["approvalDate"] == "2020-03-06"
    assert PLAN["effectivePeriod"] == {"start": "2020-03-08"}
    assert "Suite de la liste des critères d’exclusion (à valider)" in PLAN["usage"]


def test_ids_of_actions_are_unique() -> None:
    assert len(ACTIONS) == sum(1 for _ in actions(PLAN))


def test_each_step_says_its_kind() -> None:
    kinds = {id_: action["code"][0]["coding"][0]["code"] for id_, action in ACTIONS.items()}
    assert [kinds[step["id"]] for step in PLAN["action"]] == [
        "information-consent",
        "eligibility",
        "exclusion",
        "exam",
        "recourse",
        "decision",
        "report",
    ]
    assert kinds["risque-thrombo-embolique"] == "recourse"
    assert kinds["reorientation"] == "reorientation"
    assert kinds["torsion-prise-en-charge"] == "delegated-act"
    assert kinds["torsion-radiographie"] == "prescription"


def test_codes_of_acts_and_answers_are_published() -> None:
    acts = {c["code"] for activity in ACTIVITIES for c in activity["code"]["coding"]}
    assert acts <= _published_codes("binome-act")
    answers = {option.code for item in PROTOCOL.exam_items for option in item.options}
    assert answers <= _published_codes("binome-answer")


def _published_codes(id_: str) -> set[str]:
    path = ROOT / "profiles" / "compiled" / f"CodeSystem-{id_}.json"
    return {concept["code"] for concept in json.loads(path.read_text(encoding="utf-8"))["concept"]}


def test_every_canonical_used_is_published() -> None:
    published = {f"{resource['url']}|{resource['version']}" for resource in RESOURCES}
    used = {action["definitionCanonical"] for action in ACTIONS.values() if "definitionCanonical" in action}
    depended = {a["resource"] for a in PLAN["relatedArtifact"] if a["type"] == "depends-on"}
    assert used == depended == published - {PROTOCOL.canonical}


def test_every_fact_shows_its_source_and_certainty() -> None:
    parts = [*PROTOCOL.criteria, *PROTOCOL.recourses, *PROTOCOL.outcomes, *PROTOCOL.activities]
    for part in parts:
        (document,) = ACTIONS[part.id]["documentation"]
        assert document["label"] == part.certainty
        assert part.source in document["citation"]


def test_what_is_doubtful_is_shown_so() -> None:
    venues = {
        context["valueCodeableConcept"]["coding"][0]["code"]: context["valueCodeableConcept"]["text"]
        for context in PLAN["useContext"]
        if context["code"]["code"] == "venue"
    }
    assert [code for code, text in venues.items() if text.endswith("(à valider)")] == ["SA63"]
    assert "(à valider)" in ACTIONS["torsion-arret-travail"]["textEquivalent"]
    exam = {item["linkId"]: item["text"] for item in items(QUESTIONNAIRES[2])}
    assert [link_id for link_id, text in exam.items() if "(à valider)" in text] == ["tests-stabilite"]


def test_work_stop_and_paracetamol_bear_no_number() -> None:
    by_id = {activity["id"]: activity for activity in ACTIVITIES}
    assert "dosage" not in by_id["torsion-paracetamol"]
    assert "timingTiming" not in by_id["torsion-arret-travail"]
    assert "quantity" not in by_id["torsion-paracetamol"]


def test_forms() -> None:
    information, eligibility, exam = QUESTIONNAIRES
    assert [q["id"] for q in QUESTIONNAIRES] == ["torsion-information", "torsion-eligibilite", "torsion-examen"]
    exam_items = {item["linkId"]: item for item in items(exam)}
    asked = {item["linkId"] for item in items(eligibility)}
    assert asked == {
        "traumatisme-torsion-recent",
        "plaie",
        "polytraumatisme",
        "appui-impossible-24h",
        "chute-malaise",
    }
    assert all(item == exam_items[item["linkId"]] for item in items(eligibility))
    assert exam_items["douleur"]["code"] == [{"system": "http://loinc.org", "code": "72514-3"}]
    assert exam_items["canal-consultation"]["enableWhen"] == [
        {"question": "delegant-consulte", "operator": "=", "answerBoolean": True}
    ]
    assert {item["type"] for item in items(information)} == {"display", "boolean"}


@pytest.mark.parametrize(
    ("answers", "age"),
    [
        (PLAIN, 30),
        (OTTAWA, 30),
        (PLAIN, 17),
        (PLAIN, None),
        (PLAIN | {"plaie": True}, 30),
        (PLAIN | {"plaie": None}, 30),
        (PLAIN | {"risque-thrombo-embolique": "non-exclu"}, 30),
        ({}, 30),
    ],
)
def test_the_plan_read_by_another_engine_judges_as_the_domain(answers: dict[str, Answer], age: int | None) -> None:
    def found(id_: str) -> list[bool]:
        (condition,) = ACTIONS[id_]["condition"]
        context = {"reponses": response(answers), "age": [] if age is None else age}
        result: list[bool] = fhirpath({}, condition["expression"]["expression"], context, models["r4"])
        return result

    judgement = judge(PROTOCOL, answers, age)
    assert found("prise-en-charge") == RESULTS[judgement.eligible]
    assert found("reorientation") == [not truth for truth in RESULTS[judgement.eligible]]
    for judged in judgement.criteria:
        assert found(judged.criterion.id) == RESULTS[judged.truth]
    for activity in PROTOCOL.activities:
        if activity.condition is not None:
            assert found(activity.id) == RESULTS[judgement.activities[activity.canonical]]
