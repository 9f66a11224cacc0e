"""What a protocol says of one patient's answers: eligible, recourse, allowed acts, what is still to ask.

Nothing here refuses: it states, and the rules decide. Unknown never means included.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from mappings.domain.act import Answer
from mappings.domain.logic import Truth, conjunction, evaluate, negation
from mappings.domain.protocol import Criterion, FormItem, Protocol, Recourse


@dataclass(frozen=True, slots=True)
class CriterionJudgement:
    """One criterion and its own truth: YES of an exclusion criterion means that it excludes."""

    criterion: Criterion
    truth: Truth

    @property
    def admits(self) -> Truth:
        """Whether this criterion lets the patient in."""
        return self.truth if self.criterion.kind == "inclusion" else negation(self.truth)


@dataclass(frozen=True, slots=True)
class RecourseJudgement:
    """A mandatory recourse to the délégant, and whether it is shown to have taken place."""

    recourse: Recourse
    #: YES, or UNKNOWN which is as binding.
    mandatory: Truth
    satisfied: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The protocol applied to one set of answers and one age."""

    criteria: tuple[CriterionJudgement, ...]
    #: Every inclusion YES and every exclusion NO. Only YES includes.
    eligible: Truth
    #: The mandatory recourses only.
    recourses: tuple[RecourseJudgement, ...]
    #: By canonical, whether the act's own condition holds; eligibility and recourse are judged apart.
    activities: Mapping[str, Truth] = field(hash=False)
    #: Required questions, among those to be asked, that have no answer.
    missing: tuple[FormItem, ...]


def judge(protocol: Protocol, answers: Mapping[str, Answer], age: int | None) -> Judgement:
    criteria = tuple(CriterionJudgement(c, evaluate(c.expression, answers, age)) for c in protocol.criteria)
    return Judgement(
        criteria=criteria,
        eligible=conjunction(criterion.admits for criterion in criteria),
        recourses=_mandatory_recourses(protocol, answers, age),
        activities={
            activity.canonical: evaluate(activity.condition, answers, age) if activity.condition else Truth.YES
            for activity in protocol.activities
        },
        missing=tuple(item for item in protocol.exam_items if _is_missing(item, answers)),
    )


def age_on(birth_date: dt.date, day: dt.date) -> int | None:
    """Whole years; None when the day precedes the birth. Born on 29 February: a year older on 1 March."""
    if day < birth_date:
        return None
    return day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))


def _mandatory_recourses(
    protocol: Protocol, answers: Mapping[str, Answer], age: int | None
) -> tuple[RecourseJudgement, ...]:
    judged = (
        RecourseJudgement(
            recourse,
            evaluate(recourse.mandatory, answers, age),
            evaluate(recourse.satisfied, answers, age) is Truth.YES,
        )
        for recourse in protocol.recourses
    )
    return tuple(recourse for recourse in judged if recourse.mandatory is not Truth.NO)


def admits(item: FormItem, answer: Answer) -> bool:
    """Whether the question may be answered so; that the answer is not known can always be said."""
    match answer:
        case None:
            return True
        case bool():
            return item.type == "boolean"
        case Decimal():
            whole = item.type != "integer" or answer == answer.to_integral_value()
            return item.type in ("integer", "decimal") and whole and _within(item, answer)
        case dt.date():
            return item.type == "date"
        case str():
            return item.type == "text" or (item.type == "choice" and answer in {option.code for option in item.options})


def _within(item: FormItem, answer: Decimal) -> bool:
    return (item.minimum is None or answer >= item.minimum) and (item.maximum is None or answer <= item.maximum)


def _is_missing(item: FormItem, answers: Mapping[str, Answer]) -> bool:
    asked = item.enabled_when is None or evaluate(item.enabled_when, answers, None) is Truth.YES
    return item.required and asked and answers.get(item.link_id) is None
