"""The decision of a protocol as rows: its tree, or its closed list of acts where it has none."""

from collections import deque
from collections.abc import Callable
from typing import Final

from mappings.domain import wording
from mappings.domain.evidence import TO_VALIDATE
from mappings.domain.logic import Undefined, leaves
from mappings.domain.picture.boxes import Box, Line, Row
from mappings.domain.protocol import Activity, Branch, Protocol, TreeStep
from mappings.domain.reporting import REORIENTATION_REASONS

#: Steps of the tree that may hang below each other before one is drawn apart, further down.
DEEPEST: Final = 5
_RECOURSES: Final = {"advice": "Le délégant donne son avis", "takes-over": "Le délégant reprend le patient"}


def decision(protocol: Protocol, rows: list[Row]) -> None:
    eligible = tuple(
        Line(f"Patient éligible : {_lowered(o.text)}", to_validate=o.certainty in TO_VALIDATE)
        for o in protocol.outcomes
        if o.when == "eligible"
    )
    act = _acts_in_words(protocol)
    rows.append(Row(depth=0, parent=None, box=Box("stage", "Décision", eligible)))
    stage = len(rows) - 1
    if not protocol.tree:
        acts_ = Box("acts", "Actes autorisés", tuple(map(act, protocol.activities)))
        rows.append(Row(depth=1, parent=stage, box=acts_))
        return
    numbers = {step.id: place for place, step in enumerate(protocol.tree, 1)}
    steps = {step.id: step for step in protocol.tree}
    acts = {activity.id: act(activity) for activity in protocol.activities}
    apart: deque[TreeStep] = deque([protocol.tree[0]])
    drawn: set[str] = set()

    def draw(step: TreeStep, depth: int, parent: int) -> None:
        drawn.add(step.id)
        rows.append(Row(depth=depth, parent=parent, box=Box("step", f"Étape {numbers[step.id]}. {step.text}")))
        place = len(rows) - 1
        for branch in step.branches:
            following = steps.get(branch.then)
            below = following is not None and following.id not in drawn and depth + 2 < 2 * DEEPEST
            if following is not None and following.id not in drawn and not below:
                apart.append(following)
            onward = "" if following is None or below else f"Suite à l’étape {numbers[branch.then]}"
            rows.append(Row(depth=depth + 1, parent=place, box=_branch(branch), exit=_exit(branch, acts, onward)))
            if following is not None and below:
                draw(following, depth + 2, len(rows) - 1)

    while apart:
        step = apart.popleft()
        if step.id not in drawn:
            draw(step, 1, stage)


def _branch(branch: Branch) -> Box:
    doubtful = branch.certainty in TO_VALIDATE or any(isinstance(leaf, Undefined) for leaf in leaves(branch.condition))
    return Box("branch", "", (Line(branch.text, to_validate=doubtful),))


def _exit(branch: Branch, acts: dict[str, Line], onward: str) -> Box | None:
    """What the branch allows comes first; where it then leads is told in the same box."""
    allowed = tuple(acts[id_] for id_ in branch.acts)
    ends = []
    if branch.reorientation:
        reason = REORIENTATION_REASONS[branch.reorientation]
        ends.append(Line(reason if reason.startswith("Réorientation") else f"Réorientation : {_lowered(reason)}"))
    if branch.recourse:
        ends.append(Line(_RECOURSES[branch.recourse]))
    if onward:
        ends.append(Line(onward))
    if allowed:
        return Box("acts", "Actes autorisés", (*allowed, *ends))
    if branch.reorientation:
        return Box("reorientation", "", tuple(ends))
    if branch.recourse:
        return Box("recourse", "", tuple(ends))
    return Box("branch", "", tuple(ends)) if ends else None


def _acts_in_words(protocol: Protocol) -> Callable[[Activity], Line]:
    items = {item.link_id: item for item in protocol.exam_items}

    def said(activity: Activity) -> Line:
        condition = f" – si : {wording.condition(activity.condition, items)}" if activity.condition else ""
        limit = f" – {_lowered(activity.limit.text)}" if activity.limit else ""
        doubtful = activity.certainty in TO_VALIDATE or (
            activity.limit is not None and activity.limit.certainty in TO_VALIDATE
        )
        return Line(f"{activity.title}{condition}{limit}", to_validate=doubtful, bullet=True)

    return said


def _lowered(text: str) -> str:
    """Within a sentence; an acronym keeps its capitals."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]
