"""Whether two conditions may hold together: every case that they tell apart is tried.

A condition only compares answers and the age with constants: between two constants nothing changes, so one
value of each interval stands for all. Where there are too many cases, nothing is said here.
"""

import datetime as dt
import itertools
import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from mappings.domain.act import Answer
from mappings.domain.logic import Age, Answered, Expression, Leaf, Truth, evaluate, leaves
from mappings.domain.protocol.form import FormItem

#: Beyond this number of cases the judgement of each patient looks instead.
MOST_CASES: Final = 20_000


def hold_together(first: Expression, second: Expression, questions: Mapping[str, FormItem]) -> bool | None:
    """True with one case where both hold, False when there is none, None when there are too many cases."""
    read = [*leaves(first), *leaves(second)]
    ages = _around([leaf.years for leaf in read if isinstance(leaf, Age)]) or [0]
    asked = {leaf.link_id for leaf in read if isinstance(leaf, Answered)}
    values = {link_id: _values(link_id, read, questions) for link_id in sorted(asked)}
    if len(ages) * math.prod(len(each) for each in values.values()) > MOST_CASES:
        return None
    return any(
        evaluate(first, case, age) is Truth.YES and evaluate(second, case, age) is Truth.YES
        for age in ages
        if age >= 0
        for case in (dict(zip(values, each, strict=True)) for each in itertools.product(*values.values()))
    )


def _values(link_id: str, read: list[Leaf], questions: Mapping[str, FormItem]) -> Sequence[Answer]:
    """One answer for each case that the conditions tell apart."""
    constants = {leaf.value for leaf in read if isinstance(leaf, Answered) and leaf.link_id == link_id}
    item = questions.get(link_id)
    if item is not None and item.type == "boolean":
        return [True, False]
    if item is not None and item.type == "choice":
        return [option.code for option in item.options]
    numbers = sorted(value for value in constants if isinstance(value, Decimal))
    if numbers:
        whole = item is not None and item.type == "integer"
        between = [] if whole else [(low + high) / 2 for low, high in itertools.pairwise(numbers)]
        near = {value + step for value in numbers for step in (-1, 0, 1)} if whole else {*numbers, *between}
        return sorted({numbers[0] - 1, *near, numbers[-1] + 1})
    days = sorted(value for value in constants if isinstance(value, dt.date))
    return sorted({day + dt.timedelta(days=step) for day in days for step in (-1, 0, 1)})


def _around(numbers: list[int]) -> list[int]:
    return sorted({number + step for number in numbers for step in (-1, 0, 1)})
