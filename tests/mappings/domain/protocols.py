"""Whole protocols drawn at random: criteria, recourses, a tree, acts with conditions of their own."""

import dataclasses

from hypothesis import strategies as st

from mappings.domain.logic import All, Expression, Not
from mappings.domain.protocol import Activity, Branch, Criterion, Protocol, Recourse, TreeStep
from tests.mappings.domain.conditions import ATOMS, OPEN_CONDITIONS
from tests.mappings.torsion import torsion

_TORSION = torsion()
_ACTS = ("a", "b", "c")
_EVIDENCE = {"source": "essai", "certainty": "S"}


def _activity(id_: str, condition: Expression | None) -> Activity:
    return dataclasses.replace(_TORSION.activities[0], id=id_, canonical=f"essai/{id_}|1", condition=condition)


def _criterion(number: int, kind: str, expression: Expression) -> Criterion:
    return Criterion(
        id=f"critere-{number}", kind=kind, text="Critère", expression=expression, reason="exclusion-other", **_EVIDENCE
    )  # type: ignore[arg-type]


def _branch(id_: str, condition: Expression, acts: tuple[str, ...], then: str, leaf: str) -> Branch:
    return Branch(
        id=id_,
        text="Branche",
        condition=condition,
        acts=acts,
        then=then,
        reorientation="planned-by-protocol" if leaf == "reorientation" and not then else "",
        recourse="advice" if leaf == "recourse" and not then else None,
        **_EVIDENCE,
    )  # type: ignore[arg-type]


@st.composite
def protocols(draw: st.DrawFn) -> Protocol:
    """Branches may contradict each other, as where nobody could tell at load."""
    depth = draw(st.integers(1, 3))
    steps = []
    for level in range(depth):
        first = draw(OPEN_CONDITIONS)
        second = draw(st.just(Not(first)) | OPEN_CONDITIONS)
        onward = f"etape-{level + 1}" if level + 1 < depth else ""
        acts = st.sets(st.sampled_from(_ACTS)).map(lambda found: tuple(sorted(found)))
        leaves = st.sampled_from(["acts", "reorientation", "recourse"])
        steps.append(
            TreeStep(
                id=f"etape-{level}",
                text="Étape",
                branches=(
                    _branch(f"branche-{level}-0", first, draw(acts), onward, draw(leaves)),
                    _branch(f"branche-{level}-1", second, draw(acts), "", draw(leaves)),
                ),
            )
        )
    kinds = st.sampled_from(["inclusion", "exclusion", "red-flag", "withdrawal"])
    drawn = draw(st.lists(st.tuples(kinds, OPEN_CONDITIONS), max_size=3))
    recourses = draw(st.lists(st.tuples(OPEN_CONDITIONS, OPEN_CONDITIONS), max_size=1))
    return dataclasses.replace(
        _TORSION,
        criteria=tuple(_criterion(n, *each) for n, each in enumerate([("inclusion", draw(ATOMS)), *drawn])),
        activities=tuple(_activity(id_, draw(st.none() | ATOMS | st.just(All(())))) for id_ in _ACTS),
        tree=tuple(steps) if draw(st.booleans()) else (),
        recourses=tuple(
            Recourse(id=f"recours-{n}", text="Recours", mandatory=mandatory, satisfied=satisfied, **_EVIDENCE)  # type: ignore[arg-type]
            for n, (mandatory, satisfied) in enumerate(recourses)
        ),
    )
