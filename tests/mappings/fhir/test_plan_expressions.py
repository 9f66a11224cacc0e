"""Whole published definitions, drawn at random, say to an engine of others what ours judges of the published exam."""

import dataclasses
from typing import Any

from fhirpathpy import compile as compiled
from fhirpathpy.models import models
from hypothesis import given, settings
from hypothesis import strategies as st

from mappings.domain.act import Answer
from mappings.domain.judgement import judge
from mappings.domain.logic import Points, Score
from mappings.domain.protocol import Protocol
from mappings.fhir.act import answers_of as read_back
from tests.mappings.domain.conditions import ATOMS, VALUES, answers_of
from tests.mappings.domain.protocols import protocols
from tests.mappings.domain.test_proposal import asking
from tests.mappings.fhir.published import expected, plain, response_of

#: Characters of the longest expression asked: beyond, this engine takes seconds to read one.
_LONGEST = 2000
_EVIDENCE: Any = {"source": "essai", "certainty": "S"}


@st.composite
def scores(draw: st.DrawFn) -> tuple[Score, ...]:
    """Lines with one case or several, that may say nothing of what is left."""
    made = []
    for number in range(draw(st.integers(0, 1))):
        cases = draw(
            st.lists(st.lists(st.tuples(ATOMS, st.integers(-2, 3)), min_size=1, max_size=2), min_size=1, max_size=3)
        )
        lines = tuple(
            Points(
                id=f"ligne-{n}", text="Points", cases=tuple(each), otherwise=draw(st.none() | st.just(0)), **_EVIDENCE
            )
            for n, each in enumerate(cases)
        )
        made.append(Score(id=f"score-{number}", title="Score", points=lines))
    return tuple(made)


def stopping(protocol: Protocol, stops: frozenset[int]) -> Protocol:
    """The protocol whose only step of the exam some of its criteria end."""
    (section,) = protocol.exam
    ids = tuple(criterion.id for n, criterion in enumerate(protocol.criteria) if n in stops)
    return dataclasses.replace(protocol, exam=(dataclasses.replace(section, stops=ids),))


# Without the R4 model the engine finds no answer at all, and everything would be unknown.
@settings(max_examples=80, deadline=None)
@given(
    drawn=protocols(),
    scored=scores(),
    stops=st.frozensets(st.integers(0, 3)),
    answers=answers_of(unknown=True),
    age=st.none() | st.integers(0, 5),
)
def test_what_is_published_says_what_is_judged(
    drawn: Protocol,
    scored: tuple[Score, ...],
    stops: frozenset[int],
    answers: dict[str, Answer],
    age: int | None,
) -> None:
    protocol = stopping(asking(dataclasses.replace(drawn, scores=scored), frozenset(VALUES)), stops)
    response = response_of(protocol, answers)
    assert {link_id: answer for link_id, answer in read_back(response).items() if answer is not None} == {
        link_id: answer for link_id, answer in answers.items() if answer is not None
    }
    context = {"reponses": response, "age": [] if age is None else age}
    published = list(expected(protocol, judge(protocol, answers, age), answers, age))
    asked = [(expression, result) for expression, result in published if len(expression) <= _LONGEST]
    assert asked
    for expression, result in asked:
        found = compiled(expression, models["r4"])({"resourceType": "Patient"}, context)
        assert plain(found) == result, expression
