"""What a protocol proposes for one patient next: acts, questions to answer, whom to call, who goes back.

An act is proposed only once nothing is open any more: what is decided (``deciding``), the whole exam answered, and the
tree walked to a leaf. Everything else asks for something instead.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from mappings.domain.act import Answer
from mappings.domain.deciding import Decision, decide
from mappings.domain.judgement import Judgement
from mappings.domain.logic import Truth
from mappings.domain.protocol import Activity, Branch, FormItem, Protocol, Recourse


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What may, or must, be done next."""

    #: Empty while anything is open.
    acts: tuple[Activity, ...]
    #: Ids of the acts of the list that are another profession's than the délégué's.
    others: frozenset[str] = frozenset()
    #: Questions without an answer that stand in the way, in the order of the exam.
    to_answer: tuple[FormItem, ...]
    #: Mandatory, and not shown to have taken place.
    recourses: tuple[Recourse, ...]
    #: The leaf that calls the délégant; None = the walk did not end on such a one.
    call: Branch | None
    #: Why the patient goes back to the délégant (binome-reorientation-reason); empty = does not.
    reorientation: str
    #: The emergency services are to be called.
    emergency: bool


def propose(protocol: Protocol, judgement: Judgement, answers: Mapping[str, Answer], profession: str = "") -> Proposal:
    """``profession`` of the délégué (TRE_G15): what is another's is not proposed; empty = whoever it is."""
    decision = decide(judgement, answers, [item.link_id for item in protocol.exam_items])
    leaf = judgement.walk.leaf if judgement.walk else None
    whole = not judgement.missing and (judgement.walk is None or leaf is not None)
    wanted = {*decision.wanted, *(item.link_id for item in judgement.missing)}
    settled = decision.state in ("reoriented", "conflict")
    to_answer = () if settled else tuple(item for item in protocol.exam_items if item.link_id in wanted)
    others = frozenset(a.id for a in protocol.activities if profession and not a.is_for(profession))
    return Proposal(
        acts=tuple(
            a for a in protocol.activities if whole and a.id not in others and a.canonical in decision.activities
        ),
        others=others,
        to_answer=to_answer,
        recourses=tuple(judged.recourse for judged in judgement.recourses if not judged.satisfied),
        call=leaf if leaf is not None and leaf.recourse and judgement.eligible is Truth.YES else None,
        reorientation=_reorientation(decision, open_=bool(to_answer)),
        emergency=any(j.criterion.emergency for j in judgement.criteria if j.admits is Truth.NO),
    )


def _reorientation(decision: Decision, *, open_: bool) -> str:
    """A patient of whom nothing more can be established goes back too."""
    match decision.state:
        case "reoriented":
            return decision.reason
        case "conflict" | "undetermined" if not open_:
            return "undetermined"
    return ""
