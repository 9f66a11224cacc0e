"""Unknown never includes and never allows: whatever the protocol, whatever the answers."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mappings.domain.act import Answer
from mappings.domain.deciding import Decision, decide
from mappings.domain.judgement import Judgement, judge
from mappings.domain.logic import Truth, evaluate
from mappings.domain.protocol import Protocol
from tests.mappings.domain.conditions import VALUES, answers_of
from tests.mappings.domain.protocols import protocols

#: A whole protocol is much to draw, and a busy machine is slow at it.
LARGE = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def decided(protocol: Protocol, answers: dict[str, Answer], age: int | None) -> tuple[Judgement, Decision]:
    judgement = judge(protocol, answers, age)
    return judgement, decide(judgement, answers, VALUES)


def less_of(answers: dict[str, Answer], data: st.DataObject) -> dict[str, Answer]:
    known = data.draw(st.sets(st.sampled_from(sorted(answers))))
    return {link_id: answers[link_id] for link_id in known}


@LARGE
@given(protocol=protocols(), answers=answers_of(unknown=False), age=st.integers(0, 5), data=st.data())
def test_learning_more_never_takes_back_what_was_decided(
    protocol: Protocol, answers: dict[str, Answer], age: int, data: st.DataObject
) -> None:
    less = judge(protocol, less_of(answers, data), data.draw(st.sampled_from([age, None])))
    more = judge(protocol, answers, age)
    assert less.eligible in (Truth.UNKNOWN, more.eligible)
    if more.walk is not None and more.walk.state == "conflict":
        assert set(more.activities.values()) == {Truth.NO}
        return
    for canonical, truth in less.activities.items():
        assert truth in (Truth.UNKNOWN, more.activities[canonical])
    if less.walk is not None and more.walk is not None:
        assert more.walk.path[: len(less.walk.path)] == less.walk.path
        assert less.walk.state in ("undetermined", more.walk.state)


@LARGE
@given(protocol=protocols(), answers=answers_of(unknown=True), age=st.none() | st.integers(0, 5))
def test_an_act_is_allowed_only_when_all_that_it_needs_is_known(
    protocol: Protocol, answers: dict[str, Answer], age: int | None
) -> None:
    """Said again without the code under test: every criterion, recourse and branch on the way, one by one."""
    _, decision = decided(protocol, answers, age)
    if not decision.activities:
        return
    for criterion in protocol.criteria:
        wanted = Truth.YES if criterion.kind == "inclusion" else Truth.NO
        assert evaluate(criterion.expression, answers, age) is wanted
    for recourse in protocol.recourses:
        free = evaluate(recourse.mandatory, answers, age) is Truth.NO
        assert free or evaluate(recourse.satisfied, answers, age) is Truth.YES
    for canonical in decision.activities:
        (activity,) = [each for each in protocol.activities if each.canonical == canonical]
        assert activity.condition is None or evaluate(activity.condition, answers, age) is Truth.YES
        assert not protocol.tree or any(activity.id in branch.acts for branch in decision.path)
    steps = {step.id: step for step in protocol.tree}
    step = protocol.tree[0] if protocol.tree else None
    for branch in decision.path:
        assert step is not None
        truths = {each.id: evaluate(each.condition, answers, age) for each in step.branches}
        assert truths.pop(branch.id) is Truth.YES
        assert set(truths.values()) <= {Truth.NO}
        step = steps.get(branch.then)


@LARGE
@given(protocol=protocols(), answers=answers_of(unknown=False), age=st.integers(0, 5), data=st.data())
def test_a_fact_that_could_change_the_decision_keeps_it_open(
    protocol: Protocol, answers: dict[str, Answer], age: int, data: st.DataObject
) -> None:
    """What is allowed while something is unknown stays allowed whatever it turns out to be."""
    less = less_of(answers, data)
    _, before = decided(protocol, less, age)
    after_judgement, after = decided(protocol, answers, age)
    if after_judgement.walk is None or after_judgement.walk.state != "conflict":
        assert set(before.activities) <= set(after.activities)
    if before.state in ("reoriented", "allowed", "conflict") and after.state != "conflict":
        assert after.state == before.state


@LARGE
@given(protocol=protocols(), answers=answers_of(unknown=True), age=st.none() | st.integers(0, 5))
def test_a_contradiction_allows_nothing(protocol: Protocol, answers: dict[str, Answer], age: int | None) -> None:
    judgement, decision = decided(protocol, answers, age)
    if judgement.walk is not None and judgement.walk.state == "conflict":
        assert decision.activities == ()
        expected = {Truth.YES: "conflict", Truth.NO: "reoriented", Truth.UNKNOWN: "undetermined"}
        assert decision.state == expected[judgement.eligible]
