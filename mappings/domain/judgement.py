"""What a protocol says of one patient's answers: eligible, recourse, allowed acts, what is still to ask.

Nothing here refuses: it states, and the rules decide. Unknown never means included.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from mappings.domain.act import Answer
from mappings.domain.logic import Score, Truth, bounds, conjunction, evaluate, negation, points_bounds
from mappings.domain.protocol import Criterion, ExamSection, FormItem, Protocol, Recourse
from mappings.domain.walking import Walk, allows, walk


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


@dataclass(frozen=True, slots=True)
class ScoreJudgement:
    """The least and the greatest value of a score, given what is known."""

    score: Score
    low: int
    high: int
    #: Ids of the lines whose points are not known, for want of an answer or of a wording: « à valider ».
    open: tuple[str, ...]

    @property
    def value(self) -> int | None:
        return self.low if self.low == self.high else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The protocol applied to one set of answers and one age."""

    criteria: tuple[CriterionJudgement, ...]
    #: Every inclusion YES and every other criterion NO. Only YES includes.
    eligible: Truth
    scores: tuple[ScoreJudgement, ...]
    #: The way through the decision tree; None = the protocol has none.
    walk: Walk | None
    #: The step of the exam that a criterion ends; None = the exam goes on to its end.
    stop: ExamSection | None
    #: The mandatory recourses only.
    recourses: tuple[RecourseJudgement, ...]
    #: By canonical, whether the tree and the act's own condition allow it; eligibility and recourse are judged apart.
    activities: Mapping[str, Truth] = field(hash=False)
    #: Required questions, among those to be asked, that have no answer.
    missing: tuple[FormItem, ...]


def judge(protocol: Protocol, answers: Mapping[str, Answer], age: int | None) -> Judgement:
    criteria = tuple(CriterionJudgement(c, evaluate(c.expression, answers, age)) for c in protocol.criteria)
    walked = walk(protocol, answers, age)
    stop = _stop(protocol, criteria)
    asked = protocol.exam if stop is None else protocol.exam[: protocol.exam.index(stop) + 1]
    return Judgement(
        criteria=criteria,
        eligible=conjunction(criterion.admits for criterion in criteria),
        scores=tuple(_scored(score, answers, age) for score in protocol.scores),
        walk=walked,
        stop=stop,
        recourses=_mandatory_recourses(protocol, answers, age),
        activities={
            activity.canonical: conjunction(
                (
                    allows(protocol, walked, activity.id),
                    evaluate(activity.condition, answers, age) if activity.condition else Truth.YES,
                )
            )
            for activity in protocol.activities
        },
        missing=tuple(item for section in asked for item in section.items if _is_missing(item, answers)),
    )


def _stop(protocol: Protocol, criteria: tuple[CriterionJudgement, ...]) -> ExamSection | None:
    out = {judged.criterion.id for judged in criteria if judged.admits is Truth.NO}
    return next((section for section in protocol.exam if not out.isdisjoint(section.stops)), None)


def _scored(score: Score, answers: Mapping[str, Answer], age: int | None) -> ScoreJudgement:
    low, high = bounds(score, answers, age)
    ranges = ((points.id, *points_bounds(points, answers, age)) for points in score.points)
    return ScoreJudgement(score, low, high, tuple(id_ for id_, least, most in ranges if least != most))


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
