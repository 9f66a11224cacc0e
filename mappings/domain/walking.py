"""The decision tree, walked with one patient's answers.

From a step one branch is taken when it alone holds and every other one is known not to. Two that hold at once
are an error of the definition: the walk says so and allows nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from mappings.domain.act import Answer
from mappings.domain.logic import Truth, evaluate
from mappings.domain.protocol import Branch, Protocol, TreeStep

#: A leaf was reached; an answer is missing; no branch holds; two hold at once.
WalkState = Literal["leaf", "undetermined", "no-branch", "conflict"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """The way through the tree, as far as it is known."""

    state: WalkState
    #: The branches taken, in their order.
    path: tuple[Branch, ...]
    #: Where the walk stands; None once a leaf is reached.
    step: TreeStep | None

    @property
    def leaf(self) -> Branch | None:
        return self.path[-1] if self.state == "leaf" else None


def walk(protocol: Protocol, answers: Mapping[str, Answer], age: int | None) -> Walk | None:
    """None for a protocol without a tree."""
    if not protocol.tree:
        return None
    steps = {step.id: step for step in protocol.tree}
    path: tuple[Branch, ...] = ()
    step = protocol.tree[0]
    while True:
        truths = [evaluate(branch.condition, answers, age) for branch in step.branches]
        if truths.count(Truth.YES) > 1:
            return Walk(state="conflict", path=path, step=step)
        if Truth.UNKNOWN in truths:
            return Walk(state="undetermined", path=path, step=step)
        if Truth.YES not in truths:
            return Walk(state="no-branch", path=path, step=step)
        branch = step.branches[truths.index(Truth.YES)]
        path = (*path, branch)
        if not branch.then:
            return Walk(state="leaf", path=path, step=None)
        step = steps[branch.then]


def allows(protocol: Protocol, walked: Walk | None, activity: str) -> Truth:
    """Whether the tree allows the act of this id: a branch that was taken lists it, or one still open might."""
    if walked is None:
        return Truth.YES
    if walked.state == "conflict":
        return Truth.NO
    if any(activity in branch.acts for branch in walked.path):
        return Truth.YES
    open_ = walked.step is not None and walked.state == "undetermined" and _reaches(protocol, walked.step, activity)
    return Truth.UNKNOWN if open_ else Truth.NO


def _reaches(protocol: Protocol, step: TreeStep, activity: str) -> bool:
    steps = {each.id: each for each in protocol.tree}
    return any(
        activity in branch.acts or (bool(branch.then) and _reaches(protocol, steps[branch.then], activity))
        for branch in step.branches
    )
