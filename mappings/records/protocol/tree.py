"""The decision tree of ``decision.toml``: steps, branches, leaves.

The first step is the root, and each other one is reached by one branch: no circle, no loose end. Two branches
of a step may not hold together; ``sinon`` is the branch for when no other one does.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from mappings.domain.logic import All, AnyOf, Expression, Not, Undefined
from mappings.domain.overlap import hold_together
from mappings.domain.protocol import Activity, Branch, FormItem, RecourseKind, TreeStep
from mappings.records.condition import PLACEHOLDER, Known, condition_from_toml
from mappings.records.protocol.criteria import REASONS
from mappings.records.table import Table, evidence

RECOURSES: Final[Mapping[str, RecourseKind]] = {"avis": "advice", "reprise": "takes-over"}


def tree_of(table: Table, known: Known, acts: tuple[Activity, ...]) -> tuple[TreeStep, ...]:
    tables = table.tables("etapes", least=0)
    steps = tuple(_step(each, known, acts) for each in tables)
    if not steps:
        return ()
    _joined(tables, steps)
    for each, step in zip(tables, steps, strict=True):
        _exclusive(each, step, _reached(steps, step.id), known.questions)
    _listed(table, steps, acts)
    return steps


def _step(table: Table, known: Known, acts: tuple[Activity, ...]) -> TreeStep:
    id_ = table.own_identifier("id", "plan")
    tables = table.tables("branches")
    conditions = [condition_from_toml(each.table("si"), known) if "si" in each else None for each in tables]
    said = tuple(condition for condition in conditions if condition is not None)
    branches = tuple(
        _branch(each, condition, Not(AnyOf(said)), acts) for each, condition in zip(tables, conditions, strict=True)
    )
    if len(said) < len(tables) - 1:
        table.refuse("value", "branches", "Une étape n’a qu’une branche « sinon ».")
    step = TreeStep(id=id_, text=table.text("texte"), branches=branches)
    table.close()
    return step


def _branch(table: Table, condition: Expression | None, otherwise: Expression, acts: tuple[Activity, ...]) -> Branch:
    other = table.flag("sinon", default=False)
    if other is (condition is not None):
        table.refuse("structure", "si", "Une branche a soit une condition « si », soit « sinon = true ».")
    listed = table.texts("actes")
    for index, act in enumerate(listed):
        if act not in {each.id for each in acts}:
            table.refuse("not-found", f"actes[{index}]", f"L’acte « {act} » n’est pas dans actes.toml.")
    ends = [key for key in ("vers", "reorientation", "recours") if key in table]
    if len(ends) > 1 or not (ends or listed):
        text = "Une branche mène soit à une étape (« vers »), soit à une seule fin : actes, réorientation ou recours."
        table.refuse("structure", ends[-1] if ends else "id", text)
    branch = Branch(
        id=table.own_identifier("id", "plan"),
        text=table.text("texte"),
        condition=(condition or PLACEHOLDER) if not other else otherwise,
        acts=listed,
        then=table.optional_text("vers"),
        reorientation=table.choice("reorientation", REASONS) if "reorientation" in table else "",
        recourse=table.choice("recours", RECOURSES) if "recours" in table else None,
        **evidence(table, decides=not isinstance(condition, Undefined)),
    )
    table.close()
    return branch


def _joined(tables: list[Table], steps: tuple[TreeStep, ...]) -> None:
    """Every branch leads to a step that exists, and every step but the first is reached once, from the first."""
    known = {step.id for step in steps}
    for table, step, index, branch in _branches(tables, steps):
        if branch.then and branch.then not in known:
            table.refuse("not-found", f"branches[{index}].vers", f"L’étape « {branch.then} » n’existe pas.")
        elif branch.then and branch.then in _before(steps, step.id):
            text = f"L’étape « {branch.then} » ramène à elle-même : l’arbre tourne en rond."
            table.refuse("business-rule", f"branches[{index}].vers", text)
    for table, step in list(zip(tables, steps, strict=True))[1:]:
        ways = sum(branch.then == step.id for each in steps for branch in each.branches)
        if ways == 0:
            table.refuse("not-found", "id", f"Aucune branche ne mène à l’étape « {step.id} ».")
        elif ways > 1:
            table.refuse(
                "duplicate", "id", f"Plusieurs branches mènent à l’étape « {step.id} » : ce n’est plus un arbre."
            )


def _branches(tables: list[Table], steps: tuple[TreeStep, ...]) -> Iterator[tuple[Table, TreeStep, int, Branch]]:
    for table, step in zip(tables, steps, strict=True):
        for index, branch in enumerate(step.branches):
            yield table, step, index, branch


def _before(steps: tuple[TreeStep, ...], id_: str) -> set[str]:
    """The step itself and all those that lead to it."""
    found = {id_}
    while True:
        more = {step.id for step in steps if any(branch.then in found for branch in step.branches)} - found
        if not more:
            return found
        found |= more


def _reached(steps: tuple[TreeStep, ...], id_: str) -> Expression:
    """What holds whenever the walk stands at this step."""
    conditions: list[Expression] = []
    wanted, seen = id_, {id_}
    while True:
        way = next(((step, branch) for step in steps for branch in step.branches if branch.then == wanted), None)
        if way is None or way[0].id in seen:
            return All(tuple(conditions))
        conditions.append(way[1].condition)
        wanted = way[0].id
        seen.add(wanted)


def _exclusive(table: Table, step: TreeStep, reached: Expression, questions: Mapping[str, FormItem]) -> None:
    """No two branches hold together; where there are too many cases to try, the judgement looks."""
    for index, branch in enumerate(step.branches):
        for before in step.branches[:index]:
            if _together(branch.condition, before.condition, reached, questions):
                text = f"Les branches « {before.id} » et « {branch.id} » peuvent être vraies à la fois."
                table.refuse("business-rule", f"branches[{index}].si", text)


def _together(first: Expression, second: Expression, reached: Expression, questions: Mapping[str, FormItem]) -> bool:
    if _is_without(first, second) or _is_without(second, first):
        return False
    if hold_together(first, second, questions) is not True:
        return False
    return hold_together(All((first, reached)), second, questions) is True


def _is_without(condition: Expression, other: Expression) -> bool:
    """« sinon », beside a branch that it names: nothing to try."""
    return isinstance(condition, Not) and isinstance(condition.part, AnyOf) and other in condition.part.parts


def _listed(table: Table, steps: tuple[TreeStep, ...], acts: tuple[Activity, ...]) -> None:
    used = {act for step in steps for branch in step.branches for act in branch.acts}
    for act in acts:
        if act.id not in used:
            table.refuse("not-found", "etapes", f"L’acte « {act.id} » n’est dans aucune branche de l’arbre.")
