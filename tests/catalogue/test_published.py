"""What the whole catalogue is published as: each definition whole, each name its own, and the same judgement."""

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
from mappings.domain.judgement import age_on, judge
from mappings.domain.logic import Truth, evaluate
from mappings.domain.protocol import Protocol
from mappings.fhir.activity_definition import activity_definitions_from_protocol
from mappings.fhir.plan_definition import plan_definition_from_protocol
from mappings.fhir.questionnaire import questionnaires_from_protocol
from tests.catalogue.test_patients import CASES, ROOT, answers_of, catalogue, read, versions
from tests.mappings.fhir.test_expression import response

VALIDATOR = Path(os.environ.get("BINOME_TOOLS", ROOT.parent / "shared" / "tools")) / "fhir-validate" / "validate.mjs"
NODE = shutil.which("node")
NODE_HOME = Path(os.environ.get("BINOME_NODE", ROOT / "profiles"))
DATE = dt.date(2026, 11, 1)
PROTOCOLS = list(catalogue().values())
RESULTS = {Truth.YES: [True], Truth.NO: [False], Truth.UNKNOWN: []}
by_version = pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda p: f"{p.id}-{p.version}")


def resources(protocol: Protocol) -> list[dict[str, Any]]:
    return [
        plan_definition_from_protocol(protocol, DATE),
        *questionnaires_from_protocol(protocol, DATE),
        *activity_definitions_from_protocol(protocol, DATE),
    ]


def actions(parent: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for action in parent.get("action", []):
        yield action
        yield from actions(action)


def published_codes(id_: str) -> set[str]:
    path = ROOT / "profiles" / "compiled" / f"CodeSystem-{id_}.json"
    return {concept["code"] for concept in json.loads(path.read_text(encoding="utf-8"))["concept"]}


@by_version
def test_structure(protocol: Protocol) -> None:
    for resource in resources(protocol):
        get_fhir_model_class(resource["resourceType"]).model_validate(resource)
        assert resource["status"] == "draft"
        assert len(resource["id"]) <= 64


def test_every_resource_has_its_own_id_and_its_own_canonical() -> None:
    made = [resource for protocol in PROTOCOLS for resource in resources(protocol)]
    ids = [(resource["resourceType"], resource["id"]) for resource in made]
    canonicals = [f"{resource['url']}|{resource['version']}" for resource in made]
    assert len(ids) == len(set(ids))
    assert len(canonicals) == len(set(canonicals))


@by_version
def test_what_is_used_is_published(protocol: Protocol) -> None:
    plan, *others = resources(protocol)
    published = {f"{resource['url']}|{resource['version']}" for resource in others}
    tree = list(actions(plan))
    assert {action["definitionCanonical"] for action in tree if "definitionCanonical" in action} == published
    assert {a["resource"] for a in plan["relatedArtifact"] if a["type"] == "depends-on"} == published
    assert len({action["id"] for action in tree}) == len(tree)
    assert {c["code"] for action in tree for each in action["code"] for c in each["coding"]} <= published_codes(
        "binome-step"
    )
    reasons = {c["code"] for action in tree for each in action.get("reason", ()) for c in each["coding"]}
    assert reasons <= published_codes("binome-reorientation-reason")
    assert {activity.code for activity in protocol.activities} <= published_codes("binome-act")
    answers = {option.code for item in protocol.exam_items for option in item.options}
    assert answers <= published_codes("binome-answer")


@by_version
def test_the_version_before_is_named_and_the_one_after_is_not(protocol: Protocol) -> None:
    plan = plan_definition_from_protocol(protocol, DATE)
    named = [a["resource"] for a in plan["relatedArtifact"] if a["type"] == "predecessor"]
    same = [each.canonical for each in PROTOCOLS if each.id == protocol.id]
    place = same.index(protocol.canonical)
    assert named == ([same[place - 1]] if place else [])
    assert "successor" not in {artifact["type"] for artifact in plan["relatedArtifact"]}
    assert plan["id"] == (f"{protocol.id}-{protocol.version}" if place else protocol.id)


@by_version
def test_dates(protocol: Protocol) -> None:
    """A definition that does not know its dates says none, and does not claim the profile that asks for them."""
    plan = plan_definition_from_protocol(protocol, DATE)
    assert ("effectivePeriod" in plan) is (protocol.period is not None)
    assert ("approvalDate" in plan) is (protocol.ordered is not None)
    assert ("meta" in plan) is ("effectivePeriod" in plan and "approvalDate" in plan)


@pytest.mark.parametrize(("folder", "patient", "expected"), CASES)
def test_another_engine_reads_the_same(folder: str, patient: dict[str, Any], expected: dict[str, Any]) -> None:
    file = read(folder)
    protocol = versions(file)[expected["version"]]
    answers: dict[str, Answer] = answers_of(file, patient)
    age = age_on(patient["ne-le"], expected["jour"])
    tree = {action["id"]: action for action in actions(plan_definition_from_protocol(protocol, DATE))}
    context = {"reponses": response(answers), "age": [] if age is None else age}

    def found(id_: str) -> list[bool]:
        (condition,) = tree[id_]["condition"]
        result: list[bool] = fhirpath({}, condition["expression"]["expression"], context, models["r4"])
        return result

    judgement = judge(protocol, answers, age)
    assert found("prise-en-charge") == RESULTS[judgement.eligible]
    for judged in judgement.criteria:
        assert found(judged.criterion.id) == RESULTS[judged.truth]
    for step in protocol.tree:
        for branch in step.branches:
            assert found(branch.id) == RESULTS[evaluate(branch.condition, answers, age)]
    for score in judgement.scores:
        low, high = (
            fhirpath({}, value["expression"]["expression"], context, models["r4"])
            for value in tree[score.score.id]["dynamicValue"]
        )
        assert (low, high) == ([score.low], [score.high])


@pytest.mark.skipif(
    NODE is None or not (NODE_HOME / "node_modules").is_dir() or not VALIDATOR.is_file(),
    reason="node, node_modules (BINOME_NODE) or the validator (BINOME_TOOLS) is absent",
)
def test_profiles(tmp_path: Path) -> None:
    paths = []
    for protocol in PROTOCOLS:
        for resource in resources(protocol):
            path = tmp_path / f"{resource['resourceType']}-{resource['id']}.json"
            path.write_text(json.dumps(resource), encoding="utf-8")
            paths.append(str(path))
    done = subprocess.run(
        [str(NODE), str(VALIDATOR), "--strict", "--sd", str(ROOT / "profiles" / "compiled"), *paths],
        env={**os.environ, "BINOME_NODE": str(NODE_HOME)},
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def tree_of(name: str) -> dict[str, dict[str, Any]]:
    """The actions of the latest version, by id."""
    latest = [protocol for protocol in PROTOCOLS if protocol.id == name][-1]
    return {action["id"]: action for action in actions(plan_definition_from_protocol(latest, DATE))}


def code(action: dict[str, Any]) -> str:
    told: str = action["code"][0]["coding"][0]["code"]
    return told


def test_emergencies_withdrawals_scores_and_stops_are_told_apart() -> None:
    back_pain, sore_throat = tree_of("pc-lombalgie-aigue"), tree_of("pc-odynophagie")
    assert code(back_pain["alerte-queue-de-cheval"]) == "emergency"
    assert code(back_pain["alerte-fievre"]) == "exclusion"
    assert code(sore_throat["doute"]) == "withdrawal"
    assert sore_throat["doute"]["condition"][0]["kind"] == "stop"
    assert sore_throat["doute"]["reason"][0]["coding"][0]["code"] == "delegue-doubt"
    assert code(sore_throat["mac-isaac"]) == "score"
    (stop,) = back_pain["examen-interrogatoire"]["condition"]
    assert (stop["kind"], "queue-de-cheval" in stop["expression"]["expression"]) == ("stop", True)


def test_the_tree_stands_as_it_is_walked() -> None:
    tree = tree_of("pc-odynophagie")
    root = tree["trod-indication"]
    assert (root["selectionBehavior"], [branch["id"] for branch in root["action"]]) == (
        "exactly-one",
        ["trod-indique", "trod-non-indique"],
    )
    assert [part["id"] for part in tree["trod-indique"]["action"]] == [
        "trod-indique.odyno-prise-en-charge",
        "trod-indique.odyno-trod",
        "trod-indique.odyno-symptomatique",
        "trod-lecture",
    ]
    assert [part["id"] for part in tree["trod-positif"]["action"]] == ["trod-positif.odyno-antibiotique"]


def test_a_step_of_the_delegator_and_a_recourse_say_so() -> None:
    tree = tree_of("pc-papa-domicile")
    roles = {
        id_: [c["code"] for p in tree[id_]["participant"] for c in p["role"]["coding"]]
        for id_ in ("examen-premiere-visite", "plan-a-faire")
    }
    assert all("DELEGATOR" in codes for codes in roles.values())
    assert code(tree["plan-a-faire"]) == "recourse"
