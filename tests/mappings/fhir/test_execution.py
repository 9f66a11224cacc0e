"""What the protocol judged, as the proof of an act keeps it: small, whole, and read back as it was."""

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mappings.codes.systems import EXT_EXECUTION
from mappings.domain.act import Answer
from mappings.domain.judgement import judge
from mappings.domain.protocol import Protocol
from mappings.fhir.execution import execution_from, execution_of
from mappings.fhir.json import dump, parse
from mappings.fhir.validation import validated
from tests.mappings.domain.conditions import answers_of
from tests.mappings.domain.protocols import protocols
from tests.mappings.torsion import OTTAWA, torsion
from tests.profiles.test_profiles import HERE, read


def proof(answers: dict[str, Answer]) -> dict[str, Any]:
    """The good Provenance of the profiles' tests, with what the shipped protocol judges of ``answers``."""
    provenance: dict[str, Any] = read(HERE / "good" / "provenance-act.json")
    provenance["extension"].append(execution_of(judge(torsion(), answers, 30)))
    return provenance


def errors(provenance: dict[str, Any]) -> list[str]:
    return [issue.expression for issue in validated(provenance) if issue.severity == "error"]


@settings(max_examples=300, deadline=None)
@given(protocol=protocols(), answers=answers_of(unknown=True), age=st.none() | st.integers(0, 5))
def test_all_that_was_judged_is_read_back(protocol: Protocol, answers: dict[str, Answer], age: int | None) -> None:
    judgement = judge(protocol, answers, age)
    kept = parse(dump({"resourceType": "Provenance", "extension": [execution_of(judgement)]}))
    execution = execution_from(kept)
    assert execution is not None
    assert execution.criteria == {judged.criterion.id: judged.truth for judged in judgement.criteria}
    assert execution.scores == {judged.score.id: (judged.low, judged.high) for judged in judgement.scores}
    assert execution.recourses == {judged.recourse.id: judged.satisfied for judged in judgement.recourses}
    walk = judgement.walk
    assert execution.way == (tuple(branch.id for branch in walk.path) if walk else ())
    assert execution.halt == ((walk.step.id, walk.state) if walk and walk.step else ())
    assert execution.stop == (judgement.stop.link_id if judgement.stop else "")


def test_a_proof_that_keeps_nothing_of_it_says_so() -> None:
    assert execution_from(read(HERE / "good" / "provenance-act.json")) is None


def test_it_is_of_the_profile() -> None:
    assert errors(proof(OTTAWA)) == []
    assert errors(proof({})) == []


@pytest.mark.parametrize(
    ("change", "at"),
    [
        (lambda execution: execution["extension"][0].pop("valueString"), "extension[1].extension[0]"),
        (lambda execution: execution["extension"].append(execution["extension"][0]), "extension[1]"),
        (lambda execution: execution["extension"].append({"url": "score", "valueInteger": 3}), "extension[1]"),
    ],
)
def test_what_is_not_of_the_profile_is_told(change: Any, at: str) -> None:
    provenance = copy.deepcopy(proof(OTTAWA))
    change(provenance["extension"][1])
    assert [place for place in errors(provenance) if at in place]


def test_it_has_no_place_but_in_a_proof() -> None:
    patient: dict[str, Any] = read(HERE / "good" / "patient.json")
    patient.setdefault("extension", []).append(
        {"url": EXT_EXECUTION, "extension": [{"url": "stop", "valueString": "x"}]}
    )
    assert errors(patient)


def test_it_is_small() -> None:
    """It is written for each act: an id for each criterion, and a few words."""
    protocol = torsion()
    ids = sum(len(criterion.id) + 1 for criterion in protocol.criteria)
    assert len(dump(execution_of(judge(protocol, OTTAWA, 30)))) < 160 + ids
