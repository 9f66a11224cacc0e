"""Questions, answers and conditions that are well-typed, drawn at random."""

import datetime as dt
from decimal import Decimal

from hypothesis import strategies as st

from mappings.domain.act import Answer
from mappings.domain.logic import Age, All, Answered, AnyOf, Expression, Not

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
CONDITIONS: st.SearchStrategy[Expression] = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.builds(All, st.lists(inner, max_size=3).map(tuple)),
        st.builds(AnyOf, st.lists(inner, max_size=3).map(tuple)),
        st.builds(Not, inner),
    ),
    max_leaves=6,
)
