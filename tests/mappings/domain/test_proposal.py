"""A proposal lets nothing through that the rules would not: whatever the protocol, whatever the answers."""

import dataclasses

from hypothesis import given, settings
from hypothesis import strategies as st

from mappings.domain.act import Answer
from mappings.domain.judgement import judge
from mappings.domain.logic import Truth
from mappings.domain.proposal import propose
from mappings.domain.protocol import ExamSection, FormItem, Protocol
from service.rules.case import Case
from service.rules.exam import exam_is_complete, patient_is_eligible, recourse_was_taken
from service.rules.protocol import branch_allows_the_act
from tests.mappings.domain.conditions import VALUES, answers_of
from tests.mappings.domain.protocols import protocols
from tests.mappings.torsion import PLAIN, torsion
from tests.rules.cases import good

RULES = (exam_is_complete, patient_is_eligible, recourse_was_taken, branch_allows_the_act)
TYPES = {"plaie": "boolean", "chute": "boolean", "delai": "decimal", "risque": "choice", "jour": "date"}


def asking(protocol: Protocol, required: frozenset[str]) -> Protocol:
    """The protocol with an exam of the questions that the drawn conditions read."""
    items = tuple(
        FormItem(link_id=id_, text=id_, type=TYPES[id_], required=id_ in required, source="essai", certainty="S")  # type: ignore[arg-type]
        for id_ in VALUES
    )
    return dataclasses.replace(protocol, exam=(ExamSection(link_id="examen", title="Examen", items=items),))


def case_of(protocol: Protocol, activity: str, answers: dict[str, Answer], age: int | None) -> Case:
    act = dataclasses.replace(good().act, activity=activity, answers=answers, prescriptions=())
    return dataclasses.replace(good(), act=act, protocol=protocol, judgement=judge(protocol, answers, age))


@settings(max_examples=300, deadline=None)
@given(
    drawn=protocols(),
    required=st.frozensets(st.sampled_from(sorted(VALUES))),
    answers=answers_of(unknown=True),
    age=st.none() | st.integers(0, 5),
)
def test_what_is_proposed_the_rules_accept_and_the_rest_asks_for_something(
    drawn: Protocol, required: frozenset[str], answers: dict[str, Answer], age: int | None
) -> None:
    protocol = asking(drawn, required)
    judgement = judge(protocol, answers, age)
    proposal = propose(protocol, judgement, answers)
    for activity in protocol.activities:
        against = [issue for rule in RULES for issue in rule(case_of(protocol, activity.canonical, answers, age))]
        if activity in proposal.acts:
            assert against == []
        elif not against:
            # The rules judge what was done; a tree that is not walked to its end proposes nothing yet.
            assert judgement.walk is not None
            assert judgement.walk.leaf is None
    blocked = judgement.eligible is not Truth.YES or judgement.missing or proposal.recourses
    assert not (blocked and proposal.acts)
    if blocked or (judgement.walk is not None and judgement.walk.leaf is None):
        assert proposal.to_answer or proposal.recourses or proposal.reorientation
    assert all(answers.get(item.link_id) is None for item in proposal.to_answer)


def test_whoever_is_out_goes_back_and_is_asked_nothing_more() -> None:
    protocol = torsion()
    answers = {key: value for key, value in (PLAIN | {"plaie": True}).items() if key != "douleur"}
    proposal = propose(protocol, judge(protocol, answers, 30), answers)
    assert (proposal.reorientation, proposal.to_answer, proposal.acts) == ("exclusion-other", (), ())


def test_an_answer_that_decides_nothing_still_stands_in_the_way() -> None:
    protocol = torsion()
    answers = {key: value for key, value in PLAIN.items() if key != "douleur"}
    judgement = judge(protocol, answers, 30)
    assert judgement.eligible is Truth.YES
    proposal = propose(protocol, judgement, answers)
    assert ([item.link_id for item in proposal.to_answer], proposal.acts) == (["douleur"], ())
