"""A condition says what it says, whatever its values hold and whatever stands before it."""

from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.fhir.bundle import condition
from mappings.issues import Refused

CRITERIA = st.lists(
    st.tuples(st.sampled_from(["identifier", "name", "birthdate"]), st.text("aZ09?&=/|% é:", min_size=1, max_size=20)),
    min_size=1,
    max_size=5,
)


@given(CRITERIA, st.sampled_from(["", "?", "Patient?", "https://autre.example/fhir/Patient?"]))
def test_what_is_written_is_what_is_read(criteria: list[tuple[str, str]], before: str) -> None:
    assert condition(before + urlencode(criteria), "x", "Patient") == tuple(criteria)


@given(st.text("aZ09/|: ", min_size=1, max_size=20), st.text("aZ09/|: ", max_size=20))
def test_a_question_mark_in_a_value_is_part_of_it(start: str, end: str) -> None:
    value = f"{start}?{end}"
    assert condition(f"identifier={value}", "x", "Patient") == (("identifier", value),)


@pytest.mark.parametrize("before", ["Practitioner?", "https://autre.example/fhir/Practitioner?"])
def test_another_type_is_refused(before: str) -> None:
    with pytest.raises(Refused) as refused:
        condition(f"{before}identifier=a%7Cb", "x", "Patient")
    (issue,) = refused.value.issues
    assert (issue.code, issue.expression, "cherche une ressource Practitioner," in issue.text) == (
        "invariant",
        "x",
        True,
    )
