"""The one decision that a judgement comes to: acts allowed, délégant to consult, patient to reorient, not known.

Unknown never allows: an act is allowed only for an eligible patient, once every mandatory recourse took place.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from mappings.domain.act import Answer
from mappings.domain.judgement import Judgement
from mappings.domain.logic import Expression, Truth, link_ids
from mappings.domain.protocol import Branch

#: ``conflict``: the definition contradicts itself for this patient.
DecisionState = Literal["allowed", "recourse", "reoriented", "undetermined", "conflict"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What may be done for one patient, and why not more."""

    state: DecisionState
    #: Why the patient goes back (binome-reorientation-reason); empty unless reoriented or undetermined.
    reason: str
    #: Canonicals of the acts that may be done now.
    activities: tuple[str, ...]
    #: The branches of the tree that led here.
    path: tuple[Branch, ...]
    #: Questions whose answer would tell more, in the order of the exam.
    wanted: tuple[str, ...]


def decide(judgement: Judgement, answers: Mapping[str, Answer], questions: Iterable[str]) -> Decision:
    """``questions``: the linkIds of the exam, in their order."""
    open_ = {link_id for condition in _undecided(judgement) for link_id in link_ids(condition)}
    wanted = tuple(id_ for id_ in questions if id_ in open_ and answers.get(id_) is None)
    state, reason = _state(judgement)
    walked = judgement.walk
    eligible = judgement.eligible is Truth.YES and all(recourse.satisfied for recourse in judgement.recourses)
    return Decision(
        state=state,
        reason=reason,
        activities=tuple(c for c, truth in judgement.activities.items() if eligible and truth is Truth.YES),
        path=walked.path if walked is not None and judgement.eligible is Truth.YES else (),
        wanted=wanted,
    )


def _state(judgement: Judgement) -> tuple[DecisionState, str]:
    walked = judgement.walk
    if judgement.eligible is Truth.NO:
        return "reoriented", _reason(judgement)
    if judgement.eligible is Truth.UNKNOWN:
        return "undetermined", "undetermined"
    if walked is not None and walked.state == "conflict":
        return "conflict", ""
    if any(not recourse.satisfied for recourse in judgement.recourses):
        return "recourse", ""
    if walked is None:
        return "allowed", ""
    if walked.state == "undetermined":
        return "undetermined", "undetermined"
    leaf = walked.leaf
    if leaf is None:
        return "reoriented", "undetermined"
    if leaf.reorientation:
        return "reoriented", leaf.reorientation
    return ("recourse", "") if leaf.recourse else ("allowed", "")


def _reason(judgement: Judgement) -> str:
    """An age out of the protocol is told before any other reason: the pay depends on it."""
    out = [judged.criterion for judged in judgement.criteria if judged.admits is Truth.NO]
    return next((each.reason for each in out if each.is_of_age), out[0].reason)


def _undecided(judgement: Judgement) -> Iterable[Expression]:
    yield from (judged.criterion.expression for judged in judgement.criteria if judged.truth is Truth.UNKNOWN)
    yield from (judged.recourse.mandatory for judged in judgement.recourses if judged.mandatory is Truth.UNKNOWN)
    yield from (judged.recourse.satisfied for judged in judgement.recourses if not judged.satisfied)
    walked = judgement.walk
    if walked is not None and walked.step is not None and walked.state == "undetermined":
        yield from (branch.condition for branch in walked.step.branches)
