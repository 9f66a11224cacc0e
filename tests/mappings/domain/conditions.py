"""Questions, answers and conditions that are well-typed, drawn at random."""

import datetime as dt
from decimal import Decimal

from hypothesis import strategies as st

from mappings.domain.act import Answer
from mappings.domain.logic import Age, All, Answered, AnyOf, Expression, Not, Points, Score, Scored, Undefined

DAYS = st.dates(dt.date(2026, 1, 1), dt.date(2026, 1, 5))
NUMBERS = st.sampled_from([Decimal("-1.5"), Decimal(0), Decimal("3.10"), Decimal("3.1"), Decimal(72)])
CODES = st.sampled_from(["absent", "present", "non-exclu"])
VALUES = {"plaie": st.booleans(), "chute": st.booleans(), "delai": NUMBERS, "risque": CODES, "jour": DAYS}
AGES = st.none() | st.integers(0, 5)

EQUALITY = st.sampled_from(["=", "!="])
ORDER = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])


def answers_of(*, unknown: bool) -> st.SearchStrategy[dict[str, Answer]]:
    """Every question answered; with ``unknown``, some asked and not known, some not asked."""
    if not unknown:
        return st.fixed_dictionaries(VALUES)
    return st.fixed_dictionaries({}, optional={link_id: st.none() | values for link_id, values in VALUES.items()})


ATOMS: st.SearchStrategy[Expression] = st.one_of(
    st.builds(Age, ORDER, st.integers(0, 5)),
    *(
        st.builds(Answered, st.just(link_id), ORDER if link_id in ("delai", "jour") else EQUALITY, values)
        for link_id, values in VALUES.items()
    ),
)


def _points(*, by_case: bool) -> st.SearchStrategy[Points]:
    cases = st.lists(st.tuples(ATOMS, st.integers(-2, 2)), min_size=1, max_size=3 if by_case else 1).map(tuple)
    otherwise = st.none() | st.just(0) if by_case else st.just(0)
    said = {"id": st.just("p"), "text": st.just("Points"), "source": st.just("essai"), "certainty": st.just("S")}
    return st.builds(Points, cases=cases, otherwise=otherwise, **said)


def _scored(points: st.SearchStrategy[Points]) -> st.SearchStrategy[Expression]:
    lines = st.lists(points, min_size=1, max_size=3).map(tuple)
    scores = st.builds(Score, id=st.just("score"), title=st.just("Score"), points=lines)
    return st.builds(Scored, scores, ORDER, st.integers(-3, 3))


def _combined(atoms: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    return st.recursive(
        atoms,
        lambda inner: st.one_of(
            st.builds(All, st.lists(inner, max_size=3).map(tuple)),
            st.builds(AnyOf, st.lists(inner, max_size=3).map(tuple)),
            st.builds(Not, inner),
        ),
        max_leaves=6,
    )


#: Decided once every answer is known.
CONDITIONS = _combined(ATOMS | _scored(_points(by_case=False)))
#: Also with values that nobody knows, and points by case that may say nothing.
OPEN_CONDITIONS = _combined(
    ATOMS | _scored(_points(by_case=False) | _points(by_case=True)) | st.just(Undefined("Valeur non trouvée"))
)
