"""What a protocol proposes for one patient, from its judgement: acts, what is still to ask, whom to call, who goes back.

An act is proposed only when nothing is open any more: eligible, examined, every mandatory recourse taken, the tree
walked to a leaf. Everything else asks for something instead.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mappings.domain.act import Answer
from mappings.domain.judgement import Judgement
from mappings.domain.logic import Expression, Truth, evaluate, link_ids
from mappings.domain.protocol import Activity, Branch, FormItem, Protocol, Recourse


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What may, or must, be done next."""

    #: Empty while anything is open.
    acts: tuple[Activity, ...]
    #: Questions whose answers would settle what is open, in the order of the exam.
    to_answer: tuple[FormItem, ...]
    #: Mandatory, and not shown to have taken place.
    recourses: tuple[Recourse, ...]
    #: The leaf that calls the délégant; None = the walk did not end on such a one.
    call: Branch | None
    #: Why the patient goes back to the délégant (binome-reorientation-reason); empty = does not.
    reorientation: str
    #: The emergency services are to be called.
    emergency: bool


def propose(protocol: Protocol, judgement: Judgement, answers: Mapping[str, Answer]) -> Proposal:
    leaf = judgement.walk.leaf if judgement.walk else None
    to_take = tuple(judged.recourse for judged in judgement.recourses if not judged.satisfied)
    decided = judgement.walk is None or leaf is not None
    free = judgement.eligible is Truth.YES and decided and not judgement.missing and not to_take
    out = [judged for judged in judgement.criteria if judged.admits is Truth.NO]
    to_answer = () if out else _to_answer(protocol, judgement, answers)
    return Proposal(
        acts=tuple(a for a in protocol.activities if free and judgement.activities[a.canonical] is Truth.YES),
        to_answer=to_answer,
        recourses=to_take,
        call=leaf if leaf is not None and leaf.recourse else None,
        reorientation=_reorientation(judgement, out[0].criterion.reason if out else "", open_=bool(to_answer)),
        emergency=any(judged.criterion.emergency for judged in out),
    )


def _reorientation(judgement: Judgement, excluded: str, *, open_: bool) -> str:
    """A patient who is out goes back; so does one of whom nothing more can be established."""
    walked = judgement.walk
    if excluded:
        return excluded
    if open_:
        return ""
    if judgement.eligible is not Truth.YES or (walked is not None and walked.state != "leaf"):
        return "undetermined"
    return walked.leaf.reorientation if walked is not None and walked.leaf is not None else ""


def _to_answer(protocol: Protocol, judgement: Judgement, answers: Mapping[str, Answer]) -> tuple[FormItem, ...]:
    wanted = {item.link_id for item in judgement.missing}
    for expression in _open(judgement):
        wanted |= link_ids(expression)
    return tuple(
        item
        for item in protocol.exam_items
        if item.link_id in wanted and answers.get(item.link_id) is None and _is_asked(item, answers)
    )


def _open(judgement: Judgement) -> Iterator[Expression]:
    """The conditions that are not known."""
    yield from (judged.criterion.expression for judged in judgement.criteria if judged.truth is Truth.UNKNOWN)
    yield from (judged.recourse.mandatory for judged in judgement.recourses if judged.mandatory is Truth.UNKNOWN)
    yield from (judged.recourse.satisfied for judged in judgement.recourses if not judged.satisfied)
    if judgement.walk is not None and judgement.walk.state == "undetermined" and judgement.walk.step is not None:
        yield from (branch.condition for branch in judgement.walk.step.branches)


def _is_asked(item: FormItem, answers: Mapping[str, Answer]) -> bool:
    return item.enabled_when is None or evaluate(item.enabled_when, answers, None) is not Truth.NO
