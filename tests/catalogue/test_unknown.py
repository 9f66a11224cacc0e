"""In the shipped catalogue too, an answer taken away never lets in, and never allows more."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from mappings.domain.judgement import age_on
from mappings.domain.logic import Truth
from tests.catalogue.test_patients import CASES, answers_of, judged, read, versions


@settings(max_examples=200, deadline=None)
@given(case=st.sampled_from([parameters.values for parameters in CASES]), data=st.data())
def test_less_is_never_more(case: tuple[str, dict[str, Any], dict[str, Any]], data: st.DataObject) -> None:
    folder, patient, expected = case
    file = read(folder)
    protocol = versions(file)[expected["version"]]
    answers = answers_of(file, patient)
    kept = data.draw(st.sets(st.sampled_from(sorted(answers))))
    age = age_on(patient["ne-le"], expected["jour"])
    full, decision = judged(protocol, answers, age)
    less, before = judged(
        protocol, {link_id: answers[link_id] for link_id in kept}, data.draw(st.sampled_from([age, None]))
    )
    assert less.eligible in (Truth.UNKNOWN, full.eligible)
    assert set(before.activities) <= set(decision.activities)
    if before.state in ("allowed", "reoriented"):
        assert before.state == decision.state


def test_without_an_age_and_an_answer_nobody_is_let_in() -> None:
    for folder in {parameters.values[0] for parameters in CASES}:
        for protocol in versions(read(folder)).values():
            judgement, decision = judged(protocol, {}, None)
            assert judgement.eligible is Truth.UNKNOWN
            assert decision.activities == ()
            assert decision.state == "undetermined"
